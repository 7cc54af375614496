/**
 * Little traffic: 0.2 requests a second, of which the candidate gets a tenth. Settings with an absolute limit know from the
 * beginning what is too much, and a comparison has to see it of stable. An objective beside it does as well: both checks
 * of a policy share its 1 %. docs/adr/0023-what-checks-compare-by.md has these numbers.
 */
import { describe, expect, test } from 'vitest';
import { logMean, logThreshold } from '../../src/stats/mixture.ts';
import { addSlo, SLO_START } from '../../src/stats/slo.ts';
import { errorJudges, type Evidence } from './error-judges.ts';
import { drawHour, expectedExcess, type Hour, settingOf } from './hour.ts';
import { type Judge, rollbacks } from './judges.ts';
import { countsAt } from './share-test-rule.ts';
import { errorCellsOf, readSpec } from './spec.ts';
import { SHIPPED } from './summary.ts';

const RUNS = 200;
const HALF = 0.005;
const spec = readSpec();
const NEVER = Object.fromEntries(Object.keys(spec.tuned).map((id) => [id, Infinity]));
const judges = errorJudges(spec, NEVER);
const judgeOf = (id: string): Judge<Evidence> => {
  const judge = judges.find((one) => one.id === id);
  if (!judge) throw new Error(`no judge ${id}`);
  return judge;
};

function* objectiveLooks(hour: Hour, maxBad: number) {
  let state = SLO_START;
  for (let t = 0; t < hour.ticks; t += 1) {
    state = addSlo(state, countsAt(hour, t).candidate, { maxBad });
    yield { at: t + 1, value: logMean(state.against) };
  }
}

const compared = judgeOf(SHIPPED.errors);
const halved = { ...compared, limit: logThreshold(HALF) };
const objective: Judge<Evidence> = {
  ...halved,
  id: 'slo',
  rule: ({ hour }) => objectiveLooks(hour, 0.05),
};
const CONFIGURED: Record<string, readonly Judge<Evidence>[]> = {
  argo: [judgeOf('argo-doc')],
  flagger: [judgeOf('flagger-doc')],
  compared: [compared],
  both: [halved, objective],
};

/** Requests that are bad because of the candidate, by average, and the share of runs in which it is taken back. */
function outcomes(id: string) {
  const cell = errorCellsOf(spec).find((one) => one.id === id);
  if (!cell) throw new Error(`no cell ${id}`);
  const setting = settingOf(cell, spec);
  const excess = expectedExcess(setting);
  const sums = Object.keys(CONFIGURED).map(() => ({ harm: 0, back: 0 }));
  for (let run = 0; run < RUNS; run += 1) {
    const hour = drawHour(setting, String(run));
    for (const [i, all] of Object.values(CONFIGURED).entries()) {
      const first = Math.min(...rollbacks(all, { hour }).map((at) => at ?? Infinity));
      const sum = sums[i] ?? { harm: 0, back: 0 };
      sum.back += first < Infinity ? 1 / RUNS : 0;
      sum.harm += (excess[Math.min(first, hour.ticks)] ?? NaN) / RUNS;
    }
  }
  const [argo, flagger, alone, both] = sums;
  if (!argo || !flagger || !alone || !both) throw new Error('judges are missing');
  return { argo, flagger, alone, both };
}

describe('an objective of 95 % beside the comparison', () => {
  test('takes back no more good releases', () => {
    for (const cell of ['alike', 'incident', 'stable-x1.5'])
      expect(outcomes(`flat10/0.2rps/1%/${cell}`).both.back).toBeLessThanOrEqual(0.01);
  });

  test('harms users less than limits do where a candidate fails much', () => {
    for (const cell of ['0.01%/share-30', '1%/share-30', '1%/share-100']) {
      const { argo, flagger, alone, both } = outcomes(`flat10/0.2rps/${cell}`);
      expect(both.harm).toBeLessThan(alone.harm);
      expect(both.harm).toBeLessThan(Math.min(argo.harm, flagger.harm));
    }
  });

  test('and more where it fails twenty times as much as 1 %: evidence takes more than four bad windows', () => {
    const { argo, flagger, alone, both } = outcomes('flat10/0.2rps/1%/x20');
    expect(both.harm).toBeLessThan(alone.harm);
    expect(both.harm).toBeGreaterThan(Math.max(argo.harm, flagger.harm));
  });
});
