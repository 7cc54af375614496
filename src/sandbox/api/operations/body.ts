/** Reading the object a client sends: is it the kind of this URL, and does it have its fields? */
import type { KubeObject } from '../../../api/object.ts';
import type { WriteOptions } from '../backend.ts';
import { CATALOG } from '../kinds/catalog.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { asText, isFields } from '../schema.ts';
import { badRequest } from '../status.ts';

/** Takes `body` over: the result may share parts with it. */
export function readObject(resource: Resource, body: unknown, options: WriteOptions): KubeObject {
  if (!isFields(body)) throw badRequest('the body of the request is not an object');
  const apiVersion = apiVersionOf(resource);
  const object: Record<string, unknown> = { apiVersion, kind: resource.kind, ...body };
  const given = { apiVersion: asText(object['apiVersion']), kind: asText(object['kind']) };
  const problem = kindProblem(resource, given);
  if (problem !== undefined) throw badRequest(`${unhandled(resource, given)}${problem}`);
  if (object['metadata'] === undefined || object['metadata'] === null) object['metadata'] = {};
  const { unknown, error } = resource.decode(object);
  const prefix = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`;
  if (error !== undefined) throw badRequest(`${prefix}: ${error}`);
  const told = [...(options.duplicates ?? []), ...unknown.map((path) => `unknown field "${path}"`)];
  if (told.length > 0) {
    if (options.fieldValidation === 'Strict')
      throw badRequest(`${prefix}: strict decoding error: ${told.join(', ')}`);
    if (options.fieldValidation === 'Warn') options.warnings.push(...told);
  }
  const read = object as KubeObject;
  if (typeof read.metadata.name !== 'string') read.metadata.name = '';
  return read;
}

interface Given {
  apiVersion: string;
  kind: string;
}

function unhandled({ kind: wanted, custom }: Resource, { apiVersion, kind }: Given): string {
  if (custom && kind === wanted) return '';
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  return `${kind} in version "${version}" cannot be handled as a ${wanted}: `;
}

/** Why an object of this version and kind is not one of the resource. */
export function kindProblem(resource: Resource, { apiVersion, kind }: Given): string | undefined {
  const expected = apiVersionOf(resource);
  if (kind === resource.kind && apiVersion === expected) return undefined;
  if (kind === resource.kind && resource.custom)
    return `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`;
  const isKnown = CATALOG.some((one) => apiVersionOf(one) === apiVersion && one.kind === kind);
  if (!isKnown)
    return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const internal = resource.group === '' ? 'core' : resource.group.split('.')[0];
  return `converting (${version}.${kind}) to (${internal}.${resource.kind}): unknown conversion`;
}
