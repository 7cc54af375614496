/** Who takes routes up: says, after a while, that there is a new generation of one, or that it cannot be had. */
import type { KubeObject } from '../api/object.ts';
import type { Chance } from './chance.ts';
import type { ModelApi } from './model-api.ts';
import { kindOf, type Routes } from './routes/index.ts';
import type { Taker } from './routes/route-kind.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface Span {
  fromMs: number;
  untilMs: number;
}

export interface GatewayWays {
  /** Nobody reports on routes that may go without: stored is all there is to be read. */
  silent: boolean;
  /** Least and most time until a generation is accepted. */
  acceptMs: [number, number];
  /** It has stopped working at these times (since the beginning). */
  stopped: Span[];
  /** It refuses what it is given at these times. */
  refusing?: Span[];
}

interface GatewayDeps {
  api: ModelApi;
  clock: VirtualClock;
  chance: Chance;
  ways: GatewayWays;
  routes: Routes;
  startMs: number;
}

/** What cannot be taken up is tried again. */
const AGAIN_MS = 2_000;

export function runGateway(deps: GatewayDeps): void {
  for (const one of deps.routes) {
    const { taker } = kindOf(one);
    if (taker && (taker.always || !deps.ways.silent)) runTaker(deps, taker);
  }
}

function runTaker({ api, clock, chance, ways, startMs }: GatewayDeps, taker: Taker): void {
  const now = (spans: readonly Span[]) => {
    const at = clock.now() - startMs;
    return spans.find(({ fromMs, untilMs }) => at >= fromMs && at < untilMs);
  };
  const look = (kind: string, name: string, generation: number): void => {
    const stop = now(ways.stopped);
    if (stop) return clock.at(startMs + stop.untilMs, () => look(kind, name, generation));
    const found = api.get(kind, name);
    if (!found || found.metadata.generation !== generation) return;
    const refuses = now(ways.refusing ?? []);
    const ok = refuses === undefined && taker.refusal?.(found, api) === undefined;
    say(found, { ok, generation });
    const againMs = refuses ? startMs + refuses.untilMs : clock.now() + AGAIN_MS;
    if (!ok) clock.at(againMs, () => look(kind, name, generation));
  };
  const say = ({ kind, metadata }: KubeObject, seen: { ok: boolean; generation: number }) => {
    const at = new Date(clock.now()).toISOString();
    api.edit(kind, metadata.name, {
      by: 'gateway',
      change: (route) => (route['status'] = taker.status(route, { ...seen, at })),
    });
  };
  api.onChange(({ before, after }) => {
    if (!after || !taker.kinds.includes(after.kind)) return;
    const { name, generation = 0 } = after.metadata;
    if (before?.metadata.generation === generation) return;
    const atMs = clock.now() + chance.between(...ways.acceptMs);
    clock.at(atMs, () => look(after.kind, name, generation));
  });
}
