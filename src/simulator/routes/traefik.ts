/**
 * Objects of Traefik. Written from the reference of its Kubernetes provider: the greatest priority goes first, which is
 * the length of the rule where none is said; services share by weight, 1 by default; what leads to a TraefikService that
 * is not there is not taken up; a cookie of a sticky one names one of its services, as long as that has a weight. Traefik
 * writes no status.
 */
import type { KubeObject } from '../../api/object.ts';
import { cookieOf } from '../../sandbox/gateway/kept.ts';
import { compileRule } from '../../sandbox/gateway/traefik-rule.ts';
import type { Chance } from '../chance.ts';
import { specOf, withoutMoved } from './foreign-fields.ts';
import {
  HOST,
  objectOf,
  type RouteKind,
  type RouterInput,
  type RouteRule,
  type Share,
  sharesBy,
  type Stored,
} from './route-kind.ts';

const VERSION = 'traefik.io/v1alpha1';

interface Ref {
  name: string;
  kind?: string;
  weight?: number;
  percent?: number;
}

interface Route {
  match: string;
  priority?: number;
  services?: Ref[];
}

interface Balancing {
  weighted?: { services?: Ref[]; sticky?: { cookie?: { name?: string } } };
  mirroring?: Ref & { mirrors?: Ref[] };
}

const moved = (rules: string, refs: string) => (object: KubeObject, own: KubeObject) =>
  withoutMoved(object, own, { rules, refs, nameOf: ({ name }) => String(name) });

export const ingressRoute: RouteKind = {
  kind: 'IngressRoute',
  served: { IngressRoute: VERSION, TraefikService: VERSION },
  router: { traefik: { ingressRoute: 'web' } },
  draw: drawRoute,
  rules(stored) {
    const { routes = [] } = specOf(stored.get('IngressRoute', 'web')) as { routes?: Route[] };
    return routes
      .toSorted((one, other) => priorityOf(other) - priorityOf(one))
      .flatMap((route) => ruleOf(route, stored));
  },
  foreign: moved('routes', 'services'),
};

function priorityOf({ match, priority = 0 }: Route): number {
  return priority || Buffer.byteLength(match);
}

function ruleOf({ match, services = [] }: Route, stored: Stored): RouteRule[] {
  const all = services.map((ref) => balanced(ref, stored));
  if (all.includes(undefined)) return [];
  const known = all.flatMap((one) => one ?? []);
  const to = known.flatMap((one) => one.to);
  const test = compileRule(match);
  const copies = known.flatMap((one) => one.copies);
  return [
    ...to.flatMap((one) => keptBy(one, { to, test })),
    { test, to: sharesBy(to), copies, dropsIdle: true },
  ];
}

/** For who has its cookie. */
function keptBy(
  { service, weight, cookie }: Balanced['to'][number],
  { to, test }: Pick<Balanced, 'to'> & Pick<RouteRule, 'test'>,
): RouteRule[] {
  if (cookie === undefined || weight === 0) return [];
  const [name = '', value] = cookie.split('=');
  const all = to.map((one) => ({ service: one.service, weight: one.service === service ? 1 : 0 }));
  return [
    {
      test: (request) => test(request) && cookieOf(request, name) === value,
      to: sharesBy(all),
      copies: [],
      dropsIdle: true,
    },
  ];
}

interface Balanced {
  to: { service: string; weight: number; cookie?: string }[];
  copies: Share[];
}

/** Undefined: it cannot be taken up. */
function balanced(
  { name, kind = 'Service', weight = 1 }: Ref,
  stored: Stored,
): Balanced | undefined {
  if (kind === 'Service') return { to: [{ service: name, weight }], copies: [] };
  const found = stored.get('TraefikService', name);
  if (!found) return undefined;
  const { mirroring, weighted } = specOf(found) as Balancing;
  if (weighted) return { to: keptIn(weighted), copies: [] };
  if (!mirroring)
    throw new Error(`the model knows of TraefikService ${name} neither weights nor mirroring`);
  const { mirrors = [], ...main } = mirroring;
  const to = balanced({ ...main, weight }, stored);
  const copies = mirrors.map((one) => ({ service: one.name, percent: one.percent ?? 0 }));
  return to && { to: to.to, copies };
}

function keptIn({ services = [], sticky }: NonNullable<Balancing['weighted']>): Balanced['to'] {
  const cookie = sticky?.cookie?.name;
  return services.map(({ name, weight = 1 }) => ({
    service: name,
    weight,
    ...(cookie !== undefined && { cookie: `${cookie}=${name}` }),
  }));
}

function drawRoute(chance: Chance): KubeObject[] {
  const match = `Host(\`${HOST}\`)`;
  const docs = {
    kind: 'Rule',
    match: `${match} && PathPrefix(\`/docs\`)`,
    services: [{ name: 'docs', port: 80 }],
  };
  const api = {
    kind: 'Rule',
    match: `${match} && PathPrefix(\`/api\`)`,
    priority: 400,
    services: [{ name: 'web', port: 80 }],
  };
  const service = chance.from([{}, { weight: 1 }, { passHostHeader: true, strategy: 'wrr' }]);
  const rest = {
    kind: 'Rule',
    match: chance.from([match, `${match} || HostRegexp(\`^.+\\.shop\\.example\\.com$\`)`]),
    ...(chance.maybe(0.3) && { priority: 10 }),
    middlewares: [{ name: 'compress' }],
    services: [{ name: 'web', port: 80, ...service }],
  };
  // Of one Service all routes say the same beside a weight.
  const both = chance.maybe(0.4) && !('strategy' in service);
  const routes = [rest, ...(chance.maybe(0.5) ? [docs] : []), ...(both ? [api] : [])];
  const spec = { entryPoints: ['websecure'], routes, tls: { secretName: 'shop-tls' } };
  return [objectOf(VERSION, 'IngressRoute', spec)];
}

/** Nothing is asked of requests, or of connections. */
function plain(
  kind: string,
  router: RouterInput,
  {
    draw,
    refsIn,
    foreign,
  }: Pick<RouteKind, 'draw' | 'foreign'> & { refsIn: (spec: object) => Ref[] },
): RouteKind {
  return {
    kind,
    served: { [kind]: VERSION },
    router,
    paths: ['/'],
    draw,
    foreign,
    rules(stored) {
      const found = stored.get(kind, 'web');
      if (!found) return [];
      const to = refsIn(specOf(found)).map(({ name, weight = 1 }) => ({ service: name, weight }));
      return [{ test: () => true, to: sharesBy(to), copies: [], dropsIdle: true }];
    },
  };
}

/** The cookie of some users, which is none of Segue's business. */
const SHOP = 'shop';

function weightedOf(object: KubeObject | undefined): NonNullable<Balancing['weighted']> {
  return structuredClone((specOf(object) as Balancing).weighted ?? {});
}

function withoutSticky(object: KubeObject): KubeObject {
  const weighted = weightedOf(object);
  delete weighted.sticky;
  return { ...object, spec: { ...specOf(object), weighted } };
}

const weightedService = plain(
  'TraefikService',
  { traefik: { traefikService: 'web' } },
  {
    draw(chance) {
      const sticky = { cookie: { name: SHOP, httpOnly: true } };
      const idle = chance.maybe(0.3) ? [{ name: 'beta', port: 80, weight: 0 }] : [];
      const ref = { name: 'web', port: 80, ...(chance.maybe(0.5) && { weight: 3 }) };
      const services = [ref, ...idle];
      return [
        objectOf(VERSION, 'TraefikService', {
          weighted: { services, ...(chance.maybe(0.3) && { sticky }) },
        }),
      ];
    },
    refsIn: (spec) => (spec as Balancing).weighted?.services ?? [],
    foreign(object, own) {
      const inner = (one: KubeObject) => {
        const isOfUser = weightedOf(one).sticky?.cookie?.name === SHOP;
        return { ...one, spec: weightedOf(isOfUser ? one : withoutSticky(one)) } as KubeObject;
      };
      return moved('', 'services')(inner(object), inner(own));
    },
  },
);

export const traefikService: RouteKind = {
  ...weightedService,
  toKeep: ([route, ...others]) => [...(route ? [withoutSticky(route)] : []), ...others],
  rules(stored) {
    const weighted = weightedOf(stored.get('TraefikService', 'web'));
    if (!weighted.services || weighted.sticky?.cookie?.name === SHOP)
      return weightedService.rules(stored);
    const to = keptIn(weighted);
    const test = () => true;
    const kept = to.flatMap((one) => keptBy(one, { to, test }));
    return [...kept, { test, to: sharesBy(to), copies: [], dropsIdle: true }];
  },
};

export const ingressRouteTCP = plain(
  'IngressRouteTCP',
  { traefik: { ingressRouteTCP: 'web' } },
  {
    draw(chance) {
      const proxyProtocol = { version: 2 };
      const service = { name: 'web', port: 80, ...(chance.maybe(0.4) && { proxyProtocol }) };
      const routes = [{ match: 'HostSNI(`*`)', services: [service] }];
      return [objectOf(VERSION, 'IngressRouteTCP', { entryPoints: ['tcp'], routes })];
    },
    refsIn: (spec) => ((spec as { routes?: Route[] }).routes ?? [])[0]?.services ?? [],
    foreign: moved('routes', 'services'),
  },
);
