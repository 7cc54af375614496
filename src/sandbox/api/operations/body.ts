/** Reading the object a client sends: is it the kind of this URL, and does it have its fields? */
import type { KubeObject } from '../../../api/object.ts';
import type { WriteOptions } from '../backend.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { isFields } from '../schema.ts';
import { badRequest } from '../status.ts';

/** Takes `body` over: the result may share parts with it. */
export function readObject(resource: Resource, body: unknown, options: WriteOptions): KubeObject {
  if (!isFields(body)) throw badRequest('the body of the request is not an object');
  const apiVersion = apiVersionOf(resource);
  const object: Record<string, unknown> = { apiVersion, kind: resource.kind, ...body };
  if (object['kind'] !== resource.kind || object['apiVersion'] !== apiVersion) {
    const got = `${String(object['apiVersion'])}, Kind=${String(object['kind'])}`;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): got ${got}, expected ${apiVersion}, Kind=${resource.kind}`,
    );
  }
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
