/** Validity of Services, Endpoints, EndpointSlices and Ingresses. */
import { isIP } from 'node:net';
import type { KubeObject } from '../../../api/object.ts';
import {
  asText,
  equal,
  fieldsAt,
  listAt,
  objectsAt,
  textAt,
  valueAt,
  type Fields,
} from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { nameProblems, validateLabels } from './names.ts';
import { portProblem, targetPortProblem } from './pod.ts';

const SERVICE_TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

export function validateService(service: KubeObject): Cause[] {
  const spec = fieldsAt(service, 'spec');
  const type = textAt(spec, 'type');
  const ports = objectsAt(spec, 'ports');
  const isHeadless = spec['clusterIP'] === 'None';
  const needsPorts = !isHeadless && type !== 'ExternalName';
  const affinity = ['ClientIP', 'None'];
  return [
    ...(SERVICE_TYPES.includes(type) ? [] : [cause.notSupported('spec.type', type, SERVICE_TYPES)]),
    ...(needsPorts && ports.length === 0 ? [cause.required('spec.ports')] : []),
    ...validateServicePorts(ports, type),
    ...validateLabels(fieldsAt(spec, 'selector'), 'spec.selector'),
    ...(affinity.includes(textAt(spec, 'sessionAffinity'))
      ? []
      : [cause.notSupported('spec.sessionAffinity', spec['sessionAffinity'], affinity)]),
    ...(type === 'ExternalName' && textAt(spec, 'externalName') === ''
      ? [cause.required('spec.externalName')]
      : []),
    ...validateTrafficPolicy(spec),
    ...(isHeadless && type !== 'ClusterIP' && type !== 'ExternalName'
      ? [
          cause.invalid(
            'spec.clusterIPs[0]',
            'None',
            `may not be set to 'None' for ${type} services`,
          ),
        ]
      : []),
  ];
}

function validateTrafficPolicy(spec: Fields): Cause[] {
  const { externalTrafficPolicy: policy } = spec;
  if (policy === undefined || isExternal(spec)) return [];
  const why = 'may only be set for externally-accessible services';
  return [cause.invalid('spec.externalTrafficPolicy', policy, why)];
}

function isExternal({ type, externalIPs }: Fields): boolean {
  const hasOwn = Array.isArray(externalIPs) && externalIPs.length > 0;
  return type === 'LoadBalancer' || type === 'NodePort' || hasOwn;
}

function validateServicePorts(ports: Fields[], type: string): Cause[] {
  const seen = new Set<string>();
  const isTwice = (key: string) => {
    const known = seen.has(key);
    seen.add(key);
    return known;
  };
  return ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const name = textAt(port, 'name');
    const key = `${textAt(port, 'protocol')} ${asText(port['port'])}`;
    return [
      ...validatePortName(name, { at, isNeeded: ports.length > 1 }),
      ...(name !== '' && isTwice(`name ${name}`) ? [cause.duplicate(`${at}.name`, name)] : []),
      ...validatePortNumbers(port, at),
      ...(type === 'ClusterIP' && port['nodePort'] !== undefined
        ? [cause.forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'")]
        : []),
      ...(isTwice(key) ? [cause.duplicate(at, portShown(port))] : []),
    ];
  });
}

/** As the real server shows a port that is there twice: what tells ports apart, no more. */
function portShown(port: Fields): Fields {
  return {
    Name: '',
    Protocol: port['protocol'],
    AppProtocol: null,
    Port: port['port'],
    TargetPort: 0,
    NodePort: 0,
  };
}

function validatePortName(name: string, { at, isNeeded }: { at: string; isNeeded: boolean }) {
  if (name === '') return isNeeded ? [cause.required(`${at}.name`)] : [];
  return nameProblems('dns-label', name).map((why) => cause.invalid(`${at}.name`, name, why));
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validatePortNumbers(port: Fields, at: string): Cause[] {
  const { targetPort } = port;
  const badPort = portProblem(port['port']);
  const badTarget = targetPortProblem(targetPort ?? port['port'] ?? 0);
  return [
    ...(badPort === undefined ? [] : [cause.invalid(`${at}.port`, port['port'] ?? 0, badPort)]),
    ...(badTarget === undefined
      ? []
      : [cause.invalid(`${at}.targetPort`, targetPort ?? 0, badTarget)]),
    ...(PROTOCOLS.includes(textAt(port, 'protocol'))
      ? []
      : [cause.notSupported(`${at}.protocol`, port['protocol'], PROTOCOLS)]),
  ];
}

export function validateServiceUpdate(service: KubeObject, old: KubeObject): Cause[] {
  const wasName = textAt(old, 'spec', 'type') === 'ExternalName';
  const isName = textAt(service, 'spec', 'type') === 'ExternalName';
  if (wasName || isName) return [];
  const ips = listAt(service, 'spec', 'clusterIPs');
  if (equal(ips, listAt(old, 'spec', 'clusterIPs'))) return [];
  return [cause.invalid('spec.clusterIPs[0]', ips, 'may not change once set')];
}

export const NO_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

/** Addresses no endpoint may have. */
function endpointIpProblem(ip: string): string | undefined {
  if (isIP(ip) === 0) return NO_IP;
  if (ip === '0.0.0.0' || ip === '::') return 'may not be unspecified (0.0.0.0 or ::)';
  if (ip.startsWith('127.') || ip === '::1')
    return 'may not be in the loopback range (127.0.0.0/8, ::1/128)';
  if (ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip))
    return 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
  return /^22[4-9]\.|^23\d\./.test(ip) && ip.startsWith('224.0.0.')
    ? 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'
    : undefined;
}

export function validateEndpoints(endpoints: KubeObject): Cause[] {
  return objectsAt(endpoints, 'subsets').flatMap((subset, i) => {
    const at = `subsets[${i}]`;
    const none =
      listAt(subset, 'addresses').length + listAt(subset, 'notReadyAddresses').length === 0;
    const addresses = ['addresses', 'notReadyAddresses'].flatMap((member) =>
      objectsAt(subset, member).flatMap((address, j) => {
        const ip = textAt(address, 'ip');
        const problem = endpointIpProblem(ip);
        return problem === undefined
          ? []
          : [
              cause.invalid(`${at}.${member}[${j}].ip`, ip, problem),
              ...(problem === NO_IP
                ? [cause.invalid(`${at}.${member}[${j}].ip`, ip, 'must be a valid IP address')]
                : []),
            ];
      }),
    );
    const ports = objectsAt(subset, 'ports').flatMap((port, j) => {
      const problem = portProblem(port['port']);
      return problem === undefined
        ? []
        : [cause.invalid(`${at}.ports[${j}].port`, port['port'] ?? 0, problem)];
    });
    const why = 'must specify `addresses` or `notReadyAddresses`';
    return [...(none ? [cause.required(at, why)] : []), ...addresses, ...ports];
  });
}

const ENDPOINTS_MAX = 1_000;

export function validateEndpointSlice(slice: KubeObject): Cause[] {
  const type = textAt(slice, 'addressType');
  const types = ['FQDN', 'IPv4', 'IPv6'];
  const endpoints = objectsAt(slice, 'endpoints');
  const isAddress = type === 'IPv4' || type === 'IPv6';
  const message = `Too many: ${endpoints.length}: must have at most ${ENDPOINTS_MAX} items`;
  return [
    ...(type === '' ? [cause.required('addressType')] : []),
    ...(type === '' || types.includes(type)
      ? []
      : [cause.notSupported('addressType', type, types)]),
    ...(endpoints.length > ENDPOINTS_MAX
      ? [{ reason: 'FieldValueTooMany', message, field: 'endpoints' }]
      : []),
    ...endpoints.flatMap((endpoint, i) => {
      const addresses = listAt(endpoint, 'addresses');
      const field = `endpoints[${i}].addresses`;
      if (addresses.length === 0) return [cause.required(field, 'must contain at least 1 address')];
      if (!isAddress) return [];
      return addresses.flatMap((ip, j) => {
        const problem = endpointIpProblem(String(ip));
        return problem === undefined ? [] : [cause.invalid(`${field}[${j}]`, ip, problem)];
      });
    }),
  ];
}

export function validateEndpointSliceUpdate(slice: KubeObject, old: KubeObject): Cause[] {
  return slice['addressType'] === old['addressType']
    ? []
    : [cause.invalid('addressType', slice['addressType'], 'field is immutable')];
}

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];

export function validateIngress(ingress: KubeObject): Cause[] {
  const spec = fieldsAt(ingress, 'spec');
  const rules = objectsAt(spec, 'rules');
  const isEmpty = rules.length === 0 && valueAt(spec, 'defaultBackend') === undefined;
  return [
    ...(isEmpty
      ? [cause.invalid('spec', [], 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...rules.flatMap((rule, i) =>
      objectsAt(rule, 'http', 'paths').flatMap((path, j) => {
        const field = `spec.rules[${i}].http.paths[${j}]`;
        const type = path['pathType'];
        const text = textAt(path, 'path');
        const isRooted = type === 'ImplementationSpecific' ? text === '' : false;
        return [
          ...(type === undefined
            ? [cause.required(`${field}.pathType`, 'pathType must be specified')]
            : []),
          ...(type === undefined || PATH_TYPES.includes(asText(type))
            ? []
            : [cause.notSupported(`${field}.pathType`, type, PATH_TYPES)]),
          ...(isRooted || text.startsWith('/')
            ? []
            : [cause.invalid(`${field}.path`, text, 'must be an absolute path')]),
        ];
      }),
    ),
  ];
}
