/** What each judge does with hours that were made by hand: limits, over or at, what adds up, and when it acts. */
import { describe, expect, test } from 'vitest';
import { classifyMetric, KAYENTA_DEFAULTS } from '../../src/stats/kayenta.ts';
import { logMean } from '../../src/stats/mixture.ts';
import { normalQuantile } from '../../src/stats/normal.ts';
import {
  eventsAtRatio,
  judgeRates,
  RATE_RATIO_DEFAULTS,
  WHOLE_AFTER,
  WORSE,
} from '../../src/stats/rate-ratio.ts';
import { logFactor } from '../../src/stats/share-test.ts';
import { limitFor } from './calibration.ts';
import { errorJudges, type Evidence, passingJudge, ruleOf } from './error-judges.ts';
import { byMinute, drawBaseline, drawHour, type Hour, settingOf } from './hour.ts';
import { type Judge, rollbacks } from './judges.ts';
import { countsAt } from './share-test-rule.ts';
import { errorCellsOf, readSpec } from './spec.ts';
import { SHIPPED } from './summary.ts';

const spec = readSpec();
const NEVER = Object.fromEntries(Object.keys(spec.tuned).map((id) => [id, Infinity]));
const judges = errorJudges(spec, NEVER);

interface Counts {
  total: number;
  bad: number;
}

/** An hour in which each tick is as `at` says; stable has 270 requests and 3 bad ones. */
function hourOf(
  at: (tick: number) => Counts,
  stable: (tick: number) => Counts = () => ({ total: 270, bad: 3 }),
): Hour {
  const column = (of: (tick: number) => number) =>
    Int32Array.from({ length: spec.ticks }, (_, t) => of(t));
  return {
    ticks: spec.ticks,
    ticksPerMinute: 4,
    shares: new Float64Array(spec.ticks).fill(0.1),
    candidateTotal: column((t) => at(t).total),
    candidateBad: column((t) => at(t).bad),
    stableTotal: column((t) => stable(t).total),
    stableBad: column((t) => stable(t).bad),
  };
}

function rollback(id: string, hour: Hour): number | undefined {
  const judge = judges.find((one) => one.id === id);
  if (!judge) throw new Error(`no judge ${id}`);
  return rollbacks([judge], { hour })[0];
}

const GOOD = { total: 100, bad: 0 };
/** Every tick of these windows of five minutes has so many bad ones. */
const badWindows = (windows: readonly number[], bad: number) => (tick: number) =>
  windows.includes(Math.floor(tick / 20)) ? { total: 100, bad } : GOOD;

describe('Argo', () => {
  test('the fourth window under the limit takes the release back, when it ends', () => {
    expect(rollback('argo-doc', hourOf(badWindows([0, 2, 5], 50)))).toBeUndefined();
    expect(rollback('argo-doc', hourOf(badWindows([0, 2, 5, 6], 50)))).toBe(140);
    expect(rollback('argo-doc', hourOf(badWindows([0, 2, 5, 11], 50)))).toBe(240);
  });

  test('at the limit is not under it', () => {
    const all = [0, 1, 2, 3, 4, 5];
    expect(rollback('argo-doc', hourOf(badWindows(all, 5)))).toBeUndefined();
    expect(rollback('argo-doc', hourOf(badWindows(all, 6)))).toBe(80);
    expect(rollback('argo-strict', hourOf(badWindows(all, 1)))).toBeUndefined();
    expect(rollback('argo-strict', hourOf(badWindows(all, 2)))).toBe(20);
  });

  test('a window without requests is none that failed', () => {
    const hour = hourOf((tick) => (tick < 100 ? { total: 0, bad: 0 } : GOOD));
    expect(rollback('argo-strict', hour)).toBeUndefined();
  });
});

describe('Flagger', () => {
  const badMinutes = (minutes: readonly number[], bad: number) => (tick: number) =>
    minutes.includes(Math.floor(tick / 4)) ? { total: 100, bad } : GOOD;

  test('five minutes that failed, next to each other or not, act a minute later', () => {
    expect(rollback('flagger-doc', hourOf(badMinutes([0, 1, 2, 3], 9)))).toBeUndefined();
    expect(rollback('flagger-doc', hourOf(badMinutes([0, 1, 2, 3, 4], 9)))).toBe(24);
    expect(rollback('flagger-doc', hourOf(badMinutes([0, 10, 20, 30, 40], 9)))).toBe(168);
    expect(rollback('flagger-doc', hourOf(badMinutes([0, 1, 2, 3, 58], 9)))).toBe(240);
    expect(rollback('flagger-doc', hourOf(badMinutes([0, 1, 2, 3, 59], 9)))).toBeUndefined();
  });

  test('99 % is not under 99 %', () => {
    const all = Array.from({ length: 60 }, (_, minute) => minute);
    expect(rollback('flagger-doc', hourOf(badMinutes(all, 1)))).toBeUndefined();
    expect(rollback('flagger-doc', hourOf(badMinutes(all, 2)))).toBe(24);
  });
});

describe('z, looked at every minute', () => {
  test('the pooled z of all counts so far, one-sided', () => {
    const bad = (of: number) => hourOf((tick) => ({ total: 30, bad: tick < of ? 1 : 0 }));
    const looks = [...ruleOf({ rule: 'z-peek', everyTicks: 4 })({ hour: bad(4) })];
    expect(looks).toHaveLength(60);
    // 4/120 against 12/1080, pooled 16/1200.
    expect(looks[0]?.value).toBeCloseTo(2.01347, 4);
    expect(
      rollback(
        'z-peek',
        hourOf(() => ({ total: 30, bad: 2 })),
      ),
    ).toBe(4);
    expect(
      rollback(
        'z-peek',
        hourOf(() => ({ total: 30, bad: 0 })),
      ),
    ).toBeUndefined();
  });

  test('nothing to compare is nothing to object to', () => {
    const none = () => ({ total: 0, bad: 0 });
    expect(rollback('z-peek', hourOf(none, none))).toBeUndefined();
    expect(rollback('gst', hourOf(none, none))).toBeUndefined();
  });
});

describe('the group sequential test', () => {
  test('twelve looks; the first would need more than 7 standard deviations', () => {
    const hour = hourOf((tick) => ({ total: 30, bad: tick < 20 ? 3 : 0 }));
    const looks = [...ruleOf({ rule: 'group-sequential', looks: 12, alpha: 0.01 })({ hour })];
    expect(looks.map(({ at }) => at)).toEqual(Array.from({ length: 12 }, (_, k) => (k + 1) * 20));
    expect(
      rollback(
        'gst',
        hourOf(() => ({ total: 30, bad: 1 })),
      ),
    ).toBeGreaterThan(20);
  });

  test('weights that rise with a common rate do not deceive it, as they do the pooled z', () => {
    // Both have 1 % while the candidate has little traffic, and 10 % when it has half of it.
    const [own, other] = [
      (tick: number) =>
        tick < 120 ? { total: 20, bad: tick % 5 === 0 ? 1 : 0 } : { total: 200, bad: 20 },
      (tick: number) => (tick < 120 ? { total: 400, bad: 4 } : { total: 200, bad: 20 }),
    ];
    expect(rollback('gst', hourOf(own, other))).toBeUndefined();
    expect(rollback('ours-margin-1', hourOf(own, other))).toBeUndefined();
    expect(rollback('z-peek', hourOf(own, other))).toBeDefined();
  });
});

describe('ours', () => {
  test('two ticks at least, and none without errors', () => {
    expect(
      rollback(
        'ours',
        hourOf(() => ({ total: 30, bad: 30 })),
      ),
    ).toBe(2);
    expect(
      rollback(
        'ours',
        hourOf(() => ({ total: 30, bad: 0 })),
      ),
    ).toBeUndefined();
  });

  test('within the margin nothing, over it without one', () => {
    const slightly = hourOf(() => ({ total: 3000, bad: 41 }));
    expect(rollback('ours', slightly)).toBeUndefined();
    expect(rollback('ours-margin-1', slightly)).toBeDefined();
  });

  test('the first minute is left out where there is a warm-up', () => {
    const startUp = hourOf((tick) => ({ total: 30, bad: tick < 4 ? 20 : 0 }));
    expect(rollback('ours', startUp)).toBe(2);
    expect(rollback('ours-warmup-60s', startUp)).toBeUndefined();
    const late = hourOf((tick) => ({ total: 30, bad: tick < 5 ? 20 : 0 }));
    expect(rollback('ours-warmup-60s', late)).toBeUndefined();
    expect(
      rollback(
        'ours-warmup-60s',
        hourOf(() => ({ total: 30, bad: 20 })),
      ),
    ).toBe(6);
  });

  test('a clean hour is shown to be good', () => {
    const [at] = rollbacks([passingJudge(spec)], { hour: hourOf(() => ({ total: 30, bad: 0 })) });
    expect(at).toBeLessThan(60);
    const doubled = hourOf(() => ({ total: 270, bad: 7 }));
    expect(rollbacks([passingJudge(spec)], { hour: doubled })).toEqual([undefined]);
  });
});

describe('a margin that grows', () => {
  const rule = {
    rule: 'growing-margin' as const,
    margin: 1.25,
    wholeAfter: 40,
    cap: 10,
    alpha: 0.01,
    heldBack: 0,
    heldTicks: 80,
    warmupTicks: 0,
  };
  const looksOf = (of: Partial<typeof rule>, hour: Hour) => [
    ...ruleOf({ ...rule, ...of })({ hour }),
  ];
  const shareTest = (margin: number, hour: Hour) => [
    ...ruleOf({ rule: 'share-test', margin, cap: 10, alpha: 0.01, warmupTicks: 0 })({ hour }),
  ];
  const slightly = hourOf((tick) => ({ total: 30, bad: tick % 2 }));

  test('is the share test where it does not grow, and with nothing held back', () => {
    const [grown, usual] = [looksOf({ margin: 1 }, slightly), shareTest(1, slightly)];
    expect(grown.map(({ at }) => at)).toEqual(usual.map(({ at }) => at));
    for (const [i, { value }] of grown.entries())
      expect(value).toBeCloseTo(usual[i]?.value ?? NaN, 9);
  });

  test('is what checks do', () => {
    const hour = hourOf((tick) => ({ total: 30, bad: tick % 3 }));
    const intervals = Array.from({ length: hour.ticks }, (_, t) => countsAt(hour, t));
    const { against } = judgeRates(intervals, { ...RATE_RATIO_DEFAULTS, wholeAfter: WHOLE_AFTER });
    const shipped = judges.find(({ id }) => id === SHIPPED.errors);
    const looks = [...(shipped?.rule({ hour }) ?? [])];
    expect(looks).toHaveLength(hour.ticks);
    for (const { at, value } of looks) expect(value).toBeCloseTo(against[at - 1] ?? NaN, 9);
  });

  test('is 1 at first, and whole after so many errors of the candidate', () => {
    const counts = { candidate: { total: 30, bad: 2 }, stable: { total: 270, bad: 3 } };
    const looks = looksOf(
      { wholeAfter: 4 },
      hourOf(() => counts.candidate),
    );
    const factors = [1, 1.125, 1.25, 1.25].map((margin) =>
      WORSE.map((lambda) => logFactor(eventsAtRatio(counts, margin), lambda)),
    );
    for (const [i, { value }] of looks.slice(0, 4).entries()) {
      const bets = WORSE.map((_, k) =>
        factors.slice(0, i + 1).reduce((sum, logs) => sum + (logs[k] ?? NaN), 0),
      );
      expect(value).toBeCloseTo(logMean(bets), 9);
    }
  });

  test('what is held back is there for a fault that begins late', () => {
    const onset = hourOf((tick) => ({ total: 300, bad: tick < 120 ? 1 : 6 }));
    const [none, some] = [0, 0.3].map((heldBack) =>
      looksOf({ heldBack }, onset).find(({ value }) => value >= Math.log(100)),
    );
    expect(some?.at).toBeLessThan(none?.at ?? Infinity);
    expect(some?.at).toBeGreaterThan(120);
    const clean = looksOf(
      { heldBack: 0.3 },
      hourOf(() => ({ total: 300, bad: 0 })),
    );
    expect(Math.exp(clean.at(-1)?.value ?? 0)).toBeCloseTo(0.3 * (79 / 319), 2);
  });
});

describe('Kayenta', () => {
  const cells = errorCellsOf(spec);
  const ids = ['2rps/1%/alike', '2rps/0.1%/x5', '20rps/1%/x2', '20rps/1%/alike', '0.2rps/5%/x20'];

  test.each(ids)('its looks are those of the whole judge: %s', (id) => {
    const cell = cells.find((one) => one.id === `flat10/${id}`);
    if (!cell) throw new Error(`no cell ${id}`);
    const setting = settingOf(cell, spec);
    for (let run = 0; run < 8; run += 1) {
      const hour = drawHour(setting, String(run));
      const baseline = drawBaseline(setting, hour, String(run));
      const rate = (bad: Int32Array, total: Int32Array) =>
        Array.from(bad, (count, m) => count / (total[m] ?? NaN));
      const own = rate(byMinute(hour, hour.candidateBad), byMinute(hour, hour.candidateTotal));
      const other = rate(baseline.bad, baseline.total);
      const rule = ruleOf({ rule: 'kayenta', firstMinute: 10, everyMinutes: 5 });
      const looks = [...rule({ hour, baseline })];
      expect(looks.map(({ at }) => at)).toEqual([
        40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240,
      ]);
      const whole = looks.map(({ at }) => {
        const samples = { candidate: own.slice(0, at / 4), baseline: other.slice(0, at / 4) };
        const { classification } = classifyMetric(samples, {
          ...KAYENTA_DEFAULTS,
          direction: 'Increase',
          nanStrategy: 'Replace',
        });
        return classification === 'High';
      });
      expect(looks.map(({ value }) => value > normalQuantile(0.99))).toEqual(whole);
    }
  });

  test('it is never asked without a baseline', () => {
    const rule = ruleOf({ rule: 'kayenta', firstMinute: 60, everyMinutes: 60 });
    expect(() => [...rule({ hour: hourOf(() => GOOD) })]).toThrow('without a baseline');
  });
});

describe('limits', () => {
  const judge = (limit: number, isReached: boolean): Judge<Evidence> => ({
    id: 'test',
    rule: () => [
      { at: 4, value: 1 },
      { at: 8, value: 2 },
      { at: 12, value: 3 },
    ],
    limit,
    isReached,
    isCostly: false,
  });
  const hour = hourOf(() => GOOD);

  test('the first look that is over, or at it where that is enough', () => {
    expect(rollbacks([judge(2, false), judge(2, true), judge(3, false)], { hour })).toEqual([
      12,
      8,
      undefined,
    ]);
  });

  test('judges with one rule share its looks', () => {
    const [first] = judges.filter(({ id }) => id === 'z-peek');
    const [tuned] = judges.filter(({ id }) => id === 'tuned-z-peek');
    expect(first?.rule).toBe(tuned?.rule);
    expect(new Set(judges.map(({ rule }) => rule)).size).toBe(14);
  });

  test('tuned so that no more than the share is over', () => {
    const scores = Array.from({ length: 200 }, (_, i) => i);
    const limit = limitFor(scores, 0.01);
    expect(scores.filter((score) => score > limit)).toHaveLength(2);
    expect(limitFor([1, 1, 1, 1], 0.5)).toBe(1);
  });

  test('a judge that is not tuned is refused', () => {
    expect(() => errorJudges(spec, {})).toThrow('tuned-argo-1x5m is not tuned');
  });
});
