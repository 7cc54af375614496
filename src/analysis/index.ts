/** The door of analysis: is a check well formed, and what do its samples say. */
export { checkProblems } from './check-problems.ts';
export { sourceProblems } from './source-problems.ts';
export { judge, type Verdict } from './judge.ts';
export type { Sample } from './measured.ts';
export { thin } from './thin.ts';
