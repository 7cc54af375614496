/** What listens for requests from outside: Gateways of the Gateway API, of Istio, and classes of Ingresses. */
import type { KubeObject } from '../../api/object.ts';
import { type GatewaySpec, keyOf, type ListenerSpec, specOf } from './objects.ts';

export interface Listening {
  /** `namespace/name`; those of other kinds have a name of their own, which routes find them by. */
  key: string;
  /** Whose it is: what events are about. */
  object: KubeObject;
  namespace: string;
  listeners: ListenerSpec[];
}

/** Of a listener that is served: HTTP/1.1 and HTTP/2, TLS that is passed through, or anything. */
export type ListenerProtocol = 'HTTP' | 'TLS' | 'TCP';

/** Undefined for what is not served. */
export function protocolOf({ protocol, tls }: ListenerSpec): ListenerProtocol | undefined {
  if (protocol === 'HTTP' || protocol === 'TCP') return protocol;
  return protocol === 'TLS' && tls?.mode === 'Passthrough' ? 'TLS' : undefined;
}

/** The listener before it that has its port already, for something else. */
export function portHolder(
  spec: ListenerSpec,
  specs: readonly ListenerSpec[],
): ListenerSpec | undefined {
  const first = specs.find(({ port }) => port === spec.port);
  return first && first.protocol !== spec.protocol ? first : undefined;
}

export function listeningOf(gateway: KubeObject): Listening {
  const { listeners = [] } = specOf<GatewaySpec>(gateway);
  const { namespace = '' } = gateway.metadata;
  const served = listeners.filter((one) => !portHolder(one, listeners));
  return { key: keyOf(gateway), object: gateway, namespace, listeners: served };
}
