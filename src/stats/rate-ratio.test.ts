/** Golden numbers were computed apart from this code, from the formulas of docs/spec/statistics.md. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventsToNotice, intervalsToNotice, secondsToNotice } from './rate-plan.ts';
import { addInterval, logEvidence, startBets } from './share-test.ts';
import {
  eventsAtRatio,
  failureBets,
  evidenceOfFailure,
  evidenceOfPassing,
  addRates,
  judgeRates,
  RATE_RATIO_DEFAULTS,
  type RateInterval,
  startRates,
  WHOLE_AFTER,
} from './rate-ratio.ts';

type Row = [candidate: number, stable: number, candidateBad: number, stableBad: number];
const intervals = (...rows: Row[]): RateInterval[] =>
  rows.map(([candidate, stable, candidateBad, stableBad]) => ({
    candidate: { total: candidate, bad: candidateBad },
    stable: { total: stable, bad: stableBad },
  }));
const GROWING = { ...RATE_RATIO_DEFAULTS, wholeAfter: WHOLE_AFTER };
const six = (logs: number[]) => logs.map((log) => Number(log.toFixed(6)));

const BAD = intervals(
  [500, 9500, 1, 19],
  [500, 9500, 4, 20],
  [500, 9500, 3, 18],
  [1000, 9000, 9, 17],
  [1000, 9000, 8, 19],
  [1000, 9000, 30, 18],
);
const GOOD = intervals([1000, 9000, 10, 90], [1000, 9000, 9, 88], [1000, 9000, 11, 95]);

describe('golden', () => {
  test.each([
    [1.25, 10, [-0.954523, 0.066603, 0.734946, 2.884389, 5.013252, 7.315837]],
    [1, 10, [-0.774521, 0.601101, 1.601232, 3.856146, 6.085414, 8.387999]],
    [1, Infinity, [-0.774521, 0.601101, 1.601232, 6.267967, 10.021605, 40.746184]],
  ])('failing: margin %d, cap %d', (margin, cap, logs) => {
    expect(six(evidenceOfFailure(BAD, { margin, cap }))).toEqual(logs);
  });

  test('failing: a margin that grows to 1.25 by the 40th error of the candidate', () => {
    expect(six(judgeRates(BAD, GROWING).against)).toEqual([
      -0.774521, 0.592542, 1.549952, 3.801856, 6.014439, 8.317024,
    ]);
  });

  test('passing', () => {
    expect(six(evidenceOfPassing(GOOD, { passMargin: 2 }))).toEqual([1.88968, 4.607192, 6.985771]);
  });
});

test('what has become of the bets can be kept as JSON, and gone on with', () => {
  const bets = failureBets(RATE_RATIO_DEFAULTS.cap);
  let kept = JSON.stringify(startBets(bets));
  for (const interval of BAD)
    kept = JSON.stringify(
      addInterval(JSON.parse(kept) as number[], eventsAtRatio(interval, 1.25), bets),
    );
  expect(logEvidence(JSON.parse(kept) as number[])).toBeCloseTo(7.315837, 6);
});

test('a candidate that fails more than the margin fails, and it is said when and by how much', () => {
  expect(judgeRates(BAD)).toMatchObject({ verdict: 'Fail', at: 4 });
  expect(judgeRates(BAD).because).toMatchInlineSnapshot(
    `"candidate 25 of 3500 bad (0.714 %), stable 93 of 46500 bad (0.2 %), 7 of the candidate's would be bad at stable's rate: more than 1.25 times stable's rate (log evidence 5.01 of 4.61)"`,
  );
});

test('a candidate that is shown to be less than twice as bad passes', () => {
  expect(judgeRates(GOOD)).toMatchObject({ verdict: 'Pass', at: 1 });
  expect(judgeRates(GOOD).because).toMatchInlineSnapshot(
    `"candidate 19 of 2000 bad (0.95 %), stable 178 of 18000 bad (0.989 %), 19.8 of the candidate's would be bad at stable's rate: less than 2 times stable's rate (log evidence 4.61 of 3.00), and not shown to be more than 1.25 times stable's rate (log evidence -3.52 of 4.61)"`,
  );
});

test('a margin that grows says so, and how far it has come', () => {
  expect(judgeRates(BAD, GROWING).because).toMatch(
    /rate: worse than stable with 1\.16 times its rate allowed by now \(log evidence 6\.01 of 4\.61\)$/,
  );
  expect(judgeRates(GOOD, GROWING).because).toMatch(
    /: less than 2 times stable's rate \(.*\), and not shown to be worse than stable with 1\.12 times its rate allowed/,
  );
  const long = judgeRates([...GOOD, ...GOOD, ...BAD, ...BAD], GROWING).because;
  expect(long).toContain('worse than stable with 1.25 times its rate allowed by now');
});

describe('a margin that grows', () => {
  const RULE = { margin: 2, passMargin: 4, cap: 10, wholeAfter: 3 };
  const MOST = 5;

  /** The expectation of the average of all bets after some intervals, by every way that they can go. */
  function expectation(
    sizes: readonly { own: number; other: number; stable: number; candidate: number }[],
    state = startRates(RULE),
  ): number {
    const [now, ...later] = sizes;
    if (!now) return Math.exp(logEvidence(state.against));
    let sum = 0;
    for (let i = 0; i <= now.own; i += 1)
      for (let k = 0; k <= now.other; k += 1) {
        const interval = {
          candidate: { total: now.own, bad: i },
          stable: { total: now.other, bad: k },
        };
        const chance = chanceOf(now.own, i, now.candidate) * chanceOf(now.other, k, now.stable);
        sum += chance * expectation(later, addRates(state, interval, RULE));
      }
    return sum;
  }
  function chanceOf(total: number, bad: number, rate: number): number {
    let ways = 1;
    for (let i = 0; i < bad; i += 1) ways = (ways * (total - i)) / (i + 1);
    return ways * rate ** bad * (1 - rate) ** (total - bad);
  }

  test('is evidence over several intervals, of a candidate that is no worse than stable in any', () => {
    const one = fc
      .record({
        own: fc.integer({ min: 1, max: MOST }),
        other: fc.integer({ min: 1, max: MOST }),
        stable: fc.oneof(
          fc.double({ min: 0, max: 0.02, noNaN: true }),
          fc.double({ min: 0, max: 1, noNaN: true }),
        ),
        part: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      })
      .map(({ part, ...size }) => ({ ...size, candidate: part * size.stable }));
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 3 }), (sizes) => {
        expect(expectation(sizes)).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: 60, seed: 23 },
    );
  });

  test('is none for one that is as bad as the whole margin allows', () => {
    const worse = { own: 5, other: 5, stable: 0.01, candidate: 0.02 };
    expect(expectation([worse])).toBeGreaterThan(1);
    expect(expectation([{ ...worse, candidate: 0.01 }])).toBeLessThanOrEqual(1);
  });
});

test('evidence of failure outranks an earlier pass', () => {
  const both = judgeRates([...GOOD, ...BAD, ...BAD]);
  expect(both.verdict).toBe('Fail');
  expect(both.at).toBeGreaterThan(2);
  expect(both.against).toHaveLength(15);
});

describe('no evidence decides nothing', () => {
  test.each([
    ['no intervals', [], 'no requests: there is nothing to compare'],
    ['no traffic', intervals([0, 0, 0, 0]), 'no requests: there is nothing to compare'],
    [
      'none for the candidate',
      intervals([0, 1e6, 0, 1000]),
      'no requests to the candidate, 1000000 to stable',
    ],
    [
      'none for stable',
      intervals([1e6, 0, 1e6, 0]),
      'no requests to stable, 1000000 to the candidate: nothing to compare with',
    ],
    [
      'nothing bad',
      intervals([1e9, 1e9, 0, 0]),
      "candidate 0 of 1000000000 bad (0 %), stable 0 of 1000000000 bad (0 %), 0 of the candidate's would be bad at stable's rate: neither more than 1.25 times stable's rate (log evidence 0.00 of 4.61) nor less than 2 times (log evidence 0.00 of 3.00) is shown",
    ],
    [
      'so far a little',
      intervals([100, 900, 1, 9]),
      "candidate 1 of 100 bad (1 %), stable 9 of 900 bad (1 %), 1 of the candidate's would be bad at stable's rate: neither more than 1.25 times stable's rate (log evidence -0.91 of 4.61) nor less than 2 times (log evidence 0.09 of 3.00) is shown",
    ],
  ])('%s', (_, counted, because) => {
    const judged = judgeRates(counted);
    expect(judged).toMatchObject({ verdict: 'Undecided', because });
    expect(judged.at).toBe(undefined);
  });
});

test('one interval cannot say more than the cap, whatever happens in it', () => {
  const burst = intervals([1000, 1000, 1000, 0]);
  expect(evidenceOfFailure(burst, RATE_RATIO_DEFAULTS)[0]).toBeCloseTo(Math.log(10), 9);
  expect(judgeRates(burst).verdict).toBe('Undecided');
  expect(judgeRates([...burst, ...burst])).toMatchObject({ verdict: 'Fail', at: 1 });
});

test('an interval without stable says nothing of what would be bad at its rate', () => {
  const { because } = judgeRates(intervals([100, 900, 1, 9], [100, 0, 1, 0]));
  expect(because).toContain("1 of the candidate's would be bad at stable's rate");
});

test('an incident that hits both alike is no evidence against the candidate', () => {
  const incident = intervals([1000, 9000, 10, 90], [1000, 9000, 300, 2700], [1000, 9000, 10, 90]);
  expect(judgeRates(incident).verdict).toBe('Pass');
});

describe('planning', () => {
  const digits = (value: number) => Number(value.toPrecision(3));
  test.each([
    { margin: 1.25, noticed: { 1.5: '279', 2: '34.5', 3: '7.5', 5: '2.1', 10: '0.54' } },
    { margin: 1, noticed: { 1.5: '60.5', 2: '17.0', 3: '5.1', 5: '1.6', 10: '0.47' } },
  ])('margin $margin: expected events until a ratio is noticed', ({ margin, noticed }) => {
    for (const [ratio, events] of Object.entries(noticed)) {
      const decimals = events.split('.')[1]?.length ?? 0;
      expect(eventsToNotice(Number(ratio), { margin, alpha: 0.01 }).toFixed(decimals)).toBe(events);
    }
  });

  test('with a margin that grows, the sooner the fewer errors it takes', () => {
    const noticed = { 1.5: 238, 2: 25, 3: 5.47, 5: 1.66, 10: 0.471 };
    for (const [ratio, events] of Object.entries(noticed))
      expect(digits(eventsToNotice(Number(ratio), GROWING))).toBe(events);
    expect(eventsToNotice(1.25, GROWING)).toBe(Infinity);
    const traffic = { requestsPerSecond: 2, badShare: 0.01, intervalSeconds: 15 };
    expect(digits(secondsToNotice(2, traffic, GROWING) / 60)).toBe(20.9);
    expect(intervalsToNotice(2, GOOD, GROWING)).toBe(4);
  });

  test('from traffic to time', () => {
    const traffic = { requestsPerSecond: 2, badShare: 0.01, intervalSeconds: 15 };
    expect(digits(secondsToNotice(2, traffic) / 60)).toBe(28.7);
    expect(secondsToNotice(100, { ...traffic, requestsPerSecond: 1e6 })).toBe(30);
    expect(secondsToNotice(1.25, traffic)).toBe(Infinity);
    expect(secondsToNotice(1.1, traffic)).toBe(Infinity);
    expect(secondsToNotice(2, { ...traffic, requestsPerSecond: 0 })).toBe(Infinity);
    expect(secondsToNotice(2, { ...traffic, badShare: 0 })).toBe(Infinity);
  });

  test('the greater the share, the less one of the candidate’s bad events says', () => {
    const terms = { margin: 1.25, alpha: 0.01 };
    expect(digits(eventsToNotice(2, terms, 1e-9))).toBe(34.5);
    expect(digits(eventsToNotice(2, terms, 0.1))).toBe(40.1);
    expect(digits(eventsToNotice(2, terms, 0.5))).toBe(85.1);
    expect(eventsToNotice(1.25, terms, 0.5)).toBe(Infinity);
    const traffic = { requestsPerSecond: 2, badShare: 0.01, intervalSeconds: 15, share: 0.1 };
    expect(digits(secondsToNotice(2, traffic) / 60)).toBe(33.4);
  });

  test('from what was seen to intervals like it', () => {
    expect(intervalsToNotice(2, GOOD)).toBe(4);
    expect(intervalsToNotice(2, intervals([10, 90, 0, 1], [30, 90, 0, 1]))).toBe(207);
    expect(intervalsToNotice(2, [])).toBe(Infinity);
    expect(intervalsToNotice(2, intervals([10, 90, 0, 0]))).toBe(Infinity);
  });
});
