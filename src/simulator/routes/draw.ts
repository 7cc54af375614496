/** By which routes a policy moves its traffic, drawn by chance, and the policy with no more than these can do. */
import type { PolicySpecInput } from '../../api/policy.ts';
import { type Able, routedObjects } from '../../api/routed.ts';
import { chosenRouter } from '../../api/traffic.ts';
import { Chance } from '../chance.ts';
import { kindOf, ROUTES, type RouteName, type Routes } from './index.ts';
import type { RouteKind, RouterInput, RouteWays } from './route-kind.ts';

export interface DrawnRoutes {
  policy: PolicySpecInput;
  routes: RouteWays<RouteName>[];
  /** By how much a release takes longer with them. */
  longerMs: number;
}

/** `any`: by chance. Else names of routes, joined by `+` where the policy has several. */
export const ANY = 'any';

/** How often each is drawn; those that came later are drawn in the place of another. */
const WEIGHTS: Record<Exclude<RouteName, (typeof LATER)[number]['by']>, number> = {
  httpRoute: 6,
  grpcRoute: 1,
  tlsRoute: 1,
  tcpRoute: 1,
  istio: 3,
  istioSubsets: 2,
  contour: 2,
  ingressNginx: 4,
  alb: 3,
  apisix: 2,
  traefik: 3,
  traefikService: 1,
  traefikTCP: 1,
  consul: 2,
  custom: 1,
  customEdge: 1,
};

const NAMES = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[];

export interface RoutesDraw {
  seed: number;
  /** As on the command line. */
  router: string;
  /** Those that the workload cannot have. */
  without?: readonly RouteName[];
}

/** Drawn apart, so that the rest of a seed is the same by whatever route. */
export function routedBy(policy: PolicySpecInput, draw: RoutesDraw): DrawnRoutes {
  if (policy.traffic?.routers === undefined) return { policy, routes: [], longerMs: 0 };
  const chance = new Chance(`routes ${draw.seed}`);
  const names =
    draw.router === ANY ? later(policy, drawn(policy, chance, draw), draw) : named(draw.router);
  const keeps = policy.strategy.abTest?.sticky !== undefined;
  const routes = names.map((by) => {
    const { draw: drawOne, toKeep }: RouteKind = ROUTES[by];
    const objects = drawOne(chance);
    return { by, objects: keeps && toKeep ? toKeep(objects) : objects };
  });
  const asked = placed(restricted(policy, names), names, new Chance(`places ${draw.seed}`));
  const { policy: changed, longerMs } = settled(asked, names);
  const traffic = { services: [{ name: 'web' }], ...changed.traffic, routers: routersOf(routes) };
  return { policy: { ...changed, traffic }, routes, longerMs };
}

function routersOf(routes: Routes): RouterInput[] {
  return routes.map((one) => kindOf(one).router);
}

function named(router: string): RouteName[] {
  return router.split('+').map((name) => {
    if (Object.hasOwn(ROUTES, name)) return name as RouteName;
    throw new Error(`there is no router ${name}: ${Object.keys(ROUTES).join(', ')}, or ${ANY}`);
  });
}

/** One, and now and then two at once: of two kinds, since both are called `web`. */
function drawn(policy: PolicySpecInput, chance: Chance, { without = [] }: RoutesDraw): RouteName[] {
  const fit = NAMES.filter((name) => !without.includes(name) && canDo(policy, [name]));
  const weights = Object.fromEntries(fit.map((name) => [name, WEIGHTS[name]]));
  const first = chance.weighted(weights) as RouteName;
  const two = chance.maybe(0.12);
  const others = fit.filter((name) => isBeside(first, name) && canDo(policy, [first, name]));
  return two && others.length > 0 ? [first, chance.from(others)] : [first];
}

/** What came later, by what it is drawn in the place of, how often, and the name of that draw. */
const LATER = [
  { by: 'linkerd', insteadOf: 'httpRoute', part: 0.15, draw: 'later routes' },
  { by: 'customMatch', insteadOf: 'customEdge', part: 0.5, draw: 'routes by a definition' },
  { by: 'istioTLS', insteadOf: 'istio', part: 0.1, draw: 'sessions of TLS in a mesh' },
  { by: 'istioTCP', insteadOf: 'istio', part: 0.1, draw: 'connections in a mesh' },
  { by: 'contourTCP', insteadOf: 'contour', part: 0.2, draw: 'connections by a proxy' },
] as const;

/** Drawn apart, so that older seeds stay what they are but for those. */
function later(policy: PolicySpecInput, names: RouteName[], { seed }: RoutesDraw): RouteName[] {
  const found = LATER.filter(({ insteadOf }) => insteadOf === names.join()).find(
    ({ by, part, draw }) => new Chance(`${draw} ${seed}`).maybe(part) && canDo(policy, [by]),
  );
  return found ? [found.by] : names;
}

function isBeside(first: RouteName, other: RouteName): boolean {
  const kinds = Object.keys(ROUTES[first].served);
  return !Object.keys(ROUTES[other].served).some((kind) => kinds.includes(kind));
}

function ableOf(names: readonly RouteName[]): Able[] {
  return names.map((by) => {
    const { router, able }: RouteKind = ROUTES[by];
    if (able) return able;
    const { name = '', config } = chosenRouter(router as Parameters<typeof chosenRouter>[0]) ?? {};
    return (routedObjects(name, config)[0] as { able: Able }).able;
  });
}

/** What is left of a test by A and B without it would be none. */
function canDo({ strategy: { abTest } }: PolicySpecInput, names: readonly RouteName[]): boolean {
  const all = ableOf(names);
  if (abTest?.sticky) return all.every(({ sticky }) => sticky);
  return !abTest?.match || entriesFor(names).length > 0;
}

type Entry = NonNullable<NonNullable<PolicySpecInput['strategy']['abTest']>['match']>[number];

const YES: Entry = { headers: [{ name: 'x-canary', exact: 'yes' }] };

/** What is asked in the place of a header, and in that of a cookie with a parameter, as far as all of them can. */
function entriesFor(names: readonly RouteName[]): Entry[] {
  const all = ableOf(names);
  const can = (part: Able['match'][number]) => all.every(({ match }) => match.includes(part));
  if (!can('headers')) return [];
  const value = names.includes('ingressNginx') ? 'always' : '1';
  const cookie = can('cookie') && { cookie: { name: 'beta', exact: value } };
  const v = names.includes('alb') ? { exact: '2' } : { regex: '2|3' };
  const query = can('query') && { query: [{ name: 'v', ...v }] };
  return cookie || query ? [YES, { ...cookie, ...query }] : [YES];
}

function restricted(policy: PolicySpecInput, names: readonly RouteName[]): PolicySpecInput {
  const { canary, abTest } = policy.strategy;
  if (names.join() === 'httpRoute') return policy;
  if (!canDo(policy, names)) throw new Error(`${names.join('+')} cannot do what abTest asks for`);
  const entries = entriesFor(names);
  const asked = (match: readonly Entry[] = []) =>
    match.flatMap((one) => entries[one.cookie ? entries.length - 1 : 0] ?? []);
  // What all stages ask for is not asked twice: ingress-nginx has one header.
  const matching = ({ match }: { match?: Entry[] | undefined }, always: readonly Entry[] = []) => {
    const unique = [...new Set(asked(match))].filter((one) => !always.includes(one));
    return unique.length > 0 && { match: unique };
  };
  if (abTest?.match) {
    const { match: _, ...rest } = abTest;
    return { ...policy, strategy: { abTest: { ...rest, ...matching(abTest) } } };
  }
  if (!canary) return policy;
  const methods = names.includes('grpcRoute') && { methods: 'All' as const };
  const copies = ableOf(names).every(({ mirror }) => mirror);
  const always = matching({ match: canary.match });
  const stages = canary.stages
    .map(({ match, mirror, ...stage }) => ({
      ...stage,
      ...matching({ match }, asked(canary.match)),
      ...(mirror && copies && { mirror: { ...mirror, ...methods } }),
    }))
    // Without a share and without requests of its own there is nothing to be tried.
    .filter((stage) => stage.weight !== 0 || 'match' in stage || 'mirror' in stage || always);
  const { match: _, ...rest } = canary;
  return { ...policy, strategy: { canary: { ...rest, ...always, stages } } };
}

/** Some of their routes rewrite the prefix that they match, which is not to be a longer one. */
const REWRITING: readonly RouteName[] = ['istio', 'istioSubsets', 'consul'];

/** Some canaries tell requests by path or method too. */
function placed(
  policy: PolicySpecInput,
  names: readonly RouteName[],
  chance: Chance,
): PolicySpecInput {
  const { canary } = policy.strategy;
  if (!canary) return policy;
  const entry = placeFor(names, chance);
  if (!entry) return policy;
  const stages = canary.stages.map((stage) =>
    stage.match && chance.maybe(0.4) ? { ...stage, match: [...stage.match, entry] } : stage,
  );
  return { ...policy, strategy: { canary: { ...canary, stages } } };
}

function placeFor(names: readonly RouteName[], chance: Chance): Entry | undefined {
  if (names.join() === 'grpcRoute')
    return { path: chance.from([{ prefix: '/shop.Cart' }, { exact: '/shop.Cart/Add' }]) };
  const can = ableOf(names).every(
    ({ match }) => match.includes('path') && match.includes('method'),
  );
  if (!can) return undefined;
  if (names.some((name) => REWRITING.includes(name))) return { method: 'DELETE' };
  return { path: chance.from([{ prefix: '/cart' }, { exact: '/cart/new' }]) };
}

/** As long as a load balancer takes to have new targets. */
const SETTLE_OF_ALB_MS = 30_000;
const STAGES = 6;

function settled(policy: PolicySpecInput, names: readonly RouteName[]) {
  if (!names.includes('alb') || !policy.traffic) return { policy, longerMs: 0 };
  const traffic = { ...policy.traffic, settle: `${SETTLE_OF_ALB_MS}ms` };
  return { policy: { ...policy, traffic }, longerMs: SETTLE_OF_ALB_MS * STAGES };
}
