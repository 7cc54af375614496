/**
 * Tests at looks that were planned: where it is known beforehand how many samples there will be at most, they find more
 * than those that hold for ever. Boundaries by recursive integration (Armitage, McPherson and Rowe 1969; Lan and
 * DeMets 1983).
 */
import { normalAbove, normalDensity, normalQuantile } from './normal.ts';

/** How the alpha is spent over time: late, or evenly. */
export type Spending = 'OBrienFleming' | 'Pocock';

/** Of `alpha`, both sides together, what may be spent up to the share `time` of all samples, in [0, 1]. */
export function alphaSpent(time: number, alpha: number, spending: Spending): number {
  if (!(time > 0)) return 0;
  if (spending === 'Pocock') return alpha * Math.log1p((Math.E - 1) * time);
  return 4 * normalAbove(-normalQuantile(alpha / 4) / Math.sqrt(time));
}

/**
 * What |z| has to reach at each look; Infinity where it is not looked at: too early, nothing new, or less than a
 * 500th of all samples since the last look, which costs time to compute and finds nothing.
 *
 * @param times shares of all samples at the looks, rising, in [0, 1]
 */
export function groupSequentialBounds(
  times: readonly number[],
  alpha: number,
  spending: Spending = 'OBrienFleming',
): number[] {
  let paths = START;
  let before = 0;
  return times.map((time) => {
    if (!isWorthALook(paths.time, time)) return Infinity;
    const spent = alphaSpent(time, alpha, spending);
    const bound = boundFor(paths, time, spent - before);
    before = spent;
    paths = goOn(paths, time, bound);
    return bound;
  });
}

/** Leaves room for the last look, which is always taken. */
function isWorthALook(before: number, time: number): boolean {
  const isLast = time >= 1;
  return time - before >= LEAST_STEP && (isLast || 1 - time >= LEAST_STEP);
}

/** The probability, for two versions that are alike, that |z| has reached its bound at the looks up to each:
 * what looking again and again at a test for one look costs. */
export function crossingProbabilities(
  times: readonly number[],
  bounds: readonly number[],
): number[] {
  let paths = START;
  let sum = 0;
  return times.map((time, k) => {
    const bound = bounds[k] ?? Infinity;
    sum += crossing(paths, time, bound);
    paths = goOn(paths, time, bound);
    return sum;
  });
}

/** Where the process z sqrt(time) may be, by its distance from 0, if it has not reached a bound yet. */
interface Paths {
  time: number;
  nodes: readonly number[];
  /** Probability at each node. */
  masses: readonly number[];
}

const START: Paths = { time: 0, nodes: [0], masses: [1] };
/** Nothing is farther out: the probability is 1e-17. */
const FARTHEST = 8.5;
/** Nodes for each standard deviation of a step. */
const NODES = 8;
/** Between two looks, as a share of all samples. */
const LEAST_STEP = 0.002;

/** The probability of |z| reaching `bound` at `time`. */
function crossing({ time: from, nodes, masses }: Paths, time: number, bound: number): number {
  if (!(time > from) || bound === Infinity) return 0;
  const step = Math.sqrt(time - from);
  const at = bound * Math.sqrt(time);
  let sum = 0;
  for (let i = nodes.length - 1; i >= 0; i -= 1) {
    const x = nodes[i] ?? 0;
    if (at - x > FARTHEST * step) break;
    sum += (masses[i] ?? 0) * (normalAbove((at - x) / step) + normalAbove((at + x) / step));
  }
  return sum;
}

/** The bound that is reached with probability `alpha` at `time`; Infinity where that is too little to tell. */
function boundFor(paths: Paths, time: number, alpha: number): number {
  if (!(alpha > crossing(paths, time, FARTHEST)) || !(time > paths.time)) return Infinity;
  let [low, high] = [0, FARTHEST];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (crossing(paths, time, middle) > alpha) low = middle;
    else high = middle;
  }
  return high;
}

/** Where the paths are at `time` that are below the bound there, by Simpson's rule. */
function goOn(paths: Paths, time: number, bound: number): Paths {
  if (!(time > paths.time)) return paths;
  const step = Math.sqrt(time - paths.time);
  const end = Math.min(bound, FARTHEST) * Math.sqrt(time);
  const intervals = 2 * Math.max(16, Math.ceil((end / step) * (NODES / 2)));
  const width = end / intervals;
  const nodes = Array.from({ length: intervals + 1 }, (_, j) => j * width);
  const masses = nodes.map(
    (y, j) => simpson(j, intervals) * (width / 3) * densityAt(paths, y, step),
  );
  return { time, nodes, masses };
}

function simpson(j: number, intervals: number): number {
  if (j === 0 || j === intervals) return 1;
  return j % 2 === 1 ? 4 : 2;
}

/** Of the distance from 0: paths come from both sides. */
function densityAt({ nodes, masses }: Paths, y: number, step: number): number {
  const reach = FARTHEST * step;
  let sum = 0;
  for (let i = 0; i < nodes.length; i += 1) {
    const x = nodes[i] ?? 0;
    const mass = masses[i] ?? 0;
    if (Math.abs(y - x) < reach) sum += mass * normalDensity((y - x) / step);
    if (y + x < reach) sum += mass * normalDensity((y + x) / step);
  }
  return sum / step;
}
