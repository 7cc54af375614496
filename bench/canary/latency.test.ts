/** Response times: what is drawn, and what each judge makes of hours that were made by hand. */
import { describe, expect, test } from 'vitest';
import { classifyMetric, KAYENTA_DEFAULTS } from '../../src/stats/kayenta.ts';
import { judgeLatency, LONGER, marginOfTimes, usefulBounds } from '../../src/stats/latency.ts';
import { normalQuantile } from '../../src/stats/normal.ts';
import { RATE_RATIO_DEFAULTS } from '../../src/stats/rate-ratio.ts';
import { rollbacks } from './judges.ts';
import {
  added,
  candidateChances,
  classChances,
  drawLatencyBaseline,
  drawLatencyHour,
  expectedWait,
  expectedWaitAfter,
  type LatencyHour,
  latencySettingOf,
} from './latency-hour.ts';
import { latencyJudges, latencyPassingJudge, latencyRuleOf } from './latency-judges.ts';
import { histogramQuantile, intervalAt, quantilesByMinute, slowerThan } from './latency-rules.ts';
import { latencyCellsOf, readSpec } from './spec.ts';
import { SHIPPED } from './summary.ts';

const spec = readSpec();
const { latency } = spec;
const cells = latencyCellsOf(spec);
function settingFor(id: string) {
  const cell = cells.find((one) => one.id === id);
  if (!cell) throw new Error(`no cell ${id}`);
  return latencySettingOf(cell, spec);
}
const TWO_SHARES = {
  rule: 'two-shares' as const,
  longer: 1.1,
  cap: 10,
  alpha: 0.01,
  warmupTicks: 0,
};
const sum = (counts: Iterable<number>) => [...counts].reduce((a, b) => a + b, 0);
const tailOf = (chances: readonly number[], j: number) => sum(chances.slice(j + 1));

describe('times', () => {
  test('are lognormal in the classes of the histogram', () => {
    const chances = classChances(latency);
    expect(chances).toHaveLength(latency.boundsMs.length + 1);
    expect(sum(chances)).toBeCloseTo(1, 12);
    // P(Z > ln(b/50)/0.8) of a normal table.
    expect(tailOf(chances, latency.boundsMs.indexOf(50))).toBeCloseTo(0.5, 12);
    expect(tailOf(chances, latency.boundsMs.indexOf(100))).toBeCloseTo(0.19313, 5);
    expect(tailOf(chances, latency.boundsMs.indexOf(500))).toBeCloseTo(0.002, 4);
  });

  test('of the candidate are what its scenario says', () => {
    const at = (name: string, tick: number) => {
      const scenario = latency.scenarios[name];
      if (!scenario) throw new Error(name);
      return candidateChances(scenario, latency, tick);
    };
    expect(at('alike', 7)).toEqual(classChances(latency));
    expect(tailOf(at('x2', 0), latency.boundsMs.indexOf(100))).toBeCloseTo(0.5, 12);
    expect(at('start-up', 4)).toEqual(classChances(latency));
    expect(tailOf(at('start-up', 3), latency.boundsMs.indexOf(750))).toBeCloseTo(
      tailOf(classChances(latency), latency.boundsMs.indexOf(250)),
      12,
    );
    // 2 % are slower than 500 ms whatever happens, and the others as before.
    expect(tailOf(at('some', 0), latency.boundsMs.indexOf(500))).toBeCloseTo(
      0.02 + 0.98 * tailOf(classChances(latency), latency.boundsMs.indexOf(500)),
      12,
    );
  });

  test('as many requests as the weight says, the same whenever drawn', () => {
    const setting = settingFor('steps/200rps/latency/x1.3');
    const hour = drawLatencyHour(setting, '3');
    expect(drawLatencyHour(setting, '3')).toEqual(hour);
    expect(drawLatencyHour(setting, '4')).not.toEqual(hour);
    const own = sum(added(hour.candidate));
    const other = sum(added(hour.stable));
    expect((own + other) / 720_000).toBeCloseTo(1, 2);
    expect(own / (own + other)).toBeCloseTo(0.225, 2);
    const j = latency.boundsMs.indexOf(100);
    expect(slowerThan(added(hour.candidate)).slower[j]).toBeCloseTo(own * 0.295, -3);
    expect(slowerThan(added(hour.stable)).slower[j]).toBeCloseTo(other * 0.1931, -3);
  });

  test('that wander do so in both versions', () => {
    const setting = settingFor('flat10/200rps/latency/drift');
    const hour = drawLatencyHour(setting, '0');
    const j = latency.boundsMs.indexOf(100);
    const shares = hour.stable.map((classes, t) => {
      const [own, other] = [slowerThan(hour.candidate[t] ?? []), slowerThan(classes)];
      return { own: (own.slower[j] ?? 0) / own.total, other: (other.slower[j] ?? 0) / other.total };
    });
    const others = shares.map(({ other }) => other);
    expect(Math.max(...others)).toBeGreaterThan(0.35);
    expect(Math.min(...others)).toBeLessThan(0.12);
    for (const { own, other } of shares) expect(Math.abs(own - other)).toBeLessThan(0.12);
  });

  test('the baseline is as large as the candidate, and as fast as stable', () => {
    const setting = settingFor('flat10/200rps/latency/x2');
    const hour = drawLatencyHour(setting, '1');
    const baseline = added(drawLatencyBaseline(setting, hour, '1'));
    expect(sum(baseline)).toBe(sum(added(hour.candidate)));
    const { total, slower } = slowerThan(baseline);
    expect((slower[latency.boundsMs.indexOf(100)] ?? 0) / total).toBeCloseTo(0.193, 2);
  });

  test('what users wait longer, in seconds', () => {
    // 7,200 requests of the candidate in an hour; a lognormal time is 68.86 ms by average.
    expect(expectedWait(settingFor('flat10/20rps/latency/x2')).at(-1)).toBeCloseTo(495.78, 1);
    expect(expectedWait(settingFor('flat10/20rps/latency/some')).at(-1)).toBeCloseTo(72, 9);
    expect(expectedWaitAfter(settingFor('flat10/20rps/latency/some'))).toBeCloseTo(720, 9);
    expect(expectedWait(settingFor('flat10/20rps/latency/start-up')).at(-1)).toBe(0);
  });
});

test("quantiles of a histogram are Prometheus' own", () => {
  const bounds = [10, 20, 40];
  const of = (quantile: number, ...classes: number[]) =>
    histogramQuantile(quantile, Int32Array.from(classes), bounds);
  expect(of(0.5, 4, 0, 0, 0)).toBe(5);
  expect(of(0.5, 1, 2, 1, 0)).toBe(15);
  expect(of(0.75, 2, 0, 2, 0)).toBe(30);
  expect(of(0.99, 1, 1, 1, 9)).toBe(40);
  expect(of(0.5, 0, 0, 0, 0)).toBeNaN();
});

describe('judges', () => {
  const limits = Object.fromEntries(Object.keys(latency.tuned).map((id) => [id, Infinity]));
  const judges = latencyJudges(spec, limits);
  const judgeOf = (id: string) => {
    const judge = judges.find((one) => one.id === id);
    if (!judge) throw new Error(`no judge ${id}`);
    return judge;
  };
  /** 20 requests a second; `slow` of the 30 of the candidate take 800 ms. */
  function hourOf(slow: (tick: number) => number): LatencyHour {
    const classes = (fast: number, late: number) => {
      const counts = new Int32Array(latency.boundsMs.length + 1);
      counts[latency.boundsMs.indexOf(50)] = fast;
      counts[latency.boundsMs.indexOf(1000)] = late;
      return counts;
    };
    const all = Array.from({ length: spec.ticks }, (_, t) => t);
    return {
      ticks: spec.ticks,
      ticksPerMinute: 4,
      boundsMs: latency.boundsMs,
      candidate: all.map((t) => classes(30 - slow(t), slow(t))),
      stable: all.map(() => classes(268, 2)),
      before: classes(71_000, 530),
    };
  }

  test('Flagger: five minutes over 500 ms act a minute later', () => {
    const minutes = (of: readonly number[]) =>
      hourOf((t) => (of.includes(Math.floor(t / 4)) ? 3 : 0));
    const at = (hour: LatencyHour) => rollbacks([judgeOf('flagger-doc')], { hour })[0];
    expect(at(minutes([0, 1, 2, 3]))).toBeUndefined();
    expect(at(minutes([0, 10, 20, 30, 40]))).toBe(168);
  });

  test('a warm-up leaves out the first minute', () => {
    const hour = hourOf((t) => (t < 4 ? 20 : 0));
    const at = rollbacks(['ours', 'ours-warmup-60s'].map(judgeOf), { hour });
    expect(at).toEqual([2, undefined]);
  });

  test.each(['2rps/latency/x1.3', '20rps/latency/alike', '20rps/latency/drift'])(
    'two shares are the test of src/stats: %s',
    (id) => {
      const setting = settingFor(`steps/${id}`);
      const hour = drawLatencyHour(setting, '0');
      const intervals = Array.from({ length: hour.ticks }, (_, t) => intervalAt(hour, t));
      const before = slowerThan(hour.before);
      const margins = { bounds: hour.boundsMs, longer: LONGER };
      const starts = usefulBounds(before).map((index) => ({
        index,
        before: { total: before.total, bad: before.slower[index] ?? 0 },
        margin: marginOfTimes(index, before, margins),
      }));
      const whole = judgeLatency(intervals, starts, RATE_RATIO_DEFAULTS);
      const looks = [...judgeOf(SHIPPED.latency).rule({ hour })];
      expect(looks.map(({ value }) => value)).toEqual(whole.against);
      // What passes is looked at as by the product where no margin is wide.
      const plain = starts.map(({ index }) => ({ index }));
      const passing = [...latencyPassingJudge(spec).rule({ hour })].map(({ value }) => value);
      expect(passing).toEqual(judgeLatency(intervals, plain, RATE_RATIO_DEFAULTS).inFavour);
    },
  );

  test.each(['2rps/latency/x2', '20rps/latency/x1.3', '0.2rps/latency/alike'])(
    "Kayenta's looks are those of the whole judge: %s",
    (id) => {
      const setting = settingFor(`flat10/${id}`);
      for (let run = 0; run < 5; run += 1) {
        const hour = drawLatencyHour(setting, String(run));
        const baseline = drawLatencyBaseline(setting, hour, String(run));
        const { candidate, baseline: other } = quantilesByMinute(hour, baseline, 0.99);
        const looks = [...judgeOf('kayenta-5m').rule({ hour, baseline })];
        expect(looks).toHaveLength(11);
        const whole = looks.map(({ at }) => {
          const samples = {
            candidate: candidate.slice(0, at / 4),
            baseline: other.slice(0, at / 4),
          };
          const options = { ...KAYENTA_DEFAULTS, direction: 'Increase' as const };
          return classifyMetric(samples, options).classification === 'High';
        });
        expect(looks.map(({ value }) => value > normalQuantile(0.99))).toEqual(whole);
      }
    },
  );

  test('two shares: longer times are found, times that are as good are not', () => {
    const found = (id: string) =>
      rollbacks([judgeOf('ours-two-shares')], { hour: drawLatencyHour(settingFor(id), '0') })[0];
    expect(found('flat10/20rps/latency/alike')).toBeUndefined();
    expect(found('flat10/20rps/latency/x1.3')).toBeLessThan(120);
    const rule = latencyRuleOf({ ...TWO_SHARES, warmupTicks: 4 });
    const clean = [...rule({ hour: hourOf(() => 0) })];
    expect(clean[0]?.at).toBe(5);
    expect([...rule({ hour: hourOf((t) => (t < 4 ? 20 : 0)) })]).toEqual(clean);
    expect([...rule({ hour: hourOf((t) => (t < 5 ? 20 : 0)) })]).not.toEqual(clean);
  });
});
