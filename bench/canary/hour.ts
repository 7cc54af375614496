/** One run: the requests of an hour, counted. Every judge is given the very same one. */
import { seedOf, uniform } from './generator.ts';
import { type Rates, ratesOf } from './rates.ts';
import { binomial, hypergeometric, poissonTable } from './samplers.ts';
import type { ErrorCell, Spec, World } from './spec.ts';

/** What both versions counted, tick by tick. */
export interface Hour {
  ticks: number;
  ticksPerMinute: number;
  /** The candidate's share of the traffic that is configured, in (0, 1). */
  shares: Float64Array;
  candidateTotal: Int32Array;
  candidateBad: Int32Array;
  stableTotal: Int32Array;
  stableBad: Int32Array;
}

/** As many of stable's requests as the candidate has, minute by minute; all of them where stable has fewer. */
export interface Baseline {
  total: Int32Array;
  bad: Int32Array;
}

/** What is the same in all runs of a cell. */
export interface Setting {
  cell: ErrorCell;
  spec: Spec;
  shares: Float64Array;
  requests: readonly VersionRequests[];
}

export function settingOf(cell: ErrorCell, spec: Spec): Setting {
  const shares = sharesOf(cell.world, spec);
  return { cell, spec, shares, requests: requestsOf(cell.world, spec) };
}

/** The candidate's share of the traffic that is configured, tick by tick. */
export function sharesOf({ shares }: World, { ticks }: Spec): Float64Array {
  return Float64Array.from({ length: ticks }, (_, t) => {
    const part = Math.floor((t * shares.length) / ticks);
    return shares[part] ?? NaN;
  });
}

/** How many requests each version has in a tick. */
export interface VersionRequests {
  candidate: ReturnType<typeof poissonTable>;
  stable: ReturnType<typeof poissonTable>;
}

/** Tick by tick: Poisson requests that are split by chance are Poisson in both parts, independent of each other. */
export function requestsOf(world: World, spec: Spec): VersionRequests[] {
  const perTick = world.requestsPerSecond * spec.tickSeconds;
  const tables = world.shares.map((share) => ({
    candidate: poissonTable(perTick * share),
    stable: poissonTable(perTick * (1 - share)),
  }));
  return Array.from({ length: spec.ticks }, (_, t) => {
    const table = tables[Math.floor((t * tables.length) / spec.ticks)];
    if (!table) throw new Error(`${world.id} has no weights`);
    return table;
  });
}

/** The stream of one run is named by the version that had it first, the cell and the number of the run. */
export function nameOf(
  { cell, spec }: { cell: { id: string }; spec: { streams: number } },
  run: string,
): string {
  return `canary ${spec.streams} ${cell.id} ${run}`;
}

/** @param run a number from 0 on; "tuning 7" for those that tune, which are never judged */
export function drawHour(setting: Setting, run: string): Hour {
  const { spec, shares } = setting;
  const next = uniform(seedOf(nameOf(setting, run)));
  const rates = ratesOf(setting.cell, spec.ticks, next);
  const column = () => new Int32Array(spec.ticks);
  const [candidateTotal, candidateBad] = [column(), column()];
  const [stableTotal, stableBad] = [column(), column()];
  for (const [t, requests] of setting.requests.entries()) {
    const own = requests.candidate(next);
    const rest = requests.stable(next);
    candidateTotal[t] = own;
    stableTotal[t] = rest;
    candidateBad[t] = binomial({ trials: own, chance: rates.candidate[t] ?? 0 }, next);
    stableBad[t] = binomial({ trials: rest, chance: rates.stable[t] ?? 0 }, next);
  }
  const ticksPerMinute = 60 / spec.tickSeconds;
  const { ticks } = spec;
  return { ticks, ticksPerMinute, shares, candidateTotal, candidateBad, stableTotal, stableBad };
}

/** A sample of the requests that stable had: pods that were started for it would have had others, as alike. */
export function drawBaseline(setting: Setting, hour: Hour, run: string): Baseline {
  const next = uniform(seedOf(`${nameOf(setting, run)} baseline`));
  const [own, total, bad] = [hour.candidateTotal, hour.stableTotal, hour.stableBad].map((counts) =>
    byMinute(hour, counts),
  );
  const drawn = Int32Array.from(own ?? [], (count, m) => Math.min(count, total?.[m] ?? 0));
  const badOf = (count: number, m: number) =>
    hypergeometric({ total: total?.[m] ?? 0, bad: bad?.[m] ?? 0, drawn: count }, next);
  return { total: drawn, bad: drawn.map(badOf) };
}

/** Sums of whole minutes. */
export function byMinute({ ticks, ticksPerMinute }: Hour, counts: Int32Array): Int32Array {
  const sums = new Int32Array(Math.floor(ticks / ticksPerMinute));
  sums.forEach((_, m) => {
    const from = m * ticksPerMinute;
    for (let t = from; t < from + ticksPerMinute; t += 1)
      sums[m] = (sums[m] ?? 0) + (counts[t] ?? 0);
  });
  return sums;
}

/**
 * Requests that are bad because the candidate is there, expected until the end of each tick: index 0 before the first.
 * None where the release is good; only such scenarios leave their rates to chance.
 */
export function expectedExcess(setting: Setting): Float64Array {
  const { spec, shares } = setting;
  const sums = new Float64Array(spec.ticks + 1);
  if (setting.cell.scenario.release === 'good') return sums;
  const rates = certainRates(setting);
  for (let t = 0; t < spec.ticks; t += 1) {
    const requests = requestsPerTick(setting) * (shares[t] ?? 0);
    const more = (rates.candidate[t] ?? 0) - (rates.stable[t] ?? 0);
    sums[t + 1] = (sums[t] ?? 0) + requests * more;
  }
  return sums;
}

/** The same of an hour after a promotion: all of the traffic, at the rates at the end. */
export function expectedExcessAfter(setting: Setting): number {
  const { ticks } = setting.spec;
  if (setting.cell.scenario.release === 'good') return 0;
  const rates = certainRates(setting);
  const more = (rates.candidate.at(-1) ?? 0) - (rates.stable.at(-1) ?? 0);
  return requestsPerTick(setting) * ticks * more;
}

/** Throws where they are left to chance. */
function certainRates({ cell, spec }: Setting): Rates {
  return ratesOf(cell, spec.ticks, () => {
    throw new Error(`the rates of ${cell.id} are left to chance`);
  });
}

function requestsPerTick({ cell, spec }: Setting): number {
  return cell.world.requestsPerSecond * spec.tickSeconds;
}
