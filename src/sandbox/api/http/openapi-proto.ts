/**
 * The OpenAPI v2 document in protobuf (gnostic's `OpenAPIv2.proto`), the only form in which kubectl
 * reads it, to check Lists before it sends them. Bounds, patterns and enums are left out: kubectl
 * leaves those to the server.
 */
import { isFields, listAt, objectsAt, textAt, type Fields } from '../schema.ts';

export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2';

const LENGTH_DELIMITED = 2;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A field that is a text or a message. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint((number << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes]);
}

function flag(number: number): Buffer {
  return Buffer.concat([varint(number << 3), varint(1)]);
}

function message(...parts: (Buffer | Buffer[])[]): Buffer {
  return Buffer.concat(parts.flat());
}

/** Fields that are there, by their number. */
function texts(from: Fields, numbers: Record<string, number>): Buffer[] {
  return Object.entries(numbers).flatMap(([name, number]) =>
    textAt(from, name) === '' ? [] : [field(number, textAt(from, name))],
  );
}

function repeated(from: Fields, name: string, number: number): Buffer[] {
  return listAt(from, name).map((one) => field(number, String(one)));
}

/** `x-…`: their values as YAML, which JSON is. */
function extensions(from: Fields, number: number): Buffer[] {
  return Object.entries(from)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => {
      const any = field(2, field(2, JSON.stringify(value)));
      return field(number, message(field(1, name), any));
    });
}

function schemaMessage(schema: Fields): Buffer {
  const { additionalProperties, items, type } = schema;
  return message(
    texts(schema, { $ref: 1, format: 2, title: 3, description: 4 }),
    repeated(schema, 'required', 19),
    isFields(additionalProperties)
      ? field(21, field(1, schemaMessage(additionalProperties)))
      : additionalProperties === true
        ? field(21, flag(2))
        : [],
    typeof type === 'string' ? field(22, field(1, type)) : [],
    isFields(items) ? field(23, field(1, schemaMessage(items))) : [],
    isFields(schema['properties']) ? field(25, schemasMessage(schema['properties'])) : [],
    extensions(schema, 31),
  );
}

function schemasMessage(schemas: Fields): Buffer {
  return message(
    Object.entries(schemas).map(([name, schema]) =>
      field(1, message(field(1, name), field(2, schemaMessage(isFields(schema) ? schema : {})))),
    ),
  );
}

/** What stands for a parameter in a query: `{parameter: {non_body: {query: …}}}`. */
function parameterMessage(parameter: Fields): Buffer {
  const query = message(texts(parameter, { in: 2, name: 4, type: 6 }));
  return field(1, field(2, field(3, query)));
}

function operationMessage(operation: Fields): Buffer {
  return message(
    texts(operation, { operationId: 5 }),
    repeated(operation, 'consumes', 7),
    objectsAt(operation, 'parameters').map((one) => field(8, parameterMessage(one))),
    extensions(operation, 13),
  );
}

const METHODS: Record<string, number> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

function pathsMessage(paths: Fields): Buffer {
  return message(
    Object.entries(paths).map(([path, item]) => {
      const operations = Object.entries(METHODS).flatMap(([method, number]) => {
        const operation = isFields(item) ? item[method] : undefined;
        return isFields(operation) ? [field(number, operationMessage(operation))] : [];
      });
      return field(2, message(field(1, path), field(2, message(operations))));
    }),
  );
}

/** The document that `openApiV2` makes, encoded. */
export function encodeOpenApiV2(document: Fields): Buffer {
  const { info, paths, definitions } = document;
  return message(
    texts(document, { swagger: 1 }),
    isFields(info) ? field(2, message(texts(info, { title: 1, version: 2 }))) : [],
    isFields(paths) ? field(8, pathsMessage(paths)) : [],
    isFields(definitions) ? field(9, schemasMessage(definitions)) : [],
  );
}
