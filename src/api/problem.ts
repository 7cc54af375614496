/** What is wrong with something a person wrote, said so that they can mend it. */

export interface Problem {
  /** Path of the field, `spec.strategy.canary.stages[2].weight`, or an object, `Service web`. */
  field: string;
  /** What is wrong, in one sentence without a full stop. */
  message: string;
  /** What to do about it. */
  fix: string;
}

export function formatProblem(problem: Problem): string {
  return `${problem.field}: ${problem.message}; ${problem.fix}`;
}
