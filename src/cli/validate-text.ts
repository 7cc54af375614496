/** Checks what people write of Segue in a text: structure by the schema, sense by the engine's
 * validation, policies with the defaults of their namespace. */
import { API_VERSION, DEFAULTS_NAME, GROUP, KINDS } from '../api/group.ts';
import { type PolicySpec, type WrittenPolicySpec, writtenPolicySpecSchema } from '../api/policy.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import { type ReleaseDefaultsSpec, releaseDefaultsSpecSchema } from '../api/release-defaults.ts';
import { effectiveProblems, validateDefaults } from '../engine/defaults-problems.ts';
import { addedByDefaults, byDefaults, effectivePolicy } from '../engine/effective-policy.ts';
import { type Fault, issueFaults, issueText } from './schema-faults.ts';
import { type FieldPath, readYaml, type YamlDocument } from './yaml-documents.ts';

export interface TextResult {
  /** `file: ReleasePolicy web: valid`, for each that is, in the order of the files. */
  policies: string[];
  /** `file:line: ReleasePolicy web: field: what is wrong; what to do`. */
  faults: string[];
  /** The policies that are valid, with their defaults filled in. */
  valid: ValidPolicy[];
  /** `spec.replicas` of the Deployments beside them, by name. */
  replicas: Map<string, number>;
}

export interface ValidPolicy {
  name: string;
  namespace: string | undefined;
  /** With the ReleaseDefaults of the namespace. */
  spec: PolicySpec;
  /** What those said, in words. */
  fromDefaults: string[];
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
    all.push(...documents.flatMap((document) => objectsOf(file, document)));
    syntax.push(...faults.map(({ line, message }) => `${file}:${line}: ${message}`));
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
  const result: TextResult = { policies: [], faults: syntax, valid: [], replicas: replicasOf(all) };
  const known = new Map(written.map((found) => [found, readDefaults(found)]));
  for (const found of all) {
    const name = objectName(found);
    if (!name) continue;
    const beside = written.find((one) => isBeside(one, found));
    const fromCluster = stored(namespaceOf(found));
    const defaults = beside ? known.get(beside) : fromCluster && { spec: fromCluster, told: [] };
    const { faults, valid } = judgeObject(found, defaults);
    if (faults.length === 0) result.policies.push(`${found.file}: ${name}: valid`);
    if (valid) result.valid.push(valid);
    for (const { file, line, text } of faults.toSorted((a, b) => a.line - b.line))
      result.faults.push(`${file}:${line}: ${name}: ${text}`);
  }
  return result;
}

interface Told {
  file: string;
  line: number;
  text: string;
}

function judgeObject(
  found: Found,
  defaults: Defaults | undefined,
): { faults: Told[]; valid?: ValidPolicy } {
  const { object } = found;
  const first = headFaults(object);
  if (first.length > 0) return { faults: first.map((fault) => told(found, fault)) };
  const nameless = nameFaults(object);
  if (object['kind'] === KINDS.releaseDefaults.kind)
    return { faults: [...nameless, ...defaultsFaults(object)].map((fault) => told(found, fault)) };
  const parsed = writtenPolicySpecSchema.safeParse(object['spec'], { error: issueText });
  if (!parsed.success) {
    const faults = [...nameless, ...parsed.error.issues.flatMap(issueFaults)];
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
  const { name } = (metadata ?? {}) as { name?: unknown };
  const misnamed =
    typeof name === 'string' && name !== DEFAULTS_NAME
      ? [
          {
            path: ['metadata', 'name'],
            text: `metadata.name: there is one ReleaseDefaults in a namespace; name it ${DEFAULTS_NAME}`,
          },
        ]
      : [];
  const parsed = releaseDefaultsSpecSchema.safeParse(spec, { error: issueText });
  if (!parsed.success) return [...misnamed, ...parsed.error.issues.flatMap(issueFaults)];
  return [...misnamed, ...validateDefaults(parsed.data).map(problemFault)];
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

function objectsOf(file: string, document: YamlDocument): Found[] {
  const object = document.value as Record<string, unknown>;
  const items = object['kind'] === 'List' && Array.isArray(object['items']) ? object['items'] : [];
  if (items.length === 0) return [{ file, object, path: [], document }];
  return items.map((item, i) => ({
    file,
    object: item as Record<string, unknown>,
    path: ['items', i],
    document,
  }));
}

function isOurs({ object }: Found): boolean {
  const { apiVersion } = object ?? {};
  return typeof apiVersion === 'string' && apiVersion.startsWith(`${GROUP}/`);
}

function isKind(found: Found, kind: string): boolean {
  return isOurs(found) && found.object['kind'] === kind;
}

function metadataOf({ object }: Found): { name?: unknown; namespace?: unknown } {
  return (object?.['metadata'] ?? {}) as { name?: unknown; namespace?: unknown };
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
  return `${text(found.object['kind'])} ${text(metadataOf(found).name)}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '(none)');

const BY_HAND: unknown[] = [KINDS.releasePolicy.kind, KINDS.releaseDefaults.kind];

function headFaults({ apiVersion, kind }: Record<string, unknown>): Fault[] {
  if (apiVersion !== API_VERSION)
    return [{ path: ['apiVersion'], text: `apiVersion: there is only ${API_VERSION}; use it` }];
  if (BY_HAND.includes(kind)) return [];
  const message = `only ${BY_HAND.join(' and ')} are written by hand and can be checked`;
  return [{ path: ['kind'], text: `kind: ${message}; take it out` }];
}

function nameFaults({ metadata }: Record<string, unknown>): Fault[] {
  const { name } = (metadata ?? {}) as { name?: unknown };
  if (typeof name === 'string') return [];
  return [{ path: ['metadata'], text: 'has no name; set metadata.name' }];
}

const problemFault = (problem: Problem): Fault => ({
  path: parseField(problem.field),
  text: formatProblem(problem),
});

function parseField(field: string): FieldPath {
  return field
    .split(/[.[\]]/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
