/**
 * Traefik's IngressRoutes made ready to route by: pure. Written from the reference of its Kubernetes provider: of the
 * routes that match that of the greatest priority is taken, which is the length of its rule by default; services share
 * by weight (1 by default); one of them without endpoints, and there is no such route. With `weighted.sticky` the cookie is
 * `HttpOnly` only if said, for the path `/`, and one that names nobody with a weight is set anew.
 */
import type { KubeObject } from '../../api/object.ts';
import { compileFilters } from './filters.ts';
import { ENTRY_POINT, traefikParents } from './traefik-entry-point.ts';
import { specOf } from './objects.ts';
import type { Backend } from './shares.ts';
import { type CompiledRoute, emptyRoute, type Rule } from './route.ts';
import { keptMatches } from './kept.ts';
import { keepingBy, type StickyCookie } from './traefik-cookie.ts';
import { compileRule } from './traefik-rule.ts';

interface ServiceRef {
  kind?: string;
  namespace?: string;
  name: string;
  port?: number | string;
  weight?: number;
  scheme?: string;
  [key: string]: unknown;
}

interface Route {
  kind?: string;
  match: string;
  priority?: number;
  services?: ServiceRef[];
  [key: string]: unknown;
}

interface TraefikServiceSpec {
  weighted?: { services?: ServiceRef[]; sticky?: { cookie?: StickyCookie } };
  mirroring?: ServiceRef & { mirrors?: (ServiceRef & { percent?: number })[] };
  [key: string]: unknown;
}

const ROUTE_FIELDS = new Set(['kind', 'match', 'priority', 'services']);
const SERVICE_FIELDS = new Set([
  'kind',
  'namespace',
  'name',
  'port',
  'weight',
  'scheme',
  'mirrors',
  'percent',
]);

const TRAEFIK_SERVICE_FIELDS = new Set(['weighted', 'mirroring']);

interface Place {
  route: CompiledRoute;
  /** TraefikServices of the namespace, by name. */
  services: ReadonlyMap<string, KubeObject>;
  /** Of a TraefikService that leads to it. */
  inside?: true;
}

export function compileIngressRoutes(
  objects: readonly KubeObject[],
  classes: readonly KubeObject[],
  traefikServices: readonly KubeObject[],
): CompiledRoute[] {
  const parents = traefikParents(classes);
  return objects.map((object) => {
    const { entryPoints = [ENTRY_POINT], routes = [] } = specOf<{
      entryPoints?: string[];
      routes?: Route[];
    }>(object);
    const { namespace = '', creationTimestamp = '' } = object.metadata;
    const route: CompiledRoute = {
      ...emptyRoute(object),
      hostnames: [''],
      parents: entryPoints.includes(ENTRY_POINT) ? parents : [],
    };
    const services = new Map(
      traefikServices
        .filter(({ metadata }) => metadata.namespace === namespace)
        .map((one) => [one.metadata.name, one]),
    );
    routes.forEach((given, index) => {
      for (const compiled of compileOne(given, { route, services }))
        route.matches.push({ ...compiled, order: [creationTimestamp, route.key, index] });
    });
    return route;
  });
}

/** None for a rule that cannot be read: Traefik takes up the others. */
function compileOne(given: Route, { route, services }: Place) {
  const { match, priority } = given;
  const rule: Rule = {
    route: route.key,
    filters: compileFilters(undefined, route.namespace),
    backends: [],
    totalWeight: 0,
    timeoutMs: undefined,
    allOrNone: true,
    problem: unknownIn(given, ROUTE_FIELDS),
  };
  try {
    rule.backends = (given.services ?? []).flatMap((ref) => backendsOf(ref, { route, services }));
    rule.totalWeight = rule.backends.reduce((sum, { weight }) => sum + weight, 0);
    const rank = { pathType: priority || Buffer.byteLength(match), ...NONE };
    const usual = { prefix: undefined, rank, test: compileRule(match), rule };
    const cookie = stickyIn(given, services);
    return cookie ? keptMatches(usual, keepingBy(cookie)) : [usual];
  } catch (error) {
    route.problem = (error as Error).message;
    // Said aloud to whom it would take: what it takes is not known.
    return [];
  }
}

/** Of the TraefikService that a route leads to, where there is no other beside it. */
function stickyIn({ services = [] }: Route, known: Place['services']): StickyCookie | undefined {
  const found = services.flatMap(({ kind, name }) => {
    const service = kind === 'TraefikService' ? known.get(name) : undefined;
    const cookie = service && specOf<TraefikServiceSpec>(service).weighted?.sticky?.cookie;
    return cookie ? [cookie] : [];
  });
  if (found.length > 0 && services.length > 1)
    throw new Error(
      'a sticky TraefikService beside others is not supported by the sandbox gateway',
    );
  return found[0];
}

const NONE = { pathLength: 0, method: 0, headers: 0, queryParams: 0 };

/** A Service, or what a TraefikService leads to, with its part of the share. */
function backendsOf(ref: ServiceRef, place: Place): Backend[] {
  const { kind = 'Service', name, namespace = place.route.namespace, weight = 1 } = ref;
  const unknown = unknownIn(ref, SERVICE_FIELDS);
  if (unknown !== undefined) throw new Error(unknown);
  if (namespace !== place.route.namespace)
    throw new Error(`service ${namespace}/${name}: services of other namespaces are not supported`);
  if (kind === 'Service') return [backendOf(ref, weight, place)];
  const { weighted, mirroring } = traefikService(name, place);
  const within: Place = { ...place, inside: true };
  if (mirroring) return mirrored(mirroring, weight, within);
  const inner = (weighted?.services ?? []).flatMap((one) => backendsOf(one, within));
  const total = inner.reduce((sum, one) => sum + one.weight, 0);
  return inner.map((one) => ({ ...one, weight: (one.weight / (total || 1)) * weight }));
}

function traefikService(name: string, { services, inside }: Place): TraefikServiceSpec {
  const found = services.get(name);
  if (!found) throw new Error(`TraefikService ${name} does not exist`);
  const spec = specOf<TraefikServiceSpec>(found);
  const other = Object.keys(spec).find((field) => !TRAEFIK_SERVICE_FIELDS.has(field));
  if (other !== undefined) throw new Error(`${other} is not supported by the sandbox gateway`);
  if (spec.weighted?.sticky && inside)
    throw new Error(
      'a sticky TraefikService inside of one is not supported by the sandbox gateway',
    );
  return spec;
}

function backendOf(ref: ServiceRef, weight: number, { route }: Place): Backend {
  const { name, port = 0 } = ref;
  const service = `${route.namespace}/${name}`;
  route.services.add(service);
  const filters = compileFilters(undefined, route.namespace);
  return { service, port, weight, filters, ...versionOf(ref) };
}

/** Of HTTP, where the object says it. */
function versionOf({ scheme }: ServiceRef): { http2?: boolean } {
  if (scheme === undefined) return {};
  if (scheme !== 'http' && scheme !== 'h2c')
    throw new Error(`scheme ${scheme} is not supported by the sandbox gateway`);
  return { http2: scheme === 'h2c' };
}

function mirrored(
  { mirrors = [], ...main }: NonNullable<TraefikServiceSpec['mirroring']>,
  weight: number,
  place: Place,
): Backend[] {
  const copies = mirrors.map(({ percent = 0, ...ref }) => ({
    service: `${place.route.namespace}/${ref.name}`,
    port: ref.port ?? 0,
    share: percent / 100,
    ...versionOf(ref),
  }));
  return backendsOf({ ...main, weight }, place).map((one) => ({
    ...one,
    filters: { ...one.filters, mirrors: [...one.filters.mirrors, ...copies] },
  }));
}

function unknownIn(given: object, fields: ReadonlySet<string>): string | undefined {
  const unknown = Object.keys(given).find((name) => !fields.has(name));
  return unknown && `${unknown} is not supported by the sandbox gateway`;
}
