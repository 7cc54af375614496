/** What a sequential test has to be, so that its evidence can be kept, gone on from and told. */
import type { Kept, OUTCOMES } from '../api/evidence.ts';
import type { Counted } from './between.ts';
import type { Finding } from './finding.ts';
import type { Measured, Sample } from './measured.ts';

/** What the evidence says as it stands. */
export interface Read {
  says: Said;
  /** A sentence for people, with numbers and units, without a full stop. Made where it is told: once something was shown
   * the words of then are. */
  words: () => string;
}

/** In numbers. */
export interface Said extends Pick<Finding, 'verdict'> {
  log?: { against: number; needed: number; inFavour?: number; neededToPass?: number } | undefined;
  /** What is noticed beside it: that requests did not go where the route was told to send them. */
  wrongShare?: string | undefined;
  outcome?: (typeof OUTCOMES)[number] | undefined;
  candidate?: Measured | undefined;
  stable?: Measured | undefined;
}

export interface Begun<K extends Kept> {
  /** By what was counted the test was made (bounds): that is not judged by it. */
  isChosen: boolean;
  /** Nothing yet, from a time on (RFC 3339). */
  from(since: string): K;
}

export interface Unbegun {
  because: string;
}

/** One kind of test, with what it keeps. */
export interface TestOf<K extends Kept> {
  /** Whether it asks something of both versions. */
  both: boolean;
  /** How many intervals it takes at least to find anything bad. */
  fewest: number;
  /** Nothing yet; why not, where this sample does not say enough to begin. What the test is made of (bounds) is
   * chosen here, before anything that is judged by it. */
  begin(sample: Sample): Begun<K> | Unbegun;
  /**
   * What is kept after one more interval, until its end.
   *
   * @param share of the requests that the candidate was to have, in (0, 1), where something leads them
   */
  add(kept: K, counted: Counted, share: number | undefined): K;
  read(kept: K): Read;
}

/** The test of a check, whatever it asks. It is given only what `isIts`. */
export interface EvidenceTest extends TestOf<Kept> {
  /** Whether it can go on from this. */
  isIts(kept: Kept): boolean;
}

type KeptOf<Name extends Kept['test']> = Extract<Kept, { test: Name }>;

/** @param name by which what it keeps is known again */
export function evidenceTest<Name extends Kept['test']>(
  name: Name,
  test: TestOf<KeptOf<Name>>,
): EvidenceTest {
  const isIts = (kept: Kept): kept is KeptOf<Name> => kept.test === name;
  const its = (kept: Kept) => {
    if (isIts(kept)) return kept;
    throw new Error(`evidence of ${kept.test} was given to a test that keeps ${name}`);
  };
  return {
    both: test.both,
    fewest: test.fewest,
    isIts,
    begin: (sample) => test.begin(sample),
    add: (kept, counted, share) => test.add(its(kept), counted, share),
    read: (kept) => test.read(its(kept)),
  };
}
