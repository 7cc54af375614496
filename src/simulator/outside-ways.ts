/** How those behave who are asked for a release, and what is run for it: data of a scenario. */

/** How somebody answers who is asked whether a release may go on. */
export interface GateWays {
  /** Since the beginning; never, where it is absent. */
  opensMs?: number;
  /** Once open it opens and shuts by turns. */
  flaps?: boolean;
  /** What is answered while it is shut: a status, or nothing at all. */
  refusal: number | 'Silence';
}

/** How the pods of a Job of the user's end. */
export interface JobWays {
  ends: 'Completed' | 'Failed' | 'AtSecondTry' | 'Never';
  tookMs: [number, number];
}

/** What the new version answers to a smoke test. */
export type SmokeWays = 'Good' | 'Bad' | 'Flapping';

export interface OutsideWays {
  /** By the host of the address. */
  gates: Record<string, GateWays>;
  /** By the image. */
  jobs: Record<string, JobWays>;
  smoke: Record<string, SmokeWays>;
  /** When an image is promoted in the namespace before this one; absent: never. */
  promotedMs: Record<string, number>;
}

export const NOBODY: OutsideWays = { gates: {}, jobs: {}, smoke: {}, promotedMs: {} };

/** The namespace in which images are promoted first. */
export const STAGING = 'staging';
