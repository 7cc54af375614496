/** One run of response times: the requests of an hour, counted by a histogram. */
import { expOf, lnOf, normalCdf } from './arithmetic.ts';
import { type Next, seedOf, uniform } from './generator.ts';
import { nameOf, requestsOf, sharesOf, type VersionRequests } from './hour.ts';
import { wander } from './rates.ts';
import { hypergeometric, multinomial, poissonTable } from './samplers.ts';
import type { LatencyScenario, LatencySpec } from './latency-spec.ts';
import type { LatencyCell, Spec } from './spec.ts';

/** Requests by class: those up to each bound and over the one before, tick by tick; the last is slower than all. */
export interface LatencyHour {
  ticks: number;
  ticksPerMinute: number;
  boundsMs: readonly number[];
  candidate: Int32Array[];
  stable: Int32Array[];
  /** Stable's before the candidate had traffic. */
  before: Int32Array;
}

/** Requests by class of every minute: as many of stable's as the candidate has; all of them where stable has fewer. */
export type LatencyBaseline = Int32Array[];

type Sampler = (next: Next) => Int32Array;

/** What is the same in all runs of a cell. */
export interface LatencySetting {
  cell: LatencyCell;
  spec: Spec;
  shares: Float64Array;
  before: Sampler;
  /** Whole requests of each version in every tick, where their times wander. */
  totals: readonly VersionRequests[];
  /** Requests by class in every tick, where their times do not. */
  classes: { candidate: Sampler; stable: Sampler }[];
}

export function latencySettingOf(cell: LatencyCell, spec: Spec): LatencySetting {
  const shares = sharesOf(cell.world, spec);
  const perTick = cell.world.requestsPerSecond * spec.tickSeconds;
  const samplers = new Map<string, Sampler>();
  const once = (key: string, make: () => Sampler) => {
    const sampler = samplers.get(key) ?? make();
    samplers.set(key, sampler);
    return sampler;
  };
  const stable = classChances(spec.latency);
  const classes = Array.from(shares, (weight, t) => {
    const own = candidateChances(cell.scenario, spec.latency, t);
    const key = `${weight} ${isSlowAt(cell.scenario, t)}`;
    return {
      candidate: once(`candidate ${key}`, () => classSampler(own, perTick * weight)),
      stable: once(`stable ${weight}`, () => classSampler(stable, perTick * (1 - weight))),
    };
  });
  const totals = requestsOf(cell.world, spec);
  const before = classSampler(stable, perTick * spec.latency.beforeTicks);
  return { cell, spec, shares, before, totals, classes };
}

/** Poisson requests that fall into classes by chance are Poisson in every class, independent of each other. */
function classSampler(chances: readonly number[], mean: number): Sampler {
  const tables = chances.map((chance) => poissonTable(mean * chance));
  return (next) => Int32Array.from(tables, (table) => table(next));
}

/** @param run as in `drawHour` */
export function drawLatencyHour(setting: LatencySetting, run: string): LatencyHour {
  const { spec } = setting;
  const next = uniform(seedOf(nameOf(setting, run)));
  const before = setting.before(next);
  const { scenario } = setting.cell;
  const { candidate, stable } =
    scenario.shape === 'drift'
      ? wandering(setting, scenario, next)
      : byClass(setting.classes, next);
  return {
    ticks: spec.ticks,
    ticksPerMinute: 60 / spec.tickSeconds,
    boundsMs: spec.latency.boundsMs,
    candidate,
    stable,
    before,
  };
}

function byClass(classes: LatencySetting['classes'], next: Next) {
  const drawn = classes.map((of) => [of.candidate(next), of.stable(next)] as const);
  return { candidate: drawn.map(([own]) => own), stable: drawn.map(([, other]) => other) };
}

function wandering(
  { spec, totals }: LatencySetting,
  { memory, common }: Extract<LatencyScenario, { shape: 'drift' }>,
  next: Next,
) {
  const path = wander(spec.ticks, { memory, spread: common }, next);
  const drawn = totals.map((of, t) => {
    const chances = classChances(spec.latency, expOf(path[t] ?? 0));
    const one = (total: number) => Int32Array.from(multinomial(total, chances, next));
    return [one(of.candidate(next)), one(of.stable(next))] as const;
  });
  return { candidate: drawn.map(([own]) => own), stable: drawn.map(([, other]) => other) };
}

/** A sample of the requests that stable had, minute by minute. */
export function drawLatencyBaseline(
  setting: LatencySetting,
  hour: LatencyHour,
  run: string,
): LatencyBaseline {
  const next = uniform(seedOf(`${nameOf(setting, run)} baseline`));
  const [own, other] = [minutesOf(hour, hour.candidate), minutesOf(hour, hour.stable)];
  return other.map((classes, m) => {
    let total = sum(classes);
    let drawn = Math.min(total, sum(own[m] ?? []));
    return classes.map((count) => {
      const taken = hypergeometric({ total, bad: count, drawn }, next);
      total -= count;
      drawn -= taken;
      return taken;
    });
  });
}

/** Requests by class, added up over whole minutes. */
export function minutesOf({ ticksPerMinute }: LatencyHour, ticks: readonly Int32Array[]) {
  const count = Math.floor(ticks.length / ticksPerMinute);
  return Array.from({ length: count }, (_, m) =>
    added(ticks.slice(m * ticksPerMinute, (m + 1) * ticksPerMinute)),
  );
}

/** Of several ticks together. */
export function added(ticks: readonly Int32Array[]): Int32Array {
  const sums = new Int32Array(ticks[0]?.length ?? 0);
  for (const classes of ticks)
    for (let j = 0; j < sums.length; j += 1) sums[j] = (sums[j] ?? 0) + (classes[j] ?? 0);
  return sums;
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** The chances of a request of stable to be in each class; `times` as long as usual. */
export function classChances(latency: LatencySpec, times = 1): number[] {
  return fromDistribution(latency, (ms) => upTo(latency, ms / times));
}

/** Those of a request of the candidate in a tick; without what wanders. */
export function candidateChances(
  scenario: LatencyScenario,
  latency: LatencySpec,
  tick: number,
): number[] {
  switch (scenario.shape) {
    case 'longer':
      return classChances(latency, scenario.times);
    case 'drift':
      return classChances(latency);
    case 'start-up':
      return classChances(latency, isSlowAt(scenario, tick) ? scenario.times : 1);
    case 'some': {
      const { share, moreMs } = scenario;
      return fromDistribution(
        latency,
        (ms) => (1 - share) * upTo(latency, ms) + share * upTo(latency, ms - moreMs),
      );
    }
  }
}

function isSlowAt(scenario: LatencyScenario, tick: number): boolean {
  return scenario.shape === 'start-up' && tick < scenario.ticks;
}

/** The chance of a request of stable to take `ms` at most. */
function upTo({ medianMs, sigma }: LatencySpec, ms: number): number {
  return ms > 0 ? normalCdf(lnOf(ms / medianMs) / sigma) : 0;
}

function fromDistribution({ boundsMs }: LatencySpec, chanceUpTo: (ms: number) => number): number[] {
  const at = [...boundsMs.map(chanceUpTo), 1];
  return at.map((chance, j) => chance - (j > 0 ? (at[j - 1] ?? 0) : 0));
}

/** Milliseconds that a request of the candidate takes longer than one of stable, by expectation, in a tick. */
function moreMsAt(scenario: LatencyScenario, latency: LatencySpec): number {
  if (scenario.shape === 'some') return scenario.share * scenario.moreMs;
  const mean = latency.medianMs * expOf((latency.sigma * latency.sigma) / 2);
  return scenario.shape === 'longer' ? (scenario.times - 1) * mean : 0;
}

/** Seconds that users wait longer because of the candidate, expected until the end of each tick; 0 where it is good. */
export function expectedWait({ cell, spec, shares }: LatencySetting): Float64Array {
  const sums = new Float64Array(spec.ticks + 1);
  const seconds = moreMsAt(cell.scenario, spec.latency) / 1000;
  const isBad = cell.scenario.release === 'bad';
  for (let t = 0; t < spec.ticks && isBad; t += 1) {
    const requests = cell.world.requestsPerSecond * spec.tickSeconds * (shares[t] ?? 0);
    sums[t + 1] = (sums[t] ?? 0) + requests * seconds;
  }
  return sums;
}

/** The same of an hour after a promotion, with all of the traffic. */
export function expectedWaitAfter({ cell, spec }: LatencySetting): number {
  if (cell.scenario.release === 'good') return 0;
  const requests = cell.world.requestsPerSecond * spec.tickSeconds * spec.ticks;
  return (requests * moreMsAt(cell.scenario, spec.latency)) / 1000;
}
