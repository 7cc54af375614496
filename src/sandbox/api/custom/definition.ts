/** CustomResourceDefinitions: their own validity, and the resources they make the server serve. */
import type { KubeObject } from '../../../api/object.ts';
import { sortedJson } from '../../../api/sorted-json.ts';
import { timestamp } from '../backend.ts';
import { ensure, fill } from '../defaults/fill.ts';
import { customSelectable } from '../kinds/selectable.ts';
import { TYPES } from '../kinds/types.ts';
import type { Resource, ScalePaths, Strategy } from '../resource.ts';
import {
  equal,
  fieldsAt,
  isFields,
  listAt,
  objectsAt,
  textAt,
  type Fields,
  type Schema,
} from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { customTable } from '../tables/custom.ts';
import { nameProblems } from '../validation/names.ts';
import { validateRules } from './rule-definitions.ts';
import { prune, setSchemaDefaults } from './structural.ts';
import { customValidator } from './validate.ts';

/** Keeps a definition until the last of its objects is gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export function definitionStrategy(now: () => number): Strategy {
  return {
    setDefaults: setDefinitionDefaults,
    prepareCreate: (definition) => {
      const finalizers = definition.metadata.finalizers ?? [];
      if (!finalizers.includes(CLEANUP_FINALIZER))
        definition.metadata.finalizers = [...finalizers, CLEANUP_FINALIZER];
      definition['status'] = statusOf(definition, timestamp(now()));
    },
    prepareUpdate: (definition, old) => {
      const since = textAt(objectsAt(old, 'status', 'conditions')[0], 'lastTransitionTime');
      const before = listAt(old, 'status', 'storedVersions');
      const status = statusOf(definition, since);
      status['storedVersions'] = [...new Set([...before, ...listAt(status, 'storedVersions')])];
      definition['status'] = status;
    },
    validate: validateDefinition,
    validateUpdate: validateDefinitionUpdate,
  };
}

function setDefinitionDefaults(definition: KubeObject): void {
  const spec = ensure(definition, 'spec');
  fill(spec, { conversion: { strategy: 'None' } });
  const names = ensure(spec, 'names');
  const kind = textAt(names, 'kind');
  fill(names, { listKind: `${kind}List`, singular: kind.toLowerCase() });
}

function statusOf(definition: KubeObject, time: string): Fields {
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: time,
    reason,
    message,
  });
  const stored = objectsAt(definition, 'spec', 'versions').filter((one) => one['storage'] === true);
  return {
    acceptedNames: fieldsAt(definition, 'spec', 'names'),
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    storedVersions: stored.map((one) => one['name']),
  };
}

function validateDefinition(definition: KubeObject): Cause[] {
  const spec = fieldsAt(definition, 'spec');
  const names = fieldsAt(spec, 'names');
  const versions = objectsAt(spec, 'versions');
  const expected = `${textAt(names, 'plural')}.${textAt(spec, 'group')}`;
  const scopes = ['Cluster', 'Namespaced'];
  const storage = versions.filter((one) => one['storage'] === true).length;
  const [plural] = nameProblems('service', textAt(names, 'plural'));
  return [
    ...(definition.metadata.name === expected
      ? []
      : [
          cause.invalid(
            'metadata.name',
            definition.metadata.name,
            'must be spec.names.plural+"."+spec.group',
          ),
        ]),
    ...(['group'] as const).flatMap((name) =>
      textAt(spec, name) === '' ? [cause.required(`spec.${name}`)] : [],
    ),
    ...(scopes.includes(textAt(spec, 'scope'))
      ? []
      : [cause.notSupported('spec.scope', spec['scope'] ?? '', scopes)]),
    ...(textAt(names, 'kind') === '' ? [cause.required('spec.names.kind')] : []),
    ...(plural === undefined
      ? []
      : [cause.invalid('spec.names.plural', names['plural'] ?? '', plural)]),
    ...(storage === 1
      ? []
      : [
          cause.invalid(
            'spec.versions',
            versions.map((one) => one['name']),
            'must have exactly one version marked as storage version',
          ),
        ]),
    ...versions.flatMap((version, i) => validateVersion(version, `spec.versions[${i}]`)),
  ];
}

function validateVersion(version: Fields, field: string): Cause[] {
  const at = `${field}.schema.openAPIV3Schema`;
  const schema = fieldsAt(version, 'schema')['openAPIV3Schema'];
  if (!isFields(schema)) return [cause.required(at, 'schemas are required')];
  const causes = [...validateSchema(schema, at), ...validateRules(schema, at)];
  const { type } = schema;
  if (type === 'object') return causes;
  return [
    ...(type === undefined
      ? [cause.required(`${at}.type`, 'must not be empty at the root')]
      : [cause.invalid(`${at}.type`, type, 'must be object at the root')]),
    ...causes.filter((one) => one.field !== `${at}.type`),
  ];
}

function isTyped(schema: Schema): boolean {
  return (
    schema.type !== undefined ||
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true
  );
}

/** What makes a schema structural, as far as mistakes in it are likely. */
function validateSchema(schema: Schema, field: string): Cause[] {
  const causes: Cause[] = [];
  if (schema.properties !== undefined && schema.additionalProperties !== undefined)
    causes.push(
      cause.forbidden(
        `${field}.additionalProperties`,
        'additionalProperties and properties are mutual exclusive',
      ),
    );
  if ('$ref' in schema) causes.push(cause.forbidden(`${field}.$ref`, '$ref is not supported'));
  if (!isTyped(schema))
    causes.push(cause.required(`${field}.type`, 'must not be empty for specified object fields'));
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] === 'map' && keys.length === 0)
    causes.push(
      cause.required(
        `${field}.x-kubernetes-list-map-keys`,
        'must not be empty if x-kubernetes-list-type is map',
      ),
    );
  return [...causes, ...validateInner(schema, field)];
}

function validateInner(schema: Schema, field: string): Cause[] {
  const { items, additionalProperties } = schema;
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      name === 'metadata' ? [] : validateSchema(property, `${field}.properties[${name}]`),
    ),
    ...(items === undefined ? [] : validateSchema(items, `${field}.items`)),
    ...(typeof additionalProperties === 'object'
      ? validateSchema(additionalProperties, `${field}.additionalProperties`)
      : []),
  ];
}

function validateDefinitionUpdate(definition: KubeObject, old: KubeObject): Cause[] {
  return ['group', 'scope'].flatMap((name) => {
    const value = fieldsAt(definition, 'spec')[name];
    return equal(value, fieldsAt(old, 'spec')[name])
      ? []
      : [cause.invalid(`spec.${name}`, value, 'field is immutable')];
  });
}

export function storageOf(definition: KubeObject): string {
  return `${textAt(definition, 'spec', 'group')}/${textAt(definition, 'spec', 'names', 'plural')}`;
}

const TYPE_META: Record<string, Schema> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
};

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** One resource for each served version. */
export function resourcesOf(definition: KubeObject): Resource[] {
  const versions = objectsAt(definition, 'spec', 'versions');
  const storageVersion = textAt(
    versions.find((one) => one['storage'] === true),
    'name',
  );
  return versions
    .filter((version) => version['served'] === true)
    .map((version) => customResource(definition, version, storageVersion));
}

function customResource(definition: KubeObject, version: Fields, storageVersion: string): Resource {
  const spec = fieldsAt(definition, 'spec');
  const names = fieldsAt(spec, 'names');
  const group = textAt(spec, 'group');
  const name = textAt(version, 'name');
  const kind = textAt(names, 'kind');
  const own = fieldsAt(version, 'schema', 'openAPIV3Schema') as Schema;
  const schema: Schema = {
    ...own,
    // What every object has, whether its definition says so or not.
    properties: { ...TYPE_META, ...own.properties, metadata: TYPES.type('meta.ObjectMeta') },
  };
  const subresources = fieldsAt(version, 'subresources');
  return {
    group,
    version: name,
    kind,
    schema,
    plural: textAt(names, 'plural'),
    singular: textAt(names, 'singular'),
    shortNames: listAt(names, 'shortNames').map(String),
    categories: listAt(names, 'categories').map(String),
    namespaced: spec['scope'] === 'Namespaced',
    verbs: VERBS,
    decode: (object) => prune(own, object),
    custom: true,
    storage: storageOf(definition),
    statusSubresource: subresources['status'] !== undefined,
    countsGenerations: true,
    scale: scaleOf(subresources['scale']),
    subresources: [],
    strategy: {
      setDefaults: (object) => setSchemaDefaults(own, object),
      validate: customValidator(own),
    },
    selectable: customSelectable(
      objectsAt(version, 'selectableFields').map((field) => textAt(field, 'jsonPath')),
    ),
    table: customTable(objectsAt(version, 'additionalPrinterColumns')),
    convert: {
      fromStored: (object) => withVersion(object, `${group}/${name}`),
      toStored: (object) => sortedJson(withVersion(object, `${group}/${storageVersion}`)),
    },
    note: undefined,
    deprecation: deprecationOf(version, `${group}/${name} ${kind}`),
    nameRule: 'dns-subdomain',
    defaultPropagation: 'Background',
  };
}

function deprecationOf(version: Fields, versionAndKind: string): string | undefined {
  if (version['deprecated'] !== true) return undefined;
  return textAt(version, 'deprecationWarning') || `${versionAndKind} is deprecated`;
}

function withVersion(object: KubeObject, apiVersion: string): KubeObject {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function scaleOf(scale: unknown): ScalePaths | undefined {
  if (!isFields(scale)) return undefined;
  const selector = textAt(scale, 'labelSelectorPath');
  return {
    specReplicas: textAt(scale, 'specReplicasPath'),
    statusReplicas: textAt(scale, 'statusReplicasPath'),
    selector: selector === '' ? undefined : selector,
  };
}
