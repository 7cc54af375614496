import { expect, test } from 'vitest';
import { judgeLatency, type LatencyInterval, marginOfTimes, usefulBounds } from './latency.ts';
import { judgeRates, RATE_RATIO_DEFAULTS, WHOLE_AFTER } from './rate-ratio.ts';

const latency = (total: number, ...slower: number[]) => ({ total, slower });
const repeat = (times: number, interval: LatencyInterval) =>
  Array.from({ length: times }, () => interval);
const at = (...indexes: number[]) => indexes.map((index) => ({ index }));

test('bounds that a share in (0.05 %, 50 %] is slower than are of use', () => {
  expect(usefulBounds(latency(10_000, 9000, 5001, 5000, 300, 6, 5, 0))).toEqual([2, 3, 4]);
  expect(usefulBounds(latency(0, 0, 0))).toEqual([]);
});

test('what longer times would make of the share at a bound is read off the histogram', () => {
  // Nine times as many requests are slower than 0.1 s as than 0.3 s: the share falls with the square of the time.
  const before = latency(10_000, 4500, 500, 500);
  const margin = (j: number, longer: number) =>
    marginOfTimes(j, before, { bounds: [0.1, 0.3, 1], longer });
  expect(margin(1, 1.1)).toBeCloseTo(1.21, 12);
  expect(margin(1, 2)).toBeCloseTo(4, 12);
  // Below the first bound nothing is known, and where nobody is between two nothing would change.
  expect(margin(0, 1.1)).toBe(1.1);
  expect(margin(2, 1.1)).toBe(1);
  // Counters that do not agree with each other allow nobody less than stable has.
  expect(marginOfTimes(1, latency(100, 10, 20), { bounds: [0.1, 0.3], longer: 1.1 })).toBe(1);
});

test('one bound alone, that few are slower than, is the share test of requests slower than it', () => {
  const interval = { candidate: latency(1e7, 9e6, 20), stable: latency(9e7, 8e7, 90) };
  const seen = [{ index: 1, before: { total: 9e7, bad: 90 } }];
  const one = judgeLatency(repeat(3, interval), seen, RATE_RATIO_DEFAULTS);
  const errors = judgeRates(
    repeat(3, interval).map(({ candidate, stable }) => ({
      candidate: { total: candidate.total, bad: candidate.slower[1] ?? 0 },
      stable: { total: stable.total, bad: stable.slower[1] ?? 0 },
    })),
    RATE_RATIO_DEFAULTS,
  );
  for (const [i, log] of one.against.entries())
    expect(log).toBeCloseTo(errors.against[i] ?? NaN, 4);
  expect(one.against[2]).toBeGreaterThan(2);
  // Nothing is bet where nothing is known of stable.
  expect(judgeLatency(repeat(1, interval), at(1), RATE_RATIO_DEFAULTS).against[0]).toBeCloseTo(
    0,
    12,
  );
});

test('a tail that grows is found, though most requests are as fast as before', () => {
  const interval = { candidate: latency(1000, 500, 30), stable: latency(9000, 4500, 90) };
  const judged = judgeLatency(repeat(10, interval), at(0, 1), RATE_RATIO_DEFAULTS);
  expect(judged).toMatchObject({ verdict: 'Fail' });
  expect(judged.because).toContain(
    "more than 1.25 times stable's share of slow requests (log evidence ",
  );
});

test('the words are of times, where times are compared, and name the bound that says most', () => {
  const interval = { candidate: latency(1000, 300, 40), stable: latency(9000, 2700, 90) };
  const bounds = [
    { index: 0, margin: 1.1, before: { total: 9000, bad: 2700 } },
    { index: 1, margin: 1.35, before: { total: 9000, bad: 90 } },
  ];
  const options = { ...RATE_RATIO_DEFAULTS, longer: 1.1, names: ['100 ms', '500 ms'] };
  expect(judgeLatency(repeat(4, interval), bounds, options).because).toMatch(
    /^candidate 120 of 3000 \(4 %\) slower than 500 ms, stable 270 of 27000 \(1 %, 1\.35 times it allowed\): slower than 1\.1 times stable's response times \(log evidence [\d.]+ of 4\.61\)$/,
  );
  const fine = { candidate: latency(1000, 300, 9), stable: latency(9000, 2700, 90) };
  expect(judgeLatency(repeat(9, fine), bounds, options).because).toMatch(
    /: less than 2 to 2\.16 times stable's share of slow requests at each of 2 bounds \(/,
  );
  expect(
    judgeLatency([{ candidate: latency(90, 30, 1), stable: latency(900, 270, 9) }], bounds, options)
      .because,
  ).toMatch(
    /: neither slower than 1\.1 times stable's response times \(.*\) nor less than 2 to 2\.16 times .* is shown$/,
  );
});

test('a margin that grows is told of one bound as of errors', () => {
  const interval = { candidate: latency(1000, 30), stable: latency(9000, 90) };
  const judged = judgeLatency(repeat(9, interval), at(0), {
    ...RATE_RATIO_DEFAULTS,
    wholeAfter: WHOLE_AFTER,
    names: ['1 s'],
  });
  expect(judged.because).toMatch(
    /^candidate 120 of 4000 \(3 %\) slower than 1 s, stable 360 of 36000 \(1 %\): worse than stable with 1\.25 times its share of slow requests allowed by now \(/,
  );
});

test('to pass takes every bound, each at its own time', () => {
  const fine = { candidate: latency(1000, 300, 10), stable: latency(9000, 2700, 90) };
  const judged = judgeLatency(repeat(5, fine), at(0, 1), RATE_RATIO_DEFAULTS);
  const slowest = judgeLatency(repeat(5, fine), at(1), RATE_RATIO_DEFAULTS);
  expect(judged).toMatchObject({ verdict: 'Pass', at: slowest.at });
  expect(judged.at).toBeGreaterThan(0);
});

test('a bound that has passed has passed, though it is less clear later', () => {
  const first = { candidate: latency(1000, 100, 0), stable: latency(9000, 900, 90) };
  const second = { candidate: latency(1000, 200, 0), stable: latency(9000, 900, 90) };
  const judged = judgeLatency([first, ...repeat(3, second)], at(0, 1), RATE_RATIO_DEFAULTS);
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
  expect(judgeLatency(repeat(50, none), at(0), RATE_RATIO_DEFAULTS).verdict).toBe('Undecided');
});
