/** The gateway: says, after a while, that it has taken up a new generation of a route. */
import type { Chance } from './chance.ts';
import type { ModelApi } from './model-api.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface GatewayWays {
  /** Nobody reports on routes: stored is all there is to be read. */
  silent: boolean;
  /** Least and most time until a generation is accepted. */
  acceptMs: [number, number];
  /** It has stopped working at these times (since the beginning). */
  stopped: { fromMs: number; untilMs: number }[];
}

export function runGateway(deps: {
  api: ModelApi;
  clock: VirtualClock;
  chance: Chance;
  ways: GatewayWays;
  startMs: number;
}): void {
  const { api, clock, chance, ways, startMs } = deps;
  if (ways.silent) return;
  const accept = (name: string, generation: number): void => {
    const at = clock.now() - startMs;
    const stop = ways.stopped.find(({ fromMs, untilMs }) => at >= fromMs && at < untilMs);
    if (stop) return clock.at(startMs + stop.untilMs, () => accept(name, generation));
    if (api.get('HTTPRoute', name)?.metadata.generation !== generation) return;
    api.edit('HTTPRoute', name, {
      by: 'gateway',
      change: (route) => {
        const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
          type,
          status: 'True',
          reason: type,
          message: '',
          lastTransitionTime: new Date(clock.now()).toISOString(),
          observedGeneration: generation,
        }));
        route['status'] = { parents: [{ parentRef: { name: 'gw' }, conditions }] };
      },
    });
  };
  api.onChange(({ before, after }) => {
    if (after?.kind !== 'HTTPRoute') return;
    const { name, generation = 0 } = after.metadata;
    if (before?.metadata.generation === generation) return;
    clock.at(clock.now() + chance.between(...ways.acceptMs), () => accept(name, generation));
  });
}
