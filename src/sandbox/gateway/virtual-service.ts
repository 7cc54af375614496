/**
 * An Istio VirtualService made ready to route by, for requests to its hosts inside of the mesh: pure.
 * Written from the reference of networking.istio.io/v1 VirtualService: the first rule that matches is the one, a match
 * without conditions takes everything, and entries of `match` are alternatives.
 */
import { parseDuration } from '../../api/duration.ts';
import type { KubeObject } from '../../api/object.ts';
import { compileFilters, type Filters } from './filters.ts';
import { targetOf } from './destination-rule.ts';
import { hostService } from './istio-host.ts';
import { listenersName } from './istio-gateway.ts';
import type { Match, RequestView } from './match.ts';
import { type HeaderModifier, type ParentRef, type RedirectSpec, specOf } from './objects.ts';
import type { Backend } from './shares.ts';
import { type CompiledRoute, emptyRoute, type Rule } from './route.ts';
import { compileConnections } from './virtual-service-connections.ts';
import type {
  HeaderOperations,
  HttpRoute,
  MatchRequest,
  Operations,
  RouteDestination,
  StringMatch,
  VirtualServiceSpec,
} from './virtual-service-spec.ts';

/** What else there is in a rule and in a match changes where requests go, or what becomes of them. */
const RULE_FIELDS = new Set(
  'name match route redirect rewrite mirror mirrorPercentage headers timeout retries'.split(' '),
);
const MATCH_FIELDS = new Set(
  'name uri method authority headers withoutHeaders queryParams ignoreUriCase'.split(' '),
);

/** Requests inside of the mesh, and no gateway, where nothing is said. */
const MESH = 'mesh';

/** @param rules those in effect, where they are others than its own */
export function compileVirtualService(object: KubeObject, rules?: HttpRoute[]): CompiledRoute {
  const { hosts = [], gateways = [MESH], http = [] } = specOf<VirtualServiceSpec>(object);
  const namespace = object.metadata.namespace ?? '';
  const route: CompiledRoute = {
    ...emptyRoute(object),
    // Services are hosts within the mesh, which is not told by the name that was asked for.
    hostnames: hosts.map((host) => (host === '*' ? '' : host.toLowerCase())),
    parents: gateways.flatMap((gateway) =>
      gateway === MESH
        ? hosts.flatMap((host) => serviceNamed(host, namespace))
        : [gatewayNamed(gateway, namespace)],
    ),
  };
  route.connections.push(...compileConnections(object, route));
  const createdAt = object.metadata.creationTimestamp ?? '';
  (rules ?? http).forEach((rule, index) => {
    for (const match of rule.match?.length ? rule.match : [{}]) {
      const compiled = compileRule(rule, match, route);
      const order: [string, string, number] = [createdAt, route.key, index];
      route.matches.push({ ...compileMatch(match), rule: compiled, order });
    }
  });
  return route;
}

/** `edge`, or `istio-system/edge`. */
function gatewayNamed(text: string, namespace: string): ParentRef {
  const [name = '', where = namespace] = text.split('/').toReversed();
  return { namespace: where, name: listenersName(name) };
}

function serviceNamed(host: string, namespace: string): ParentRef[] {
  const [where, name] = hostService(host, namespace)?.split('/') ?? [];
  return where === undefined || name === undefined
    ? []
    : [{ group: '', kind: 'Service', namespace: where, name }];
}

type Test = (request: RequestView) => boolean;

/** All rank alike: their order is that of the object. */
const RANK = { pathType: 0, pathLength: 0, method: 0, headers: 0, queryParams: 0 };

function compileMatch(match: MatchRequest): Match {
  const { uri, method, authority, headers = {}, withoutHeaders = {}, queryParams = {} } = match;
  const tests: Test[] = [];
  if (uri) tests.push(uriTest(uri, match.ignoreUriCase === true));
  if (method) tests.push(({ method: actual }) => holds(method, actual));
  if (authority) tests.push((request) => holds(authority, headerOf(request, 'host')));
  for (const [name, value] of Object.entries(headers))
    tests.push((request) => holds(value, headerOf(request, name)));
  for (const [name, value] of Object.entries(withoutHeaders))
    tests.push((request) => !holds(value, headerOf(request, name)));
  for (const [name, value] of Object.entries(queryParams))
    tests.push(({ query }) => holds(value, query.get(name) ?? undefined));
  return {
    prefix: uri?.prefix,
    rank: RANK,
    test: (request) => tests.every((test) => test(request)),
  };
}

function uriTest(uri: StringMatch, ignoresCase: boolean): Test {
  if (!ignoresCase || uri.regex !== undefined) return ({ path }) => holds(uri, path);
  const { exact, prefix } = uri;
  const small = {
    ...(exact !== undefined && { exact: exact.toLowerCase() }),
    ...(prefix !== undefined && { prefix: prefix.toLowerCase() }),
  };
  return ({ path }) => holds(small, path.toLowerCase());
}

function headerOf({ headers }: RequestView, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(',') : value;
}

function holds({ exact, prefix, regex }: StringMatch, actual: string | undefined): boolean {
  if (actual === undefined) return false;
  if (exact !== undefined) return actual === exact;
  if (prefix !== undefined) return actual.startsWith(prefix);
  return regex === undefined || patternOf(regex).test(actual);
}

const patterns = new Map<string, RegExp>();

/** RE2, of the whole value; a leading (?i) is the only flag that JavaScript has to be told of. */
function patternOf(regex: string): RegExp {
  const known = patterns.get(regex);
  if (known) return known;
  const ignoresCase = regex.startsWith('(?i)');
  const pattern = new RegExp(
    `^(?:${ignoresCase ? regex.slice(4) : regex})$`,
    ignoresCase ? 'i' : '',
  );
  patterns.set(regex, pattern);
  return pattern;
}

function compileRule(given: HttpRoute, match: MatchRequest, route: CompiledRoute): Rule {
  const backends = (given.route ?? []).map((one) => compileBackend(one, given, route));
  const timeoutMs = parseDuration(given.timeout ?? '');
  return {
    route: route.key,
    filters: compileRuleFilters(given, match, route),
    backends,
    totalWeight: backends.reduce((sum, { weight }) => sum + weight, 0),
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    problem: problemOf(given, match),
  };
}

/** Said aloud: a request that such a rule takes is answered with it. */
function problemOf(rule: HttpRoute, match: MatchRequest): string | undefined {
  if (rule.delegate) return 'Istio refuses delegate beside route or redirect, and in a delegate';
  const unknown = [
    ...Object.keys(rule).filter((name) => !RULE_FIELDS.has(name)),
    ...Object.keys(match).filter((name) => !MATCH_FIELDS.has(name)),
  ];
  const [first] = unknown;
  return first === undefined ? undefined : `${first} is not supported by the sandbox gateway`;
}

function compileBackend(
  { destination, weight = 0, headers }: RouteDestination,
  { route = [] }: HttpRoute,
  { namespace, services }: CompiledRoute,
): Backend {
  const service = targetOf(destination, namespace);
  services.add(service);
  const filters = compileFilters(undefined, namespace);
  addHeaders(filters, headers);
  // The only one has everything, whatever it says.
  return {
    service,
    port: destination.port?.number ?? 0,
    weight: route.length === 1 ? 1 : weight,
    filters,
  };
}

function compileRuleFilters(
  { rewrite, redirect, mirror, mirrorPercentage, headers }: HttpRoute,
  { uri }: MatchRequest,
  { namespace }: CompiledRoute,
): Filters {
  const filters = compileFilters(undefined, namespace);
  addHeaders(filters, headers);
  if (rewrite) filters.rewrite = rewriteOf(rewrite, uri?.prefix !== undefined);
  if (redirect) filters.redirect = redirectOf(redirect);
  if (mirror)
    filters.mirrors.push({
      service: targetOf(mirror, namespace),
      port: mirror.port?.number ?? 0,
      share: (mirrorPercentage?.value ?? 100) / 100,
    });
  return filters;
}

function redirectOf({
  uri,
  authority,
  port,
  redirectCode = 301,
}: NonNullable<HttpRoute['redirect']>): RedirectSpec {
  return {
    statusCode: redirectCode,
    ...(authority !== undefined && { hostname: authority }),
    ...(port !== undefined && { port }),
    ...(uri !== undefined && { path: { type: 'ReplaceFullPath', replaceFullPath: uri } }),
  };
}

function rewriteOf({ uri, authority }: NonNullable<HttpRoute['rewrite']>, ofPrefix: boolean) {
  const path = ofPrefix
    ? { type: 'ReplacePrefixMatch', replacePrefixMatch: uri ?? '' }
    : { type: 'ReplaceFullPath', replaceFullPath: uri ?? '' };
  return {
    ...(authority !== undefined && { hostname: authority }),
    ...(uri !== undefined && { path }),
  };
}

function addHeaders(filters: Filters, headers: HeaderOperations | undefined): void {
  if (headers?.request) filters.request.push(modifierOf(headers.request));
  if (headers?.response) filters.response.push(modifierOf(headers.response));
}

function modifierOf({ set = {}, add = {}, remove = [] }: Operations): HeaderModifier {
  const listed = (values: Record<string, string>) =>
    Object.entries(values).map(([name, value]) => ({ name, value }));
  return { set: listed(set), add: listed(add), remove };
}
