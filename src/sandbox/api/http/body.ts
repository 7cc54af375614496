/** Reads the bodies of requests: JSON, YAML, or the protobuf of Go clients. */
import { parse, parseDocument } from 'yaml';
import { TYPES } from '../kinds/types.ts';
import { openEnvelope, readTyped } from '../protobuf.ts';
import type { Registry } from '../registry.ts';
import { isFields } from '../schema.ts';
import { badRequest, StatusError } from '../status.ts';
import { duplicateFields } from './duplicates.ts';
import type { ApiRequest } from './message.ts';

export const MEDIA_TYPE_ERROR =
  'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** Kinds that are sent but not served as resources. */
const SENT_ONLY: Record<string, string> = {
  Binding: 'core.Binding',
  DeleteOptions: 'meta.DeleteOptions',
  Eviction: 'policy.Eviction',
  Scale: 'autoscalingv1.Scale',
  TokenRequest: 'authentication.TokenRequest',
};

/** Undefined when there is none. */
export function parseBody(request: ApiRequest, registry: Registry): unknown {
  const type = mediaType(request);
  if (request.body.length === 0) return undefined;
  if (type === 'application/vnd.kubernetes.protobuf') return protobuf(request.body, registry);
  if (type.includes('protobuf') || type.includes('cbor'))
    throw new StatusError(415, 'UnsupportedMediaType', MEDIA_TYPE_ERROR, {});
  const text = Buffer.from(request.body).toString();
  try {
    return isYaml(type, text)
      ? (parse(text, { ...YAML, uniqueKeys: false }) as unknown)
      : (JSON.parse(text) as unknown);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`the body of the request cannot be read: ${why}`);
  }
}

const YAML = { version: '1.1', schema: 'yaml-1.1' } as const;

function mediaType({ headers }: ApiRequest): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

function isYaml(type: string, text: string): boolean {
  return type.includes('yaml') && !text.trimStart().startsWith('{');
}

/** What a body that can be read says twice, in the words of field validation. */
export function duplicatesIn(request: ApiRequest): string[] {
  const type = mediaType(request);
  if (request.body.length === 0 || type.includes('protobuf')) return [];
  const text = Buffer.from(request.body).toString();
  if (!isYaml(type, text)) return duplicateFields(text).map((path) => `duplicate field "${path}"`);
  const { errors } = parseDocument(text, YAML);
  return errors
    .filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ linePos }) => `line ${linePos?.[0].line ?? 0}: key already set in map`);
}

function protobuf(body: Uint8Array, registry: Registry): unknown {
  const { apiVersion, kind, raw } = openEnvelope(body);
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const served = registry.findKind(group, kind, apiVersion.slice(slash + 1));
  const typeName = SENT_ONLY[kind] ?? served?.schema.typeName;
  if (typeName === undefined)
    throw badRequest(`no kind "${kind}" is registered for "${apiVersion}"`);
  return { ...readTyped(TYPES, typeName, raw), apiVersion, kind };
}

export function objectBody(request: ApiRequest, registry: Registry): Record<string, unknown> {
  const body = parseBody(request, registry);
  if (!isFields(body)) throw badRequest('the body of the request must be an object');
  return body;
}
