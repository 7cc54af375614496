/** The door of analysis: is a check well formed, and what does what was measured say. */
export { type MeasuredOnce, measuredOf, verdictOfOne } from './at-once.ts';
export { checkProblems } from './check-problems.ts';
export { jobProblems } from './job-problems.ts';
export { sourceProblems } from './source-problems.ts';
export { addSample, type Course, startCourse, type Verdict, verdictAt } from './course.ts';
export type { Sample } from './measured.ts';
export { type ExpectedRequests, type Noticing, noticingOf } from './noticing.ts';
export { type Question, questionOf } from './question.ts';
export { alphaOf, isTested } from './terms.ts';
