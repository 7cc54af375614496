/** The schemas of what is served, published for clients: OpenAPI v2 in one document, v3 by group
 * version. */
import { createHash } from 'node:crypto';
import type { Registry } from '../registry.ts';
import type { Resource } from '../resource.ts';
import { isFields, type Fields, type Schema } from '../schema.ts';
import { fieldDescription, typeDescription } from '../schemas/descriptions.ts';
import { groupVersionPaths } from './discovery.ts';

const PREFIX: Record<string, string> = {
  meta: 'io.k8s.apimachinery.pkg.apis.meta.v1',
  autoscaling: 'io.k8s.api.autoscaling.v2',
  autoscalingv1: 'io.k8s.api.autoscaling.v1',
  admission: 'io.k8s.api.admissionregistration.v1',
  extensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
};

/** `io.k8s.api.core.v1.Pod`. */
function publishedName(typeName: string): string {
  const [module = '', name = ''] = typeName.split('.');
  return `${PREFIX[module] ?? `io.k8s.api.${module}.v1`}.${name}`;
}

/** `dev.segue.v1alpha1.Release` for custom kinds. */
function schemaName(resource: Resource): string {
  const { typeName } = resource.schema;
  if (typeName !== undefined) return publishedName(typeName);
  return `${resource.group.split('.').toReversed().join('.')}.${resource.version}.${resource.kind}`;
}

function kindOf({ group, version, kind }: Resource): Fields {
  return { group, kind, version };
}

/** Collects named schemas on the way, each once. */
class Publisher {
  readonly definitions: Record<string, Fields> = {};
  readonly #base: string;
  readonly #v3: boolean;
  /** Of the kind being added. */
  #isCustom = false;

  constructor(base: string) {
    this.#base = base;
    this.#v3 = base.startsWith('#/components');
  }

  addKind(resource: Resource): string {
    const name = schemaName(resource);
    const { typeName, ...own } = resource.schema;
    const properties: Record<string, Schema> = { ...own.properties };
    const gvk = { 'x-kubernetes-group-version-kind': [kindOf(resource)] };
    this.definitions[name] = {};
    const text: Schema = { type: 'string' };
    const whole = { ...own, properties: { apiVersion: text, kind: text, ...properties } };
    this.#isCustom = resource.custom;
    this.definitions[name] = { ...this.#inline(whole, typeName), ...gvk };
    return name;
  }

  ref(schema: Schema): Fields {
    const { typeName } = schema;
    if (typeName === undefined) return this.#inline(schema);
    const name = publishedName(typeName);
    if (this.definitions[name] === undefined) {
      this.definitions[name] = {};
      const { typeName: _, ...own } = schema;
      this.definitions[name] = this.#inline(own, typeName);
    }
    const strategy = schema['x-kubernetes-patch-strategy'];
    const reference = { $ref: `${this.#base}${name}` };
    const extension = strategy === undefined ? {} : { 'x-kubernetes-patch-strategy': strategy };
    if (!this.#v3) return { ...reference, ...extension };
    return strategy === undefined
      ? { default: {}, allOf: [reference] }
      : { allOf: [reference], ...extension };
  }

  #writeIntOrString({ type }: Schema, result: Fields): void {
    if (type !== undefined) return;
    delete result['x-kubernetes-int-or-string'];
    if (this.#v3) result['oneOf'] = [{ type: 'integer' }, { type: 'string' }];
    else result['type'] = 'string';
  }

  #properties(properties: Record<string, Schema>, owner: string | undefined): Fields {
    const published = Object.entries(properties).map(([name, one]): [string, Fields] => {
      const description = owner && fieldDescription(owner, name);
      return [name, { ...this.ref(one), ...described(description) }];
    });
    return Object.fromEntries(published);
  }

  /** @param typeName of a built-in type, which then is described. */
  #inline(schema: Schema, typeName?: string): Fields {
    const result: Fields = { ...schema, ...described(typeName && typeDescription(typeName)) };
    delete result['typeName'];
    if (!this.#v3 && this.#isCustom && isLoose(schema)) return looseSchema(schema);
    if (schema.properties !== undefined)
      result['properties'] = this.#properties(schema.properties, typeName);
    if (schema.items !== undefined) result['items'] = this.ref(schema.items);
    if (isFields(schema.additionalProperties))
      result['additionalProperties'] = this.ref(schema.additionalProperties);
    if (schema['x-kubernetes-int-or-string'] === true) this.#writeIntOrString(schema, result);
    if (!this.#v3)
      for (const name of ['nullable', 'oneOf', 'anyOf', 'not', 'default']) delete result[name];
    return result;
  }
}

function described(description: string | undefined): Fields {
  return description === undefined || description === '' ? {} : { description };
}

/** Version 2 has no words for these, and kubectl's own checks would refuse what the server takes. */
function isLoose(schema: Schema): boolean {
  return schema.nullable === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
}

function looseSchema(schema: Schema): Fields {
  const { type, description, nullable } = schema;
  return {
    ...(typeof description === 'string' ? { description } : {}),
    ...(type === undefined || nullable === true ? {} : { type }),
  };
}

const QUERY = ['dryRun', 'fieldManager', 'fieldValidation', 'force', 'pretty'];

function parameters(v3: boolean, verb: string): Fields[] {
  return QUERY.filter((name) => name !== 'force' || verb === 'patch').map((name) => ({
    name,
    in: 'query',
    ...(v3
      ? { schema: { type: 'string', uniqueItems: true } }
      : { type: 'string', uniqueItems: true }),
  }));
}

const PATCHES = [
  'json-patch+json',
  'merge-patch+json',
  'strategic-merge-patch+json',
  'apply-patch+yaml',
];

function operation(resource: Resource, { verb, v3 }: { verb: string; v3: boolean }): Fields {
  const types = PATCHES.filter((type) => !(resource.custom && type.startsWith('strategic'))).map(
    (type) => `application/${type}`,
  );
  const body = v3
    ? {
        requestBody: {
          content: Object.fromEntries(types.map((type) => [type, { schema: { type: 'object' } }])),
        },
      }
    : { consumes: types };
  return {
    operationId: `${verb}${resource.group.replaceAll('.', '')}${resource.version}${resource.kind}`,
    parameters: parameters(v3, verb),
    ...(verb === 'patch' ? body : {}),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': verb,
    'x-kubernetes-group-version-kind': kindOf(resource),
  };
}

function pathsOf(resource: Resource, v3: boolean): Record<string, Fields> {
  const { group, version, plural, namespaced } = resource;
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = `${base}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`;
  const paths: Record<string, Fields> = {
    [collection]: {
      get: operation(resource, { verb: 'list', v3 }),
      post: operation(resource, { verb: 'post', v3 }),
    },
  };
  if (resource.verbs.includes('patch'))
    paths[`${collection}/{name}`] = {
      get: operation(resource, { verb: 'get', v3 }),
      put: operation(resource, { verb: 'put', v3 }),
      patch: operation(resource, { verb: 'patch', v3 }),
      delete: operation(resource, { verb: 'delete', v3 }),
    };
  return paths;
}

const INFO = { title: 'Kubernetes', version: 'v1.34.0' };

export function openApiV2(registry: Registry): Fields {
  const publisher = new Publisher('#/definitions/');
  const resources = registry.all();
  for (const resource of resources) publisher.addKind(resource);
  const paths = Object.assign({}, ...resources.map((one) => pathsOf(one, false))) as Fields;
  return { swagger: '2.0', info: INFO, paths, definitions: publisher.definitions };
}

export function openApiV3(resources: Resource[]): Fields {
  const publisher = new Publisher('#/components/schemas/');
  for (const resource of resources) publisher.addKind(resource);
  const paths = Object.assign({}, ...resources.map((one) => pathsOf(one, true))) as Fields;
  return { openapi: '3.0.0', info: INFO, paths, components: { schemas: publisher.definitions } };
}

/** The index of v3 documents; the hash in each address changes with the document. */
export function openApiIndex(registry: Registry): Fields {
  const paths: Fields = {};
  for (const [path, resources] of groupVersionPaths(registry)) {
    const custom = resources.filter((one) => one.custom).map((one) => one.schema);
    const text = JSON.stringify([path, resources.map((one) => one.kind), custom]);
    const hash = createHash('sha256').update(text).digest('hex').toUpperCase();
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  return { paths };
}
