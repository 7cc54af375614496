/** A fixed set of seeds, those that once failed, and that a seed always gives the same run. */
import { expect, test } from 'vitest';
import { REGRESSIONS, REGRESSIONS_OF } from './regressions.ts';
import { simulate } from './run.ts';

const SEEDS = 150;
const AT_ONCE = 25;

test.each(Array.from({ length: SEEDS / AT_ONCE }, (_, i) => i * AT_ONCE + 1))(
  'nothing is found from seed %i on',
  async (from) => {
    for (let seed = from; seed < from + AT_ONCE; seed++) {
      const { violation } = await simulate(seed);
      expect(violation, `npm run sim -- --seed ${seed}`).toBeUndefined();
    }
  },
  120_000,
);

test.each([
  'rolling',
  'recreate',
  'abTest',
  'worker',
  'pair',
  'stateful',
  'statefulCanary',
  'statefulRoute',
  'daemon',
  'configured',
])(
  'nothing is found with %s alone',
  async (strategy) => {
    for (let seed = 1; seed <= AT_ONCE; seed++) {
      const { violation } = await simulate(seed, { strategy });
      expect(violation, `npm run sim -- --seed ${seed} --strategy ${strategy}`).toBeUndefined();
    }
  },
  120_000,
);

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

test('the same seed gives the same run, to the last line of its trace', async () => {
  const [first, second] = [
    await simulate(7, { traced: true }),
    await simulate(7, { traced: true }),
  ];
  expect(first.trace.length).toBeGreaterThan(50);
  expect(second.trace).toEqual(first.trace);
});
