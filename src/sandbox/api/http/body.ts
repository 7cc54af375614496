/** Reads the bodies of requests. */
import { parse } from 'yaml';
import { isFields } from '../schema.ts';
import { badRequest, StatusError } from '../status.ts';
import type { ApiRequest } from './message.ts';

export const MEDIA_TYPE_ERROR =
  'only the following media types are accepted: application/json, application/yaml';

/** The body of a write: JSON, or YAML where that is what it says. */
export function parseBody(request: ApiRequest): unknown {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  if (type.includes('protobuf') || type.includes('cbor'))
    throw new StatusError(415, 'UnsupportedMediaType', MEDIA_TYPE_ERROR, {});
  if (request.body.trim() === '') return undefined;
  try {
    if (type.includes('yaml') && !request.body.trimStart().startsWith('{'))
      return parse(request.body, { version: '1.1', schema: 'yaml-1.1' }) as unknown;
    return JSON.parse(request.body) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`the body of the request cannot be read: ${why}`);
  }
}

export function objectBody(request: ApiRequest): Record<string, unknown> {
  const body = parseBody(request);
  if (!isFields(body)) throw badRequest('the body of the request must be an object');
  return body;
}
