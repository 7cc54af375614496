/** Checks by statistics over a release: what counts, what is kept over stages and restarts, what is never a pass. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Check } from '../api/check.ts';
import type { KeptComparison } from '../api/evidence.ts';
import type { Counts, Reading } from '../ports/metric-provider.ts';
import { addSample, type Course, startCourse, type Terms, verdictAt } from './course.ts';

const BEGAN = 1_700_000_000_000;
const TICK_MS = 15_000;
const TERMS: Terms = { sinceMs: BEGAN, alpha: 0.01 };

const check: Check = {
  name: 'errors',
  scope: 'Version',
  interval: '15s',
  window: '15s',
  scrape: { pods: { port: 80, path: '/metrics' }, total: 'all', bad: 'failed' },
  compare: {},
};

type Tick = readonly [nc: number, nb: number, ec: number, eb: number];

/** Feeds intervals as counters of one pod of each version, which have counted before. */
class Feed {
  private candidate: Counts = { total: 0, bad: 0 };
  private stable: Counts = { total: 90_000, bad: 900 };
  atMs = BEGAN;

  start(course: Course): void {
    this.look(course);
  }

  tick(course: Course, [nc, nb, ec, eb]: Tick): void {
    this.candidate = { total: this.candidate.total + nc, bad: this.candidate.bad + ec };
    this.stable = { total: this.stable.total + nb, bad: this.stable.bad + eb };
    this.atMs += TICK_MS;
    this.look(course);
  }

  private look(course: Course): void {
    addSample(course, {
      atMs: this.atMs,
      candidate: { kind: 'Counters', sources: { new: this.candidate } },
      stable: { kind: 'Counters', sources: { old: this.stable } },
    });
  }
}

function run(course: Course, ticks: readonly Tick[], feed = new Feed()): Feed {
  feed.start(course);
  for (const tick of ticks) feed.tick(course, tick);
  return feed;
}

const stored = (course: Course): unknown =>
  JSON.parse(JSON.stringify(verdictAt(course, BEGAN).kept));

/** One stream, and what the bets make of it at cap 10: with a margin that was written, and with the one that grows. */
const STREAM: Tick[] = [
  [500, 9500, 1, 19],
  [500, 9500, 4, 20],
  [500, 9500, 3, 18],
  [1000, 9000, 9, 17],
  [1000, 9000, 8, 19],
  [1000, 9000, 30, 18],
];
const WRITTEN = [-0.954523, 0.066603, 0.734946, 2.884389, 5.013252, 7.315837];
const GROWS = [-0.774521, 0.592542, 1.549952, 3.801856, 6.014439, 8.317024];
const endingWith = (text: string) => expect.stringMatching(`; ${escaped(text)}$`) as unknown;
const escaped = (text: string) => text.replaceAll(/[()]/g, String.raw`\$&`);
const GOOD: Tick = [1000, 9000, 10, 90];
const BAD: Tick = [1000, 9000, 60, 90];

describe('a candidate that is compared with stable', () => {
  test.each([
    [
      'by a margin that grows',
      {},
      GROWS,
      'worse than stable with 1.16 times its rate allowed by now (log evidence 6.01 of 4.61)',
    ],
    [
      'by one that was written',
      { margin: 1.25 },
      WRITTEN,
      "more than 1.25 times stable's rate (log evidence 5.01 of 4.61)",
    ],
  ])(
    'fails as soon as the evidence suffices, by the golden numbers, and says why: %s',
    (_, compare, logs, words) => {
      const course = startCourse({ ...check, compare }, TERMS);
      const feed = new Feed();
      feed.start(course);
      STREAM.forEach((tick, i) => {
        feed.tick(course, tick);
        const { log, verdict } = verdictAt(course, feed.atMs);
        expect(log?.against).toBeCloseTo(logs[i] ?? NaN, 5);
        expect(verdict).toBe(i >= 4 ? 'Fail' : 'Undecided');
      });
      expect(verdictAt(course, feed.atMs).because).toBe(
        `candidate 25 of 3500 bad (0.714 %), stable 93 of 46500 bad (0.2 %), 7 of the candidate's would be bad at stable's rate: ${words}`,
      );
    },
  );

  test('with pods as young as its own: that is said, and of no share that they should have', () => {
    const fresh: Check = { ...check, compare: { baseline: 'Fresh' } };
    const [young, all] = [fresh, check].map((one) => startCourse(one, { ...TERMS, share: 0.5 }));
    const [youngFeed, allFeed] = [young, all].map((one) => run(one as Course, STREAM));
    expect(verdictAt(young as Course, youngFeed?.atMs ?? 0).because).toBe(
      "candidate 25 of 3500 bad (0.714 %), fresh stable 93 of 46500 bad (0.2 %), 7 of the candidate's would be bad at fresh stable's rate: " +
        'worse than fresh stable with 1.16 times its rate allowed by now (log evidence 6.01 of 4.61)',
    );
    expect(verdictAt(all as Course, allFeed?.atMs ?? 0).because).toContain('look at the route');
  });

  test('is not failed by an incident that hits both, and passes when it is shown to be as good', () => {
    const course = startCourse(check, TERMS);
    const incident: Tick = [1000, 9000, 500, 4500];
    const feed = run(course, [GOOD, incident, incident, GOOD]);
    expect(verdictAt(course, feed.atMs).verdict).toBe('Pass');
    expect(verdictAt(course, feed.atMs).log?.against).toBeLessThan(0);
  });

  test('fails although it passed before', () => {
    const course = startCourse(check, TERMS);
    const feed = run(course, [GOOD, GOOD, GOOD]);
    expect(verdictAt(course, feed.atMs).verdict).toBe('Pass');
    for (let i = 0; i < 9; i++) feed.tick(course, BAD);
    expect(verdictAt(course, feed.atMs).verdict).toBe('Fail');
    for (let i = 0; i < 99; i++) feed.tick(course, GOOD);
    expect(verdictAt(course, feed.atMs).verdict).toBe('Fail');
  });

  test('is undecided without traffic of one of them, and says which', () => {
    const course = startCourse(check, TERMS);
    const feed = run(course, [[0, 9000, 0, 90]]);
    expect(verdictAt(course, feed.atMs)).toMatchObject({
      verdict: 'Undecided',
      isMeasured: false,
      because: 'no requests to the candidate, 9000 to stable',
    });
  });

  test('says how long it takes at this traffic, so that nobody takes silence for safety', () => {
    const course = startCourse(check, TERMS);
    const feed = run(course, [[30, 270, 0, 3]]);
    expect(verdictAt(course, feed.atMs).because).toMatch(
      /neither worse than stable \(.* is shown; at this traffic a doubling is noticed after about 23m$/,
    );
  });

  test('that gets another share than the route was told is no secret', () => {
    const course = startCourse(check, { ...TERMS, share: 0.5 });
    const feed = run(course, [GOOD, GOOD, GOOD, GOOD]);
    const wrongShare =
      'the candidate got 4000 of 40000 (10 %), 20000 were meant (50 %): look at the route';
    const verdict = verdictAt(course, feed.atMs);
    expect(verdict.wrongShare).toBe(wrongShare);
    expect(verdict.because).toContain(`; ${wrongShare}`);
  });
});

describe('what counts', () => {
  const readings = (candidate: Reading, stable: Reading, atMs: number) => ({
    atMs,
    candidate,
    stable,
  });
  const windowed = (nc: number, nb: number): [Reading, Reading] => [
    { kind: 'Counts', counts: { total: nc, bad: 0 } },
    { kind: 'Counts', counts: { total: nb, bad: 0 } },
  ];
  const byPrometheus: Check = {
    ...check,
    window: '1m',
    interval: '10s',
    scrape: undefined,
    prometheus: { address: 'http://p', total: 't', bad: 'b' },
  };

  test('windows that overlap are not counted twice, and none that began before the weight was there', () => {
    const course = startCourse(byPrometheus, TERMS);
    for (let s = 0; s <= 180; s += 10)
      addSample(course, readings(...windowed(60, 600), BEGAN + s * 1_000));
    expect(verdictAt(course, BEGAN + 180_000)).toMatchObject({
      candidate: { total: 180 },
      stable: { total: 1_800 },
    });
  });

  test('nor twice over a restart', () => {
    const first = startCourse(byPrometheus, TERMS);
    addSample(first, readings(...windowed(60, 600), BEGAN + 60_000));
    const second = startCourse(byPrometheus, TERMS, stored(first));
    addSample(second, readings(...windowed(60, 600), BEGAN + 90_000));
    expect(verdictAt(second, BEGAN + 90_000).candidate?.total).toBe(60);
    addSample(second, readings(...windowed(60, 600), BEGAN + 120_000));
    expect(verdictAt(second, BEGAN + 120_000).candidate?.total).toBe(120);
  });

  test('the first time of a stage does not, where it is to warm up', () => {
    const course = startCourse({ ...check, warmup: '60s' }, TERMS);
    const slow: Tick = [1000, 9000, 500, 90];
    const feed = run(course, [slow, slow, slow, slow, GOOD, GOOD, GOOD]);
    expect(verdictAt(course, feed.atMs)).toMatchObject({
      verdict: 'Pass',
      candidate: { total: 3_000, bad: 30 },
    });
  });

  test('but where no pods came, all of it counts', () => {
    const course = startCourse({ ...check, warmup: '60s' }, { ...TERMS, isWarm: true });
    const feed = run(course, [GOOD, GOOD]);
    expect(verdictAt(course, feed.atMs).candidate).toMatchObject({ total: 2_000 });
  });

  test('which is said as long as nothing counts', () => {
    const warms = { ...check, warmup: '60s' };
    const left = 'what comes in the first 1m is left out (warmup)';
    for (const one of [warms, { ...warms, compare: undefined, max: '5%' }]) {
      const course = startCourse(one, TERMS);
      const feed = run(course, [GOOD, GOOD, GOOD]);
      const verdict = () => verdictAt(course, feed.atMs);
      expect(verdict()).toMatchObject({ verdict: 'Undecided', because: endingWith(left) });
      feed.tick(course, GOOD);
      feed.tick(course, GOOD);
      expect(verdict().because).not.toContain(left);
    }
  });

  test('of a threshold that warms up neither', () => {
    const threshold: Check = { ...check, compare: undefined, max: '5%', warmup: '60s' };
    const course = startCourse(threshold, TERMS);
    const feed = run(course, [
      [1000, 0, 500, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [1000, 0, 10, 0],
    ]);
    expect(verdictAt(course, feed.atMs)).toMatchObject({
      verdict: 'Pass',
      candidate: { total: 1_000, bad: 10 },
    });
  });

  test('a sample without one of them ends no interval: both are counted over the same time', () => {
    const course = startCourse(check, TERMS);
    const at = (s: number, nc: number, nb: number | undefined) => {
      const counters = (source: string, total: number): Reading => ({
        kind: 'Counters',
        sources: { [source]: { total, bad: 0 } },
      });
      const stable: Reading =
        nb === undefined ? { kind: 'Missing', because: 'it timed out' } : counters('old', nb);
      addSample(course, readings(counters('new', nc), stable, BEGAN + s * 1_000));
    };
    at(0, 0, 0);
    at(15, 100, undefined);
    at(30, 200, 1_800);
    expect(verdictAt(course, BEGAN + 30_000)).toMatchObject({
      candidate: { total: 200 },
      stable: { total: 1_800 },
    });
  });
});

describe('what is kept', () => {
  test('is all there is to know: a restart after any interval changes nothing but the one under way', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc
            .tuple(fc.nat(900), fc.nat(900), fc.nat(99), fc.nat(99))
            .map(([nc, nb, ec, eb]): Tick => [nc + ec, nb + eb, ec, eb]),
          { minLength: 1, maxLength: 30 },
        ),
        fc.nat(29),
        (ticks, cut) => {
          const whole = startCourse(check, TERMS);
          const feed = run(whole, ticks);
          const first = startCourse(check, TERMS);
          const half = run(first, ticks.slice(0, cut));
          const second = startCourse(check, TERMS, stored(first));
          run(second, ticks.slice(cut), half);
          expect(second.kept).toEqual(whole.kept);
          expect(verdictAt(second, feed.atMs).log).toEqual(verdictAt(whole, feed.atMs).log);
        },
      ),
    );
  });

  test('what has failed stays failed at the next stage, whatever can be measured there', () => {
    const first = startCourse(check, TERMS);
    const feed = run(first, STREAM);
    const next = startCourse(check, { ...TERMS, sinceMs: feed.atMs }, stored(first));
    const missing: Reading = { kind: 'Missing', because: 'the page answers 404' };
    addSample(next, { atMs: feed.atMs, candidate: missing, stable: missing });
    expect(verdictAt(next, feed.atMs + 3_600_000)).toMatchObject({
      verdict: 'Fail',
      because: expect.stringContaining('log evidence 6.01'),
    });
  });

  test('what was shown to be good passes no stage in which it could not have failed yet', () => {
    const first = startCourse(check, TERMS);
    const feed = run(first, [GOOD, GOOD, GOOD]);
    const next = startCourse(check, { ...TERMS, sinceMs: feed.atMs }, stored(first));
    run(next, [[0, 9_000, 0, 90]], feed);
    expect(verdictAt(next, feed.atMs)).toMatchObject({
      verdict: 'Undecided',
      because: expect.stringContaining('nothing was counted at this stage yet'),
    });
    feed.tick(next, GOOD);
    expect(verdictAt(next, feed.atMs)).toMatchObject({
      verdict: 'Undecided',
      isMeasured: false,
      because: expect.stringContaining('1 of 2 intervals were counted at this stage yet'),
    });
    feed.tick(next, GOOD);
    expect(verdictAt(next, feed.atMs)).toMatchObject({ verdict: 'Pass', isMeasured: true });
    // Nor does it stay a pass when nobody can look any more.
    expect(verdictAt(next, feed.atMs + 60_000)).toMatchObject({
      verdict: 'Undecided',
      because: 'the newest measurement is 1m old',
    });
  });

  test('a version of which everything fails is never one that time lets through', () => {
    const course = startCourse(check, { ...TERMS, alpha: 0.005 });
    const feed = run(course, []);
    const seen: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      feed.tick(course, [1_000, 9_000, 1_000, 90]);
      const { verdict, isMeasured } = verdictAt(course, feed.atMs);
      seen.push(verdict === 'Fail' ? verdict : isMeasured);
    }
    // 200 times as likely has to be shown, and one interval says ten times at most.
    expect(seen).toEqual([false, false, 'Fail', 'Fail']);
  });

  test('of bad events in the words of releases before is gone on from', () => {
    const first = startCourse(check, TERMS);
    const feed = run(first, STREAM.slice(0, 3));
    const old = { ...(stored(first) as object), bounds: [''] };
    const next = startCourse(check, TERMS, old);
    run(next, STREAM.slice(3), feed);
    expect(verdictAt(next, feed.atMs)).toMatchObject({
      verdict: 'Fail',
      because: expect.stringContaining('log evidence 6.01'),
      candidate: { total: 4_500 },
    });
  });

  test.each([
    ['nothing', undefined],
    ['a text', 'evidence'],
    ['half of it', { test: 'Comparison', since: '2026-01-01T00:00:00Z' }],
    [
      'that of another test',
      {
        test: 'Slo',
        since: '2026-01-01T00:00:00Z',
        until: '2026-01-01T00:00:00Z',
        slo: { counts: { total: 9, bad: 9 }, against: [9], inFavour: [9] },
      },
    ],
  ])('of %s nothing is gone on from', (_, kept) => {
    const course = startCourse(check, TERMS, kept);
    const feed = run(course, [GOOD]);
    expect(verdictAt(course, feed.atMs).candidate?.total).toBe(1_000);
  });
});

describe('an objective', () => {
  const slo: Check = { ...check, compare: undefined, slo: { objective: '99%' } };

  test('is missed or kept by the golden numbers, with the candidate alone', () => {
    const course = startCourse(slo, TERMS);
    const feed = run(course, [[100, 0, 5, 0]]);
    expect(verdictAt(course, feed.atMs).log?.against).toBeCloseTo(3.224156, 5);
    feed.tick(course, [100, 0, 12, 0]);
    expect(verdictAt(course, feed.atMs)).toMatchObject({
      verdict: 'Fail',
      because: expect.stringContaining('17 of 200 bad (8.5 %): more than 1 %'),
    });
  });

  test('what was kept of it can be written as JSON and gone on from', () => {
    const course = startCourse(slo, TERMS);
    run(course, [[2_000, 0, 1, 0]]);
    const again = startCourse(slo, TERMS, stored(course));
    expect(again.kept).toEqual(course.kept);
  });
});

describe('a histogram', () => {
  const times: Check = {
    ...check,
    name: 'latency',
    scrape: { pods: { port: 80, path: '/metrics' }, histogram: 'request_seconds' },
  };
  const slower = (total: number, shares: readonly [number, number, number]): Counts => ({
    total,
    bad: 0,
    slower: Object.fromEntries(
      ['0.1', '0.5', '2.5'].map((bound, i) => [bound, Math.round(total * (shares[i] ?? 0))]),
    ),
  });
  const OLD = [0.3, 0.02, 0] as const;
  const look = (course: Course, n: number, shares: readonly [number, number, number]) => {
    addSample(course, {
      atMs: BEGAN + n * TICK_MS,
      candidate: { kind: 'Counters', sources: { new: slower(1_000 * n, shares) } },
      stable: { kind: 'Counters', sources: { old: slower(9_000 * (n + 10), OLD) } },
    });
  };
  const after = (course: Course, n: number, shares: readonly [number, number, number]) => {
    for (let i = 0; i <= n; i++) look(course, i, shares);
    return verdictAt(course, BEGAN + n * TICK_MS);
  };

  test('is compared at the bounds that tell something of stable, and the worst one is named', () => {
    const course = startCourse(times, TERMS);
    expect(after(course, 4, [0.32, 0.08, 0])).toMatchObject({
      verdict: 'Fail',
      because: expect.stringMatching(
        /^candidate 240 of 3000 \(8 %\) slower than 500 ms, stable 540 of 27000 \(2 %, 1.17 times it allowed\): slower than 1.1 times stable's response times \(/,
      ),
    });
    expect(course.kept).toMatchObject({ bounds: ['0.1', '0.5'] });
  });

  test('by a margin that somebody wrote is held to shares, at each of them', () => {
    const course = startCourse({ ...times, compare: { margin: 1.25 } }, TERMS);
    expect(after(course, 4, [0.32, 0.08, 0]).because).toMatch(
      /stable 540 of 27000 \(2 %\): more than 1\.25 times stable's share of slow requests \(/,
    );
  });

  test('is gone on from after a restart: its bounds, their margins, and what stable had before', () => {
    const whole = startCourse(times, TERMS);
    after(whole, 4, [0.32, 0.03, 0]);
    const first = startCourse(times, TERMS);
    after(first, 2, [0.32, 0.03, 0]);
    const second = startCourse(times, TERMS, stored(first));
    for (let i = 2; i <= 4; i++) look(second, i, [0.32, 0.03, 0]);
    expect(second.kept).toEqual(whole.kept);
    expect(whole.kept).toMatchObject({
      compared: {
        bounds: [
          { before: { total: 90_000, bad: 27_000 }, margin: 1.1 },
          { before: { total: 90_000, bad: 1_800 }, margin: 1.173945 },
        ],
      },
    });
  });

  test('that a release before kept is gone on from, with the margin of shares that it had no words for', () => {
    const course = startCourse(times, TERMS);
    after(course, 2, [0.32, 0.08, 0]);
    const kept = stored(course) as KeptComparison;
    const bounds = kept.compared.bounds.map((bound) => ({
      ...bound,
      before: undefined,
      margin: undefined,
    }));
    const old = { ...kept, compared: { ...kept.compared, bounds } };
    const next = startCourse(times, TERMS, old);
    for (let i = 2; i <= 6; i++) look(next, i, [0.32, 0.08, 0]);
    expect(verdictAt(next, BEGAN + 6 * TICK_MS)).toMatchObject({
      verdict: 'Fail',
      because: expect.stringMatching(
        /worse than stable with 1\.25 times its share of slow requests allowed/,
      ),
      candidate: { total: 6_000 },
    });
  });

  test('passes where it is as fast at each of them', () => {
    expect(after(startCourse(times, TERMS), 6, OLD)).toMatchObject({ verdict: 'Pass' });
  });

  test('is compared at one bound where somebody named it', () => {
    const within: Check = { ...times, compare: { within: '100ms' } };
    expect(after(startCourse(within, TERMS), 4, [0.32, 0.08, 0])).toMatchObject({
      verdict: 'Pass',
    });
    const unknown: Check = { ...times, compare: { within: '200ms' } };
    expect(after(startCourse(unknown, TERMS), 4, OLD)).toMatchObject({
      verdict: 'Undecided',
      because: 'the histogram has no bound at 200 ms, but 0.1, 0.5, 2.5',
    });
  });
});
