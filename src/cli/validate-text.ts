/** Checks what people write of Segue in a text: structure by the schema, sense by the engine's
 * validation, policies with the defaults of their namespace and the templates of their checks. */
import { specSchema } from '../api/crd.ts';
import { API_VERSION, DEFAULTS_NAME, GROUP, KINDS } from '../api/group.ts';
import { type PolicySpec, type WrittenPolicySpec, writtenPolicySpecSchema } from '../api/policy.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import { type ReleaseDefaultsSpec, releaseDefaultsSpecSchema } from '../api/release-defaults.ts';
import { effectiveProblems, validateDefaults } from '../engine/defaults-problems.ts';
import type { Templates } from '../engine/check-templates.ts';
import { addedByDefaults, effectiveBy } from '../engine/effective-policy.ts';
import { readYaml } from '../api/yaml-documents.ts';
import { allDefined, type Definitions, definitionsNamed } from '../engine/defined-routes.ts';
import { closest } from './closest.ts';
import { type Fault, parseField, REPORT, shown, structureFaults } from './schema-faults.ts';
import { definitionFaults, definitionsBeside } from './written-definitions.ts';
import {
  type Found,
  isBeside,
  isObject,
  metadataOf,
  namespaceOf,
  objectsOf,
  type Told,
  told,
} from './written-objects.ts';
import {
  isOfTemplate,
  readTemplate,
  templateFaults,
  TemplatesBeside,
  type WrittenTemplate,
} from './written-templates.ts';

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

/** Those of the cluster, for policies without any in the files. */
export interface Stored {
  defaults(namespace: string | undefined): ReleaseDefaultsSpec | undefined;
  templates(namespace: string | undefined): Templates;
}

/** Where nobody asks a cluster. */
export const NOTHING_STORED: Stored = {
  defaults: () => undefined,
  templates: () => (name) => ({
    message: `there is no CheckTemplate ${name} in the files`,
    fix: 'name the file that has it too, or correct the name; --cluster looks for it there',
  }),
};

export interface Source {
  file: string;
  text: string;
}

interface Defaults {
  spec: ReleaseDefaultsSpec;
  /** Undefined where they are the cluster's. */
  found?: Found;
  /** What is wrong with them by themselves, and told once. */
  told: Problem[];
}

export function validateText(file: string, text: string): TextResult {
  return readSources([{ file, text }]).judge(NOTHING_STORED);
}

export interface Sources {
  /** The namespaces of the policies that have no ReleaseDefaults in the files. */
  without: (string | undefined)[];
  /** Those of the objects whose checks use a CheckTemplate that is not in the files. */
  withoutTemplates: (string | undefined)[];
  judge(stored: Stored): TextResult;
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
  const templates = all
    .filter((found) => isKind(found, KINDS.checkTemplate.kind))
    .map(readTemplate);
  const using = [...policies, ...written].filter((found) => usesOther(found, templates));
  return {
    without: [...new Set(missing.map(namespaceOf))],
    withoutTemplates: [...new Set(using.map(namespaceOf))],
    judge: (stored) => judge(all, { syntax, written, templates, stored }),
  };
}

/** One that is not beside it. */
function usesOther(found: Found, templates: readonly WrittenTemplate[]): boolean {
  const { spec } = found.object;
  const { checks } = isObject(spec) ? spec : {};
  return (Array.isArray(checks) ? checks : []).some((check: unknown) => {
    const template = isObject(check) ? check['template'] : undefined;
    if (!isObject(template)) return false;
    return !templates.some((one) => one.name === template['name'] && isBeside(one.found, found));
  });
}

interface Beside {
  syntax: string[];
  written: Found[];
  templates: WrittenTemplate[];
  stored: Stored;
}

/** What says something for an object beside it. */
interface Near {
  defaults: Defaults | undefined;
  templates: TemplatesBeside;
  definitions: Definitions;
}

function judge(all: Found[], { syntax, written, templates, stored }: Beside): TextResult {
  const result: TextResult = {
    policies: [],
    faults: syntax,
    valid: [],
    workloads: workloadsOf(all),
    others: [],
    beside: [],
  };
  const templatesFor = (found: Found) =>
    new TemplatesBeside(templates, found, stored.templates(namespaceOf(found)));
  const known = new Map(written.map((found) => [found, readDefaults(found, templatesFor(found))]));
  for (const found of all) {
    const name = objectName(found);
    if (!isKind(found, KINDS.releasePolicy.kind)) result.others.push(titleOf(found));
    if (!name) {
      result.beside.push(found.object);
      continue;
    }
    const beside = written.find((one) => isBeside(one, found));
    const fromCluster = stored.defaults(namespaceOf(found));
    const defaults = beside ? known.get(beside) : fromCluster && { spec: fromCluster, told: [] };
    const definitions = definitionsBeside(found, all);
    const near = { defaults, templates: templatesFor(found), definitions };
    const { faults, valid } = judgeObject(found, near);
    const said = `${found.file}: ${name}: valid`;
    if (faults.length === 0) result.policies.push(said);
    const tell = (problem: Problem) => lineOf(name, whereItIs(problem, found, near));
    if (valid) result.valid.push({ ...valid, said, tell });
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

function lineOf(name: string, { file, line, text }: Told): string {
  return `${file}:${line}: ${name}: ${text}`;
}

function judgeObject(
  found: Found,
  near: Near,
): { faults: Told[]; valid?: Omit<ValidPolicy, 'said' | 'tell'> } {
  const { object } = found;
  const first = headFaults(object);
  if (first.length > 0) return { faults: first.map((fault) => told(found, fault)) };
  const nameless = nameFaults(object);
  const own = nameless.map((fault) => told(found, fault));
  if (object['kind'] === KINDS.releaseDefaults.kind)
    return { faults: [...own, ...defaultsFaults(found, near)] };
  if (object['kind'] === KINDS.checkTemplate.kind)
    return { faults: [...own, ...templateFaults(object).map((fault) => told(found, fault))] };
  const parsed = writtenPolicySpecSchema.safeParse(object['spec'], REPORT);
  if (!parsed.success) {
    const faults = structureFaults(parsed.error, specSchema(KINDS.releasePolicy.kind));
    return { faults: [...own, ...faults.map((fault) => told(found, fault))] };
  }
  const { spec, problems, fromDefaults } = judgePolicy(parsed.data, near);
  const faults = [...own, ...problems.map((problem) => whereItIs(problem, found, near))];
  if (faults.length > 0) return { faults };
  const { name } = object['metadata'] as { name: string };
  return { faults, valid: { name, namespace: namespaceOf(found), spec, fromDefaults } };
}

function judgePolicy(written: WrittenPolicySpec, { defaults, templates, definitions }: Near) {
  const others = { defaults: defaults?.spec, templates: templates.read };
  const made = allDefined(effectiveBy(written, others), definitions);
  const all = effectiveProblems(made.spec, made.others);
  const isTold = (problem: Problem) =>
    templates.tells(problem) ||
    defaults?.told.some(
      (one) => `${OF_DEFAULTS}${one.field}` === problem.field && one.message === problem.message,
    );
  const problems = all.filter((problem) => !isTold(problem));
  return { spec: made.spec, problems, fromDefaults: addedByDefaults(made.others.origins) };
}

const OF_DEFAULTS = `${KINDS.releaseDefaults.kind} ${DEFAULTS_NAME}: `;

/** In the object itself, or in the ReleaseDefaults or the CheckTemplate that adds it. */
function whereItIs(problem: Problem, home: Found, { defaults, templates }: Near): Told {
  const text = formatProblem(problem);
  const { field } = problem;
  const inTemplate = templates.place(problem);
  if (inTemplate) return inTemplate;
  const ofDefaults = field.startsWith(OF_DEFAULTS);
  if (ofDefaults && defaults?.found)
    return told(defaults.found, { path: parseField(field.slice(OF_DEFAULTS.length)), text });
  const elsewhere = ofDefaults || isOfTemplate(problem);
  return told(home, { path: elsewhere ? [] : parseField(field), text });
}

/** Undefined where they cannot be read at all, which is told of themselves. */
function readDefaults(found: Found, templates: TemplatesBeside): Defaults | undefined {
  const parsed = releaseDefaultsSpecSchema.safeParse(found.object['spec']);
  if (!parsed.success || headFaults(found.object).length > 0) return undefined;
  return { spec: parsed.data, found, told: validateDefaults(parsed.data, templates.read) };
}

function defaultsFaults(found: Found, near: Near): Told[] {
  const { metadata, spec } = found.object;
  const { name } = isObject(metadata) ? metadata : {};
  const misnamed: Fault[] =
    typeof name === 'string' && name !== DEFAULTS_NAME
      ? [
          {
            path: ['metadata', 'name'],
            text: `metadata.name: there is one ReleaseDefaults in a namespace; name it ${DEFAULTS_NAME}`,
          },
        ]
      : [];
  const parsed = releaseDefaultsSpecSchema.safeParse(spec, REPORT);
  const structure = parsed.success
    ? []
    : structureFaults(parsed.error, specSchema(KINDS.releaseDefaults.kind));
  const problems = parsed.success ? validateDefaults(parsed.data, near.templates.read) : [];
  return [
    ...[...misnamed, ...structure].map((fault) => told(found, fault)),
    ...problems
      .filter((problem) => !near.templates.tells(problem))
      .map((problem) => whereItIs(problem, found, near)),
  ];
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

/** Also where the group is misspelt or missing: nobody else has such a kind. */
function isOurs({ object }: Found): boolean {
  const { apiVersion, kind } = object;
  const inGroup = typeof apiVersion === 'string' && apiVersion.startsWith(`${GROUP}/`);
  return inGroup || BY_HAND.some((one) => one === kind);
}

function isKind(found: Found, kind: string): boolean {
  return isOurs(found) && found.object['kind'] === kind;
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

const { releasePolicy, releaseDefaults, checkTemplate } = KINDS;
const BY_HAND: string[] = [releasePolicy, releaseDefaults, checkTemplate].map(({ kind }) => kind);

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

const OTHERS_MAX = 5;

/** Why there is nothing to check or to plan. */
export function noPolicy(files: readonly string[], { others }: TextResult): string {
  const some = others.slice(0, OTHERS_MAX).join(', ');
  const more = others.length > OTHERS_MAX ? ` and ${others.length - OTHERS_MAX} more` : '';
  const has = others.length > 0 ? `only ${some}${more}` : 'no object at all';
  return `${files.join(', ')}: no ReleasePolicy in it, ${has}; name the file that has one`;
}
