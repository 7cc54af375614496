/**
 * APISIX's ApisixRoute. Written from its reference: a longer path goes before a shorter one, of one path the greater
 * priority goes first; expressions are an and; a backend has a weight of 100 where it says none; proxy-mirror copies a
 * part of the requests to an address.
 */
import type { KubeObject } from '../../api/object.ts';
import type { RequestView } from '../../sandbox/gateway/match.ts';
import type { Chance } from '../chance.ts';
import { specOf, withoutMoved } from './foreign-fields.ts';
import { isSaid, saying } from './condition.ts';
import { headerOf } from './http-proxy.ts';
import {
  HOST,
  objectOf,
  type RouteKind,
  type RouteRule,
  serviceOfHost,
  sharesBy,
} from './route-kind.ts';

const VERSION = 'apisix.apache.org/v2';

interface Expression {
  subject: { scope: string; name?: string };
  op: string;
  value: string;
}

interface Rule {
  priority?: number;
  match: { paths: string[]; methods?: string[]; exprs?: Expression[] };
  backends?: { serviceName: string; weight?: number }[];
  plugins?: { name: string; enable: boolean; config?: { host?: string; sample_ratio?: number } }[];
}

export const apisixRoute: RouteKind = {
  kind: 'ApisixRoute',
  served: { ApisixRoute: VERSION },
  router: { apisix: { apisixRoute: 'web' } },
  draw,
  rules(stored) {
    const { http = [] } = specOf(stored.get('ApisixRoute', 'web')) as { http?: Rule[] };
    return http
      .flatMap((rule) => rule.match.paths.map((path) => ({ rule, path })))
      .toSorted(
        (one, other) =>
          other.path.length - one.path.length ||
          (other.rule.priority ?? 0) - (one.rule.priority ?? 0),
      )
      .map(({ rule, path }) => ruleOf(rule, path));
  },
  foreign: (object, own) =>
    withoutMoved(object, own, {
      rules: 'http',
      refs: 'backends',
      nameOf: ({ serviceName }) => String(serviceName),
    }),
  taker: {
    kinds: ['ApisixRoute'],
    status: (_, verdict) => ({ conditions: [saying('Accepted', verdict, 'SyncFailed')] }),
    hasTaken: (object) => isSaid(object, 'Accepted') ?? true,
  },
};

function ruleOf({ match, backends = [], plugins = [] }: Rule, path: string): RouteRule {
  const { methods = [], exprs = [] } = match;
  const isAt = (at: string) =>
    path.endsWith('*') ? at.startsWith(path.slice(0, -1)) : at === path;
  return {
    test: (request) =>
      isAt(request.path) &&
      (methods.length === 0 || methods.includes(request.method)) &&
      exprs.every((one) => holds(one, request)),
    to: sharesBy(
      backends.map(({ serviceName, weight = 100 }) => ({
        service: serviceName,
        weight: backends.length === 1 ? 100 : weight,
      })),
    ),
    copies: plugins
      .filter(({ name, enable }) => name === 'proxy-mirror' && enable)
      .map(({ config: { host = '', sample_ratio: ratio = 1 } = {} }) => ({
        service: serviceOfHost(new URL(host).hostname),
        percent: Math.round(ratio * 100),
      })),
  };
}

/** Patterns are those of PCRE. */
function holds({ subject, op, value }: Expression, request: RequestView): boolean {
  const given = valueOf(subject, request);
  if (given === undefined) return false;
  if (op === 'Equal') return given === value;
  if (op !== 'RegexMatch') throw new Error(`the model knows no operator ${op}`);
  return new RegExp(value.replace(/\\z$/, '$')).test(given);
}

function valueOf(
  { scope, name = '' }: Expression['subject'],
  request: RequestView,
): string | undefined {
  if (scope === 'Path') return request.path;
  if (scope === 'Header') return headerOf(request, name);
  if (scope === 'Query') return request.query.get(name) ?? undefined;
  const cookies = (headerOf(request, 'cookie') ?? '').split('; ');
  return cookies.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}

function draw(chance: Chance): KubeObject[] {
  const hosts = [HOST];
  const docs = {
    name: 'docs',
    priority: 5,
    match: { hosts, paths: ['/docs*'] },
    backends: [{ serviceName: 'docs', servicePort: 80 }],
  };
  const api = {
    name: 'api',
    match: { hosts, paths: ['/api/*'], methods: ['GET', 'POST'] },
    timeout: { read: '5s' },
    backends: [{ serviceName: 'web', servicePort: 'http', weight: 10 }],
  };
  const rest = {
    name: 'rest',
    ...(chance.maybe(0.4) && { priority: 3 }),
    match: { hosts, paths: ['/*'] },
    websocket: true,
    plugins: [{ name: 'cors', enable: true, config: { allow_origins: '*' } }],
    backends: [
      {
        serviceName: 'web',
        servicePort: 80,
        ...(chance.maybe(0.5) && { resolveGranularity: 'service' }),
      },
    ],
  };
  const http = [...(chance.maybe(0.5) ? [docs] : []), rest, ...(chance.maybe(0.4) ? [api] : [])];
  const spec = { ingressClassName: 'apisix', http };
  return [objectOf(VERSION, 'ApisixRoute', spec)];
}
