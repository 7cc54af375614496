/** What to do with a request: answer it, or send it to a Service. */
import { redirectOf, rewritePath, type Headers } from './filters.ts';
import { hostOf } from './hostnames.ts';
import type { Incoming } from './incoming.ts';
import type { RequestView } from './match.ts';
import type { HeaderModifier } from './objects.ts';
import type { Origin } from './origin.ts';
import type { Rule, RuleMatch } from './route.ts';
import { type Backend, chooseBackend } from './shares.ts';
import type { ServiceRegistry, ServiceTarget } from './service-registry.ts';
import { findRoute, type RoutingTable } from './table.ts';

export interface Answer {
  kind: 'answer';
  code: number;
  text: string;
  headers: Headers;
  route: string;
}

export interface Forward {
  kind: 'forward';
  target: ServiceTarget;
  /** The endpoints are spoken to by HTTP/2. */
  http2: boolean;
  /** `namespace/name` of the HTTPRoute, of others with their kind before it, '' where none is in play. */
  route: string;
  /** Of the route, where one is in play. */
  rule: Rule | undefined;
  path: string;
  host: string | undefined;
  request: HeaderModifier[];
  response: HeaderModifier[];
  mirrors: { target: ServiceTarget; http2: boolean }[];
  timeoutMs: number | undefined;
}

export interface RoutingState {
  table: RoutingTable;
  registry: ServiceRegistry;
  random: () => number;
}

export function decide(request: Incoming, origin: Origin, state: RoutingState): Answer | Forward {
  const { url } = request;
  if (origin.kind === 'listener') {
    const view = viewOf(request);
    const host = hostIn(request);
    const found = findRoute(state.table, origin.port, { host, request: view });
    if (!found) return answer(404, 'no route matches this request', '');
    return byRule(found, { view, url, host, port: origin.port }, state);
  }
  const { service, port } = origin;
  const { services } = state.table;
  const matches = services.get(`${service}:${port}`) ?? services.get(service);
  if (!matches) return toService(state.registry.target(service, port), { service, port, url });
  const view = viewOf(request);
  const found = matches.find((match) => match.test(view));
  if (!found) return answer(404, `no route of Service ${service} matches this request`, '');
  return byRule(found, { view, url, host: hostIn(request), port }, state);
}

function toService(
  target: ServiceTarget | undefined,
  { service, port, url }: { service: string; port: number; url: string },
): Answer | Forward {
  if (!target) return answer(503, `Service ${service} has no port ${port}`, '');
  const none = {
    rule: undefined,
    host: undefined,
    request: [],
    response: [],
    mirrors: [],
    timeoutMs: undefined,
  };
  return { kind: 'forward', target, http2: target.http2, route: '', path: url, ...none };
}

function hostIn({ headers: { host } }: Incoming): string {
  return hostOf(typeof host === 'string' ? host : undefined);
}

interface Viewed {
  view: RequestView;
  url: string;
  host: string;
  port: number;
}

function byRule(match: RuleMatch, incoming: Viewed, state: RoutingState): Answer | Forward {
  const { rule, prefix } = match;
  const { filters, route } = rule;
  const { path } = incoming.view;
  if (rule.problem !== undefined) return answer(500, rule.problem, route);
  const search = incoming.url.slice(path.length);
  if (filters.redirect) {
    const { code, location } = redirectOf(filters.redirect, { ...incoming, path, search, prefix });
    return { ...answer(code, '', route), headers: { location } };
  }
  const targetOf = (to: { service: string; port: number | string }) =>
    state.registry.targetOf(to, incoming.port);
  const backend = chosen(rule, state.random(), (to) => targetOf(to)?.endpoints.length === 0);
  if (backend === 'None') return answer(404, 'no route matches this request', route);
  const target = backend && targetOf(backend);
  if (!backend || !target) {
    const what = backend?.service ? `Service ${backend.service} port ${backend.port}` : 'backend';
    return answer(500, `${titleOf(route)}: no such ${what}`, route);
  }
  return {
    kind: 'forward',
    target,
    http2: backend.http2 ?? target.http2,
    route,
    rule,
    path: rewritePath(path, filters.rewrite?.path, prefix) + search,
    host: filters.rewrite?.hostname,
    request: [...filters.request, ...backend.filters.request],
    response: [...filters.response, ...backend.filters.response],
    mirrors: [...filters.mirrors, ...backend.filters.mirrors]
      .filter(({ share }) => state.random() < share)
      .flatMap((mirror) => {
        const to = targetOf(mirror);
        return to ? [{ target: to, http2: mirror.http2 ?? to.http2 }] : [];
      }),
    timeoutMs: rule.timeoutMs,
  };
}

/** By the shares, as far as there is somebody to answer: of some rules that decides whether they are there at all. */
function chosen(
  rule: Rule,
  at: number,
  isEmpty: (to: Backend) => boolean,
): Backend | undefined | 'None' {
  const { needs, allOrNone, backends } = rule;
  if (allOrNone && backends.some(isEmpty)) return 'None';
  return needs && isEmpty(needs) ? needs : chooseBackend(rule, at);
}

/** Of an HTTPRoute the route is its key; others say their kind. */
const titleOf = (route: string): string => (route.includes(' ') ? route : `HTTPRoute ${route}`);

function answer(code: number, text: string, route: string): Answer {
  return { kind: 'answer', code, text: text === '' ? '' : `${text}\n`, headers: {}, route };
}

const NO_QUERY = new URLSearchParams();

function viewOf({ method, url, headers }: Incoming): RequestView {
  const mark = url.indexOf('?');
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1)),
    headers,
  };
}
