/** Checks what people write of Segue in a text: structure by the schema, sense by the engine's
 * validation, policies with the defaults of their namespace. */
import type * as z from 'zod';
import { specSchema } from '../api/crd.ts';
import { API_VERSION, DEFAULTS_NAME, GROUP, KINDS } from '../api/group.ts';
import { type PolicySpec, type WrittenPolicySpec, writtenPolicySpecSchema } from '../api/policy.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import { type ReleaseDefaultsSpec, releaseDefaultsSpecSchema } from '../api/release-defaults.ts';
import { effectiveProblems, validateDefaults } from '../engine/defaults-problems.ts';
import { addedByDefaults, byDefaults, effectivePolicy } from '../engine/effective-policy.ts';
import { type FieldPath, readYaml, type YamlDocument } from '../api/yaml-documents.ts';
import { definitionsNamed, withDefinitions } from '../engine/defined-routes.ts';
import { closest } from './closest.ts';
import { type Fault, issueFaults, parseField, shown } from './schema-faults.ts';
import { definitionFaults, definitionsAmong } from './written-definitions.ts';

export interface WrittenWorkload {
  replicas: number;
  /** As it is written, in whatever shape. */
  spec: unknown;
}

export interface TextResult {
  /** `file: ReleasePolicy web: valid`, for each that is, in the order of the files. */
  policies: string[];
  /** `file:line: ReleasePolicy web: field: what is wrong; what to do`. */
  faults: string[];
  /** The policies that are valid, with their defaults filled in. */
  valid: ValidPolicy[];
  /** The Deployments beside them, by name. */
  workloads: Map<string, WrittenWorkload>;
  /** What else there is, for who looked for a policy: `Deployment web`. */
  others: string[];
  /** The same, as it is written. */
  beside: Record<string, unknown>[];
}

export interface ValidPolicy {
  name: string;
  namespace: string | undefined;
  /** With the ReleaseDefaults of the namespace. */
  spec: PolicySpec;
  /** What those said, in words. */
  fromDefaults: string[];
  /** What is said of it in `policies`. */
  said: string;
  /** A problem with its file and line, as in `faults`. */
  tell(problem: Problem): string;
}

export interface Source {
  file: string;
  text: string;
}

/** Those of the cluster, for a policy without any in the files. */
export type StoredDefaults = (namespace: string | undefined) => ReleaseDefaultsSpec | undefined;

interface Found {
  file: string;
  object: Record<string, unknown>;
  /** Where the object is in its document: empty, or `items`, n. */
  path: FieldPath;
  document: YamlDocument;
}

interface Defaults {
  spec: ReleaseDefaultsSpec;
  /** Undefined where they are the cluster's. */
  found?: Found;
  /** What is wrong with them by themselves, and told once. */
  told: Problem[];
}

export function validateText(file: string, text: string): TextResult {
  return readSources([{ file, text }]).judge(() => undefined);
}

export interface Sources {
  /** The namespaces of the policies that have no ReleaseDefaults in the files. */
  without: (string | undefined)[];
  judge(stored: StoredDefaults): TextResult;
}

/** All that was named together: a ReleaseDefaults in one file is for the policies in another. */
export function readSources(sources: readonly Source[]): Sources {
  const all: Found[] = [];
  const syntax: string[] = [];
  for (const { file, text } of sources) {
    const { documents, faults } = readYaml(text);
    const found = documents.flatMap((document) => objectsOf(file, document));
    all.push(...found.filter((one) => 'object' in one));
    const strange = found.filter((one) => 'text' in one);
    syntax.push(...faults.map(({ line, message }) => `${file}:${line}: ${message}`));
    syntax.push(...strange.map(({ line, text }) => `${file}:${line}: ${text}`));
  }
  const written = all.filter((found) => isKind(found, KINDS.releaseDefaults.kind));
  const policies = all.filter((found) => isKind(found, KINDS.releasePolicy.kind));
  const missing = policies.filter((policy) => !written.some((one) => isBeside(one, policy)));
  return {
    without: [...new Set(missing.map(namespaceOf))],
    judge: (stored) => judge(all, { syntax, written, stored }),
  };
}

interface Beside {
  syntax: string[];
  written: Found[];
  stored: StoredDefaults;
}

function judge(all: Found[], { syntax, written, stored }: Beside): TextResult {
  const result: TextResult = {
    policies: [],
    faults: syntax,
    valid: [],
    workloads: workloadsOf(all),
    others: [],
    beside: [],
  };
  const known = new Map(written.map((found) => [found, readDefaults(found)]));
  for (const found of all) {
    const name = objectName(found);
    if (!name) {
      result.others.push(titleOf(found));
      result.beside.push(found.object);
      continue;
    }
    const beside = written.find((one) => isBeside(one, found));
    const fromCluster = stored(namespaceOf(found));
    const defaults = beside ? known.get(beside) : fromCluster && { spec: fromCluster, told: [] };
    const { faults, valid } = judgeObject(found, defaults);
    const said = `${found.file}: ${name}: valid`;
    if (faults.length === 0) result.policies.push(said);
    const tell = (problem: Problem) => lineOf(name, whereItIs(problem, found, defaults));
    if (valid) {
      const near = all.filter((other) => isBeside(other, found)).map(({ object }) => object);
      const spec = withDefinitions(valid.spec, definitionsAmong(near));
      result.valid.push({ ...valid, spec, said, tell });
    }
    for (const fault of faults.toSorted((a, b) => a.line - b.line))
      result.faults.push(lineOf(name, fault));
  }
  const named = result.valid.flatMap(({ spec }) => definitionsNamed(spec));
  for (const found of all)
    for (const fault of definitionFaults(found.object, named)) {
      const { file, line, text: what } = told(found, fault);
      result.faults.push(`${file}:${line}: ${what}`);
    }
  return result;
}

interface Told {
  file: string;
  line: number;
  text: string;
}

function lineOf(name: string, { file, line, text }: Told): string {
  return `${file}:${line}: ${name}: ${text}`;
}

function judgeObject(
  found: Found,
  defaults: Defaults | undefined,
): { faults: Told[]; valid?: Omit<ValidPolicy, 'said' | 'tell'> } {
  const { object } = found;
  const first = headFaults(object);
  if (first.length > 0) return { faults: first.map((fault) => told(found, fault)) };
  const nameless = nameFaults(object);
  if (object['kind'] === KINDS.releaseDefaults.kind)
    return { faults: [...nameless, ...defaultsFaults(object)].map((fault) => told(found, fault)) };
  const parsed = writtenPolicySpecSchema.safeParse(object['spec'], REPORT);
  if (!parsed.success) {
    const faults = [...nameless, ...structureFaults(parsed.error, KINDS.releasePolicy.kind)];
    return { faults: faults.map((fault) => told(found, fault)) };
  }
  const { spec, problems, fromDefaults } = judgePolicy(parsed.data, defaults);
  const faults = [
    ...nameless.map((fault) => told(found, fault)),
    ...problems.map((problem) => whereItIs(problem, found, defaults)),
  ];
  if (faults.length > 0) return { faults };
  const { name } = object['metadata'] as { name: string };
  return { faults, valid: { name, namespace: namespaceOf(found), spec, fromDefaults } };
}

function judgePolicy(written: WrittenPolicySpec, defaults: Defaults | undefined) {
  const { spec, origins } = effectivePolicy(written, defaults?.spec);
  const by = byDefaults(written, defaults?.spec, origins);
  const all = effectiveProblems(spec, by);
  const isTold = ({ field, message }: Problem) =>
    defaults?.told.some((one) => `${OF_DEFAULTS}${one.field}` === field && one.message === message);
  const problems = all.filter((problem) => !isTold(problem));
  return { spec, problems, fromDefaults: addedByDefaults(origins) };
}

const OF_DEFAULTS = `${KINDS.releaseDefaults.kind} ${DEFAULTS_NAME}: `;

/** In the policy, or in the ReleaseDefaults that adds it. */
function whereItIs(problem: Problem, policy: Found, defaults: Defaults | undefined): Told {
  const text = formatProblem(problem);
  const { field } = problem;
  if (!field.startsWith(OF_DEFAULTS)) return told(policy, { path: parseField(field), text });
  if (!defaults?.found) return told(policy, { path: [], text });
  return told(defaults.found, { path: parseField(field.slice(OF_DEFAULTS.length)), text });
}

function told({ file, document, path }: Found, fault: Fault): Told {
  return { file, line: document.lineOf([...path, ...fault.path]), text: fault.text };
}

/** Undefined where they cannot be read at all, which is told of themselves. */
function readDefaults(found: Found): Defaults | undefined {
  const parsed = releaseDefaultsSpecSchema.safeParse(found.object['spec']);
  if (!parsed.success || headFaults(found.object).length > 0) return undefined;
  return { spec: parsed.data, found, told: validateDefaults(parsed.data) };
}

function defaultsFaults({ metadata, spec }: Record<string, unknown>): Fault[] {
  const { name } = isObject(metadata) ? metadata : {};
  const misnamed =
    typeof name === 'string' && name !== DEFAULTS_NAME
      ? [
          {
            path: ['metadata', 'name'],
            text: `metadata.name: there is one ReleaseDefaults in a namespace; name it ${DEFAULTS_NAME}`,
          },
        ]
      : [];
  const parsed = releaseDefaultsSpecSchema.safeParse(spec, REPORT);
  if (!parsed.success)
    return [...misnamed, ...structureFaults(parsed.error, KINDS.releaseDefaults.kind)];
  return [...misnamed, ...validateDefaults(parsed.data).map(problemFault)];
}

const REPORT = { reportInput: true };

/** What the schema says, with what it says about the field. */
function structureFaults(error: z.ZodError, kind: string): Fault[] {
  const schema = specSchema(kind);
  const at = (issue: z.core.$ZodIssue) => issue.path.join('.');
  // The group of what cannot be released anyway need not be corrected.
  const kindIsWrong = error.issues.some((issue) => at(issue) === 'targetRef.kind');
  return error.issues
    .filter((issue) => !(kindIsWrong && at(issue) === 'targetRef.group'))
    .flatMap((issue) => issueFaults(issue, schema));
}

const WORKLOADS = new Set<unknown>(['Deployment', 'StatefulSet', 'DaemonSet']);

/** By kind and name. */
function workloadsOf(all: Found[]): Map<string, WrittenWorkload> {
  const kinds = all.filter(({ object }) => WORKLOADS.has(object['kind']));
  return new Map(
    kinds.flatMap((found): [string, WrittenWorkload][] => {
      const { name } = metadataOf(found);
      const spec = found.object['spec'] ?? {};
      const { replicas = 1 } = spec as { replicas?: unknown };
      const fits = typeof name === 'string' && typeof replicas === 'number';
      return fits ? [[`${String(found.object['kind'])} ${name}`, { replicas, spec }]] : [];
    }),
  );
}

/** The objects of a document, and the places where none is. */
function objectsOf(file: string, document: YamlDocument): (Found | Told)[] {
  const { value } = document;
  const items = isObject(value) && value['kind'] === 'List' ? value['items'] : undefined;
  const all: { object: unknown; path: FieldPath }[] = Array.isArray(items)
    ? items.map((object: unknown, i) => ({ object, path: ['items', i] }))
    : [{ object: value, path: [] }];
  return all.map(({ object, path }) =>
    isObject(object)
      ? { file, object, path, document }
      : { file, line: document.lineOf(path), text: NO_OBJECT },
  );
}

const NO_OBJECT = 'is no Kubernetes object; write apiVersion, kind, metadata and spec';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Also where the group is misspelt or missing: nobody else has such a kind. */
function isOurs({ object }: Found): boolean {
  const { apiVersion, kind } = object;
  const inGroup = typeof apiVersion === 'string' && apiVersion.startsWith(`${GROUP}/`);
  return inGroup || BY_HAND.some((one) => one === kind);
}

function isKind(found: Found, kind: string): boolean {
  return isOurs(found) && found.object['kind'] === kind;
}

function metadataOf({ object }: Found): { name?: unknown; namespace?: unknown } {
  const { metadata } = object;
  return isObject(metadata) ? metadata : {};
}

function namespaceOf(found: Found): string | undefined {
  const { namespace } = metadataOf(found);
  return typeof namespace === 'string' ? namespace : undefined;
}

/** One that names no namespace is applied to the one that is asked for, as its neighbours are. */
function isBeside(defaults: Found, policy: Found): boolean {
  const [one, other] = [namespaceOf(defaults), namespaceOf(policy)];
  return one === undefined || other === undefined || one === other;
}

/** Undefined for objects of other groups, which are not Segue's to judge. */
function objectName(found: Found): string | undefined {
  if (!isOurs(found)) return undefined;
  return titleOf(found);
}

function titleOf(found: Found): string {
  return `${text(found.object['kind'])} ${text(metadataOf(found).name)}`;
}

const text = (value: unknown): string =>
  typeof value === 'string' && value !== '' ? value : '(none)';

const BY_HAND: string[] = [KINDS.releasePolicy.kind, KINDS.releaseDefaults.kind];

function headFaults(object: Record<string, unknown>): Fault[] {
  const { apiVersion, kind } = object;
  if (apiVersion !== API_VERSION) {
    const has = apiVersion === undefined ? 'is missing' : `there is no ${shown(apiVersion)} here`;
    return [{ path: ['apiVersion'], text: `apiVersion: ${has}; write ${API_VERSION}` }];
  }
  if (BY_HAND.some((one) => one === kind)) return fieldFaults(object);
  const near = typeof kind === 'string' ? closest(kind, BY_HAND) : undefined;
  const foreign = near === undefined ? 'is not written by hand' : 'is no kind of Segue';
  const written = kind === undefined ? 'is missing' : `${shown(kind)} ${foreign}`;
  const fix =
    kind === undefined || near !== undefined ? `write ${near ?? BY_HAND[0]}` : 'take it out';
  return [{ path: ['kind'], text: `kind: ${written}; ${fix}` }];
}

const FIELDS = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

function fieldFaults(object: Record<string, unknown>): Fault[] {
  return Object.keys(object)
    .filter((key) => !FIELDS.includes(key))
    .map((key) => ({
      path: [key],
      text: `${key}: unknown field; is it misspelt or at the wrong depth?`,
    }));
}

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const LABEL_MAX = 63;

function nameFaults({ metadata }: Record<string, unknown>): Fault[] {
  const fault = (field: string, text: string): Fault[] => [
    { path: field.split('.'), text: `${field}: ${text}` },
  ];
  if (!isObject(metadata))
    return fault(
      'metadata',
      `${metadata === undefined ? 'is missing' : 'is no object'}; write {name: …}`,
    );
  const { name, namespace } = metadata;
  if (namespace !== undefined && (typeof namespace !== 'string' || !NAME.test(namespace)))
    return fault(
      'metadata.namespace',
      `${shown(namespace)} is not the name of a namespace; correct it`,
    );
  if (name === undefined || name === null || name === '')
    return fault('metadata', 'has no name; set metadata.name');
  if (typeof name !== 'string')
    return fault('metadata.name', `${shown(name)} is not text; write it in quotes`);
  if (!NAME.test(name))
    return fault(
      'metadata.name',
      `${shown(name)} is not a Kubernetes name; write small letters, digits, dashes and dots`,
    );
  if (name.length <= LABEL_MAX) return [];
  const message = `is ${name.length} characters long, ${LABEL_MAX} fit in a label`;
  return fault('metadata.name', `${message}; choose a shorter name`);
}

const problemFault = (problem: Problem): Fault => ({
  path: parseField(problem.field),
  text: formatProblem(problem),
});

const OTHERS_MAX = 5;

/** Why there is nothing to check or to plan. */
export function noPolicy(files: readonly string[], { others }: TextResult): string {
  const some = others.slice(0, OTHERS_MAX).join(', ');
  const more = others.length > OTHERS_MAX ? ` and ${others.length - OTHERS_MAX} more` : '';
  const has = others.length > 0 ? `only ${some}${more}` : 'no object at all';
  return `${files.join(', ')}: no ReleasePolicy in it, ${has}; name the file that has one`;
}
