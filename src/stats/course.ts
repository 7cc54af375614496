/** Evidence over time: the verdict and when it was reached. */
import { logThreshold } from './mixture.ts';

/** Evidence after each interval, and how sure one wants to be. */
export interface Evidence {
  /** Log evidence of failure after each interval. */
  against: readonly number[];
  /** The probability at most with which a good version fails, in (0, 1). */
  alpha: number;
  /** Log evidence of being good, where there is such a test. */
  inFavour?: readonly number[];
  /** The probability at most with which a bad version passes, in (0, 1). */
  beta?: number;
}

export interface Reached {
  verdict: 'Pass' | 'Fail' | 'Undecided';
  /** The interval, from 0, that decided. */
  at?: number;
}

/**
 * The verdict over all intervals and the first at which it stood. Failure outranks: what failed once
 * has failed, also when it passed before. Nothing decides itself by the absence of evidence.
 */
export function reach({ against, alpha, inFavour = [], beta = NaN }: Evidence): Reached {
  const failed = against.findIndex((log) => log >= logThreshold(alpha));
  if (failed >= 0) return { verdict: 'Fail', at: failed };
  const passed = inFavour.findIndex((log) => log >= logThreshold(beta));
  return passed >= 0 ? { verdict: 'Pass', at: passed } : { verdict: 'Undecided' };
}
