/** The shares of bad requests of both versions over an hour, as a scenario has them. */
import { expOf } from './arithmetic.ts';
import type { Next } from './generator.ts';
import { normal } from './samplers.ts';
import type { ErrorCell, Scenario } from './spec.ts';

/** Chances in [0, 1] of a request to be bad, tick by tick. */
export interface Rates {
  stable: Float64Array;
  candidate: Float64Array;
}

type Shape<Name> = Extract<Scenario, { shape: Name }>;

/** Those of one run: what is left to chance is drawn from `next`. */
export function ratesOf({ scenario, world }: ErrorCell, ticks: number, next: Next): Rates {
  const level = world.badShare * (scenario.stableTimes ?? 1);
  const stable = new Float64Array(ticks).fill(level);
  const rates = { stable, candidate: stable.slice() };
  shape(rates, scenario, next);
  rates.stable.forEach((rate, t) => (rates.stable[t] = Math.min(1, rate)));
  rates.candidate.forEach((rate, t) => (rates.candidate[t] = Math.min(1, rate)));
  return rates;
}

function shape(rates: Rates, scenario: Scenario, next: Next): void {
  const { candidate } = rates;
  switch (scenario.shape) {
    case 'constant':
      return multiply(candidate, () => scenario.ratio);
    case 'incident':
      return incident(rates, scenario, next);
    case 'drift':
      return drift(rates, scenario, next);
    case 'bursts':
      multiply(rates.stable, () => (next() < scenario.chance ? scenario.times : 1));
      return multiply(candidate, () => (next() < scenario.chance ? scenario.times : 1));
    case 'start-up':
      return multiply(candidate, (t) => (t < scenario.ticks ? scenario.times : 1));
    case 'share': {
      const { share, ofPods } = scenario;
      candidate.forEach((rate, t) => (candidate[t] = (rate * (ofPods - 1) + share) / ofPods));
      return;
    }
    case 'onset':
      return multiply(candidate, (t) => (t < scenario.fromTick ? 1 : scenario.ratio));
    case 'leak': {
      const rise = (scenario.ratio - 1) / (candidate.length - 1);
      return multiply(candidate, (t) => 1 + rise * t);
    }
  }
}

function incident(rates: Rates, { times, ticks }: Shape<'incident'>, next: Next): void {
  const starts = rates.stable.length - ticks + 1;
  const from = Math.floor(next() * starts);
  const factor = (t: number) => (t >= from && t < from + ticks ? times : 1);
  multiply(rates.stable, factor);
  multiply(rates.candidate, factor);
}

function drift(rates: Rates, { memory, common, own }: Shape<'drift'>, next: Next): void {
  const ticks = rates.stable.length;
  const shared = wander(ticks, { memory, spread: common }, next);
  for (const rate of [rates.stable, rates.candidate]) {
    const alone = wander(ticks, { memory, spread: own }, next);
    multiply(rate, (t) => expOf((shared[t] ?? 0) + (alone[t] ?? 0)));
  }
}

/** AR(1) with a standard deviation of `spread`, also at the beginning. */
export function wander(
  ticks: number,
  { memory, spread }: { memory: number; spread: number },
  next: Next,
) {
  const step = spread * Math.sqrt(1 - memory * memory);
  const path = new Float64Array(ticks);
  let at = spread * normal(next);
  for (let t = 0; t < ticks; t += 1) {
    path[t] = at;
    at = memory * at + step * normal(next);
  }
  return path;
}

function multiply(rates: Float64Array, factor: (tick: number) => number): void {
  rates.forEach((rate, t) => (rates[t] = rate * factor(t)));
}
