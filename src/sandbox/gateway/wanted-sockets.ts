/** Which ports the Services and Gateways of the cluster ask for: pure. */
import type { KubeObject } from '../../api/object.ts';
import { reachableAddress } from '../nodes/addresses.ts';
import type { Origin } from './decision.ts';
import type { Listening } from './listening.ts';
import { keyOf, specOf, type ServicePort, type ServiceSpec } from './objects.ts';

export interface PortRequest {
  id: string;
  address: string;
  port: number;
  protocol: 'http' | 'tcp';
  origin: Origin;
  /** Whom to tell when the port cannot be had. */
  about: KubeObject;
}

const NODE_PORT_ADDRESS = '127.0.0.1';
const HTTP_PROTOCOLS = ['http', 'ws', 'kubernetes.io/ws'];
const RAW_NAMES = /^(https|tls|tcp|grpc|mongo|mysql|redis)(-|$)/;

/** The cluster's addresses and node ports of a Service; none where there is nothing to serve. */
export function servicePorts(service: KubeObject): PortRequest[] {
  const { type = 'ClusterIP', clusterIP = '', ports = [] } = specOf<ServiceSpec>(service);
  if (type === 'ExternalName' || clusterIP === '' || clusterIP === 'None') return [];
  const key = keyOf(service);
  // The API server itself, which is not ours to serve.
  if (key === 'default/kubernetes' || clusterIP.includes(':')) return [];
  return ports.flatMap((port) => {
    if ((port.protocol ?? 'TCP') !== 'TCP') return [];
    const origin = { kind: 'service', service: key, port: port.port } as const;
    const asked = { protocol: protocolOf(port), origin, about: service };
    const address = reachableAddress(clusterIP);
    const id = `service ${address}:${port.port}`;
    const inside: PortRequest = { ...asked, id, address, port: port.port };
    if (!port.nodePort) return [inside];
    const outside = { address: NODE_PORT_ADDRESS, port: port.nodePort };
    return [inside, { ...asked, ...outside, id: `node ${port.nodePort}` }];
  });
}

/** HTTP unless the port says that it is something else. */
function protocolOf({ name = '', appProtocol }: ServicePort): 'http' | 'tcp' {
  if (appProtocol !== undefined)
    return HTTP_PROTOCOLS.includes(appProtocol.toLowerCase()) ? 'http' : 'tcp';
  return RAW_NAMES.test(name) ? 'tcp' : 'http';
}

export interface ListenerPlace {
  address: string;
  /** Other ports for listeners, by `namespace/gateway/listener` or by the listener's port as text,
   * `*` for all others; 0 is any free port. */
  ports: Record<string, number>;
}

/** One port for all listeners that name the same, in whichever Gateway. */
export function listenerPorts(gateways: Iterable<Listening>, place: ListenerPlace): PortRequest[] {
  const wanted = new Map<number, PortRequest>();
  for (const { key, object, listeners } of gateways)
    for (const { name, port, protocol } of listeners) {
      if (protocol !== 'HTTP' || wanted.has(port)) continue;
      const { ports } = place;
      const bind = ports[`${key}/${name}`] ?? ports[port] ?? ports['*'] ?? port;
      wanted.set(port, {
        id: listenerSocketId(port),
        address: place.address,
        port: bind,
        protocol: 'http',
        origin: { kind: 'listener', port },
        about: object,
      });
    }
  return [...wanted.values()];
}

export function listenerSocketId(port: number): string {
  return `listener ${port}`;
}
