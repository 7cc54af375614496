/** ReleaseDefaults drawn by chance: what they say at first, how they are edited half way, and what a
 * policy leaves to them. */
import type { PolicySpecInput } from '../api/policy.ts';
import type { ReleaseDefaultsInput } from '../api/release-defaults.ts';
import type { Act } from './acts.ts';
import { Chance } from './chance.ts';
import { type Gated, hooksOf, windowOf } from './gates.ts';
import type { OutsideWays } from './outside-ways.ts';

export interface DrawnDefaults extends Gated {
  defaults: ReleaseDefaultsInput | undefined;
  acts: Act[];
}

export interface DefaultsDraw {
  seed: number;
  quiet: boolean;
  fromMs: number;
  untilMs: number;
}

export function withDefaults(
  { policy, outside }: Gated,
  { seed, quiet, ...time }: DefaultsDraw,
): DrawnDefaults {
  const chance = new Chance(`defaults ${seed}`);
  if (!chance.maybe(0.2)) return { policy, outside, defaults: undefined, acts: [] };
  const draw = { chance, quiet: quiet || policy.rollbackWindow !== undefined };
  const defaults = defaultsOf(outside, draw);
  const edits = quiet ? [] : Array.from({ length: chance.from([0, 1, 1, 2]) });
  const acts = edits.map((): Act => {
    const atMs = chance.between(time.fromMs, time.untilMs);
    if (chance.maybe(0.2))
      return { atMs, does: 'delete', what: 'defaults', propagation: 'Background' };
    return { atMs, does: 'edit defaults', spec: defaultsOf(outside, draw) };
  });
  const left = chance.from([[], ['bake'], ['progressDeadline'], ['onFailure', 'bake']] as const);
  return { policy: without(policy, left, defaults), outside, defaults, acts };
}

type Left = 'bake' | 'progressDeadline' | 'onFailure';

/** The policy leaves it to the defaults, where they say it. */
function without(
  policy: PolicySpecInput,
  left: readonly Left[],
  defaults: ReleaseDefaultsInput,
): PolicySpecInput {
  const copy = { ...policy };
  for (const field of left) if (defaults[field] !== undefined) delete copy[field];
  return copy;
}

function defaultsOf(
  outside: OutsideWays,
  { chance, quiet }: { chance: Chance; quiet: boolean },
): ReleaseDefaultsInput {
  const prefix = `common-${Object.keys(outside.gates).length}`;
  const hooks = hooksOf(outside, { chance, quiet }, prefix);
  const window = windowOf(chance);
  const frozen = chance.maybe(0.6) && !quiet;
  const hooked = chance.maybe(0.3);
  const action = chance.from(['Abort', 'Pause'] as const);
  return {
    bake: chance.from(['0s', '5s', '30s']),
    progressDeadline: chance.from(['30s', '60s']),
    onFailure: { action },
    ...(frozen && { window }),
    ...(hooked && { hooks: { before: hooks } }),
  };
}
