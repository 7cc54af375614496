/** A pod as an endpoint of a Service: is it one, on which ports, in which condition. */
import type { Pod, Service, ServicePort } from '../kinds.ts';
import { isReady, isTerminal } from '../pods.ts';

export type Family = 'IPv4' | 'IPv6';

/** A port as an EndpointSlice carries it. */
export interface EndpointPort {
  name: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

/** An endpoint as an EndpointSlice carries it. */
export interface Endpoint {
  addresses: string[];
  conditions: { ready: boolean; serving: boolean; terminating: boolean };
  hostname?: string;
  nodeName?: string;
  targetRef: { kind: 'Pod'; name: string; namespace: string; uid: string };
}

/** The address of a pod in a family, if it has one. */
export function addressOf(pod: Pod, family: Family): string | undefined {
  const listed = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
  const all = listed.length > 0 ? listed : [pod.status?.podIP ?? ''];
  return all.find((ip) => ip !== '' && ip.includes(':') === (family === 'IPv6'));
}

/** The pod's ports for a Service; a named port that the pod does not have is left out. */
export function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return [{ name, port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const protocol = port.protocol ?? 'TCP';
  return pod.spec.containers
    .flatMap((container) => container.ports ?? [])
    .find((one) => one.name === target && (one.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** The endpoint a pod is; undefined for a pod without an address or one that has ended. */
export function endpointOf(service: Service, pod: Pod, family: Family): Endpoint | undefined {
  const address = addressOf(pod, family);
  if (address === undefined || isTerminal(pod)) return undefined;
  const publish = service.spec.publishNotReadyAddresses === true;
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const { hostname, subdomain, nodeName } = pod.spec;
  const named = hostname !== undefined && subdomain === service.metadata.name;
  return {
    addresses: [address],
    conditions: { ready: publish || (serving && !terminating), serving, terminating },
    ...(named ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: {
      kind: 'Pod',
      name: pod.metadata.name,
      namespace: pod.metadata.namespace ?? '',
      uid: pod.metadata.uid ?? '',
    },
  };
}
