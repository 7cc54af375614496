/**
 * The Services Segue makes for the length of a release, each selecting one version's pods: what a
 * router's weights point at, and the preview of a blue-green release.
 */
import { isDeepStrictEqual } from 'node:util';
import { HASH_LABEL, KINDS } from '../api/group.ts';
import type { KubeObject, OwnerReference } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';
import type { TrafficObjects } from '../ports/traffic-router.ts';
import type {
  VersionRole,
  VersionServices,
  VersionServicesReading,
  WantedServices,
} from '../ports/version-services.ts';
import type { PatchWrite, Write } from '../ports/write.ts';
import { readyEndpoints, readyEndpointsOf } from './endpoints.ts';
import {
  controlledBy,
  ownershipOf,
  type Ownership,
  ownLabels,
  suffixedName,
  taken,
  takenBy,
} from './owned-by-release.ts';
import {
  selectsPods,
  type ServicePort,
  type ServiceSpec,
  serviceSpec,
  unfit,
} from './service-spec.ts';

type Suffix = VersionRole['suffix'];

/** Names of Services are DNS labels. */
const NAME_LENGTH_MAX = 63;

/** `<service>-<suffix>`, shortened where that is too long for a Service. */
export function dedicatedName(service: string, suffix: Suffix): string {
  return suffixedName(service, suffix, NAME_LENGTH_MAX);
}

/** What the port says; 0 endpoints are counted for a Service that needs a write. */
export const dedicatedServices: VersionServices = { render, observe };

function render(wanted: WantedServices, objects: TrafficObjects): Write[] {
  return survey(wanted, objects).flatMap((one) => {
    if (!wanted.present) return deletion(wanted, one);
    if (one.spec === undefined || one.state === 'Foreign' || one.state === 'Leaving') return [];
    if (one.state === 'Absent') return [creation(wanted, one)];
    const patch = correction(wanted, one);
    return patch ? [patch] : [];
  });
}

function observe(wanted: WantedServices, objects: TrafficObjects): VersionServicesReading {
  const all = survey(wanted, objects);
  const reading: VersionServicesReading = {
    present: all.every((one) => usable(one)),
    absent: all.every((one) => one.state === 'Absent' || one.state === 'Foreign'),
    endpoints: {},
    lingering: lingering(wanted, objects),
    problems: [],
  };
  for (const one of all) {
    const ready = usable(one) ? readyEndpoints(objects.endpointSlices(one.name)) : 0;
    reading.endpoints[one.suffix] = Math.min(reading.endpoints[one.suffix] ?? Infinity, ready);
    if (one.state === 'Foreign' && one.found) reading.problems.push(taken('Service', one.found));
  }
  for (const name of wanted.services) {
    const problem = unfit(name, objects.get(KINDS.service, name));
    if (problem) reading.problems.push(problem);
  }
  return reading;
}

/** A Service that is gone leads nobody anywhere, though its endpoints may have been left as orphans. */
function lingering(
  { roles, services }: WantedServices,
  objects: TrafficObjects,
): VersionServicesReading['lingering'] {
  const pods = ({ suffix, hash }: VersionRole) => {
    const there = services.filter((name) => objects.get(KINDS.service, name));
    const counts = there.map((name) => readyEndpointsOf(objects.endpointSlices(name), hash));
    return [suffix, Math.max(0, ...counts)];
  };
  return Object.fromEntries(roles.map(pods)) as VersionServicesReading['lingering'];
}

/** What would stand in the way of making them, asked before a release: there is no owner yet, so
 * every Service of such a name is in the way. */
export function checkDedicatedServices(
  wanted: Pick<WantedServices, 'services'> & { roles: Omit<VersionRole, 'hash'>[] },
  objects: TrafficObjects,
): Problem[] {
  const unfitServices = wanted.services.flatMap(
    (name) => unfit(name, objects.get(KINDS.service, name)) ?? [],
  );
  const takenNames = names(wanted).flatMap(({ name }) =>
    takenBy('Service', objects.get(KINDS.service, name)),
  );
  return [...unfitServices, ...takenNames];
}

interface Dedicated {
  name: string;
  suffix: Suffix;
  found: KubeObject | undefined;
  state: Ownership;
  /** The user's Service that it copies. */
  original: KubeObject | undefined;
  labels: Record<string, string>;
  /** As it should be; undefined when the user's Service cannot be copied. */
  spec: ServiceSpec | undefined;
  annotations: Record<string, string>;
}

function names<Role extends Omit<VersionRole, 'hash'>>(wanted: {
  services: string[];
  roles: Role[];
}): { service: string; role: Role; name: string }[] {
  return wanted.services.flatMap((service, index) =>
    wanted.roles.map((role) => ({
      service,
      role,
      name: (index === 0 ? role.name : undefined) ?? dedicatedName(service, role.suffix),
    })),
  );
}

function survey(wanted: WantedServices, objects: TrafficObjects): Dedicated[] {
  return names(wanted).map(({ service, role, name }) => {
    const original = objects.get(KINDS.service, service);
    const found = objects.get(KINDS.service, name);
    return {
      name,
      suffix: role.suffix,
      labels: { ...role.labels, ...ownLabels(wanted.policy, wanted.owner.uid) },
      found,
      original,
      state: ownershipOf(found, wanted.owner.uid),
      spec: selectsPods(original) ? copySpec(serviceSpec(original), role) : undefined,
      annotations: readByDataPlanes(original?.metadata.annotations),
    };
  });
}

function usable({ found, spec, state, annotations }: Dedicated): boolean {
  if (state !== 'Ours' || found === undefined) return false;
  // Without the user's Service there is nothing to be like: what is there still serves.
  if (spec === undefined) return true;
  const changes = [specChange(serviceSpec(found), spec), annotationChange(found, annotations)];
  return changes.every((change) => Object.keys(change).length === 0);
}

/** By which a data plane knows how the pods of a Service are reached, and what it asks of requests before: plugins of
 * Kong, which may be a login, and its protocols, hashes and health checks. */
const READ_BY_DATA_PLANES = ['konghq.com/'];

function readByDataPlanes(annotations: Record<string, string> = {}): Record<string, string> {
  const read = ([key]: [string, string]) =>
    READ_BY_DATA_PLANES.some((prefix) => key.startsWith(prefix));
  return Object.fromEntries(Object.entries(annotations).filter(read));
}

/** A merge patch of those alone. */
function annotationChange(
  { metadata }: KubeObject,
  should: Record<string, string>,
): Record<string, string | null> {
  const is = readByDataPlanes(metadata.annotations);
  const gone = Object.keys(is).filter((key) => should[key] === undefined);
  const missing = Object.entries(should).filter(([key, value]) => is[key] !== value);
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...Object.fromEntries(missing) };
}

/** Fields that go over as they are. What only a NodePort or LoadBalancer Service has (nodePort,
 * externalTrafficPolicy, healthCheckNodePort) means nothing on a dedicated one. */
const COPIED = ['sessionAffinity', 'internalTrafficPolicy', 'ipFamilies', 'ipFamilyPolicy'];
/** Also copied; absent on the user's Service means absent on ours (no server fills them in). */
const COPIED_OR_REMOVED = [
  'sessionAffinityConfig',
  'publishNotReadyAddresses',
  'trafficDistribution',
];

function copySpec(
  from: ServiceSpec,
  { hash, selector, label = HASH_LABEL }: VersionRole,
): ServiceSpec {
  const spec: ServiceSpec = {
    type: 'ClusterIP',
    selector: { ...from.selector, ...selector, [label]: hash },
  };
  if (from.ports) spec.ports = from.ports.map(copyPort);
  if (from.clusterIP === 'None') spec.clusterIP = 'None';
  for (const key of [...COPIED, ...COPIED_OR_REMOVED])
    if (from[key] !== undefined) spec[key] = from[key];
  if (spec.sessionAffinity === 'ClientIP') spec['sessionAffinityConfig'] ??= CLIENT_IP_DEFAULT;
  return spec;
}

/** What a server fills in beside `sessionAffinity: ClientIP`: three hours. */
const CLIENT_IP_DEFAULT = { clientIP: { timeoutSeconds: 10_800 } };

/** With the server's defaults filled in, so that copies compare equal. */
function copyPort(port: ServicePort): ServicePort {
  return {
    ...(port.name !== undefined && { name: port.name }),
    ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
    protocol: port.protocol ?? 'TCP',
    port: port.port,
    targetPort: port.targetPort ?? port.port,
  };
}

function creation(wanted: WantedServices, one: Dedicated): Write {
  return {
    op: 'Create',
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: one.name,
        namespace: wanted.namespace,
        labels: one.labels,
        ...(Object.keys(one.annotations).length > 0 && { annotations: one.annotations }),
        ownerReferences: ownersOf(wanted, one),
      },
      spec: one.spec,
    },
    because: `Service ${one.name} for the ${one.suffix} pods`,
  };
}

/** The Release, and the user's Service, so that the garbage collector leaves it whichever of the two
 * is deleted with its dependents. */
function ownersOf(wanted: WantedServices, { original }: Dedicated): OwnerReference[] {
  const release = controlledBy(wanted.owner);
  const service = original?.metadata;
  if (service?.uid === undefined || service.deletionTimestamp !== undefined) return [release];
  return [{ apiVersion: 'v1', kind: 'Service', name: service.name, uid: service.uid }, release];
}

/** The patch that makes ours what it should be again, or undefined when it is. */
function correction(wanted: WantedServices, one: Dedicated): PatchWrite | undefined {
  const { found, spec: should, labels } = one;
  if (found === undefined || should === undefined) return undefined;
  const spec = specChange(serviceSpec(found), should);
  const annotations = annotationChange(found, one.annotations);
  const annotated = Object.keys(annotations).length === 0;
  const labelled = Object.entries(labels).every(
    ([key, value]) => found.metadata.labels?.[key] === value,
  );
  if (Object.keys(spec).length === 0 && labelled && annotated) return undefined;
  const resourceVersion = found.metadata.resourceVersion;
  return {
    op: 'Patch',
    target: { ...KINDS.service, namespace: wanted.namespace, name: one.name },
    type: 'merge',
    body: { metadata: { labels, ...(!annotated && { annotations }) }, spec },
    ...(resourceVersion && { resourceVersion }),
    because: `Service ${one.name} as the user's Service and the ${one.suffix} pods ask`,
  };
}

/** A merge patch from `is` to `should`, of the fields that are ours only. */
function specChange(is: ServiceSpec, should: ServiceSpec): Record<string, unknown> {
  const change: Record<string, unknown> = {};
  if (!isDeepStrictEqual(is.selector, should.selector))
    change['selector'] = selectorChange(is.selector, should.selector);
  if (should.ports && !isDeepStrictEqual(is.ports?.map(copyPort), should.ports))
    change['ports'] = should.ports;
  const given = COPIED.filter((key) => should[key] !== undefined);
  const compared = ['type', ...given, ...COPIED_OR_REMOVED];
  for (const key of compared)
    if (!isDeepStrictEqual(is[key], should[key])) change[key] = should[key] ?? null;
  return change;
}

/** A merge patch keeps keys it does not name: those that should go are named with null. */
function selectorChange(is: ServiceSpec['selector'], should: ServiceSpec['selector']): object {
  const gone = Object.keys(is ?? {}).map((key) => [key, null]);
  return { ...Object.fromEntries(gone), ...should };
}

function deletion(wanted: WantedServices, one: Dedicated): Write[] {
  const uid = one.found?.metadata.uid;
  if (one.state !== 'Ours') return [];
  return [
    {
      op: 'Delete',
      target: { ...KINDS.service, namespace: wanted.namespace, name: one.name },
      ...(uid && { uid }),
      because: `Service ${one.name} is not needed any more`,
    },
  ];
}
