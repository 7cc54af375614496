/** What a check asks, as its plan says it. */
import { expect, test } from 'vitest';
import { checkSchema } from '../api/check.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { questionOf } from './question.ts';

const COUNTS = { pods: { port: 1 }, total: 'all', bad: 'failed' };
const TIMES = { pods: { port: 1 }, histogram: 'seconds' };
const of = (fields: object): MeasuredCheck => checkSchema.parse({ name: 'it', ...fields });
const asked = (fields: object, ...others: object[]) => {
  const check = of(fields);
  const { asks, otherwise } = questionOf(check, [check, ...others.map(of)]);
  return `${asks} | ${otherwise}`;
};
const WAITS = 'failed: as onFailure says; undecided: asks after the timeout';
const wrongly = (percent: string) =>
  `failed: as onFailure says (wrongly in ${percent} of releases); undecided:`;

test.each([
  [{ scrape: COUNTS, max: '5%' }, `at most 5 % failed, of 40 and more | ${WAITS}`],
  [
    { scrape: { ...TIMES, quantile: '0.99' }, max: '1s' },
    `at most 1 % took longer than 1 s, of 200 and more | ${WAITS}`,
  ],
  [
    { prometheus: { address: 'http://p', query: 'q{{hash}}' }, max: '250ms', min: 0 },
    `at most 250 ms and at least 0 | ${WAITS}`,
  ],
  [
    { scrape: COUNTS, compare: {} },
    `at most stable's share of bad events, with a margin that grows to 1.25 | ${wrongly('1 %')} goes on after the hold`,
  ],
  [
    { scrape: COUNTS, compare: { margin: 1.25 } },
    `at most 1.25 times stable's share of bad events | ${wrongly('1 %')} goes on after the hold`,
  ],
  [
    { scrape: COUNTS, compare: { baseline: 'Fresh', margin: 2 } },
    `at most 2 times fresh stable's share of bad events | ${wrongly('1 %')} goes on after the hold`,
  ],
  [
    { scrape: TIMES, compare: { baseline: 'Fresh' } },
    `at most 1.1 times fresh stable's response times | ${wrongly('1 %')} goes on after the hold`,
  ],
  [
    { scrape: TIMES, compare: {} },
    `at most 1.1 times stable's response times | ${wrongly('1 %')} goes on after the hold`,
  ],
  [
    { scrape: TIMES, compare: { longer: 1.5 } },
    `at most 1.5 times stable's response times | ${wrongly('1 %')} goes on after the hold`,
  ],
  [
    { scrape: TIMES, compare: { within: '300ms' } },
    `at most stable's share of requests slower than 300 ms, with a margin that grows to 1.25 | ${wrongly('1 %')} goes on after the hold`,
  ],
  [
    { scrape: TIMES, compare: { margin: 2 }, warmup: '1m', onUndecided: 'Fail' },
    `at most 2 times stable's share of slow requests, at every bound of use, after a warm-up of 1m | ${wrongly('1 %')} fails after the timeout`,
  ],
  [
    { scrape: TIMES, slo: { objective: '99.5%', within: '300ms' } },
    `at least 99.5 % within 300 ms | ${wrongly('1 %')} asks after the timeout`,
  ],
  [
    { scrape: COUNTS, slo: { objective: '99%' }, critical: false },
    'at least 99 % good | failed: asks (wrongly in 1 % of releases); undecided: asks after the timeout',
  ],
  [
    { scrape: COUNTS, max: '5%', dryRun: true },
    'at most 5 % failed, of 40 and more | nothing, a dry run',
  ],
])('%j', (fields, expected) => {
  expect(asked(fields)).toBe(expected);
});

test('what may go wrong is shared by all that may, by their parts of it', () => {
  const compared = { scrape: COUNTS, compare: {} };
  expect(asked(compared, { scrape: COUNTS, slo: { objective: '99%' }, budget: 3 })).toContain(
    'wrongly in 0.25 % of releases',
  );
  expect(asked(compared, { scrape: COUNTS, max: '5%' }, { ...compared, dryRun: true })).toContain(
    'wrongly in 1 % of releases',
  );
});
