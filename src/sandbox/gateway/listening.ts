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

export function listeningOf(gateway: KubeObject): Listening {
  const { listeners = [] } = specOf<GatewaySpec>(gateway);
  const { namespace = '' } = gateway.metadata;
  return { key: keyOf(gateway), object: gateway, namespace, listeners };
}
