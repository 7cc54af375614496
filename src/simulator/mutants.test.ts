/** The simulator finds what it is for: with one protection taken out, a seed among the first thousand
 * shows it. */
import { expect, test } from 'vitest';
import { MUTANTS_OF_DAEMONS } from './daemon-mutants.ts';
import { MUTANTS_OF_FRESH } from './fresh-mutants.ts';
import { MUTANTS } from './mutants.ts';
import { MUTANTS_OF_ROUTES } from './route-mutants.ts';
import { simulate } from './run.ts';
import { MUTANTS_OF_STATEFUL } from './stateful-mutants.ts';

const SEEDS = 1_000;

test.each([
  ...MUTANTS,
  ...MUTANTS_OF_FRESH,
  ...MUTANTS_OF_STATEFUL,
  ...MUTANTS_OF_DAEMONS,
  ...MUTANTS_OF_ROUTES,
])(
  'invariant $invariant: without $without',
  async (mutant) => {
    const { invariant, mutation, strategy, router = 'httpRoute', hint = 1 } = mutant;
    const seeds = [hint, ...Array.from({ length: SEEDS }, (_, i) => i + 1)];
    for (const seed of seeds) {
      const { violation } = await simulate(seed, { mutation, strategy, router });
      if (violation?.invariant !== invariant) continue;
      expect((await simulate(seed, { strategy, router })).violation).toBeUndefined();
      return;
    }
    throw new Error(`not found within ${SEEDS} seeds`);
  },
  300_000,
);
