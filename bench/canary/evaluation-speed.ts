/**
 * How many times a second one core evaluates a check of the product: a measurement of both versions goes in, and the
 * verdict on all so far comes out, with its words and with what a Release keeps of the evidence. Sources are not asked.
 */
import { addSample, type Sample, startCourse, verdictAt } from '../../src/analysis/index.ts';
import { checkSchema } from '../../src/api/check.ts';
import type { MeasuredCheck } from '../../src/api/release.ts';
import type { Counts } from '../../src/ports/metric-provider.ts';
import { drawHour, settingOf } from './hour.ts';
import { drawLatencyHour, latencySettingOf } from './latency-hour.ts';
import { slowerThan } from './latency-rules.ts';
import { errorCellsOf, latencyCellsOf, readSpec, type Spec } from './spec.ts';

/** Drawn once, and evaluated again and again: what lies in memory is not what is measured. */
const HOURS = 10;
const ROUNDS = 10;
/** Something is counted in every tick, so that every tick is evaluated. */
const [ERRORS, TIMES] = ['flat10/200rps/1%/alike', 'flat10/200rps/latency/alike'];

const COUNTED = { scrape: { pods: { port: 1 }, total: 'all', bad: 'failed' } };
const HISTOGRAM = { scrape: { pods: { port: 1 }, histogram: 'seconds' } };

export interface EvaluationSpeed {
  /** Which check. */
  check: string;
  /** Evaluations a second, round by round. */
  perSecond: number[];
}

/** @param rounds of ten hours with 240 measurements each, for every check */
export function evaluationSpeeds(rounds = ROUNDS): EvaluationSpeed[] {
  const spec = readSpec();
  const numbers = Array.from({ length: HOURS }, (_, run) => String(run));
  const speed = (check: string, fields: object, samples: (run: string) => Sample[]) => ({
    check,
    perSecond: perSecond(fields, numbers.map(samples), rounds),
  });
  return [
    speed('errors compared', { ...COUNTED, compare: {} }, errorSamples(spec)),
    speed('an objective', { ...COUNTED, slo: { objective: '98%' } }, errorSamples(spec)),
    speed('response times compared', { ...HISTOGRAM, compare: {} }, latencySamples(spec)),
  ];
}

/** After a first round that nobody measures. */
function perSecond(fields: object, hours: readonly Sample[][], rounds: number): number[] {
  const check: MeasuredCheck = checkSchema.parse({ name: 'it', interval: '15s', ...fields });
  evaluate(check, hours);
  return Array.from({ length: rounds }, () => {
    const started = process.cpuUsage();
    const evaluations = evaluate(check, hours);
    const { user, system } = process.cpuUsage(started);
    return evaluations / ((user + system) / 1e6);
  });
}

/** Throws where a verdict says nothing: then nothing was evaluated. */
function evaluate(check: MeasuredCheck, hours: readonly Sample[][]): number {
  let evaluations = 0;
  for (const samples of hours) {
    const course = startCourse(check, { sinceMs: 0, alpha: 0.01, share: 0.1 });
    for (const sample of samples) {
      addSample(course, sample);
      const { because, log } = verdictAt(course, sample.atMs);
      if (sample.atMs > 0 && !(because.length > 0 && log))
        throw new Error(`no verdict: ${because}`);
      evaluations += 1;
    }
  }
  return evaluations;
}

/** Counters of one source for each version. */
function sampleAt(atMs: number, candidate: Counts, stable: Counts): Sample {
  return {
    atMs,
    candidate: { kind: 'Counters', sources: { candidate } },
    stable: { kind: 'Counters', sources: { stable } },
  };
}

function errorSamples(spec: Spec): (run: string) => Sample[] {
  const setting = settingOf(found(errorCellsOf(spec), ERRORS), spec);
  return (run) => {
    const hour = drawHour(setting, run);
    const [candidate, stable] = [
      { total: 0, bad: 0 },
      { total: 0, bad: 0 },
    ];
    return Array.from({ length: hour.ticks + 1 }, (_, t) => {
      if (t > 0) {
        candidate.total += hour.candidateTotal[t - 1] ?? 0;
        candidate.bad += hour.candidateBad[t - 1] ?? 0;
        stable.total += hour.stableTotal[t - 1] ?? 0;
        stable.bad += hour.stableBad[t - 1] ?? 0;
      }
      return sampleAt(t * spec.tickSeconds * 1_000, { ...candidate }, { ...stable });
    });
  };
}

/** The first has what stable counted before. */
function latencySamples(spec: Spec): (run: string) => Sample[] {
  const setting = latencySettingOf(found(latencyCellsOf(spec), TIMES), spec);
  return (run) => {
    const hour = drawLatencyHour(setting, run);
    let [candidate, stable]: number[][] = [hour.before.map(() => 0), hour.before].map((n) => [
      ...n,
    ]);
    return Array.from({ length: hour.ticks + 1 }, (_, t) => {
      if (t > 0) {
        candidate = candidate?.map((n, j) => n + (hour.candidate[t - 1]?.[j] ?? 0));
        stable = stable?.map((n, j) => n + (hour.stable[t - 1]?.[j] ?? 0));
      }
      const [own, other] = [candidate, stable].map((n) => histogramOf(hour.boundsMs, n ?? []));
      return sampleAt(t * spec.tickSeconds * 1_000, own ?? NONE, other ?? NONE);
    });
  };
}

const NONE: Counts = { total: 0, bad: 0 };

function histogramOf(boundsMs: readonly number[], classes: readonly number[]): Counts {
  const { total, slower } = slowerThan(classes);
  return {
    total,
    bad: 0,
    slower: Object.fromEntries(boundsMs.map((ms, j) => [String(ms / 1_000), slower[j] ?? 0])),
  };
}

function found<C extends { id: string }>(cells: readonly C[], id: string): C {
  const cell = cells.find((one) => one.id === id);
  if (!cell) throw new Error(`no cell ${id}`);
  return cell;
}
