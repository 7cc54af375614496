/**
 * Contour's HTTPProxy. Written from its documentation (Request routing, Traffic mirroring, status): conditions of a route
 * are an and; exact paths go before patterns and these before prefixes, longer ones first; of one path those that ask
 * for a method go first, then those with more headers, then those with more parameters. Without any weight all have the
 * same share.
 */
import type { KubeObject } from '../../api/object.ts';
import type { RequestView } from '../../sandbox/gateway/match.ts';
import type { Chance } from '../chance.ts';
import { specOf, withoutMoved } from './foreign-fields.ts';
import { isSaid, saying } from './condition.ts';
import { HOST, objectOf, type RouteKind, type RouteRule, sharesBy } from './route-kind.ts';

const VERSION = 'projectcontour.io/v1';

interface Value {
  name: string;
  present?: boolean;
  exact?: string;
  regex?: string;
}

interface Condition {
  prefix?: string;
  exact?: string;
  regex?: string;
  header?: Value;
  queryParameter?: Value;
}

interface Route {
  conditions?: Condition[];
  services?: { name: string; weight?: number; mirror?: boolean }[];
}

export const httpProxy: RouteKind = {
  kind: 'HTTPProxy',
  served: { HTTPProxy: VERSION },
  router: { contour: { httpProxy: 'web' } },
  draw,
  rules(stored) {
    const { routes = [] } = specOf(stored.get('HTTPProxy', 'web')) as { routes?: Route[] };
    return routes.toSorted(byPrecedence).map(ruleOf);
  },
  foreign: (object, own) =>
    withoutMoved(object, own, {
      rules: 'routes',
      refs: 'services',
      nameOf: ({ name }) => String(name),
    }),
  taker: {
    kinds: ['HTTPProxy'],
    status: (_, verdict) => ({
      currentStatus: verdict.ok ? 'valid' : 'invalid',
      description: verdict.ok
        ? 'Valid HTTPProxy'
        : 'At least one error present, see Errors for details',
      conditions: [saying('Valid', verdict, 'ErrorPresent')],
    }),
    hasTaken: (object) => isSaid(object, 'Valid') ?? object['status'] === undefined,
  },
};

/** The greater goes first. */
function rankOf({ conditions = [] }: Route): number[] {
  const paths = conditions.map(({ prefix, exact, regex }) => prefix ?? exact ?? regex ?? '');
  const has = (what: 'exact' | 'regex') => conditions.some((one) => one[what] !== undefined);
  const headers = conditions.filter(({ header }) => header);
  const methods = headers.filter(({ header }) => header?.name.toLowerCase() === ':method');
  const parameters = conditions.filter(({ queryParameter }) => queryParameter);
  return [
    has('exact') ? 2 : has('regex') ? 1 : 0,
    paths.join('').length,
    methods.length,
    headers.length - methods.length,
    parameters.length,
  ];
}

function byPrecedence(one: Route, other: Route): number {
  const [a, b] = [rankOf(one), rankOf(other)];
  const at = a.findIndex((value, i) => value !== b[i]);
  return at === -1 ? 0 : (b[at] ?? 0) - (a[at] ?? 0);
}

function ruleOf({ conditions = [], services = [] }: Route): RouteRule {
  const prefix = conditions.map((one) => one.prefix ?? '').join('');
  const shared = services.filter(({ mirror }) => !mirror);
  const unsaid = shared.every(({ weight = 0 }) => weight === 0);
  return {
    test: (request) =>
      request.path.startsWith(prefix || '/') && conditions.every((one) => holds(one, request)),
    to: sharesBy(
      shared.map(({ name, weight = 0 }) => ({ service: name, weight: unsaid ? 1 : weight })),
    ),
    copies: services
      .filter(({ mirror }) => mirror)
      .map(({ name, weight }) => ({ service: name, percent: weight || 100 })),
  };
}

function holds({ exact, regex, header, queryParameter }: Condition, request: RequestView) {
  if (exact !== undefined) return request.path === exact;
  if (regex !== undefined) return new RegExp(`^(?:${regex})$`).test(request.path);
  if (header) return says(header, headerOf(request, header.name));
  if (queryParameter) return says(queryParameter, request.query.get(queryParameter.name));
  return true;
}

export function headerOf({ method, headers }: RequestView, name: string): string | undefined {
  if (name.toLowerCase() === ':method') return method;
  const given = headers[name.toLowerCase()];
  return Array.isArray(given) ? given.join(',') : given;
}

function says({ exact, regex }: Value, given: string | undefined | null): boolean {
  if (given === undefined || given === null) return false;
  if (exact !== undefined) return given === exact;
  return regex === undefined || new RegExp(`^(?:${regex})$`).test(given);
}

function draw(chance: Chance): KubeObject[] {
  const docs = { conditions: [{ prefix: '/docs' }], services: [{ name: 'docs', port: 80 }] };
  const api = {
    conditions: [{ prefix: '/api' }],
    timeoutPolicy: { response: '5s' },
    services: [{ name: 'web', port: 80, weight: 10 }],
  };
  const requestHeadersPolicy = { set: [{ name: 'x-way', value: 'edge' }] };
  const rest = {
    ...(chance.maybe(0.5) && { conditions: [{ prefix: '/' }] }),
    retryPolicy: { count: 2 },
    permitInsecure: true,
    services: [{ name: 'web', port: 80, ...(chance.maybe(0.5) && { requestHeadersPolicy }) }],
  };
  const routes = [rest, ...(chance.maybe(0.5) ? [docs] : []), ...(chance.maybe(0.4) ? [api] : [])];
  const spec = { virtualhost: { fqdn: HOST }, ingressClassName: 'contour', routes };
  return [objectOf(VERSION, 'HTTPProxy', spec)];
}
