/** What is wrong with a ReleaseDefaults, and with a policy by what the defaults add to it. */
import { checkProblems } from '../analysis/index.ts';
import { DEFAULTS_NAME } from '../api/group.ts';
import type { PolicySpec } from '../api/policy.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import type { ReleaseDefaultsSpec } from '../api/release-defaults.ts';
import type { ByDefaults, Origin } from './effective-policy.ts';
import { hookListProblems } from './gate-problems.ts';
import { rollbackWindowProblems } from './rollback-problems.ts';
import { duplicates, validatePolicy } from './validate.ts';
import { windowProblems } from './window.ts';

const DEFAULTS = `ReleaseDefaults ${DEFAULTS_NAME}`;

/** Of the kind by itself; that it fits a policy is for the policy to say. */
export function validateDefaults(spec: ReleaseDefaultsSpec): Problem[] {
  const checks = spec.checks ?? [];
  return [
    ...windowProblems(spec.window, 'spec.window'),
    ...hookListProblems(spec.hooks),
    ...(spec.rollbackWindow ? rollbackWindowProblems(spec.rollbackWindow) : []),
    ...duplicates(checks, 'spec.checks'),
    ...checks.flatMap((check, i) => checkProblems(check, `spec.checks[${i}]`)),
  ];
}

/** Of an effective policy: each problem where a person finds what is to be mended. */
export function effectiveProblems(spec: PolicySpec, by: ByDefaults | undefined): Problem[] {
  const found = validatePolicy(spec);
  if (!by || found.length === 0) return found;
  const alone = new Set(validatePolicy(by.alone).map(formatProblem));
  const told = found.map((problem) => located(problem, by.origins, alone));
  return [...new Map(told.map((problem) => [formatProblem(problem), problem])).values()];
}

function located(
  problem: Problem,
  origins: readonly Origin[],
  alone: ReadonlySet<string>,
): Problem {
  const origin = origins
    .filter(({ field }) => isUnder(problem.field, field))
    .toSorted((a, b) => b.field.length - a.field.length)[0];
  const field = origin ? origin.at + problem.field.slice(origin.field.length) : problem.field;
  if (origin?.from === 'Defaults') {
    const overridden = field.includes('.freeze[') ? '' : ', or say it otherwise in the policy';
    return { ...problem, field: `${DEFAULTS}: ${field}`, fix: `${problem.fix}${overridden}` };
  }
  const here = { ...problem, field };
  if (alone.has(formatProblem(here))) return here;
  return { ...here, message: `${problem.message} (with what ${DEFAULTS} adds)` };
}

function isUnder(field: string, above: string): boolean {
  return field.startsWith(above) && /^(?:$|[.[])/.test(field.slice(above.length));
}
