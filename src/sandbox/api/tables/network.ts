/** The columns of Services, endpoints and Ingresses. */
import type { KubeObject } from '../../../api/object.ts';
import type { TableShape } from '../resource.ts';
import { asText, isFields, listAt, objectsAt, textAt, valueAt } from '../schema.ts';
import { age, labelsText, orNone } from './format.ts';

const NAME = { name: 'Name', type: 'string', format: 'name' };
const AGE = { name: 'Age', type: 'string' };

export const SERVICES: TableShape = {
  columns: [
    NAME,
    { name: 'Type', type: 'string' },
    { name: 'Cluster-IP', type: 'string' },
    { name: 'External-IP', type: 'string' },
    { name: 'Port(s)', type: 'string' },
    AGE,
    { name: 'Selector', type: 'string', priority: 1 },
  ],
  cells: (service, nowMs) => [
    service.metadata.name,
    textAt(service, 'spec', 'type'),
    orNone(textAt(service, 'spec', 'clusterIP')),
    externalIp(service),
    servicePorts(service),
    age(service, nowMs),
    labelsText(valueAt(service, 'spec', 'selector')),
  ],
};

function externalIp(service: KubeObject): string {
  const type = textAt(service, 'spec', 'type');
  const given = listAt(service, 'spec', 'externalIPs').map(String);
  if (type === 'ExternalName') return textAt(service, 'spec', 'externalName');
  if (type !== 'LoadBalancer') return orNone(given.join(','));
  const found = objectsAt(service, 'status', 'loadBalancer', 'ingress').map(
    (one) => textAt(one, 'ip') || textAt(one, 'hostname'),
  );
  const all = [...found, ...given].join(',');
  return all === '' ? '<pending>' : all;
}

function servicePorts(service: KubeObject): string {
  const ports = objectsAt(service, 'spec', 'ports').map((port) => {
    const nodePort = port['nodePort'] === undefined ? '' : `:${asText(port['nodePort'])}`;
    return `${String(port['port'])}${nodePort}/${textAt(port, 'protocol')}`;
  });
  return orNone(ports.join(','));
}

export const ENDPOINTS: TableShape = {
  columns: [NAME, { name: 'Endpoints', type: 'string' }, AGE],
  cells: (endpoints, nowMs) => {
    const all = objectsAt(endpoints, 'subsets').flatMap((subset) => {
      const ips = objectsAt(subset, 'addresses').map((address) => textAt(address, 'ip'));
      const ports = objectsAt(subset, 'ports').map((port) => `:${String(port['port'])}`);
      return (ports.length === 0 ? [''] : ports).flatMap((port) => ips.map((ip) => ip + port));
    });
    return [endpoints.metadata.name, shortened(all), age(endpoints, nowMs)];
  },
};

const SHOWN = 3;

function shortened(all: string[]): string {
  if (all.length === 0) return '<none>';
  const more = all.length - SHOWN;
  const shown = all.slice(0, SHOWN).join(',');
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

export const ENDPOINT_SLICES: TableShape = {
  columns: [
    NAME,
    { name: 'AddressType', type: 'string' },
    { name: 'Ports', type: 'string' },
    { name: 'Endpoints', type: 'string' },
    AGE,
  ],
  cells: (slice, nowMs) => {
    const ports = objectsAt(slice, 'ports').map((port) => asText(port['port'] ?? '*'));
    const ips = objectsAt(slice, 'endpoints').flatMap((one) =>
      listAt(one, 'addresses').map(String),
    );
    return [
      slice.metadata.name,
      textAt(slice, 'addressType'),
      ports.length === 0 ? '<unset>' : ports.join(','),
      ips.length === 0 ? '<unset>' : shortened(ips),
      age(slice, nowMs),
    ];
  },
};

export const INGRESSES: TableShape = {
  columns: [
    NAME,
    { name: 'Class', type: 'string' },
    { name: 'Hosts', type: 'string' },
    { name: 'Address', type: 'string' },
    { name: 'Ports', type: 'string' },
    AGE,
  ],
  cells: (ingress, nowMs) => {
    const hosts = objectsAt(ingress, 'spec', 'rules').map((rule) => textAt(rule, 'host'));
    const addresses = objectsAt(ingress, 'status', 'loadBalancer', 'ingress').map(
      (one) => textAt(one, 'ip') || textAt(one, 'hostname'),
    );
    const isSecure = listAt(ingress, 'spec', 'tls').filter(isFields).length > 0;
    return [
      ingress.metadata.name,
      orNone(textAt(ingress, 'spec', 'ingressClassName')),
      hosts.filter((host) => host !== '').join(',') || '*',
      addresses.join(','),
      isSecure ? '80, 443' : '80',
      age(ingress, nowMs),
    ];
  },
};
