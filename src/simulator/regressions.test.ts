/** Seeds that once failed. */
import { expect, test } from 'vitest';
import { REGRESSIONS, REGRESSIONS_OF } from './regressions.ts';
import { simulate } from './run.ts';

test.each(
  Object.entries(REGRESSIONS_OF).flatMap(([strategy, seeds]) =>
    Object.entries(seeds).map(([seed, what]) => [seed, strategy, what] as const),
  ),
)(
  'seed %s of %s: %s',
  async (seed, strategy) => {
    const { violation } = await simulate(Number(seed), { strategy });
    expect(violation).toBeUndefined();
  },
  60_000,
);

test.each(Object.entries(REGRESSIONS))(
  'seed %s: %s',
  async (seed) => {
    const { violation } = await simulate(Number(seed));
    expect(violation).toBeUndefined();
  },
  60_000,
);
