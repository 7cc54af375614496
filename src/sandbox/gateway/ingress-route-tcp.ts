/**
 * Traefik's IngressRouteTCPs made ready to route by: pure. Written from the reference of its TCP routers: they are asked
 * before those for HTTP on the same entry point, without TLS all connections are HostSNI(`*`), and TLS is passed through
 * by the name that the client asks for.
 */
import type { KubeObject } from '../../api/object.ts';
import type { ConnectionRule } from './connection-rule.ts';
import { compileFilters } from './filters.ts';
import { specOf } from './objects.ts';
import { type Backend, withShares } from './shares.ts';
import { type CompiledRoute, emptyRoute } from './route.ts';
import { ENTRY_POINT, traefikParents } from './traefik-entry-point.ts';

interface ServiceRef {
  name: string;
  namespace?: string;
  port?: number | string;
  weight?: number;
  [key: string]: unknown;
}

interface Route {
  match: string;
  priority?: number;
  services?: ServiceRef[];
  [key: string]: unknown;
}

interface Spec {
  entryPoints?: string[];
  routes?: Route[];
  tls?: { passthrough?: boolean };
}

const ROUTE_FIELDS = ['match', 'priority', 'services'];
const SERVICE_FIELDS = ['name', 'namespace', 'port', 'weight'];

export function compileIngressRouteTcps(
  objects: readonly KubeObject[],
  classes: readonly KubeObject[],
): CompiledRoute[] {
  const parents = traefikParents(classes);
  return objects.map((object) => {
    const { entryPoints = [ENTRY_POINT], routes = [], tls } = specOf<Spec>(object);
    const route: CompiledRoute = {
      ...emptyRoute(object),
      hostnames: [''],
      parents: entryPoints.includes(ENTRY_POINT) ? parents : [],
    };
    routes.forEach((given, index) => {
      route.connections.push(compileOne(given, { route, index, tls }));
    });
    return route;
  });
}

interface Place {
  route: CompiledRoute;
  index: number;
  tls: Spec['tls'];
}

function compileOne(given: Route, { route, index, tls }: Place): ConnectionRule {
  const { match, priority, services = [] } = given;
  const names = serverNamesOf(match);
  const backends = services.map(({ name, port = 0, weight = 1 }): Backend => {
    const service = `${route.namespace}/${name}`;
    route.services.add(service);
    const filters = compileFilters(undefined, route.namespace);
    // The only one has everything, whatever it says.
    return { service, port, weight: services.length === 1 ? 1 : weight, filters };
  });
  const problem = problemOf(given, { names, tls, namespace: route.namespace });
  route.problem ??= problem;
  return {
    route: route.key,
    // Of a rule that is not understood it is not known what it takes: all that it might.
    serverNames: tls ? (names ?? ['']) : undefined,
    priority: priority || Buffer.byteLength(match),
    besideHttp: true,
    leavesOutEmpty: true,
    ...withShares(backends),
    problem,
    order: [route.object.metadata.creationTimestamp ?? '', route.key, index],
  };
}

/** Of one HostSNI or several with \`||\` between them, '' for any; undefined for other rules. */
function serverNamesOf(match: string): string[] | undefined {
  const names = match.split('||').map((part) => /^\s*HostSNI\(`([^`]+)`\)\s*$/.exec(part)?.[1]);
  if (!names.every((name) => name !== undefined)) return undefined;
  return names.map((name) => (name === '*' ? '' : name.toLowerCase()));
}

function problemOf(
  given: Route,
  { names, tls, namespace }: { names: string[] | undefined; tls: Spec['tls']; namespace: string },
): string | undefined {
  const { match, services = [] } = given;
  const unknown = [
    ...unknownIn(given, ROUTE_FIELDS),
    ...services.flatMap((one) => unknownIn(one, SERVICE_FIELDS)),
  ];
  if (unknown.length > 0) return `${unknown[0]} is not supported by the sandbox gateway`;
  const other = services.find((one) => (one.namespace ?? namespace) !== namespace);
  if (other)
    return `service ${other.namespace}/${other.name}: services of other namespaces are not supported`;
  if (!names) return `rule ${match}: only HostSNI is supported by the sandbox gateway`;
  if (tls && !tls.passthrough)
    return 'tls without passthrough is not supported by the sandbox gateway';
  if (!tls && names.some((name) => name !== ''))
    return `rule ${match}: without tls only HostSNI(\`*\`)`;
  return undefined;
}

function unknownIn(given: object, fields: readonly string[]): string[] {
  return Object.keys(given).filter((name) => !fields.includes(name));
}
