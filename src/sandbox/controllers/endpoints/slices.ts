/** The EndpointSlices of a Service, pure: what is there against what its pods ask for. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../api/object.ts';
import type { Pod, Service } from '../kinds.ts';
import { controllerReference } from '../ownership.ts';
import { generatedName } from '../template.ts';
import { nameOf, type Write } from '../write.ts';
import { type Endpoint, endpointOf, type EndpointPort, type Family, portsOf } from './endpoint.ts';

export const SERVICE_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const CONTROLLER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
/** Most endpoints in one slice. */
const CAPACITY = 100;

export interface EndpointSlice extends KubeObject {
  addressType: string;
  endpoints?: Endpoint[] | null;
  ports?: EndpointPort[] | null;
}

export interface Snapshot {
  service: Service;
  /** Pods that its selector matches. */
  pods: Pod[];
  /** Slices of the Service that this controller manages. */
  slices: EndpointSlice[];
  random: () => number;
}

/** Endpoints stay in the slice they are in; new ones fill the slices with room; empty slices go. */
export function sliceWrites(snapshot: Snapshot): Write[] {
  const families = (snapshot.service.spec.ipFamilies ?? ['IPv4']) as Family[];
  const stray = snapshot.slices.filter((one) => !families.includes(one.addressType as Family));
  return [...families.flatMap((family) => familyWrites(snapshot, family)), ...stray.map(deletion)];
}

/** Endpoints that share their ports, and the slices that have exactly those ports. */
interface Group {
  ports: EndpointPort[];
  endpoints: Map<string, Endpoint>;
  slices: EndpointSlice[];
}

function familyWrites(snapshot: Snapshot, family: Family): Write[] {
  const groups = new Map<string, Group>();
  const groupOf = (ports: EndpointPort[]): Group => {
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map(), slices: [] };
    groups.set(key, group);
    return group;
  };
  for (const pod of snapshot.pods) {
    const endpoint = endpointOf(snapshot.service, pod, family);
    if (!endpoint) continue;
    groupOf(portsOf(snapshot.service, pod)).endpoints.set(endpoint.targetRef.uid, endpoint);
  }
  // A Service without endpoints keeps one empty slice, so that readers see that it was looked at.
  if (groups.size === 0) groupOf([]);
  for (const slice of snapshot.slices)
    if (slice.addressType === family) groupOf(normalPorts(slice.ports ?? [])).slices.push(slice);
  const keepsEmpty = [...groups.values()].every((group) => group.endpoints.size === 0);
  return [...groups.values()].flatMap((group) =>
    groupWrites(snapshot, family, group, keepsEmpty && group.ports.length === 0),
  );
}

function groupWrites(
  snapshot: Snapshot,
  family: Family,
  group: Group,
  keepsEmpty: boolean,
): Write[] {
  const left = new Map(group.endpoints);
  const kept = group.slices.map((slice) => ({ slice, endpoints: stay(slice, left) }));
  const emptiest = kept.toSorted((a, b) => b.endpoints.length - a.endpoints.length);
  for (const { endpoints } of emptiest) endpoints.push(...take(left, CAPACITY - endpoints.length));
  const writes = kept.flatMap(({ slice, endpoints }, index) => {
    const stays = endpoints.length > 0 || (keepsEmpty && index === 0);
    return stays ? update(snapshot.service, slice, endpoints) : [deletion(slice)];
  });
  while (left.size > 0)
    writes.push(create(snapshot, family, { ...group, list: take(left, CAPACITY) }));
  if (keepsEmpty && kept.length === 0)
    writes.push(create(snapshot, family, { ...group, list: [] }));
  return writes;
}

/** The endpoints of a slice that are still wanted, as they are now, in the slice's order. */
function stay(slice: EndpointSlice, left: Map<string, Endpoint>): Endpoint[] {
  return (slice.endpoints ?? []).flatMap(({ targetRef }) => {
    const endpoint = left.get(targetRef?.uid);
    left.delete(targetRef?.uid);
    return endpoint ? [endpoint] : [];
  });
}

function take(left: Map<string, Endpoint>, count: number): Endpoint[] {
  const taken = [...left.values()].slice(0, Math.max(0, count));
  for (const endpoint of taken) left.delete(endpoint.targetRef.uid);
  return taken;
}

function update(service: Service, slice: EndpointSlice, endpoints: Endpoint[]): Write[] {
  const labels = labelsOf(service);
  const same =
    isDeepStrictEqual(slice.endpoints ?? [], endpoints) &&
    isDeepStrictEqual(slice.metadata.labels ?? {}, labels);
  if (same) return [];
  const metadata = { ...slice.metadata, labels };
  return [{ op: 'Update', object: { ...slice, metadata, endpoints } }];
}

function create(
  snapshot: Snapshot,
  family: Family,
  group: { ports: EndpointPort[]; list: Endpoint[] },
): Write {
  const { service } = snapshot;
  const generateName = `${service.metadata.name}-`;
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: generatedName(generateName, snapshot.random),
      generateName,
      namespace: service.metadata.namespace ?? 'default',
      labels: labelsOf(service),
      ownerReferences: [controllerReference(service)],
    },
    addressType: family,
    endpoints: group.list,
    ports: group.ports,
  };
  return { op: 'Create', object: slice };
}

function deletion(slice: EndpointSlice): Write {
  return { op: 'Delete', target: nameOf(slice), uid: slice.metadata.uid ?? '' };
}

function labelsOf(service: Service): Record<string, string> {
  return {
    ...service.metadata.labels,
    [SERVICE_LABEL]: service.metadata.name,
    [MANAGED_BY]: CONTROLLER,
    ...(service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
  };
}

/** Ports with the keys in the order and with the defaults that `portsOf` gives. */
function normalPorts(ports: EndpointPort[]): EndpointPort[] {
  return ports.map(({ name, port, protocol, appProtocol }) => ({
    name: name ?? '',
    port,
    protocol: protocol ?? 'TCP',
    ...(appProtocol ? { appProtocol } : {}),
  }));
}
