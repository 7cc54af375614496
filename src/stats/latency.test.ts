import { expect, test } from 'vitest';
import { judgeLatency, type LatencyInterval, usefulBounds } from './latency.ts';
import { judgeRates, RATE_RATIO_DEFAULTS } from './rate-ratio.ts';

const latency = (total: number, ...slower: number[]) => ({ total, slower });
const repeat = (times: number, interval: LatencyInterval) =>
  Array.from({ length: times }, () => interval);

test('bounds that a share in (0.05 %, 50 %] is slower than are of use', () => {
  expect(usefulBounds(latency(10_000, 9000, 5001, 5000, 300, 6, 5, 0))).toEqual([2, 3, 4]);
  expect(usefulBounds(latency(0, 0, 0))).toEqual([]);
});

test('one bound alone is the share test of requests slower than it', () => {
  const interval = { candidate: latency(1000, 500, 40), stable: latency(9000, 4500, 90) };
  const one = judgeLatency(repeat(3, interval), [1], RATE_RATIO_DEFAULTS);
  const errors = judgeRates(
    repeat(3, interval).map(({ candidate, stable }) => ({
      candidate: { total: candidate.total, bad: candidate.slower[1] ?? 0 },
      stable: { total: stable.total, bad: stable.slower[1] ?? 0 },
    })),
    RATE_RATIO_DEFAULTS,
  );
  expect(one.against).toEqual(errors.against);
  expect(one.verdict).toBe('Fail');
});

test('a tail that grows is found, though most requests are as fast as before', () => {
  const interval = { candidate: latency(1000, 500, 30), stable: latency(9000, 4500, 90) };
  const judged = judgeLatency(repeat(10, interval), [0, 1], RATE_RATIO_DEFAULTS);
  expect(judged).toMatchObject({ verdict: 'Fail' });
  const [both, tail] = [[0, 1], [1]].map((bounds) =>
    judgeLatency(repeat(1, interval), bounds, RATE_RATIO_DEFAULTS),
  );
  expect(Math.exp(both?.against[0] ?? 0)).toBeLessThan(Math.exp(tail?.against[0] ?? 0));
  expect(judged.because).toContain(
    "more than 1.25 times stable's share of slow requests (log evidence ",
  );
});

test('to pass takes every bound, each at its own time', () => {
  const fine = { candidate: latency(1000, 300, 10), stable: latency(9000, 2700, 90) };
  const judged = judgeLatency(repeat(5, fine), [0, 1], RATE_RATIO_DEFAULTS);
  const slowest = judgeLatency(repeat(5, fine), [1], RATE_RATIO_DEFAULTS);
  expect(judged).toMatchObject({ verdict: 'Pass', at: slowest.at });
  expect(judged.at).toBeGreaterThan(0);
});

test('a bound that has passed has passed, though it is less clear later', () => {
  const first = { candidate: latency(1000, 100, 0), stable: latency(9000, 900, 90) };
  const second = { candidate: latency(1000, 200, 0), stable: latency(9000, 900, 90) };
  const judged = judgeLatency([first, ...repeat(3, second)], [0, 1], RATE_RATIO_DEFAULTS);
  for (const [i, log] of judged.inFavour.entries())
    expect(log).toBeGreaterThanOrEqual(judged.inFavour[i - 1] ?? -Infinity);
});

test('without a bound of use, or requests, it is undecided', () => {
  const fine = { candidate: latency(1000, 10), stable: latency(9000, 90) };
  expect(judgeLatency(repeat(50, fine), [], RATE_RATIO_DEFAULTS)).toMatchObject({
    verdict: 'Undecided',
    because: 'no bound of the histogram is of use',
  });
  const none = { candidate: latency(0, 0), stable: latency(9000, 90) };
  expect(judgeLatency(repeat(50, none), [0], RATE_RATIO_DEFAULTS).verdict).toBe('Undecided');
});
