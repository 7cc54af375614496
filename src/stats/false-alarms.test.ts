/**
 * Releases drawn by chance, looked at every 15 s for an hour: how often are good ones called bad? The numbers of
 * docs/adr/0018-margin-and-cap.md are these.
 */
import { expect, test } from 'vitest';
import { judgeConversion } from './conversion.ts';
import { secondsToNotice } from './rate-plan.ts';
import {
  judgeRates,
  RATE_RATIO_DEFAULTS,
  type RateInterval,
  type RateRatioOptions,
  WHOLE_AFTER,
} from './rate-ratio.ts';

const LOOKS = 240;
/** Of an interval in which one version alone has ten times the errors: about five an hour for each. */
const BURST = 0.02;

interface World {
  /** Requests in an interval. */
  candidate: number;
  stable: number;
  badShare: number;
  /** The candidate's rate, in stable's. */
  ratio: number;
  bursts?: boolean;
}

/** mulberry32: the same numbers on every machine. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A Poisson number: events until their waiting times have used up the mean. */
function poisson(mean: number, next: () => number): number {
  let events = -1;
  for (let waited = 0; waited <= mean; events += 1) waited -= Math.log(1 - next());
  return events;
}

function hour(world: World, next: () => number): RateInterval[] {
  const factor = () => (world.bursts && next() < BURST ? 10 : 1);
  return Array.from({ length: LOOKS }, () => {
    const stableBad = poisson(world.stable * world.badShare * factor(), next);
    const candidateBad = poisson(world.candidate * world.badShare * world.ratio * factor(), next);
    return {
      candidate: { total: world.candidate, bad: Math.min(world.candidate, candidateBad) },
      stable: { total: world.stable, bad: Math.min(world.stable, stableBad) },
    };
  });
}

function verdicts(world: World, runs: number, rule: Partial<RateRatioOptions> = {}) {
  const next = uniform(20_260_301);
  const judged = Array.from({ length: runs }, () =>
    judgeRates(hour(world, next), { ...RATE_RATIO_DEFAULTS, ...rule }),
  );
  const share = (verdict: string) => judged.filter((one) => one.verdict === verdict).length / runs;
  const at = judged
    .flatMap((one) => (one.verdict === 'Fail' ? [one.at ?? 0] : []))
    .sort((a, b) => a - b);
  return {
    failed: share('Fail'),
    passed: share('Pass'),
    medianMinutes: (((at[at.length >> 1] ?? NaN) + 1) * 15) / 60,
  };
}

/** 20 requests a second, a tenth of them to the candidate. */
const QUIET = { candidate: 30, stable: 270, badShare: 0.01, ratio: 1 };
/** 200 requests a second. */
const BUSY = { candidate: 300, stable: 2700, badShare: 0.01, ratio: 1 };

test('a good candidate fails once in a hundred releases at most, at the margin too', () => {
  expect(verdicts(QUIET, 1000).failed).toBeLessThanOrEqual(0.01);
  expect(verdicts({ ...QUIET, ratio: 1.25 }, 1000).failed).toBeLessThanOrEqual(0.01);
});

test('a doubling of errors is noticed in the time that was planned', () => {
  const doubled = verdicts({ ...QUIET, ratio: 2 }, 300);
  expect(doubled.failed).toBeGreaterThan(0.85);
  expect(doubled.medianMinutes).toBeGreaterThan(22);
  expect(doubled.medianMinutes).toBeLessThan(33);
});

test('with half of the requests for each it takes as long as planned, too', () => {
  const halves = { candidate: 150, stable: 150, badShare: 0.01, ratio: 2 };
  const { medianMinutes } = verdicts(halves, 300);
  const traffic = { requestsPerSecond: 10, badShare: 0.01, intervalSeconds: 15 };
  const planned = secondsToNotice(2, { ...traffic, share: 0.5 }) / 60;
  expect(medianMinutes / planned).toBeGreaterThan(0.75);
  expect(medianMinutes / planned).toBeLessThan(1.1);
  // As if its share were a small one it would be half as long.
  expect(medianMinutes).toBeGreaterThan(1.5 * (secondsToNotice(2, traffic) / 60));
});

test('with a margin that grows it is noticed sooner, and good candidates fail as seldom', () => {
  const grows = { wholeAfter: WHOLE_AFTER };
  const doubled = verdicts({ ...QUIET, ratio: 2 }, 300, grows);
  expect(doubled.failed).toBeGreaterThan(0.92);
  expect(doubled.medianMinutes).toBeGreaterThan(15);
  expect(doubled.medianMinutes).toBeLessThan(22);
  expect(verdicts(QUIET, 1000, grows).failed).toBeLessThanOrEqual(0.01);
});

test('a margin that grows promises nothing of a candidate at its end, which seldom fails all the same', () => {
  const { failed } = verdicts({ ...QUIET, ratio: 1.25 }, 1000, { wholeAfter: WHOLE_AFTER });
  expect(failed).toBeGreaterThan(0.003);
  expect(failed).toBeLessThanOrEqual(0.02);
});

test('one that is good passes early', () => {
  expect(verdicts(BUSY, 200).passed).toBeGreaterThan(0.95);
});

test('bursts that hit one version alone take the margin and the cap, not one of them', () => {
  const bursts = { ...BUSY, bursts: true };
  expect(verdicts(bursts, 300, { margin: 1, cap: Infinity }).failed).toBeGreaterThan(0.3);
  expect(verdicts(bursts, 300, { cap: Infinity }).failed).toBeGreaterThan(0.08);
  expect(verdicts(bursts, 300, { margin: 1 }).failed).toBeGreaterThan(0.01);
  expect(verdicts(bursts, 300).failed).toBeLessThanOrEqual(0.01);
});

/** Two versions of which a tenth of the users reaches the goal, 100 of each at a time. */
function alike(looks: number, next: () => number) {
  const reached = () => {
    let goal = 0;
    for (let user = 0; user < 100; user += 1) if (next() < 0.1) goal += 1;
    return { total: 100, goal };
  };
  return Array.from({ length: looks }, () => ({ a: reached(), b: reached() }));
}

test('two versions that are alike are told apart once in twenty tests at most, looked at all the time', () => {
  const next = uniform(7);
  const counted = Array.from({ length: 300 }, () => alike(300, next));
  for (const effect of [undefined, 0.01]) {
    const outcomes = counted.map((one) => judgeConversion(one, { alpha: 0.05, effect }).outcome);
    const wrong = outcomes.filter((outcome) => outcome === 'Better' || outcome === 'Worse');
    expect(wrong.length / outcomes.length).toBeLessThanOrEqual(0.05);
  }
});
