/** What is done to routes, of whichever kind they are, and how those fare who take them up. */
import type { Act } from '../acts.ts';
import { Chance } from '../chance.ts';
import type { GatewayWays } from '../gateway.ts';
import { type Routes, servedBy } from './index.ts';

/** As it was before there were others. */
function isPlain(routes: Routes): boolean {
  return routes.every(({ by }) => by === 'httpRoute') && routes.length < 2;
}

/** What is said of an HTTPRoute, of those that there are. Drawn apart, so that the rest of a seed is what it was. */
export function actsOnRoutes(
  acts: readonly Act[],
  { seed, routes, quiet, fromMs, untilMs }: OnRoutes,
): Act[] {
  if (isPlain(routes)) return [...acts];
  const chance = new Chance(`acts on routes ${seed}`);
  const kinds = Object.keys(servedBy(routes));
  const onThem = acts.map((act): Act => {
    if ('kind' in act && act.kind === 'HTTPRoute') return { ...act, kind: chance.from(kinds) };
    const which = chance.between(0, routes.length - 1);
    const beside = chance.maybe(0.4);
    if (act.does === 'apply route') return { ...act, which };
    if (act.does !== 'delete' || act.what !== 'route') return act;
    return { ...act, what: beside ? 'beside route' : 'route', which };
  });
  const edits = Array.from({ length: chance.from([0, 0, 0, 1, 2]) }, (): Act => {
    const atMs = chance.between(fromMs, untilMs);
    const which = chance.between(0, routes.length - 1);
    if (chance.maybe(0.5)) return { atMs, does: 'edit route', which };
    return { atMs, does: 'apply route', which, replaced: true };
  });
  return quiet ? onThem : [...onThem, ...edits];
}

interface Window {
  seed: number;
  quiet: boolean;
  fromMs: number;
  untilMs: number;
}

interface OnRoutes extends Window {
  routes: Routes;
}

/** Now and then what is stored is not taken up for a while, and its status says so. */
export function refusingOf(
  routes: Routes,
  { seed, quiet, fromMs, untilMs }: Window,
): Pick<GatewayWays, 'refusing'> {
  const chance = new Chance(`refusing ${seed}`);
  const atMs = chance.between(fromMs, untilMs);
  const forMs = chance.from([2_000, 15_000, 100_000]);
  if (isPlain(routes) || quiet || !chance.maybe(0.12)) return {};
  return { refusing: [{ fromMs: atMs, untilMs: atMs + forMs }] };
}
