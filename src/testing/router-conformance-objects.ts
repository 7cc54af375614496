/** Services, EndpointSlices and routes of the Gateway API for tests of routers, and what a server fills in. */
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { RequestMatch } from '../api/request-match.ts';
import type { TrafficIntent, TrafficRouter } from '../ports/traffic-router.ts';
import type { ObjectStore } from './apply-writes.ts';

export const NAMESPACE = 'shop';

type Fields = Record<string, unknown>;

/** Five percent of Service web to the candidate. */
export function splitIntent(
  config: TrafficIntent['config'],
  change: Partial<TrafficIntent> = {},
): TrafficIntent {
  return {
    namespace: NAMESPACE,
    services: ['web'],
    config,
    rules: [],
    route: 'Split',
    weight: 5,
    stableHash: 'aaa',
    candidateHash: 'bbb',
    journal: {},
    ...change,
  };
}

/** Writes all that is missing, in order. */
export function applier(router: TrafficRouter) {
  return (store: ObjectStore, intent: TrafficIntent) =>
    router.render(intent, store).forEach((write) => store.apply(write));
}

/** By header and query together, or by cookie. */
export const MATCH: RequestMatch[] = [
  { headers: [{ name: 'X-Canary', exact: 'yes' }], query: [{ name: 'beta', regex: '1|2' }] },
  { cookie: { name: 'canary', exact: 'yes' } },
];

/** By path and method, beside the rest and alone. */
export const PLACES: RequestMatch[] = [
  { path: { prefix: '/api/v1' }, method: 'GET' },
  { path: { exact: '/cart' }, headers: [{ name: 'X-Canary', exact: 'yes' }] },
];

export function service(name: string, spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE, labels: { app: name } },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }], ...spec },
  };
}

export function httpRoute(name: string, rules: Fields[], spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace: NAMESPACE },
    spec: { parentRefs: [{ name: 'edge' }], ...spec, rules },
  };
}

/** Of another kind of the Gateway API. */
export function gatewayRoute(
  { kind, version = 'v1' }: { kind: string; version?: string },
  rules: Fields[],
  spec: Fields = {},
): KubeObject {
  return {
    apiVersion: `${KINDS.httpRoute.group}/${version}`,
    kind,
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { parentRefs: [{ name: 'edge' }], ...spec, rules },
  };
}

/** One slice with an endpoint for each pod; ready unless said otherwise. */
export function endpointSlice(
  service: string,
  pods: { uid: string; ready?: boolean; serving?: boolean; terminating?: boolean }[],
  apiVersion = 'discovery.k8s.io/v1',
): KubeObject {
  const addressType = apiVersion.endsWith('beta1') ? 'IPv6' : 'IPv4';
  return {
    apiVersion,
    kind: KINDS.endpointSlice.kind,
    metadata: {
      name: `${service}-${addressType.toLowerCase()}`,
      namespace: NAMESPACE,
      labels: { 'kubernetes.io/service-name': service },
    },
    addressType,
    endpoints: pods.map(({ uid, ...conditions }, index) => ({
      addresses: [addressType === 'IPv4' ? `10.1.0.${index + 1}` : `fd00::${index + 1}`],
      conditions: { ready: true, ...conditions },
      targetRef: { kind: 'Pod', namespace: NAMESPACE, name: `pod-${uid}`, uid },
    })),
    ports: [],
  };
}

/** The server's defaults for Services and routes of the Gateway API; other kinds stay as they are. */
export function defaulted(object: KubeObject): KubeObject {
  const spec = object['spec'] as Fields | undefined;
  if (object.kind === 'Service' && spec) defaultService(spec);
  if (isRoute(object) && spec) defaultRoute(object.kind, spec);
  return object;
}

function defaultService(spec: Fields): void {
  spec['type'] ??= 'ClusterIP';
  spec['sessionAffinity'] ??= 'None';
  if (spec['sessionAffinity'] === 'ClientIP')
    spec['sessionAffinityConfig'] ??= { clientIP: { timeoutSeconds: 10_800 } };
  for (const port of (spec['ports'] ?? []) as Fields[]) {
    port['protocol'] ??= 'TCP';
    port['targetPort'] ??= port['port'];
    if (spec['type'] === 'NodePort') port['nodePort'] ??= 30_080;
    if (spec['type'] === 'ClusterIP') delete port['nodePort'];
  }
  if (spec['type'] === 'ExternalName') return;
  spec['clusterIP'] ??= '10.96.0.10';
  spec['clusterIPs'] ??= [spec['clusterIP']];
  spec['ipFamilies'] ??= ['IPv4'];
  spec['ipFamilyPolicy'] ??= 'SingleStack';
  spec['internalTrafficPolicy'] ??= 'Cluster';
}

function isRoute({ apiVersion }: KubeObject): boolean {
  const groups = [KINDS.httpRoute, KINDS.linkerdRoute].map(({ group }) => group);
  return groups.some((group) => apiVersion.startsWith(`${group}/`));
}

function defaultRoute(kind: string, spec: Fields): void {
  for (const parent of (spec['parentRefs'] ?? []) as Fields[]) {
    parent['group'] ??= 'gateway.networking.k8s.io';
    parent['kind'] ??= 'Gateway';
  }
  for (const rule of (spec['rules'] ?? []) as Fields[]) {
    if (kind === 'HTTPRoute') rule['matches'] ??= [{ path: { type: 'PathPrefix', value: '/' } }];
    if (kind === 'GRPCRoute') defaultGrpcMatches(rule);
    defaultFilters(rule);
    for (const ref of (rule['backendRefs'] ?? []) as Fields[]) {
      ref['group'] ??= '';
      ref['kind'] ??= 'Service';
      ref['weight'] ??= 1;
      defaultFilters(ref);
    }
  }
}

function defaultGrpcMatches(rule: Fields): void {
  for (const match of (rule['matches'] ?? []) as { method?: Fields; headers?: Fields[] }[])
    for (const part of [...(match.method ? [match.method] : []), ...(match.headers ?? [])])
      part['type'] ??= 'Exact';
}

function defaultFilters(owner: Fields): void {
  for (const filter of (owner['filters'] ?? []) as Fields[]) {
    const mirror = filter['requestMirror'] as { backendRef?: Fields } | undefined;
    if (!mirror?.backendRef) continue;
    mirror.backendRef['group'] ??= '';
    mirror.backendRef['kind'] ??= 'Service';
  }
}

/** A gateway's controller reports that it has accepted every route as it is. */
export function acceptRoutes(store: ObjectStore): void {
  for (const { apiVersion, kind, metadata } of store.all().filter(isRoute)) {
    const [group = ''] = apiVersion.split('/');
    reportRoute(store, metadata.name, { group, kind });
  }
}

/** A gateway's controller reports on a route, an HTTPRoute unless said otherwise: True at its generation unless said otherwise. */
export function reportRoute(
  store: ObjectStore,
  name: string,
  report: {
    group?: string;
    kind?: string;
    controllerName?: string;
    generation?: number;
    conditions?: Fields[];
  },
): void {
  const { group = KINDS.httpRoute.group, kind = 'HTTPRoute' } = report;
  const { controllerName = 'example.com/gateway' } = report;
  store.edit({ group, kind }, name, (route) => {
    const observedGeneration = report.generation ?? route.metadata.generation;
    const conditions = report.conditions ?? [{ type: 'Accepted' }, { type: 'ResolvedRefs' }];
    route['status'] = {
      parents: [
        {
          parentRef: { name: 'edge' },
          controllerName,
          conditions: conditions.map((condition) => ({
            status: 'True',
            reason: condition['type'],
            message: '',
            lastTransitionTime: '2026-01-01T00:00:00Z',
            observedGeneration,
            ...condition,
          })),
        },
      ],
    };
  });
}
