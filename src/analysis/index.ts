/** The door of analysis: is a check well formed, and what do its samples say. */
export { checkProblems } from './check-problems.ts';
export { judge, type Verdict } from './judge.ts';
export type { Measured, Sample } from './measured.ts';
export { parseThreshold, type Threshold } from './threshold.ts';
