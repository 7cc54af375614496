/** What a schema finds wrong, said with the reason and what to write instead. */
import type * as z from 'zod';
import type { CrdSchema } from '../api/crd.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import { closest } from './closest.ts';
import { withoutDays } from '../api/duration.ts';
import type { FieldPath } from '../api/yaml-documents.ts';
import { routerMeant } from './router-words.ts';

export interface Fault {
  path: FieldPath;
  text: string;
}

export const REPORT = { reportInput: true };

/** Of what was parsed as `REPORT` says, with what the schema of the spec says about the field. */
export function structureFaults(error: z.ZodError, schema: CrdSchema): Fault[] {
  const at = (issue: z.core.$ZodIssue) => issue.path.join('.');
  // The group of what cannot be released anyway need not be corrected.
  const kindIsWrong = error.issues.some((issue) => at(issue) === 'targetRef.kind');
  return error.issues
    .filter((issue) => !(kindIsWrong && at(issue) === 'targetRef.group'))
    .flatMap((issue) => issueFaults(issue, schema));
}

/** Of issues that were found with `reportInput`, in a spec that this schema describes. */
function issueFaults(issue: z.core.$ZodIssue, spec: CrdSchema): Fault[] {
  const inSpec = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const path = ['spec', ...inSpec];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: `${fieldText([...path, key])}: unknown field${whatIsKnown(key, inSpec, spec)}`,
    }));
  const schema = at(spec, inSpec);
  const above = at(spec, inSpec.slice(0, -1));
  const optional = !above.required?.includes(String(inSpec.at(-1)));
  const text = issueText(issue, schema, optional);
  return text === undefined ? [] : [{ path, text: `${fieldText(path)}: ${text}` }];
}

function at(schema: CrdSchema, path: FieldPath): CrdSchema {
  return path.reduce<CrdSchema>(
    (found, part) => (typeof part === 'number' ? found.items : found.properties?.[part]) ?? {},
    schema,
  );
}

const KNOWN_MAX = 12;

/** The reason, where there is more of it than that the field is unknown, and the fix. */
function whatIsKnown(key: string, path: FieldPath, spec: CrdSchema): string {
  const { properties = {} } = at(spec, path);
  const known = Object.keys(properties);
  const router = routerMeant(key, path);
  if (router !== undefined) return `; ${router}`;
  const near = closest(key, known);
  if (near !== undefined) return `; write ${near}`;
  const place = placeOf(key, path, spec);
  if (place !== undefined) return ` here; write it ${place}`;
  const instead = INSTEAD[key];
  if (OF_WORKLOADS.has(String(path.at(-1))) && instead !== undefined) return instead;
  if (path.at(-1) === 'recreate' && OF_STAGES.has(key))
    return ': recreate has no stage; use spec.hooks.after, spec.bake with spec.checks, or rolling';
  return known.length > KNOWN_MAX
    ? '; is it misspelt or at the wrong depth?'
    : `; known here: ${known.join(', ')}`;
}

const OF_WORKLOADS = new Set(['rolling', 'canary']);

/** What people know from the workloads themselves. */
const INSTEAD: Record<string, string> = {
  partition:
    ': Segue moves the partition; stages say where it holds, as in stages: [{holdAfter: 1}]',
  updateStrategy: ': it stays in the workload, as you wrote it; take it out here',
};

const OF_STAGES = new Set(['stages', 'hold', 'approval', 'smokeTests', 'webhooks']);

/** In a list right below, or in what is around it. */
function placeOf(key: string, path: FieldPath, spec: CrdSchema): string | undefined {
  const { properties = {} } = at(spec, path);
  const has = (schema: CrdSchema = {}) => Object.hasOwn(schema.properties ?? {}, key);
  const below = Object.entries(properties).find(([, child]) => has(child.items));
  if (below) return `into an entry of ${fieldText(['spec', ...path, below[0]])}`;
  const above = path
    .map((_, i) => path.slice(0, path.length - 1 - i))
    .find((around) => has(at(spec, around)));
  return above && `under ${fieldText(['spec', ...above])}`;
}

/** Undefined where another issue says the same. */
function issueText(
  issue: z.core.$ZodIssue,
  schema: CrdSchema,
  optional: boolean,
): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeText(issue.input, schema, optional);
    case 'invalid_value':
      return valueText(issue.input, issue.values.map(String));
    case 'too_big':
      return isEdge(issue.maximum) ? undefined : sizeText(issue, Number(issue.maximum));
    case 'too_small':
      return isEdge(issue.minimum) ? undefined : sizeText(issue, Number(issue.minimum));
    default:
      // The schema's own messages say what a value must be: `a duration with a unit`.
      return `${shown(issue.input)} is not ${inHours(issue) ?? issue.message}`;
  }
}

/** What `7d` would be. */
function inHours({ input, message }: z.core.$ZodIssue): string | undefined {
  const hours = typeof input === 'string' ? withoutDays(input) : undefined;
  const [what = '', others] = message.split('; ');
  if (hours === undefined || others === undefined || !what.startsWith('a duration'))
    return undefined;
  return `${what}, which has no days; write ${hours}`;
}

/** The bound that every whole number has. */
const isEdge = (bound: number | bigint): boolean => Math.abs(Number(bound)) >= 2 ** 53 - 1;

function typeText(input: unknown, schema: CrdSchema, optional: boolean): string {
  const wanted = wantedText(schema);
  if (input === undefined) return `is missing; ${namedBy(schema) ?? `add ${wanted}`}`;
  if (input === null) return `is empty; write ${wanted}${optional ? ', or take it out' : ''}`;
  const hint = hintText(input, schema);
  return `must be ${wanted}, not ${gotText(input)}${hint === undefined ? '' : `; ${hint}`}`;
}

/** Of what an object is named for. */
function namedBy({ type, description }: CrdSchema): string | undefined {
  const [, what] = /^The (.*)\.$/.exec(typeof description === 'string' ? description : '') ?? [];
  return type === 'string' && what !== undefined ? `name the ${what}` : undefined;
}

function isDuration({ pattern }: CrdSchema): boolean {
  return typeof pattern === 'string' && pattern.includes('(ms|s|m|h)');
}

function wantedText(schema: CrdSchema): string {
  const { type, minimum, maximum } = schema;
  if (isDuration(schema)) return 'a duration with its unit, as in 90s, 10m or 1h30m';
  if (type === 'integer') {
    const range = typeof minimum === 'number' && typeof maximum === 'number';
    return range ? `a whole number from ${minimum} to ${maximum}` : 'a whole number';
  }
  if (type === 'object') return objectText(schema);
  return WANTED[type ?? ''] ?? 'it';
}

const WANTED: Record<string, string> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
};

function objectText({ properties = {}, required = [] }: CrdSchema): string {
  const names = required.length > 0 ? required : Object.keys(properties);
  if (names.length === 0) return 'an object';
  if (names.length > KNOWN_MAX) return `an object with ${names.slice(0, 3).join(', ')} and others`;
  const list = names.map((name) => `${name}: …`).join(', ');
  return required.length > 0
    ? `an object, {${list}}`
    : `an object with some of ${names.join(', ')}`;
}

function gotText(input: unknown): string {
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'an object';
  return typeof input === 'string' ? `the text ${shown(input)}` : shown(input);
}

/** What was meant, where that can be told. */
function hintText(input: unknown, schema: CrdSchema): string | undefined {
  switch (schema.type) {
    case 'integer':
      return wholeText(input);
    case 'string':
      if (isDuration(schema) && typeof input === 'number')
        return `write ${input}s, if seconds are meant`;
      return typeof input === 'object' ? undefined : 'write it in quotes';
    case 'array':
      return 'begin each entry with a dash';
    case 'object':
      return objectHint(input, schema);
    default:
      return undefined;
  }
}

function objectHint(input: unknown, { required = [] }: CrdSchema): string | undefined {
  if (Array.isArray(input)) return 'write it without the dashes';
  if (input === true) return 'write {}';
  const isOne = typeof input === 'string' && required.length === 1;
  return isOne ? `write {${required[0]}: ${input}}` : undefined;
}

function wholeText(input: unknown): string | undefined {
  if (typeof input === 'number' && Number.isFinite(input)) return `write ${Math.round(input)}`;
  const [, digits] = /^ *(\d+) *%? *$/.exec(typeof input === 'string' ? input : '') ?? [];
  return digits && `write ${digits}`;
}

interface NotReleased {
  why: string;
  fix: string;
}

const OF_A_DEPLOYMENT: NotReleased = {
  why: 'it keeps the template that it was made with',
  fix: 'name the Deployment that it belongs to, or make one',
};

/** Workloads of which there is never a new version beside an old one. */
const NOT_RELEASED: Record<string, NotReleased> = {
  Job: {
    why: 'it runs once to its end, and its template never changes',
    fix: 'make it a hook of the workload that it belongs to (spec.hooks.before, after or onAbort)',
  },
  CronJob: {
    why: 'each of its Jobs runs to its end with the template that it began with, so that there is nothing to move from one version to the other',
    fix: "change it with 'kubectl apply', and its next Job has the new version; to try that first, 'kubectl create job NAME --from=cronjob/…'",
  },
  ReplicaSet: OF_A_DEPLOYMENT,
  Pod: OF_A_DEPLOYMENT,
};

function valueText(input: unknown, values: string[]): string {
  if (input === undefined) return `is missing; write one of ${values.join(', ')}`;
  const [only, ...others] = values;
  if (others.length === 0) return `${shown(input)} is not in this version of Segue; write ${only}`;
  const known = typeof input === 'string' ? NOT_RELEASED[input] : undefined;
  if (known && values.includes('Deployment'))
    return `${shown(input)} cannot be released: ${known.why}; ${known.fix}`;
  const near = closest(typeof input === 'string' ? input : '', values);
  const fix = near === undefined ? `write one of ${values.join(', ')}` : `write ${near}`;
  return `${shown(input)} is none of ${values.join(', ')}; ${fix}`;
}

interface Sized {
  code: 'too_big' | 'too_small';
  origin: string;
  input?: unknown;
}

function sizeText({ code, origin, input }: Sized, bound: number): string {
  const big = code === 'too_big';
  const most = big ? 'the most' : 'the least';
  if (origin === 'array' || origin === 'string') {
    const length = (input as { length: number } | undefined)?.length ?? 0;
    const what = origin === 'array' ? ['entry', 'entries'] : ['character', 'characters'];
    const has = length === 0 ? 'is empty' : `has ${length} ${what[1]}`;
    return `${has}, ${bound} ${bound === 1 ? what[0] : what[1]} is ${most}; ${big ? 'shorten it' : 'add to it'}`;
  }
  return `${shown(input)} is ${big ? 'over' : 'under'} ${bound}, which is ${most}; write ${bound} or ${big ? 'less' : 'more'}`;
}

const SHOWN_MAX = 60;

export function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

/** `['spec', 'stages', 0, 'weight']` as `spec.stages[0].weight`. */
function fieldText(path: FieldPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${part}`))
    .join('');
}

/** The other way round. */
export function parseField(field: string): FieldPath {
  return field
    .split(/[.[\]]/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

export const problemFault = (problem: Problem): Fault => ({
  path: parseField(problem.field),
  text: formatProblem(problem),
});
