/** What a sequential test has to be, so that its evidence can be kept, gone on from and told. */
import type { Kept, OUTCOMES } from '../api/evidence.ts';
import type { Counted } from './between.ts';
import type { Finding } from './finding.ts';
import type { Measured, Sample } from './measured.ts';

/** What the evidence says as it stands. */
export interface Read extends Finding {
  log?: { against: number; needed: number; inFavour?: number; neededToPass?: number };
  /** What is noticed beside it, with what stands before it in a sentence. */
  note?: string;
  outcome?: (typeof OUTCOMES)[number];
  candidate?: Measured;
  stable?: Measured;
}

/** What is gathered, without the times of it. */
export type Gathered<K extends Kept> = K extends Kept
  ? Omit<K, 'since' | 'until' | 'reached'>
  : never;

export interface Unbegun {
  because: string;
}

export interface EvidenceTest<K extends Kept> {
  /** Whether it asks something of both versions. */
  both: boolean;
  /** How many intervals it takes at least to find anything bad. */
  fewest: number;
  /** Nothing yet; why not, where this sample does not say enough to begin. What the test is made of (bounds) is
   * chosen here, before anything that is judged by it. */
  begin(sample: Sample): Gathered<K> | Unbegun;
  /** @param share of the requests that the candidate was to have, in (0, 1), where something leads them */
  add(kept: K, counted: Counted, share: number | undefined): K;
  read(kept: K): Read;
}
