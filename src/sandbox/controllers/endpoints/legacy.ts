/** The older Endpoints object of a Service, pure: subsets of addresses that share their ports. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../api/object.ts';
import type { Pod, Service } from '../kinds.ts';
import { isReady, isTerminal } from '../pods.ts';
import type { Write } from '../write.ts';
import { addressOf, type EndpointPort, type Family, portsOf } from './endpoint.ts';

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const HEADLESS = 'service.kubernetes.io/headless';

interface Address {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef: { kind: 'Pod'; name: string; namespace: string; uid: string };
}

interface Subset {
  addresses?: Address[];
  notReadyAddresses?: Address[];
  ports?: EndpointPort[];
}

/** The write that brings Endpoints up to date; none when it is. */
export function endpointsWrites(
  service: Service,
  pods: Pod[],
  present: KubeObject | undefined,
): Write[] {
  const subsets = subsetsOf(service, pods);
  const labels = {
    ...service.metadata.labels,
    [MANAGED_BY]: 'endpoint-controller',
    ...(service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
  };
  if (!present) {
    const { name, namespace = 'default' } = service.metadata;
    const metadata = { name, namespace, labels };
    return [{ op: 'Create', object: { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets } }];
  }
  const same =
    isDeepStrictEqual(present.subsets ?? [], subsets) &&
    isDeepStrictEqual(present.metadata.labels ?? {}, labels);
  if (same) return [];
  const metadata = { ...present.metadata, labels };
  return [{ op: 'Update', object: { ...present, metadata, subsets } }];
}

function subsetsOf(service: Service, pods: Pod[]): Subset[] {
  const publish = service.spec.publishNotReadyAddresses === true;
  const family = (service.spec.ipFamilies?.[0] ?? 'IPv4') as Family;
  const byPorts = new Map<
    string,
    { ports: EndpointPort[]; ready: Address[]; unready: Address[] }
  >();
  for (const pod of pods) {
    const address = addressFor(service, pod, family);
    if (!address || (pod.metadata.deletionTimestamp !== undefined && !publish)) continue;
    const ports = portsOf(service, pod).map(legacyPort);
    const subset = byPorts.get(JSON.stringify(ports)) ?? { ports, ready: [], unready: [] };
    byPorts.set(JSON.stringify(ports), subset);
    (publish || isReady(pod) ? subset.ready : subset.unready).push(address);
  }
  return Array.from(byPorts.entries())
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, unready }]) => ({
      ...(ready.length > 0 ? { addresses: ready.sort(byAddress) } : {}),
      ...(unready.length > 0 ? { notReadyAddresses: unready.sort(byAddress) } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    }));
}

function addressFor(service: Service, pod: Pod, family: Family): Address | undefined {
  const ip = addressOf(pod, family);
  if (ip === undefined || isTerminal(pod)) return undefined;
  const { hostname, subdomain, nodeName } = pod.spec;
  const { name, namespace = '', uid = '' } = pod.metadata;
  return {
    ip,
    ...(hostname !== undefined && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** An unnamed port has no name here, where a slice has an empty one. */
function legacyPort({ name, ...port }: EndpointPort): EndpointPort {
  return (name === '' ? port : { name, ...port }) as EndpointPort;
}

function byAddress(a: Address, b: Address): number {
  return a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0;
}
