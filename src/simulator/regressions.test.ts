/** Seeds that once failed. */
import { expect, test } from 'vitest';
import { REGRESSIONS, REGRESSIONS_BY, REGRESSIONS_OF } from './regressions.ts';
import { simulate } from './run.ts';

/** There was nothing else when most of these were found. */
const AS_FOUND = { router: 'httpRoute', evidence: false };

test.each(
  Object.entries(REGRESSIONS_OF).flatMap(([strategy, seeds]) =>
    Object.entries(seeds).map(([seed, what]) => [seed, strategy, what] as const),
  ),
)(
  'seed %s of %s: %s',
  async (seed, strategy) => {
    const { violation } = await simulate(Number(seed), { strategy, ...AS_FOUND });
    expect(violation).toBeUndefined();
  },
  60_000,
);

test.each(Object.entries(REGRESSIONS))(
  'seed %s: %s',
  async (seed) => {
    const { violation } = await simulate(Number(seed), AS_FOUND);
    expect(violation).toBeUndefined();
  },
  60_000,
);

test.each(
  Object.entries(REGRESSIONS_BY).flatMap(([router, strategies]) =>
    Object.entries(strategies).flatMap(([strategy, seeds]) =>
      Object.entries(seeds).map(([seed, what]) => [seed, strategy, router, what] as const),
    ),
  ),
)(
  'seed %s of %s by %s: %s',
  async (seed, strategy, router) => {
    const { violation } = await simulate(Number(seed), { strategy, router, evidence: false });
    expect(violation).toBeUndefined();
  },
  60_000,
);
