/**
 * A short notation for the types of the built-in kinds. One type is `Name: field=type …`, continued
 * on indented lines; `field!=type` is required and `Name#` a struct that is applied as a whole. The
 * number before a field is its number in protobuf; `1*=type` is a message there whose fields stand
 * among those of the type itself everywhere else.
 *
 *   string bool int long number time micro quantity intstr bytes any     scalars
 *   string:TCP                                                           a text with a default
 *   Name, module.Name                                                    a type; `~`: retainKeys
 *   {type}, {type}#                                                      a map; `#`: atomic
 *   [type]  [type|key,key]  [type|!key]  [type|=]  [type|!=]             lists: atomic, by keys
 *     (merged by strategic merge patches by the first key; with `!` replaced by them), sets
 */
import { ANYTHING, type Schema } from './schema.ts';

const SCALARS: Record<string, Schema> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int: { type: 'integer', format: 'int32' },
  long: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  time: { type: 'string', format: 'date-time', nullable: true },
  micro: { type: 'string', format: 'date-time', nullable: true },
  bytes: { type: 'string', format: 'byte' },
  quantity: { 'x-kubernetes-int-or-string': true, format: 'quantity' },
  intstr: { 'x-kubernetes-int-or-string': true, format: 'int-or-string' },
  any: ANYTHING,
};

/** What a field number of a protobuf message stands for. */
export interface WireField {
  /** '' for a message whose fields belong to the object around it. */
  name: string;
  schema: Schema;
}

const FIELD = /^(\d*)([\w$-]+|\*)(!?)=(.+)$/;

/** All types of several modules; types refer to those of their own module, of `meta`, or by
 * `module.Name`. The same type is the same object wherever it is used. */
export class TypeTable {
  readonly #lines = new Map<string, { module: string; fields: string; atomic: boolean }>();
  readonly #built = new Map<string, Schema>();
  readonly #wire = new Map<string, Map<number, WireField>>();

  constructor(modules: Record<string, string>) {
    for (const [module, text] of Object.entries(modules))
      for (const line of text.trim().replaceAll(/\n\s+/g, ' ').split('\n')) {
        const match = /^(\w+)(#?): (.*)$/.exec(line);
        if (match === null) throw new Error(`not a type: ${line}`);
        const [, name = '', atomic, fields = ''] = match;
        this.#lines.set(`${module}.${name}`, { module, fields, atomic: atomic === '#' });
      }
  }

  /** The schema of `module.Name`. */
  type(fullName: string): Schema {
    const built = this.#built.get(fullName);
    if (built !== undefined) return built;
    const line = this.#lines.get(fullName);
    if (line === undefined) throw new Error(`no type ${fullName}`);
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    const schema: Schema = { type: 'object', properties, typeName: fullName };
    this.#built.set(fullName, schema);
    for (const field of line.fields.split(' ')) {
      const match = FIELD.exec(field);
      if (match === null) throw new Error(`not a field of ${fullName}: ${field}`);
      const [, , name = '', isRequired, notation = ''] = match;
      if (name === '*') continue;
      properties[name] = this.#parse(notation, line.module);
      if (isRequired === '!') required.push(name);
    }
    if (required.length > 0) schema.required = required;
    if (line.atomic) schema['x-kubernetes-map-type'] = 'atomic';
    return schema;
  }

  /** The fields of `module.Name` by their number in protobuf. */
  wireFields(fullName: string): Map<number, WireField> {
    const known = this.#wire.get(fullName);
    if (known !== undefined) return known;
    const fields = new Map<number, WireField>();
    this.#wire.set(fullName, fields);
    const line = this.#lines.get(fullName);
    for (const field of line?.fields.split(' ') ?? []) {
      const [, number = '', name = '', , notation = ''] = FIELD.exec(field) ?? [];
      if (line === undefined || number === '') continue;
      const schema = this.#parse(notation, line.module);
      fields.set(Number(number), { name: name === '*' ? '' : name, schema });
    }
    return fields;
  }

  #parse(notation: string, module: string): Schema {
    if (notation.endsWith('~')) {
      const schema = this.#parse(notation.slice(0, -1), module);
      const strategy = schema.type === 'array' ? 'merge,retainKeys' : 'retainKeys';
      return { ...schema, 'x-kubernetes-patch-strategy': strategy };
    }
    if (notation.startsWith('[')) return this.#list(notation.slice(1, -1), module);
    if (notation.startsWith('{')) {
      const atomic = notation.endsWith('#');
      const value = this.#parse(notation.slice(1, atomic ? -2 : -1), module);
      const schema: Schema = { type: 'object', additionalProperties: value };
      return atomic ? { ...schema, 'x-kubernetes-map-type': 'atomic' } : schema;
    }
    const [scalar = '', defaultText] = notation.split(':');
    if (defaultText !== undefined) return { ...SCALARS[scalar], default: defaultText };
    return SCALARS[notation] ?? this.#reference(notation, module);
  }

  #reference(name: string, module: string): Schema {
    if (name.includes('.')) return this.type(name);
    return this.type(this.#lines.has(`${module}.${name}`) ? `${module}.${name}` : `meta.${name}`);
  }

  #list(notation: string, module: string): Schema {
    const bar = notation.lastIndexOf('|');
    const element = bar < 0 ? notation : notation.slice(0, bar);
    const schema: Schema = { type: 'array', items: this.#parse(element, module) };
    if (bar < 0) return { ...schema, 'x-kubernetes-list-type': 'atomic' };
    const merged = notation[bar + 1] !== '!';
    const keys = notation.slice(merged ? bar + 1 : bar + 2);
    if (merged) schema['x-kubernetes-patch-strategy'] = 'merge';
    if (keys === '=') return { ...schema, 'x-kubernetes-list-type': 'set' };
    const names = keys.split(',');
    if (merged) schema['x-kubernetes-patch-merge-key'] = names[0] ?? '';
    return {
      ...schema,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': names,
    };
  }
}
