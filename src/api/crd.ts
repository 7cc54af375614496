/**
 * The CustomResourceDefinitions, made from the same zod schemas that type and validate the
 * resources, so that the API server and Segue cannot disagree about a field.
 */
import * as z from 'zod';
import { checkTemplateSpecSchema } from './check-template.ts';
import { SOURCE_NAMES } from './check-sources/index.ts';
import { API_VERSION, DEFAULTS_NAME, GROUP, VERSION } from './group.ts';
import type { KubeObject } from './object.ts';
import { policyStatusSchema, writtenPolicySpecSchema } from './policy.ts';
import { releaseDefaultsSpecSchema } from './release-defaults.ts';
import { MATCH_CHOICES } from './request-match.ts';
import { routedFields, ROUTER_NAMES } from './routed.ts';
import { releaseRequestSpecSchema } from './release-request.ts';
import { releaseSpecSchema, releaseStatusSchema } from './release.ts';

/** A schema in the dialect of CRDs (`JSONSchemaProps`), as far as Segue uses it. */
export interface CrdSchema {
  type?: string;
  properties?: Record<string, CrdSchema>;
  items?: CrdSchema;
  required?: string[];
  oneOf?: { required: string[] }[];
  anyOf?: CrdSchema[];
  [key: string]: unknown;
}

interface CrdKind {
  kind: string;
  plural: string;
  singular: string;
  shortName: string;
  description: string;
  /** The only name there may be. */
  onlyName?: string;
  spec: z.ZodType;
  status?: z.ZodType;
  columns: Column[];
  /** Objects of which exactly one field must be set. */
  choices: Choice[];
}

interface Column {
  name: string;
  jsonPath: string;
  type: 'string' | 'integer' | 'date';
  description?: string;
  /** 0, the default: in the standard view; 1: only with `-o wide`. */
  priority?: number;
}

interface Choice {
  /** From the root; `[]` steps into the items of a list. */
  path: string[];
  /** Default: every property of the object. */
  fields?: string[];
  /** Where one of these fields is set the choice may be made elsewhere. */
  unless?: string[];
}

const AGE: Column = { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date' };
const GOAL_SOURCES = ['prometheus', 'scrape'];
const SMOKE_TESTS = [
  ['spec', 'strategy', 'canary', 'stages', '[]', 'smokeTests', '[]'],
  ['spec', 'strategy', 'blueGreen', 'smokeTests', '[]'],
  ['spec', 'strategy', 'blueGreen', 'afterSwitch', 'smokeTests', '[]'],
  ['spec', 'strategy', 'abTest', 'smokeTests', '[]'],
];
/** Of what both a policy and a ReleaseDefaults say. */
const COMMON_CHOICES: Choice[] = [
  { path: ['spec', 'checks', '[]'], fields: SOURCE_NAMES, unless: ['template', 'preset'] },
  ...['before', 'after', 'onAbort'].map((when) => ({
    path: ['spec', 'hooks', when, '[]'],
    fields: ['job', 'webhook'],
  })),
];

/** Of routers that write one of several kinds. */
const ROUTED_OBJECTS: Choice[] = ROUTER_NAMES.map((name) => ({
  path: ['spec', 'traffic', 'routers', '[]', name],
  fields: routedFields(name),
})).filter(({ fields }) => fields.length > 1);

/** How each value of a list of matches is told. */
const valuesOf = (...match: string[]): Choice[] =>
  MATCH_CHOICES.map(({ at, fields }) => ({ path: [...match, 'match', '[]', ...at], fields }));

const column = (name: string, jsonPath: string, rest: Partial<Column> = {}): Column => ({
  name,
  jsonPath,
  type: 'string',
  ...rest,
});
const condition = (type: string) =>
  column(type, `.status.conditions[?(@.type=="${type}")].status`, {
    description: `Status of the condition ${type}.`,
  });

const KIND_DEFINITIONS: CrdKind[] = [
  {
    kind: 'ReleasePolicy',
    plural: 'releasepolicies',
    singular: 'releasepolicy',
    shortName: 'relpol',
    description: 'How new revisions of a workload are released.',
    spec: writtenPolicySpecSchema,
    status: policyStatusSchema,
    columns: [
      column('Target', '.spec.targetRef.name'),
      condition('Valid'),
      condition('Ready'),
      column('Release', '.status.release', { description: 'The release in progress.' }),
      column('Last', '.status.lastRelease', {
        description: 'The release that ended last.',
        priority: 1,
      }),
      AGE,
    ],
    choices: [
      { path: ['spec', 'strategy'] },
      { path: ['spec', 'traffic', 'routers', '[]'] },
      ...ROUTED_OBJECTS,
      ...COMMON_CHOICES,
      ...SMOKE_TESTS.map((path) => ({ path, fields: ['http', 'job'] })),
      ...valuesOf('spec', 'strategy', 'canary'),
      ...valuesOf('spec', 'strategy', 'canary', 'stages', '[]'),
      ...valuesOf('spec', 'strategy', 'abTest'),
      { path: ['spec', 'strategy', 'abTest'], fields: ['match', 'sticky'] },
      { path: ['spec', 'strategy', 'abTest', 'goal'], fields: GOAL_SOURCES },
    ],
  },
  {
    kind: 'Release',
    plural: 'releases',
    singular: 'release',
    shortName: 'rel',
    description: 'One new revision on its way to the users, and the record of how it went.',
    spec: releaseSpecSchema,
    status: releaseStatusSchema,
    columns: [
      column('Policy', '.spec.policy'),
      column('Phase', '.status.phase'),
      column('Stage', '.status.stage', { type: 'integer', description: 'Index of the stage.' }),
      column('Weight', '.status.traffic.weight', {
        type: 'integer',
        description: 'Percent of the traffic to the candidate.',
      }),
      column('Outcome', '.status.outcome'),
      column('Message', '.status.message', { priority: 1 }),
      AGE,
    ],
    choices: [
      { path: ['spec', 'checks', '[]'], fields: SOURCE_NAMES },
      ...valuesOf('spec', 'plan', 'stages', '[]'),
    ],
  },
  {
    kind: 'ReleaseRequest',
    plural: 'releaserequests',
    singular: 'releaserequest',
    shortName: 'relreq',
    description:
      'What a person asks of the release in progress. Create it; Segue records it in the ' +
      'Release and removes it.',
    spec: releaseRequestSpecSchema,
    columns: [
      column('Policy', '.spec.policy'),
      column('Action', '.spec.action'),
      column('By', '.spec.by'),
      AGE,
    ],
    choices: [],
  },
  {
    kind: 'ReleaseDefaults',
    plural: 'releasedefaults',
    singular: 'releasedefaults',
    shortName: 'reldef',
    description:
      'What the policies of a namespace have in common. A policy goes before it, but for the ' +
      'periods of a freeze, which hold for all.',
    onlyName: DEFAULTS_NAME,
    spec: releaseDefaultsSpecSchema,
    columns: [
      column('Bake', '.spec.bake'),
      column('On failure', '.spec.onFailure.action', { description: 'What a failed check does.' }),
      column('Released in', '.spec.releasedIn.namespace', {
        description: 'Where the same images must have been promoted.',
      }),
      column('Time zone', '.spec.window.timeZone', { priority: 1 }),
      AGE,
    ],
    choices: COMMON_CHOICES,
  },
  {
    kind: 'CheckTemplate',
    plural: 'checktemplates',
    singular: 'checktemplate',
    shortName: 'relchk',
    description:
      'A check without a name, for the policies and the ReleaseDefaults of a namespace to use with arguments.',
    spec: checkTemplateSpecSchema,
    columns: [column('Asks', '.spec.description', { description: 'What it asks.' }), AGE],
    // What uses it may say where to measure.
    choices: [],
  },
];

/** The CustomResourceDefinitions (apiextensions.k8s.io/v1), in a stable order. */
export function crds(): KubeObject[] {
  return KIND_DEFINITIONS.map(renderCrd);
}

/** The schema of the spec of a kind, to tell what a field may be. */
export function specSchema(kind: string): CrdSchema {
  const definition = KIND_DEFINITIONS.find((one) => one.kind === kind);
  return (definition && renderSchema(definition).properties?.['spec']) ?? {};
}

function renderCrd(definition: CrdKind): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${definition.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: definition.kind,
        listKind: `${definition.kind}List`,
        plural: definition.plural,
        singular: definition.singular,
        shortNames: [definition.shortName],
        categories: ['segue'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          ...(definition.status ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: definition.columns,
          schema: { openAPIV3Schema: renderSchema(definition) },
        },
      ],
    },
  };
}

function renderSchema(definition: CrdKind): CrdSchema {
  const root: CrdSchema = {
    type: 'object',
    description: definition.description,
    properties: {
      apiVersion: { type: 'string', description: `Always ${API_VERSION}.` },
      kind: { type: 'string', description: `Always ${definition.kind}.` },
      metadata: { type: 'object', ...(definition.onlyName && named(definition.onlyName)) },
      spec: { description: 'What is wanted.', ...convert(definition.spec) },
      ...(definition.status
        ? { status: { description: 'What is, as Segue saw it.', ...convert(definition.status) } }
        : {}),
    },
    required: ['spec'],
  };
  for (const choice of definition.choices) requireOne(root, choice);
  return root;
}

/** Of the metadata a schema may say something about the name only. */
const named = (name: string): CrdSchema => ({
  properties: { name: { type: 'string', enum: [name] } },
});

function convert(schema: z.ZodType): CrdSchema {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'throw',
  });
  return toStructural(json as CrdSchema, schema.description ?? '(root)');
}

/** Takes away what CRDs refuse and leaves the rest; throws where taking away would change what the
 * schema means. `where` is for that error. */
function toStructural(source: CrdSchema, where: string): CrdSchema {
  const { properties, items, ...rest } = source;
  for (const union of ['anyOf', 'oneOf', 'allOf', 'not', '$ref'])
    if (union in rest) throw new Error(`${where}: a CRD schema cannot say "${union}"`);
  const result: CrdSchema = {};
  for (const [key, value] of Object.entries(rest)) if (survives(key, value)) result[key] = value;
  if (result.type === undefined && result['x-kubernetes-preserve-unknown-fields'] !== true)
    throw new Error(`${where}: a field without a type must preserve unknown fields`);
  if (items) result.items = toStructural(items, `${where}[]`);
  if (properties)
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, s]) => [name, toStructural(s, `${where}.${name}`)]),
    );
  return result;
}

/** Whether a keyword may stay. The bounds that zod gives every integer say nothing and the API
 * server cannot hold them in an int32; `additionalProperties` beside `properties` is forbidden,
 * and needless: the API server prunes unknown fields, and refuses them on strict requests. */
function survives(key: string, value: unknown): boolean {
  if (key === '$schema') return false;
  if (key === 'additionalProperties') return value !== false;
  if (key === 'minimum' || key === 'maximum') return !isEdge(value);
  return true;
}

const isEdge = (value: unknown): boolean =>
  value === Number.MIN_SAFE_INTEGER || value === Number.MAX_SAFE_INTEGER;

/** The only union a structural schema can say about objects: which fields are set. */
function requireOne(root: CrdSchema, choice: Choice): void {
  let schema: CrdSchema | undefined = root;
  for (const part of choice.path)
    schema = part === '[]' ? schema?.items : schema?.properties?.[part];
  if (!schema?.properties) throw new Error(`no object at ${choice.path.join('.')}`);
  const fields = choice.fields ?? Object.keys(schema.properties);
  const oneOf = fields.map((field) => ({ required: [field] }));
  if (choice.unless === undefined) schema.oneOf = oneOf;
  else schema.anyOf = [...choice.unless.map((field) => ({ required: [field] })), { oneOf }];
}
