/** The streams: the same for every judge and on every machine, and what a scenario says. */
import { describe, expect, test } from 'vitest';
import { seedOf, uniform } from './generator.ts';
import {
  drawBaseline,
  drawHour,
  expectedExcess,
  expectedExcessAfter,
  type Hour,
  settingOf,
} from './hour.ts';
import { ratesOf } from './rates.ts';
import { cellsOf, errorCellsOf, latencyCellsOf, parseSpec, readSpec } from './spec.ts';

const spec = readSpec();
const cells = errorCellsOf(spec);
function cellOf(id: string) {
  const cell = cells.find((one) => one.id === id);
  if (!cell) throw new Error(`no cell ${id}`);
  return cell;
}
const ratesIn = (scenario: string, seed = 'rates') =>
  ratesOf(cellOf(`flat10/20rps/1%/${scenario}`), spec.ticks, uniform(seedOf(seed)));
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
const sumsOf = (hour: Hour) =>
  [hour.candidateTotal, hour.candidateBad, hour.stableTotal, hour.stableBad].map(sum);

describe('a stream', () => {
  test('is the same whenever it is drawn, and another one for another run', () => {
    const setting = settingOf(cellOf('steps/20rps/1%/drift'), spec);
    expect(drawHour(setting, '7')).toEqual(drawHour(setting, '7'));
    expect(drawHour(setting, '7')).not.toEqual(drawHour(setting, '8'));
    const hour = drawHour(setting, '7');
    expect(drawBaseline(setting, hour, '7')).toEqual(drawBaseline(setting, hour, '7'));
  });

  test('is this one', () => {
    const sums = Object.keys(spec.scenarios).map((scenario) => {
      const setting = settingOf(cellOf(`steps/20rps/1%/${scenario}`), spec);
      return [scenario, ...sumsOf(drawHour(setting, '0'))].join(' ');
    });
    expect(sums).toMatchInlineSnapshot(`
      [
        "alike 16363 157 55869 546",
        "incident 16381 437 55874 1393",
        "stable-x1.5 16345 226 55444 866",
        "stable-x0.5 16177 80 55793 276",
        "drift 16127 158 55683 466",
        "bursts 16123 164 55950 669",
        "start-up 16163 158 55629 564",
        "x1.5 16262 249 55934 555",
        "x2 16189 299 56045 593",
        "x5 16336 781 55766 550",
        "x20 16156 3199 55955 560",
        "stable-x0.5-x2 16094 158 55628 277",
        "share-30 16216 4882 55890 543",
        "share-100 16240 16240 55716 542",
        "one-pod 16250 610 55978 569",
        "onset 16091 764 55619 571",
        "leak 16456 1172 55844 558",
      ]
    `);
  });

  test('has the traffic, the weights and the errors that its cell says', () => {
    const setting = settingOf(cellOf('steps/200rps/1%/x5'), spec);
    const hour = drawHour(setting, '1');
    const [own = 0, ownBad = 0, other = 0, otherBad = 0] = sumsOf(hour);
    expect((own + other) / 720_000).toBeCloseTo(1, 2);
    expect(own / (own + other)).toBeCloseTo(0.225, 2);
    expect(ownBad / own).toBeCloseTo(0.05, 2);
    expect(otherBad / other).toBeCloseTo(0.01, 3);
    const firstQuarter = sum(hour.candidateTotal.slice(0, 60));
    expect(firstQuarter / 9_000).toBeCloseTo(1, 1);
  });

  test('the baseline is as large as the candidate, and as good as stable', () => {
    const setting = settingOf(cellOf('flat10/200rps/5%/x5'), spec);
    const hour = drawHour(setting, '1');
    const baseline = drawBaseline(setting, hour, '1');
    expect(sum(baseline.total)).toBe(sum(hour.candidateTotal));
    expect(sum(baseline.bad) / sum(baseline.total)).toBeCloseTo(0.05, 2);
  });
});

describe('scenarios', () => {
  test('good releases have the rates of stable', () => {
    for (const scenario of ['alike', 'incident', 'stable-x1.5', 'stable-x0.5']) {
      const { stable, candidate } = ratesIn(scenario);
      expect(candidate).toEqual(stable);
    }
    expect(ratesIn('alike').stable[5]).toBe(0.01);
    expect(ratesIn('stable-x1.5').stable[5]).toBeCloseTo(0.015, 12);
  });

  test('an incident is twenty ticks somewhere in the hour', () => {
    const starts = Array.from({ length: 40 }, (_, i) => {
      const { stable } = ratesIn('incident', `incident ${i}`);
      expect(stable.filter((rate) => rate === 0.2)).toHaveLength(20);
      return stable.indexOf(0.2);
    });
    expect(new Set(starts).size).toBeGreaterThan(25);
    expect(Math.max(...starts)).toBeLessThanOrEqual(220);
  });

  test('drift: much in common, a fifth of each alone, as large at the beginning as later', () => {
    const logs = Array.from({ length: 300 }, (_, i) => {
      const { stable, candidate } = ratesIn('drift', `drift ${i}`);
      return [0, 239].map((t) => [
        Math.log((stable[t] ?? 0) / 0.01),
        Math.log((candidate[t] ?? 0) / (stable[t] ?? 1)),
      ]);
    });
    const spread = (t: number, which: number) =>
      Math.sqrt(sum(logs.map((run) => (run[t]?.[which] ?? NaN) ** 2)) / logs.length);
    for (const t of [0, 1]) {
      expect(spread(t, 0)).toBeCloseTo(Math.sqrt(0.29), 1);
      expect(spread(t, 1)).toBeCloseTo(Math.sqrt(0.08), 1);
    }
  });

  test('bursts come to either version alone, about five an hour', () => {
    const bursts = Array.from({ length: 50 }, (_, i) => {
      const { stable, candidate } = ratesIn('bursts', `bursts ${i}`);
      return [stable, candidate].map((rates) => rates.filter((rate) => rate > 0.05).length);
    });
    const average = (which: number) => sum(bursts.map((run) => run[which] ?? NaN)) / 50;
    expect(Math.abs(average(0) - 4.8)).toBeLessThan(1.2);
    expect(Math.abs(average(1) - 4.8)).toBeLessThan(1.2);
  });

  test('the others, tick by tick', () => {
    const at = (scenario: string, ...ticks: number[]) =>
      ticks.map((t) => Number((ratesIn(scenario).candidate[t] ?? NaN).toFixed(6)));
    expect(at('start-up', 0, 3, 4, 239)).toEqual([0.03, 0.03, 0.01, 0.01]);
    expect(at('x1.5', 0, 239)).toEqual([0.015, 0.015]);
    expect(at('x20', 0)).toEqual([0.2]);
    expect(at('stable-x0.5-x2', 0)).toEqual([0.01]);
    expect(at('share-30', 0)).toEqual([0.3]);
    expect(at('share-100', 0)).toEqual([1]);
    expect(at('one-pod', 0)).toEqual([0.039]);
    expect(at('onset', 79, 80)).toEqual([0.01, 0.05]);
    expect(at('leak', 0, 239)).toEqual([0.01, 0.1]);
    const certain = ratesOf(cellOf('flat10/20rps/5%/x20'), spec.ticks, () => 0.5);
    expect(certain.candidate[0]).toBe(1);
  });
});

describe('the harm that is expected', () => {
  test('requests of the candidate times by how much its rate is more', () => {
    // 20 a second, a tenth of them, 1 % more errors: 72 in an hour.
    const setting = settingOf(cellOf('flat10/20rps/1%/x2'), spec);
    const excess = expectedExcess(setting);
    expect(excess[0]).toBe(0);
    expect(excess[4]).toBeCloseTo(1.2, 9);
    expect(excess[240]).toBeCloseTo(72, 9);
    expect(expectedExcessAfter(setting)).toBeCloseTo(720, 9);
  });

  test('none before an onset, and by the weights', () => {
    const onset = expectedExcess(settingOf(cellOf('flat10/20rps/1%/onset'), spec));
    expect(onset[80]).toBe(0);
    expect(onset[240]).toBeCloseTo(192, 9);
    const steps = expectedExcess(settingOf(cellOf('steps/20rps/1%/x2'), spec));
    expect(steps[60]).toBeCloseTo(9, 9);
    expect(steps[240]).toBeCloseTo(162, 9);
  });
});

describe('the spec', () => {
  test('every scenario in every world', () => {
    expect(cells).toHaveLength(544);
    expect(latencyCellsOf(spec)).toHaveLength(56);
    expect(new Set(cellsOf(spec).map(({ id }) => id)).size).toBe(600);
  });

  test('what it does not know is refused', () => {
    expect(() => parseSpec({ ...spec, extra: 1 })).toThrow('extra');
    expect(() => parseSpec({ ...spec, calibration: 'x2' })).toThrow(
      'no scenario of a good release',
    );
    const scenarios = { ...spec.scenarios, odd: { release: 'good', shape: 'constant', rato: 2 } };
    expect(() => parseSpec({ ...spec, scenarios })).toThrow('rato');
  });
});
