/** Validity of pods: containers, ports, probes, volumes, and what of a pod never changes. */
import type { KubeObject } from '../../../api/object.ts';
import {
  clone,
  equal,
  fieldsAt,
  isFields,
  listAt,
  objectsAt,
  textAt,
  type Fields,
} from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { validateResources, validateTimes, validateVariables } from './container.ts';
import { nameProblems } from './names.ts';

export function portProblem(value: unknown): string | undefined {
  const fits = typeof value === 'number' && value >= 1 && value <= 65_535;
  return fits ? undefined : 'must be between 1 and 65535, inclusive';
}

/** A number, or the name of a port. */
export function targetPortProblem(value: unknown): string | undefined {
  if (typeof value === 'number') return portProblem(value);
  const text = String(value);
  if (text.length > 15) return 'must be no more than 15 characters';
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text))
    return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)';
  return /[a-z]/.test(text) ? undefined : 'must contain at least one letter (a-z)';
}

export function validatePodSpec(spec: Fields, field: string): Cause[] {
  const containers = objectsAt(spec, 'containers');
  const all = [
    ...objectsAt(spec, 'initContainers').map((one, i) => ({ one, at: `initContainers[${i}]` })),
    ...containers.map((one, i) => ({ one, at: `containers[${i}]` })),
  ];
  const volumes = new Set(objectsAt(spec, 'volumes').map((volume) => volume['name']));
  const seen = new Set<unknown>();
  return [
    ...(containers.length === 0 ? [cause.required(`${field}.containers`)] : []),
    ...validateVolumes(spec, field),
    ...all.flatMap(({ one, at }) => {
      const name = one['name'];
      const twice = seen.has(name) ? [cause.duplicate(`${field}.${at}.name`, name)] : [];
      seen.add(name);
      return [...twice, ...validateContainer(one, `${field}.${at}`, volumes)];
    }),
    ...oneOf(spec, `${field}.restartPolicy`, ['Always', 'OnFailure', 'Never']),
    ...oneOf(spec, `${field}.dnsPolicy`, [
      'ClusterFirst',
      'ClusterFirstWithHostNet',
      'Default',
      'None',
    ]),
  ];
}

function oneOf(object: Fields, field: string, supported: string[]): Cause[] {
  const value = object[field.slice(field.lastIndexOf('.') + 1)];
  return supported.includes(String(value)) ? [] : [cause.notSupported(field, value, supported)];
}

function validateVolumes(spec: Fields, field: string): Cause[] {
  const seen = new Set<unknown>();
  return objectsAt(spec, 'volumes').flatMap((volume, i) => {
    const at = `${field}.volumes[${i}]`;
    const name = textAt(volume, 'name');
    const twice = seen.has(name) ? [cause.duplicate(`${at}.name`, name)] : [];
    seen.add(name);
    if (name === '') return [cause.required(`${at}.name`)];
    const bad = nameProblems('dns-label', name);
    return bad.length === 0 ? twice : bad.map((why) => cause.invalid(`${at}.name`, name, why));
  });
}

function validateContainer(container: Fields, field: string, volumes: Set<unknown>): Cause[] {
  const name = textAt(container, 'name');
  const bad = name === '' ? [] : nameProblems('dns-label', name);
  const image = textAt(container, 'image');
  return [
    ...(name === '' ? [cause.required(`${field}.name`)] : []),
    ...bad.map((why) => cause.invalid(`${field}.name`, name, why)),
    ...(image === '' ? [cause.required(`${field}.image`)] : []),
    ...(image === image.trim()
      ? []
      : [cause.invalid(`${field}.image`, image, 'must not have leading or trailing whitespace')]),
    ...oneOf(container, `${field}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never']),
    ...validateContainerPorts(container, field),
    ...validateVariables(container, field),
    ...validateResources(container, field),
    ...objectsAt(container, 'volumeMounts').flatMap((mount, i) => [
      ...(volumes.has(mount['name'])
        ? []
        : [notFoundCause(`${field}.volumeMounts[${i}].name`, mount['name'])]),
      ...(textAt(mount, 'mountPath') === ''
        ? [cause.required(`${field}.volumeMounts[${i}].mountPath`)]
        : []),
    ]),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
      validateProbe(container[probe], `${field}.${probe}`),
    ),
  ];
}

function notFoundCause(field: string, value: unknown): Cause {
  return { reason: 'FieldValueNotFound', message: `Not found: ${JSON.stringify(value)}`, field };
}

function validateContainerPorts(container: Fields, field: string): Cause[] {
  const names = new Set<unknown>();
  return objectsAt(container, 'ports').flatMap((port, i) => {
    const at = `${field}.ports[${i}]`;
    const causes: Cause[] = [];
    const name = textAt(port, 'name');
    const nameWrong = name === '' ? undefined : targetPortProblem(name);
    if (nameWrong !== undefined) causes.push(cause.invalid(`${at}.name`, name, nameWrong));
    if (name !== '' && names.has(name)) causes.push(cause.duplicate(`${at}.name`, name));
    names.add(name);
    const number = port['containerPort'];
    const numberWrong = portProblem(number);
    if ((number ?? 0) === 0) causes.push(cause.required(`${at}.containerPort`));
    else if (numberWrong !== undefined)
      causes.push(cause.invalid(`${at}.containerPort`, number, numberWrong));
    return [...causes, ...oneOf(port, `${at}.protocol`, ['SCTP', 'TCP', 'UDP'])];
  });
}

function validateProbe(probe: unknown, field: string): Cause[] {
  if (!isFields(probe)) return [];
  const handlers = ['exec', 'grpc', 'httpGet', 'tcpSocket'].filter((name) => isFields(probe[name]));
  if (handlers.length === 0) return [cause.required(field, 'must specify a handler type')];
  if (handlers.length > 1)
    return [cause.forbidden(`${field}.${handlers[1]}`, 'may not specify more than 1 handler type')];
  const handler = handlers[0] ?? '';
  const { port } = fieldsAt(probe, handler);
  const problem = handler === 'exec' ? undefined : targetPortProblem(port);
  return [
    ...(problem === undefined ? [] : [cause.invalid(`${field}.${handler}.port`, port, problem)]),
    ...validateTimes(probe, field),
  ];
}

export function validatePod(pod: KubeObject): Cause[] {
  return validatePodSpec(fieldsAt(pod, 'spec'), 'spec');
}

/** Images, a deadline and added tolerations may change; the node is set by a binding. */
export function validatePodUpdate(pod: KubeObject, old: KubeObject): Cause[] {
  const was = comparable(old);
  const now = comparable(pod);
  if (equal(was, now) && keepsTolerations(pod, old)) return [];
  const why =
    'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  return [cause.forbidden('spec', why)];
}

function comparable(pod: KubeObject): Fields {
  const spec = clone(fieldsAt(pod, 'spec'));
  for (const name of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates']) delete spec[name];
  for (const member of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const container of objectsAt(spec, member)) delete container['image'];
  return spec;
}

function keepsTolerations(pod: KubeObject, old: KubeObject): boolean {
  const now = listAt(pod, 'spec', 'tolerations');
  return listAt(old, 'spec', 'tolerations').every((one) => now.some((other) => equal(one, other)));
}
