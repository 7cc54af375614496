/** What is wrong with a ReleaseDefaults, and with a policy by what the defaults add to it. */
import { checkProblems } from '../analysis/index.ts';
import { DEFAULTS_NAME } from '../api/group.ts';
import type { PolicySpec } from '../api/policy.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import type { ReleaseDefaultsSpec } from '../api/release-defaults.ts';
import { noTemplates, resolvedChecks, type Templates } from './check-templates.ts';
import type { ByOthers } from './effective-policy.ts';
import { hookListProblems } from './gate-problems.ts';
import type { Origin } from './origin.ts';
import { NOWHERE, splitPresets } from './preset-checks.ts';
import { rollbackWindowProblems } from './rollback-problems.ts';
import { duplicates, namelessProblems, validatePolicy } from './validate.ts';
import { windowProblems } from './window.ts';

const DEFAULTS = `ReleaseDefaults ${DEFAULTS_NAME}`;

/** Of the kind by itself; that it fits a policy is for the policy to say. */
export function validateDefaults(
  spec: ReleaseDefaultsSpec,
  templates: Templates = noTemplates,
): Problem[] {
  const { checks: written, at } = splitPresets(spec.checks);
  const { prometheus } = spec.metrics ?? {};
  const {
    value: checks,
    origins,
    unmade,
  } = resolvedChecks(written, templates, {
    metrics: prometheus && { prometheus, from: 'Policy' },
  });
  const places = at.map((index, i): Origin => ({
    field: `spec.checks[${i}]`,
    at: `spec.checks[${index}]`,
    from: 'Policy',
  }));
  const all = [...origins, ...places];
  const told = (problems: readonly Problem[]) =>
    once(problems.map((problem) => located(problem, all, checks).problem));
  return [
    ...windowProblems(spec.window, 'spec.window'),
    ...hookListProblems(spec.hooks),
    ...(spec.rollbackWindow ? rollbackWindowProblems(spec.rollbackWindow) : []),
    ...told([
      ...duplicates(written, 'spec.checks'),
      ...namelessProblems(written),
      ...checks
        .flatMap((check, i) => checkProblems(check, `spec.checks[${i}]`))
        .filter(({ field }) => !unmade.some((one) => isUnder(field, one.field))),
      // Which Prometheus is asked may be for policies to say.
      ...unmade.flatMap(({ problems }) => problems.filter(({ message }) => message !== NOWHERE)),
    ]),
  ];
}

/** Of an effective policy: each problem where a person finds what is to be mended. */
export function effectiveProblems(spec: PolicySpec, by: ByOthers | undefined): Problem[] {
  if (!by) return validatePolicy(spec);
  // Of a check that its template does not make nothing else can be said.
  const found = validatePolicy(spec).filter(
    ({ field }) => !by.unmade.some((one) => isUnder(field, one.field)),
  );
  const unmade = by.unmade.flatMap(({ problems }) => problems);
  if (found.length + unmade.length === 0) return [];
  const alone = by.alone && new Set(validatePolicy(by.alone).map(formatProblem));
  const told = [
    ...found.map((problem) => withWhatIsAdded(located(problem, by.origins, spec.checks), alone)),
    ...unmade.map((problem) => located(problem, by.origins, spec.checks).problem),
  ];
  return once(told);
}

/** What both checks of one preset have is one problem. */
function once(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}

interface Located {
  problem: Problem;
  /** Undefined where it is as the policy says it. */
  from: Origin['from'] | undefined;
}

function located(
  problem: Problem,
  origins: readonly Origin[],
  checks: readonly { name: string }[],
): Located {
  const origin = origins
    .filter(({ field }) => isUnder(problem.field, field))
    .toSorted((a, b) => b.field.length - a.field.length)[0];
  if (!origin) return { problem, from: undefined };
  const { from } = origin;
  const field = origin.at + problem.field.slice(origin.field.length);
  if (from === 'Template') {
    const [, index = ''] = /^spec\.checks\[(\d+)\]/.exec(problem.field) ?? [];
    const message = `${problem.message} (for the check ${checks[Number(index)]?.name})`;
    const fix = `${problem.fix}, or say it otherwise beside \`template\``;
    return { problem: { field, message, fix }, from };
  }
  if (from === 'Policy') return { problem: { ...problem, field }, from };
  const overridden = field.includes('.freeze[') ? '' : ', or say it otherwise in the policy';
  const fix = `${problem.fix}${overridden}`;
  return { problem: { ...problem, field: `${DEFAULTS}: ${field}`, fix }, from };
}

/** Of a problem that the policy would not have by itself it is said why it has it. */
function withWhatIsAdded(
  { problem, from }: Located,
  alone: ReadonlySet<string> | undefined,
): Problem {
  const isOthers = from === 'Defaults' || from === 'Template';
  if (isOthers || !alone || alone.has(formatProblem(problem))) return problem;
  return { ...problem, message: `${problem.message} (with what ${DEFAULTS} adds)` };
}

function isUnder(field: string, above: string): boolean {
  return field.startsWith(above) && /^(?:$|[.[])/.test(field.slice(above.length));
}
