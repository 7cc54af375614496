/** What evidence says, in words and numbers. */
import { logThreshold } from './mixture.ts';

export interface Finding {
  /** Undecided is neither: the evidence does not suffice, or there is none. */
  verdict: 'Pass' | 'Fail' | 'Undecided';
  /** A sentence for people, with numbers and units, without a full stop. */
  because: string;
}

/** A number as a person reads it: 3 digits, and no more than it takes. */
export function shown(value: number, digits = 3): string {
  if (Math.abs(value) >= 10 ** digits && Math.abs(value) < 1e15) return String(Math.round(value));
  return String(Number(value.toPrecision(digits)));
}

/** A share in [0, 1] as a percentage. */
export function shownShare(share: number): string {
  return `${shown(share * 100)} %`;
}

/** `log evidence 5.01 of 4.61`: what there is, and what `alpha` takes. */
export function evidenceText(log: number | undefined, alpha: number): string {
  return `log evidence ${(log ?? 0).toFixed(2)} of ${logThreshold(alpha).toFixed(2)}`;
}
