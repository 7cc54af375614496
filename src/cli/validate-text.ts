/** Checks the policies in one text: structure by the schema, sense by the engine's validation. */
import type * as z from 'zod';
import { API_VERSION, GROUP, KINDS } from '../api/group.ts';
import { type PolicySpec, policySpecSchema } from '../api/policy.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import { validatePolicy } from '../engine/validate.ts';
import { type FieldPath, readYaml, type YamlDocument } from './yaml-documents.ts';

export interface TextResult {
  /** `ReleasePolicy web: valid`, for each that is. */
  policies: string[];
  /** `file:line: ReleasePolicy web: field: what is wrong; what to do`. */
  faults: string[];
  /** Those that are valid, with their defaults filled in. */
  valid: ValidPolicy[];
  /** `spec.replicas` of the Deployments beside them, by name. */
  replicas: Map<string, number>;
}

export interface ValidPolicy {
  name: string;
  namespace: string | undefined;
  spec: PolicySpec;
}

interface Found {
  object: Record<string, unknown>;
  /** Where the object is in its document: empty, or `items`, n. */
  path: FieldPath;
  document: YamlDocument;
}

interface Fault {
  path: FieldPath;
  text: string;
}

export function validateText(file: string, text: string): TextResult {
  const { documents, faults: syntax } = readYaml(text);
  const policies: string[] = [];
  const valid: ValidPolicy[] = [];
  const all = documents.flatMap(objectsOf);
  const faults = syntax.map(({ line, message }) => `${file}:${line}: ${message}`);
  for (const found of all) {
    const name = objectName(found);
    if (!name) continue;
    const wrong = objectFaults(found.object).map(({ path, text }) => ({
      line: found.document.lineOf([...found.path, ...path]),
      text,
    }));
    if (wrong.length === 0) {
      policies.push(`${name}: valid`);
      valid.push(validPolicy(found.object));
    }
    for (const { line, text } of wrong.toSorted((a, b) => a.line - b.line))
      faults.push(`${file}:${line}: ${name}: ${text}`);
  }
  return { policies, faults, valid, replicas: replicasOf(all) };
}

function validPolicy({ metadata, spec }: Record<string, unknown>): ValidPolicy {
  const { name, namespace } = metadata as { name: string; namespace?: string };
  return { name, namespace, spec: policySpecSchema.parse(spec) };
}

function replicasOf(all: Found[]): Map<string, number> {
  const deployments = all.filter(({ object }) => object?.['kind'] === 'Deployment');
  return new Map(
    deployments.map(({ object }) => {
      const { name } = object['metadata'] as { name: string };
      const { replicas = 1 } = (object['spec'] ?? {}) as { replicas?: number };
      return [name, replicas];
    }),
  );
}

function objectsOf(document: YamlDocument): Found[] {
  const object = document.value as Record<string, unknown>;
  const items = object['kind'] === 'List' && Array.isArray(object['items']) ? object['items'] : [];
  if (items.length === 0) return [{ object, path: [], document }];
  return items.map((item, i) => ({
    object: item as Record<string, unknown>,
    path: ['items', i],
    document,
  }));
}

/** Undefined for objects of other groups, which are not Segue's to judge. */
function objectName({ object }: Found): string | undefined {
  const { apiVersion, kind, metadata } = object ?? {};
  if (typeof apiVersion !== 'string' || !apiVersion.startsWith(`${GROUP}/`)) return undefined;
  const name = (metadata as { name?: unknown } | null | undefined)?.name;
  return `${text(kind)} ${text(name)}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '(none)');

function objectFaults({ apiVersion, kind, metadata, spec }: Record<string, unknown>): Fault[] {
  if (apiVersion !== API_VERSION)
    return [{ path: ['apiVersion'], text: `apiVersion: there is only ${API_VERSION}; use it` }];
  if (kind !== KINDS.releasePolicy.kind)
    return [
      {
        path: ['kind'],
        text: `kind: only a ReleasePolicy is written by hand and can be checked; take it out`,
      },
    ];
  const { name } = (metadata ?? {}) as { name?: unknown };
  const nameless =
    typeof name === 'string'
      ? []
      : [{ path: ['metadata'], text: 'has no name; set metadata.name' }];
  const parsed = policySpecSchema.safeParse(spec, { error: issueText });
  if (!parsed.success) return [...nameless, ...parsed.error.issues.flatMap(issueFaults)];
  return [...nameless, ...validatePolicy(parsed.data).map(problemFault)];
}

function issueFaults(issue: z.core.$ZodIssue): Fault[] {
  const path = [
    'spec',
    ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
  ];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: `${fieldText([...path, key])}: unknown field; is it misspelt or at the wrong depth?`,
    }));
  return [{ path, text: `${fieldText(path)}: ${sentence(issue.message)}` }];
}

/** The schema's own messages say what a value must be: `a duration with a unit`. */
const sentence = (message: string): string =>
  /^an? /.test(message) ? `must be ${message}` : message;

/** Undefined leaves the message to the schema. */
function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return `is missing; add it (${issue.expected})`;
      return `must be of type ${issue.expected}, not ${nameOfType(issue.input)}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.join(', ')}`;
    case 'too_big':
      return `${issue.origin === 'array' ? 'must have' : 'must be'} at most ${issue.maximum}`;
    case 'too_small':
      return `${issue.origin === 'array' ? 'must have' : 'must be'} at least ${issue.minimum}`;
    default:
      return undefined;
  }
}

function nameOfType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

const problemFault = (problem: Problem): Fault => ({
  path: parseField(problem.field),
  text: formatProblem(problem),
});

/** `['spec', 'stages', 0, 'weight']` as `spec.stages[0].weight`. */
function fieldText(path: FieldPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${part}`))
    .join('');
}

function parseField(field: string): FieldPath {
  return field
    .split(/[.[\]]/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
