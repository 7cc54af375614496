/** Intervals for a share that was counted once. They hold for a single look, not for one at every interval. */
import { betaQuantile } from './beta-distribution.ts';
import { normalQuantile } from './normal.ts';

export interface ShareInterval {
  /** Both in [0, 1]. */
  low: number;
  high: number;
}

/** Of `total`, over 0, so many were bad, in [0, total]. */
interface Counted {
  total: number;
  bad: number;
}

/** Clopper and Pearson (1934): never covers less than `level`, in (0, 1), and mostly more. */
export function clopperPearson({ total, bad }: Counted, level: number): ShareInterval {
  const tail = (1 - level) / 2;
  const good = total - bad;
  return {
    low: bad > 0 ? betaQuantile({ a: bad, b: good + 1 }, tail) : 0,
    high: good > 0 ? betaQuantile({ a: bad + 1, b: good }, 1 - tail) : 1,
  };
}

/** Wilson (1927): covers `level`, in (0, 1), by average. */
export function wilson({ total, bad }: Counted, level: number): ShareInterval {
  const z = normalQuantile(1 - (1 - level) / 2);
  const share = bad / total;
  const scale = 1 + (z * z) / total;
  const middle = (share + (z * z) / (2 * total)) / scale;
  const half =
    (z / scale) * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
