/** An Istio Gateway as the listeners that its servers are: pure. TLS is passed through, or not served. */
import type { KubeObject } from '../../api/object.ts';
import type { Listening } from './listening.ts';
import { specOf } from './objects.ts';

interface Server {
  port?: { number?: number; name?: string; protocol?: string };
  hosts?: string[];
  tls?: { mode?: string };
}

/** Under which name VirtualServices are attached to it: apart from those of the Gateway API. */
export const listenersName = (gateway: string): string => `istio/${gateway}`;

const PROTOCOLS: Record<string, string> = {
  HTTP: 'HTTP',
  HTTP2: 'HTTP',
  GRPC: 'HTTP',
  HTTPS: 'TLS',
  TLS: 'TLS',
};

/** For every namespace, since VirtualServices name the namespace of their Gateway. */
export function istioListeners(object: KubeObject): Listening {
  const { servers = [] } = specOf<{ servers?: Server[] }>(object);
  const listeners = servers.flatMap(({ port = {}, hosts = ['*'], tls = {} }, i) =>
    hosts.map((host, j) => ({
      name: `${port.name ?? i}-${j}`,
      port: port.number ?? 0,
      protocol: PROTOCOLS[(port.protocol ?? '').toUpperCase()] ?? 'TCP',
      tls: { mode: tls.mode === 'PASSTHROUGH' ? 'Passthrough' : 'Terminate' },
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
