/**
 * Ingresses made ready to route by, as ingress-nginx takes them: pure. Written from its user guide (Ingress path
 * matching; Annotations, Canary): an exact path goes before prefixes and a longer prefix before a shorter one; of two
 * Ingresses with one host and path the older is taken; a canary stands beside the Ingress with the same host and path,
 * and is asked by header, then by cookie, then by weight; with affinity by cookie who came once stays.
 */
import type { KubeObject } from '../../api/object.ts';
import { type Canary, canariesBy, canaryTests, isCanary } from './ingress-canary.ts';
import { AFFINITY, keepingOf, unsupportedAffinity } from './ingress-affinity.ts';
import { keptMatches, marking } from './kept.ts';
import { classListeners, classOf } from './ingress-class.ts';
import { compileFilters } from './filters.ts';
import { hostOf } from './hostnames.ts';
import type { Match, RequestView } from './match.ts';
import {
  type IngressBackend,
  type IngressSpec,
  type Path,
  placeOf,
  PREFIX,
} from './ingress-spec.ts';
import { keyOf, specOf } from './objects.ts';
import type { Backend } from './shares.ts';
import { type CompiledRoute, emptyRoute, type Rule } from './route.ts';

/** They change how a request is sent on, or only that of TLS, and nothing of where it goes. */
const WITHOUT_EFFECT =
  /^(ssl-redirect|force-ssl-redirect|proxy-(body-size|buffering|buffer-size|connect-timeout|read-timeout|send-timeout))$/;

/** Of the endpoints, for the canary's too. */
const PROTOCOL = `${PREFIX}backend-protocol`;

/** One route for each host of each Ingress that is no canary, the oldest Ingress first. */
export function compileIngresses(
  ingresses: readonly KubeObject[],
  classes: readonly KubeObject[],
): CompiledRoute[] {
  const ours = ingresses
    .map((object) => ({ object, of: classOf(object, classes) }))
    .filter((one): one is { object: KubeObject; of: string } => one.of !== undefined)
    .toSorted((one, other) => ageOf(one.object).localeCompare(ageOf(other.object)));
  const canaries = canariesBy(ours.map(({ object }) => object));
  return ours
    .filter(({ object }) => !isCanary(object))
    .flatMap(({ object, of }) => routesOf(object, of, canaries));
}

function ageOf(object: KubeObject): string {
  return `${object.metadata.creationTimestamp ?? ''} ${keyOf(object)}`;
}

function routesOf(
  object: KubeObject,
  className: string,
  canaries: ReadonlyMap<string, Canary>,
): CompiledRoute[] {
  const { defaultBackend, rules = [] } = specOf<IngressSpec>(object);
  const byDefault = defaultBackend ? [{ http: { paths: [{ backend: defaultBackend }] } }] : [];
  return [...rules, ...byDefault].map((rule, index) => {
    const { host = '', http } = rule as NonNullable<IngressSpec['rules']>[number];
    const route: CompiledRoute = {
      ...emptyRoute(object),
      key: ['Ingress', keyOf(object), host].filter(Boolean).join(' '),
      hostnames: [host.toLowerCase()],
      parents: [{ namespace: '', name: classListeners(className) }],
    };
    const createdAt = object.metadata.creationTimestamp ?? '';
    for (const path of http?.paths ?? [])
      for (const match of compilePath(path, { route, host, canaries }))
        route.matches.push({ ...match, order: [createdAt, route.key, index] });
    return route;
  });
}

interface Place {
  route: CompiledRoute;
  host: string;
  canaries: ReadonlyMap<string, Canary>;
}

type Compiled = Match & { rule: Rule };

/** What a canary asks for goes before the share of the others, at the same path. */
function compilePath(path: Path, { route, host, canaries }: Place): Compiled[] {
  const main = backendOf(path.backend, route);
  const problem = unsupported(route.object);
  const canary = canaries.get(placeOf(host, path));
  const to = canary && backendOf(canary.backend, { ...route, namespace: canary.namespace });
  const { weight = 0, total = 100 } = canary ?? {};
  const shared = to && { ...to, weight };
  const rest = { ...main, weight: shared ? Math.max(0, total - weight) : 1 };
  const rule = (backends: Backend[]): Rule => ({
    route: route.key,
    filters: main.filters,
    backends,
    totalWeight: backends.reduce((sum, one) => sum + one.weight, 0),
    timeoutMs: undefined,
    // ingress-nginx 9635: beside an upstream without endpoints no canary is heard.
    ...(to && { needs: main }),
    problem: problem ?? canary?.problem,
    ingress: { service: path.backend?.service?.name ?? '', path: path.path ?? '/' },
  });
  const asked = canary && to ? canaryTests(canary, { candidate: to, main }) : [];
  const match = matchOf(path, host);
  const keeping = keepingOf(route.object, path.path ?? '/');
  const usual = { ...match, rule: rule(shared ? [shared, rest] : [rest]) };
  return [
    ...asked.map((one) => ({
      ...match,
      rank: { ...match.rank, headers: one.rank },
      test: (request: RequestView) => match.test(request) && one.test(request),
      rule: rule([keeping ? marking(one.to, keeping) : one.to]),
    })),
    ...(keeping ? keptMatches(usual, keeping) : [usual]),
  ];
}

function backendOf(backend: IngressBackend | undefined, route: CompiledRoute): Backend {
  const { name = '', port = {} } = backend?.service ?? {};
  const service = `${route.namespace}/${name}`;
  route.services.add(service);
  const filters = compileFilters(undefined, route.namespace);
  const grpc = route.object.metadata.annotations?.[PROTOCOL] === 'GRPC' && { http2: true };
  return { service, port: port.name ?? port.number ?? 0, weight: 1, filters, ...grpc };
}

function matchOf({ path = '/', pathType = 'Prefix' }: Path, host: string): Match {
  const reached = pathTest(path, pathType);
  return {
    prefix: undefined,
    rank: {
      pathType: pathType === 'Exact' ? 1 : 0,
      pathLength: path.length,
      method: 0,
      headers: 0,
      queryParams: 0,
    },
    test: (request) => reached(request) && isOneLabel(host, request),
  };
}

/** By whole elements; where its controller may choose, ingress-nginx takes a prefix of characters. */
function pathTest(path: string, pathType: string): (request: RequestView) => boolean {
  if (pathType === 'Exact') return (request) => request.path === path;
  if (pathType !== 'Prefix') return (request) => request.path.startsWith(path);
  const bare = path.replace(/\/+$/, '');
  return (request) => bare === '' || request.path === bare || request.path.startsWith(`${bare}/`);
}

/** The star of a host stands for one label. */
function isOneLabel(host: string, { headers }: RequestView): boolean {
  if (!host.startsWith('*.')) return true;
  const given = headers['host'];
  return (
    hostOf(typeof given === 'string' ? given : '').split('.').length === host.split('.').length
  );
}

/** Said aloud: a request that such an Ingress takes is answered with it. */
function unsupported(object: KubeObject): string | undefined {
  const known = (name: string) => WITHOUT_EFFECT.test(name) || AFFINITY.test(name);
  const found = Object.entries(object.metadata.annotations ?? {})
    .filter(([key, value]) => key !== PROTOCOL || !['HTTP', 'GRPC'].includes(value))
    .map(([key]) => key)
    .find((key) => key.startsWith(PREFIX) && !known(key.slice(PREFIX.length)));
  return found ? `${found} is not supported by the sandbox gateway` : unsupportedAffinity(object);
}
