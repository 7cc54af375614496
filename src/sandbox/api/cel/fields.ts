/** Finds fields in an expression that the schema does not have, before there is any object. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { isFields, type Schema } from '../schema.ts';
import { escapedName, propertiesOf } from './values.ts';

/** What is known of a part of an expression; undefined is nothing. */
interface Known {
  schema: Schema;
  isResource: boolean;
}

/** The first field that cannot be there, or undefined. */
export function undefinedField(ast: ASTNode, schema: Schema, isResource: boolean) {
  const finder = new Finder({ schema, isResource });
  finder.visit(ast);
  return finder.missing;
}

class Finder {
  missing: string | undefined;
  readonly #self: Known;

  constructor(self: Known) {
    this.#self = self;
  }

  visit(value: unknown): void {
    if (Array.isArray(value)) for (const one of value) this.visit(one);
    else if (isFields(value) && 'op' in value && 'args' in value) {
      const node = value as unknown as ASTNode;
      if (node.op === '.' || node.op === '.?') this.#typeOf(node);
      this.visit(node.args);
    }
  }

  #typeOf(node: ASTNode): Known | undefined {
    switch (node.op) {
      case 'id':
        return node.args === 'self' || node.args === 'oldSelf' ? this.#self : undefined;
      case '.': {
        const [owner, name] = node.args;
        return this.#member(this.#typeOf(owner), name);
      }
      case '[]': {
        const items = this.#typeOf(node.args[0])?.schema.items;
        return items === undefined ? undefined : { schema: items, isResource: false };
      }
      default:
        return undefined;
    }
  }

  #member(owner: Known | undefined, name: string): Known | undefined {
    if (owner?.schema.type !== 'object') return undefined;
    const properties = propertiesOf(owner.schema, owner.isResource);
    if (properties === undefined) return undefined;
    const found = Object.entries(properties).find(([own]) => escapedName(own) === name);
    // Reserved words may also be written as they are.
    const schema = found?.[1] ?? properties[name];
    if (schema === undefined) this.missing ??= name;
    return schema === undefined ? undefined : { schema, isResource: false };
  }
}
