/**
 * Reads built-in kinds from protobuf, which Go clients send by default. Answers are always JSON,
 * which the same clients accept. Field numbers come with the types (schemas/).
 */
import type { TypeTable, WireField } from './schema-notation.ts';
import { isFields, type Fields, type Schema } from './schema.ts';
import { badRequest } from './status.ts';

/** Before every object: `k8s` and a NUL. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export interface Envelope {
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
}

/** Opens the `runtime.Unknown` around an object. */
export function openEnvelope(body: Uint8Array): Envelope {
  const bytes = Buffer.from(body);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw badRequest('the body of the request is not a Kubernetes protobuf object');
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array() };
  for (const { number, value } of readMessage(bytes.subarray(MAGIC.length))) {
    if (number === 2 && typeof value !== 'bigint') envelope.raw = value;
    if (number !== 1 || typeof value === 'bigint') continue;
    for (const part of readMessage(value)) {
      if (part.number === 1) envelope.apiVersion = textOf(part.value);
      if (part.number === 2) envelope.kind = textOf(part.value);
    }
  }
  return envelope;
}

interface Part {
  number: number;
  /** A varint or a fixed number, or the bytes of anything with a length. */
  value: bigint | Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function* readMessage(bytes: Uint8Array): Generator<Part> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined || shift > 63n) throw badRequest('the protobuf body ends too early');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    const wireType = tag & 7;
    if (wireType === VARINT) yield { number, value: varint() };
    else if (wireType === BYTES) {
      const length = Number(varint());
      if (at + length > bytes.length) throw badRequest('the protobuf body ends too early');
      yield { number, value: bytes.subarray(at, at + length) };
      at += length;
    } else if (wireType === FIXED64 || wireType === FIXED32) {
      const size = wireType === FIXED64 ? 8 : 4;
      if (at + size > bytes.length) throw badRequest('the protobuf body ends too early');
      yield {
        number,
        value: size === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)),
      };
      at += size;
    } else throw badRequest(`wire type ${wireType} is not known`);
  }
}

function textOf(value: bigint | Uint8Array): string {
  return typeof value === 'bigint' ? value.toString() : Buffer.from(value).toString();
}

/** An object of `typeName` (`apps.Deployment`) as JSON would write it. */
export function readTyped(types: TypeTable, typeName: string, bytes: Uint8Array): Fields {
  const object: Fields = {};
  readInto(types, { typeName, object }, bytes);
  return object;
}

function readInto(
  types: TypeTable,
  { typeName, object }: { typeName: string; object: Fields },
  bytes: Uint8Array,
): void {
  const fields = types.wireFields(typeName);
  for (const { number, value } of readMessage(bytes)) {
    const field = fields.get(number);
    if (field === undefined) continue;
    if (field.name !== '') readField(types, { object, field }, value);
    else if (field.schema.typeName !== undefined && typeof value !== 'bigint')
      readInto(types, { typeName: field.schema.typeName, object }, value);
  }
}

function readField(
  types: TypeTable,
  { object, field }: { object: Fields; field: WireField },
  value: bigint | Uint8Array,
): void {
  const { name, schema } = field;
  if (schema.type === 'array') {
    const list = Array.isArray(object[name]) ? object[name] : [];
    list.push(readValue(types, schema.items ?? {}, value));
    object[name] = list;
    return;
  }
  const { additionalProperties } = schema;
  if (isFields(additionalProperties)) {
    const map = isFields(object[name]) ? object[name] : {};
    readEntry(types, { map, schema: additionalProperties }, value);
    object[name] = map;
    return;
  }
  const read = readValue(types, schema, value);
  if (read !== undefined) object[name] = read;
}

function readEntry(
  types: TypeTable,
  { map, schema }: { map: Fields; schema: Schema },
  value: bigint | Uint8Array,
): void {
  if (typeof value === 'bigint') return;
  let key = '';
  let member: unknown = schema.type === 'string' ? '' : undefined;
  for (const part of readMessage(value)) {
    if (part.number === 1) key = textOf(part.value);
    if (part.number === 2) member = readValue(types, schema, part.value);
  }
  map[key] = member;
}

/** Scalars that are messages of their own: of times, quantities, numbers or texts, and raw JSON. */
function readValue(types: TypeTable, schema: Schema, value: bigint | Uint8Array): unknown {
  if (typeof value === 'bigint') return numberOf(schema, value);
  const { typeName, format } = schema;
  if (typeName !== undefined) return readTyped(types, typeName, value);
  if (format === 'byte') return Buffer.from(value).toString('base64');
  if (format === 'date-time') return timeOf(value);
  if (format === 'quantity') return partOf(value, 1, textOf);
  if (format === 'int-or-string') return intOrStringOf(value);
  if (schema.type === 'array') return listOf(types, schema, value);
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return rawJson(value);
  return Buffer.from(value).toString();
}

function numberOf(schema: Schema, value: bigint): unknown {
  if (schema.type === 'boolean') return value !== 0n;
  return Number(BigInt.asIntN(64, value));
}

function partOf<T>(
  bytes: Uint8Array,
  number: number,
  read: (value: bigint | Uint8Array) => T,
): T | undefined {
  for (const part of readMessage(bytes)) if (part.number === number) return read(part.value);
  return undefined;
}

/** An empty message is the zero time, which JSON writes as null. */
function timeOf(bytes: Uint8Array): string | undefined {
  const seconds = partOf(bytes, 1, (value) => Number(BigInt.asIntN(64, value as bigint)));
  const nanos = partOf(bytes, 2, (value) => Number(value as bigint)) ?? 0;
  if (seconds === undefined) return undefined;
  const text = new Date(seconds * 1_000).toISOString().slice(0, 19);
  const micros = Math.floor(nanos / 1_000);
  return micros === 0 ? `${text}Z` : `${text}.${String(micros).padStart(6, '0')}Z`;
}

function intOrStringOf(bytes: Uint8Array): unknown {
  const isText = partOf(bytes, 1, (value) => value === 1n) ?? false;
  if (isText) return partOf(bytes, 3, textOf) ?? '';
  return partOf(bytes, 2, (value) => Number(BigInt.asIntN(32, value as bigint))) ?? 0;
}

/** A list inside a map: a message with the elements in its first field. */
function listOf(types: TypeTable, schema: Schema, bytes: Uint8Array): unknown[] {
  const list: unknown[] = [];
  for (const part of readMessage(bytes))
    if (part.number === 1) list.push(readValue(types, schema.items ?? {}, part.value));
  return list;
}

function rawJson(bytes: Uint8Array): unknown {
  const text = partOf(bytes, 1, textOf);
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as unknown);
}
