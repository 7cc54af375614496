/** What every test of `segue judge` is: columns that it reads, and a verdict over their rows. */
import { logThreshold, type RateRatioOptions } from '../stats/index.ts';
import type { Columns } from './counts-file.ts';

export interface Judged {
  verdict: 'Pass' | 'Fail' | 'Undecided';
  /** The row, from 0, at which the verdict was reached. */
  at?: number;
  because: string;
  /** Log evidence of failure after each row; null where the test has none. */
  against: readonly (number | null)[];
  /** Log evidence of being good. */
  inFavour?: readonly number[];
  /** What log evidence has to reach. */
  needed?: { against: number; inFavour?: number };
  /** What else is for scripts. */
  more?: Record<string, unknown>;
}

export type Row = Record<string, number>;

export interface JudgeTest {
  columns: Columns;
  judge(rows: readonly Row[]): Judged;
}

export function neededOf({ alpha, beta }: Pick<RateRatioOptions, 'alpha' | 'beta'>) {
  return { against: logThreshold(alpha), inFavour: logThreshold(beta) };
}
