/** Services, EndpointSlices and the objects that route, as far as the gateway reads them. */
import type { KubeObject } from '../../api/object.ts';

export const CONTROLLER_NAME = 'segue.dev/sandbox-gateway';
export const GATEWAY_GROUP = 'gateway.networking.k8s.io';
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export const KINDS = {
  service: { group: '', kind: 'Service' },
  slice: { group: 'discovery.k8s.io', kind: 'EndpointSlice' },
  pod: { group: '', kind: 'Pod' },
  namespace: { group: '', kind: 'Namespace' },
  gatewayClass: { group: GATEWAY_GROUP, kind: 'GatewayClass' },
  gateway: { group: GATEWAY_GROUP, kind: 'Gateway' },
  route: { group: GATEWAY_GROUP, kind: 'HTTPRoute' },
  grpcRoute: { group: GATEWAY_GROUP, kind: 'GRPCRoute' },
  tlsRoute: { group: GATEWAY_GROUP, kind: 'TLSRoute' },
  tcpRoute: { group: GATEWAY_GROUP, kind: 'TCPRoute' },
  istioGateway: { group: 'networking.istio.io', kind: 'Gateway' },
  virtualService: { group: 'networking.istio.io', kind: 'VirtualService' },
  destinationRule: { group: 'networking.istio.io', kind: 'DestinationRule' },
  ingressClass: { group: 'networking.k8s.io', kind: 'IngressClass' },
  ingress: { group: 'networking.k8s.io', kind: 'Ingress' },
  ingressRoute: { group: 'traefik.io', kind: 'IngressRoute' },
  ingressRouteTcp: { group: 'traefik.io', kind: 'IngressRouteTCP' },
  traefikService: { group: 'traefik.io', kind: 'TraefikService' },
} as const;

export interface ServicePort {
  name?: string;
  port: number;
  nodePort?: number;
  protocol?: string;
  appProtocol?: string;
}

export interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  selector?: Record<string, string>;
  ports?: ServicePort[];
  sessionAffinity?: string;
  sessionAffinityConfig?: { clientIP?: { timeoutSeconds?: number } };
}

export interface SliceFields {
  addressType?: string;
  endpoints?:
    | {
        addresses?: string[];
        conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
        targetRef?: { kind?: string; namespace?: string; name?: string };
      }[]
    | null;
  ports?: { name?: string; port?: number; protocol?: string }[] | null;
}

export interface ParentRef {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
  port?: number;
}

export interface BackendRef {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  port?: number;
  weight?: number;
  filters?: FilterSpec[];
}

export interface StringMatch {
  type?: string;
  name: string;
  value: string;
}

export interface MatchSpec {
  path?: { type?: string; value?: string };
  headers?: StringMatch[];
  queryParams?: StringMatch[];
  method?: string;
}

export interface GrpcMatchSpec {
  method?: { type?: string; service?: string; method?: string };
  headers?: StringMatch[];
}

interface HeaderValue {
  name: string;
  value: string;
}

export interface HeaderModifier {
  set?: HeaderValue[];
  add?: HeaderValue[];
  remove?: string[];
}

export interface PathModifier {
  type: string;
  replaceFullPath?: string;
  replacePrefixMatch?: string;
}

export interface RedirectSpec {
  scheme?: string;
  hostname?: string;
  path?: PathModifier;
  port?: number;
  statusCode?: number;
}

export interface FilterSpec {
  type: string;
  requestHeaderModifier?: HeaderModifier;
  responseHeaderModifier?: HeaderModifier;
  requestRedirect?: RedirectSpec;
  urlRewrite?: { hostname?: string; path?: PathModifier };
  requestMirror?: {
    backendRef: BackendRef;
    percent?: number;
    fraction?: { numerator: number; denominator?: number };
  };
}

export interface RuleSpec {
  name?: string;
  matches?: MatchSpec[];
  filters?: FilterSpec[];
  backendRefs?: BackendRef[];
  timeouts?: { request?: string; backendRequest?: string };
}

export interface RouteSpec {
  parentRefs?: ParentRef[];
  hostnames?: string[];
  rules?: RuleSpec[];
}

export interface ListenerSpec {
  name: string;
  port: number;
  protocol: string;
  hostname?: string;
  tls?: { mode?: string };
  allowedRoutes?: {
    namespaces?: { from?: string; selector?: { matchLabels?: Record<string, string> } };
    kinds?: { group?: string; kind: string }[];
  };
}

export interface GatewaySpec {
  gatewayClassName?: string;
  listeners?: ListenerSpec[];
}

/** The part of an object that its kind names; untyped objects become typed here alone. */
export function specOf<T>(object: KubeObject): T {
  return (object['spec'] ?? {}) as T;
}

/** `namespace/name`. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** What tells a route from those of other kinds: an HTTPRoute goes by its name alone. */
export function routeKey(object: KubeObject): string {
  return object.kind === KINDS.route.kind ? keyOf(object) : `${object.kind} ${keyOf(object)}`;
}
