/** What the samples of a check say. */
export interface Finding {
  verdict: 'Pass' | 'Fail' | 'Undecided';
  /** A sentence for people, with numbers and units, without a full stop. */
  because: string;
}
