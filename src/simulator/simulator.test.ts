/** A fixed set of seeds, and that a seed always gives the same run. `.ci/run` tries others at every
 * commit. */
import { expect, test } from 'vitest';
import { ROUTES } from './routes/index.ts';
import { simulate } from './run.ts';

const SEEDS = 60;
const AT_ONCE = 10;

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

test.each([...Object.keys(ROUTES), 'ingressNginx+istio', 'alb+consul'])(
  'nothing is found by %s alone, and releases end promoted by it',
  async (router) => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= AT_ONCE; seed++) {
      const { violation, outcome } = await simulate(seed, { strategy: 'canary', router });
      expect(violation, `npm run sim -- --seed ${seed} --strategy canary --router ${router}`).toBe(
        undefined,
      );
      for (const [found] of outcome.matchAll(/Promoted|Aborted/g)) outcomes.add(found);
    }
    expect([...outcomes].sort()).toEqual(['Aborted', 'Promoted']);
  },
  120_000,
);

test('the same seed gives the same run, to the last line of its trace', async () => {
  const [first, second] = [
    await simulate(7, { traced: true }),
    await simulate(7, { traced: true }),
  ];
  expect(first.trace.length).toBeGreaterThan(50);
  expect(second.trace).toEqual(first.trace);
});
