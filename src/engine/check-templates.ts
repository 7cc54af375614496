/** Checks with what their CheckTemplates say. What a check says itself goes before it, field by field; of what excludes
 * each other (places to measure, tests) it stands in for all. */
import { type Check, LOOKED_AT, type WrittenCheck } from '../api/check.ts';
import { SOURCE_NAMES } from '../api/check-sources/index.ts';
import type { PrometheusAccess } from '../api/check-sources/prometheus.ts';
import { ARGUMENT_LIKE, type CheckTemplateSpec } from '../api/check-template.ts';
import { KINDS } from '../api/group.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { PresetName } from '../api/preset.ts';
import type { Problem } from '../api/problem.ts';
import {
  declarationProblems,
  textsIn,
  valueProblems,
  valuesOf,
  withArguments,
} from './check-arguments.ts';
import { fitted } from './fitted-check.ts';
import { missedCalls, routesCalls, type Sight } from './missed-calls.ts';
import type { Origin } from './origin.ts';
import { type Expanded, withoutPreset } from './preset-checks.ts';

/** One of the namespace, or why there is none. */
export type TemplateReading = { spec: CheckTemplateSpec } | { message: string; fix: string };
export type Templates = (name: string) => TemplateReading;

export const noTemplates: Templates = (name) => ({
  message: `there is no CheckTemplate ${name}`,
  fix: 'create it, or correct the name',
});

interface ResolvedCheck {
  /** Where there are problems only what the check says itself. */
  check: Check;
  /** What keeps it from being made. */
  problems: Problem[];
  /** The fields that its template says; its name, as `CheckTemplate errors`. */
  from?: { template: string; fields: string[] };
  /** It asks the Prometheus of the policy or of the namespace. */
  measuredBy?: 'Metrics' | undefined;
  missedBy?: Sight['missedBy'];
}

/** What the policy says beside its checks. */
interface Surroundings {
  metrics?: MetricsFrom | undefined;
  traffic?: PolicySpec['traffic'];
}

/** The Prometheus that presets ask, and who says so. */
export interface MetricsFrom {
  prometheus: PrometheusAccess;
  from: 'Policy' | 'Defaults';
}

export interface Unmade {
  /** Path in the effective policy. */
  field: string;
  /** Their fields are of the effective policy, or name the template first. */
  problems: Problem[];
}

/** With what their templates say, in their places: `spec.checks`. */
export function resolvedChecks(
  written: readonly WrittenCheck[],
  templates: Templates,
  { metrics, traffic }: Surroundings = {},
): { value: Check[]; origins: Origin[]; unmade: Unmade[] } {
  const made = written.map((check, i) => {
    const field = `spec.checks[${i}]`;
    return { field, ...resolvedCheck(check, field, { templates, metrics }) };
  });
  const missed = routesCalls(traffic) ? missedCalls(made) : [];
  const all = made.map((one, i) => ({
    ...one,
    problems: [...one.problems, missed[i] ?? []].flat(),
  }));
  return {
    value: all.map(({ check }) => check),
    origins: all.flatMap(({ field, from, measuredBy }) => [
      ...(from?.fields ?? []).map((name): Origin => {
        const at = `${from?.template}: spec.check.${name}`;
        return { field: `${field}.${name}`, at, from: 'Template' };
      }),
      ...(measuredBy && metrics
        ? [
            {
              field: `${field}.prometheus`,
              at: 'spec.metrics.prometheus',
              from: metrics.from,
            } satisfies Origin,
          ]
        : []),
    ]),
    unmade: all.flatMap(({ field, problems }) =>
      problems.length > 0 ? [{ field, problems }] : [],
    ),
  };
}

/** `field` is the path of the check, as in `spec.checks[0]`. */
function resolvedCheck(
  written: WrittenCheck,
  field: string,
  { templates, metrics }: { templates: Templates; metrics: MetricsFrom | undefined },
): ResolvedCheck {
  const { template, ...own } = written;
  if (!template) return withQueries(own, withoutPreset(own, metrics?.prometheus), field);
  const reading = templates(template.name);
  const failed = (problems: Problem[]) => ({ check: filled(own), problems });
  if (!('spec' in reading)) return failed([{ ...reading, field: `${field}.template.name` }]);
  const { spec } = reading;
  const title = titleOf(template.name);
  const declared = declarationProblems(spec).map((one) => within(title, one));
  if (declared.length > 0) return failed(declared);
  const { args = {} } = template;
  const given = [
    ...valueProblems(args, spec, { field, template: template.name }),
    ...strayProblems(own, field),
  ];
  if (given.length > 0) return failed(given);
  const { said, whole } = madeOf(spec, args);
  const left = textsIn(said, 'spec.check').filter(({ text }) => ARGUMENT_LIKE.test(text));
  if (left.length > 0) return failed(left.map((one) => within(title, leftProblem(one.field))));
  const rest = besides(own, said);
  const expanded = withoutPreset({ ...rest, ...own }, metrics?.prometheus);
  if ('problems' in expanded)
    return failed(
      expanded.problems.map((one) =>
        rest[one.field.split('.')[0] ?? ''] === undefined
          ? { ...one, field: `${field}.${one.field}` }
          : within(title, { ...one, field: `spec.check.${one.field}` }),
      ),
    );
  const made = fitted(expanded.check, whole);
  if ('check' in made)
    return {
      check: made.check,
      problems: [],
      from: { template: title, fields: Object.keys(rest) },
      measuredBy: expanded.measuredBy,
      ...missing(expanded, rest['preset'] === undefined ? field : `${title}: spec.check`),
    };
  const who = ` (for the check ${own.name})`;
  return failed(
    made.problems.map((one) => ({
      ...within(title, { ...one, field: `spec.check.${one.field}` }),
      message: one.message + who,
    })),
  );
}

/** What has no template. */
function withQueries(own: Own, expanded: Expanded, field: string): ResolvedCheck {
  if ('check' in expanded)
    return {
      check: filled(expanded.check as unknown as Own),
      problems: [],
      measuredBy: expanded.measuredBy,
      ...missing(expanded, field),
    };
  const problems = expanded.problems.map((one) => ({ ...one, field: `${field}.${one.field}` }));
  return { check: filled(own), problems };
}

/** `field` is the path of what names the preset. */
function missing(
  { missesCalls: preset }: { missesCalls?: PresetName },
  field: string,
): Pick<ResolvedCheck, 'missedBy'> {
  return preset === undefined ? {} : { missedBy: { preset, field: `${field}.preset` } };
}

function titleOf(name: string): string {
  return `${KINDS.checkTemplate.kind} ${name}`;
}

function within(title: string, problem: Problem): Problem {
  return { ...problem, field: `${title}: ${problem.field}` };
}

/** What a template says with these values, and where an argument stands alone. */
export function madeOf(spec: CheckTemplateSpec, given: Readonly<Record<string, unknown>>) {
  const whole = new Set<string>();
  const said = withArguments(spec.check, valuesOf(spec, given), whole) as Record<string, unknown>;
  return { said, whole };
}

type Own = Omit<WrittenCheck, 'template'>;

function filled(own: Own): Check {
  const { preset: _, of: __, ...check } = own;
  const { scope, interval, window } = check;
  return {
    ...check,
    scope: scope ?? LOOKED_AT.scope,
    interval: interval ?? LOOKED_AT.interval,
    window: window ?? LOOKED_AT.window,
  };
}

/** Arguments are put into what a template says, and nowhere else. */
function strayProblems(own: Own, field: string): Problem[] {
  return textsIn(own, field)
    .filter(({ text }) => ARGUMENT_LIKE.test(text))
    .map((one) => ({
      field: one.field,
      message: 'names an argument, which only a CheckTemplate has',
      fix: 'write its value',
    }));
}

/** Put together of halves: what is put in is not looked at again. */
function leftProblem(field: string): Problem {
  const message = 'names an argument when its arguments are put in';
  return { field, message, fix: 'give them values that do not' };
}

/** Of each only one may be there: whoever says one says all. */
const ALTERNATIVES: { says: readonly string[]; all: readonly string[] }[][] = [
  SOURCE_NAMES.map((name) => ({ says: [name], all: [name] })),
  [
    { says: ['compare'], all: ['compare'] },
    { says: ['slo'], all: ['slo'] },
    { says: ['max', 'min'], all: ['max', 'min', 'minSamples'] },
  ],
];

/** What of a template counts beside what a check says itself. */
function besides(
  own: Readonly<Record<string, unknown>>,
  said: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const out = ALTERNATIVES.flatMap((choices) => {
    const chosen = choices.filter(({ says }) => says.some((name) => own[name] !== undefined));
    if (chosen.length === 0) return [];
    return choices.filter((one) => !chosen.includes(one)).flatMap(({ all }) => all);
  });
  return Object.fromEntries(
    Object.entries(said).filter(([name]) => own[name] === undefined && !out.includes(name)),
  );
}
