/** An Istio Gateway as the listeners that its servers are: pure. Plain HTTP only, as those of the Gateway API here. */
import type { KubeObject } from '../../api/object.ts';
import type { Listening } from './listening.ts';
import { specOf } from './objects.ts';

interface Server {
  port?: { number?: number; name?: string; protocol?: string };
  hosts?: string[];
}

/** Under which name VirtualServices are attached to it: apart from those of the Gateway API. */
export const listenersName = (gateway: string): string => `istio/${gateway}`;

/** For every namespace, since VirtualServices name the namespace of their Gateway. */
export function istioListeners(object: KubeObject): Listening {
  const { servers = [] } = specOf<{ servers?: Server[] }>(object);
  const listeners = servers.flatMap(({ port = {}, hosts = ['*'] }, i) =>
    hosts.map((host, j) => ({
      name: `${port.name ?? i}-${j}`,
      port: port.number ?? 0,
      protocol: ['HTTP', 'HTTP2', 'GRPC'].includes((port.protocol ?? '').toUpperCase())
        ? 'HTTP'
        : 'TCP',
      hostname: hostnameOf(host),
      allowedRoutes: { namespaces: { from: 'All' } },
    })),
  );
  const { name, namespace = '' } = object.metadata;
  return { key: `${namespace}/${listenersName(name)}`, object, namespace, listeners };
}

/** `*` is any, and a namespace before the name says whose VirtualServices may use it. */
function hostnameOf(host: string): string {
  const name = host.slice(host.indexOf('/') + 1);
  return name === '*' ? '' : name;
}
