/** Reads the bodies of requests: JSON, YAML, or the protobuf of Go clients. */
import { parse, parseDocument } from 'yaml';
import { TYPES } from '../kinds/types.ts';
import { openEnvelope, readTyped } from '../protobuf.ts';
import type { Registry } from '../registry.ts';
import { isFields } from '../schema.ts';
import { badRequest, unsupportedMediaType } from '../status.ts';
import { duplicateFields } from './duplicates.ts';
import { MEDIA_TYPES, type ApiRequest } from './message.ts';

/** Kinds that are sent but not served as resources. */
const SENT_ONLY: Record<string, string> = {
  Binding: 'core.Binding',
  DeleteOptions: 'meta.DeleteOptions',
  Eviction: 'policy.Eviction',
  Scale: 'autoscalingv1.Scale',
  TokenRequest: 'authentication.TokenRequest',
};

/** Undefined when there is none. Throws BadRequest that says, after `unread`, why it cannot be
 * read. */
export function parseBody(request: ApiRequest, registry: Registry, unread = ''): unknown {
  const type = mediaType(request);
  if (request.body.length === 0) return undefined;
  if (type === 'application/vnd.kubernetes.protobuf') return protobuf(request.body, registry);
  if (type.includes('protobuf') || type.includes('cbor')) throw unsupportedMediaType(MEDIA_TYPES);
  const text = Buffer.from(request.body).toString();
  try {
    return isYaml(type, text) ? readYaml(text) : (JSON.parse(text) as unknown);
  } catch (error) {
    throw badRequest(`${unread}${parseProblem(error, text)}`);
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

function readYaml(text: string): unknown {
  return parse(text, { ...YAML, uniqueKeys: false }) as unknown;
}

/** Go's words for what Node found wrong. */
const WORDS: [node: RegExp, go: string][] = [
  [/Expected property name/, 'looking for beginning of object key string'],
  [/after property value/, 'after object key:value pair'],
  [/after array element/, 'after array element'],
  [/after property name/, 'after object key'],
  [/after JSON/, 'after top-level value'],
];

function parseProblem(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SyntaxError)) return `yaml: ${message.split('\n')[0]}`;
  const at = Number(/position (\d+)/.exec(message)?.[1] ?? -1);
  if (/Unexpected end|Unterminated/.test(message) || at >= text.trimEnd().length)
    return 'unexpected end of JSON input';
  const found = /Unexpected token '(.)'/.exec(message)?.[1] ?? text[at] ?? '';
  const where = WORDS.find(([node]) => node.test(message))?.[1] ?? 'looking for beginning of value';
  return `invalid character '${found}' ${where}`;
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

/** @param kind what the object should be, for the message when it is nothing. */
export function objectBody(
  request: ApiRequest,
  registry: Registry,
  kind: string,
): Record<string, unknown> {
  const type = mediaType(request);
  if (type === 'application/vnd.kubernetes.protobuf') return parseBody(request, registry) as never;
  if (type !== '' && !MEDIA_TYPES.includes(type)) throw unsupportedMediaType(MEDIA_TYPES);
  const text = Buffer.from(request.body).toString();
  const told = `the object provided is unrecognized (must be of type ${kind})`;
  let read: unknown;
  try {
    read = isYaml(type, text) ? readYaml(text) : JSON.parse(text);
  } catch (error) {
    const why = parseProblem(error, text);
    const prefix = why.startsWith('yaml') ? '' : "couldn't get version/kind; json parse error: ";
    throw badRequest(`${told}: ${prefix}${why} (${summaryOf(text)})`);
  }
  if (isFields(read)) return read;
  const found = Array.isArray(read) ? 'array' : typeof read;
  throw badRequest(
    `${told}: couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type ${VERSION_AND_KIND} (${summaryOf(text)})`,
  );
}

const VERSION_AND_KIND = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
const SUMMARY_BYTES = 30;

/** The beginning of a body: as it is where it looks like JSON, else in hexadecimal. */
function summaryOf(text: string): string {
  if (text === '') return '<empty>';
  const data = Buffer.from(text);
  const isCut = data.length > SUMMARY_BYTES;
  const start = data.subarray(0, SUMMARY_BYTES);
  const shown = text.startsWith('{') ? start.toString() : start.toString('hex');
  return isCut ? `${shown} ...` : shown;
}
