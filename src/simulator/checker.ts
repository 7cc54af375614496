/** What a checker is: what it is told of, and what it must not see stay so. */
import type { Course } from './course.ts';
import type { Change } from './model-api.ts';
import type { SegueWrite } from './world.ts';

export interface Checker {
  /** Something was stored. */
  change?: (change: Change) => void;
  /** Segue sent a write. */
  write?: (write: SegueWrite) => void;
  /** Says what must not stay so in calm, and is asked at every change. */
  never?: { is: () => string | undefined; longerThanMs: number };
}

export type Report = (seen: string) => void;

/** One invariant: its checkers over the course of one run. */
export type Invariant = (course: Course, report: Report) => Checker[];

/** What must not stay so may stay so long in calm: requests, watches and one turn of the loop. */
export const AT_ONCE_MS = 3_000;
export const BEARABLE_MS = 6_000;
