/** Which ports the Services and Gateways of the cluster ask for: pure. */
import type { KubeObject } from '../../api/object.ts';
import { reachableAddress } from '../nodes/addresses.ts';
import { protocolOf } from './app-protocol.ts';
import type { Origin } from './origin.ts';
import { type Listening, protocolOf as isServed } from './listening.ts';
import { keyOf, specOf, type ServiceSpec } from './objects.ts';

export interface PortRequest {
  id: string;
  address: string;
  port: number;
  origin: Origin;
  /** Whom to tell when the port cannot be had. */
  about: KubeObject;
}

const NODE_PORT_ADDRESS = '127.0.0.1';

/** The cluster's addresses and node ports of a Service; none where there is nothing to serve. */
export function servicePorts(service: KubeObject): PortRequest[] {
  const { type = 'ClusterIP', clusterIP = '', ports = [] } = specOf<ServiceSpec>(service);
  if (type === 'ExternalName' || clusterIP === '' || clusterIP === 'None') return [];
  const key = keyOf(service);
  // The API server itself, which is not ours to serve.
  if (key === 'default/kubernetes' || clusterIP.includes(':')) return [];
  return ports.flatMap((port) => {
    if ((port.protocol ?? 'TCP') !== 'TCP') return [];
    const readable = protocolOf(port) !== 'tcp';
    const origin = { kind: 'service', service: key, port: port.port, readable } as const;
    const asked = { origin, about: service };
    const address = reachableAddress(clusterIP);
    const id = `service ${address}:${port.port}`;
    const inside: PortRequest = { ...asked, id, address, port: port.port };
    if (!port.nodePort) return [inside];
    const outside = { address: NODE_PORT_ADDRESS, port: port.nodePort };
    return [inside, { ...asked, ...outside, id: `node ${port.nodePort}` }];
  });
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
    for (const listener of listeners) {
      const { name, port } = listener;
      if (!isServed(listener) || wanted.has(port)) continue;
      const { ports } = place;
      const bind = ports[`${key}/${name}`] ?? ports[port] ?? ports['*'] ?? port;
      wanted.set(port, {
        id: listenerSocketId(port),
        address: place.address,
        port: bind,
        origin: { kind: 'listener', port },
        about: object,
      });
    }
  return [...wanted.values()];
}

export function listenerSocketId(port: number): string {
  return `listener ${port}`;
}
