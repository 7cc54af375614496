/** A short way to write the columns of a table. */
import type { KubeObject } from '../../../api/object.ts';
import type { Column, TableShape } from '../resource.ts';
import { numberAt, objectsAt, textAt } from '../schema.ts';

/** `Name`, `Age`; a `*` makes a column wide only, a `#` a number. */
export function table(
  columns: string,
  cells: (object: KubeObject, nowMs: number) => unknown[],
): TableShape {
  return { columns: columns.split(', ').map(column), cells };
}

function column(text: string): Column {
  const name = text.replaceAll(/[*#]/g, '');
  return {
    name,
    type: text.includes('#') ? 'integer' : 'string',
    ...(name === 'Name' ? { format: 'name' } : {}),
    ...(text.includes('*') ? { priority: 1 } : {}),
  };
}

export function count(object: KubeObject, ...path: string[]): number {
  return numberAt(object, ...path) ?? 0;
}

export function containersOf(object: KubeObject, member: 'name' | 'image'): string {
  const containers = objectsAt(object, 'spec', 'template', 'spec', 'containers');
  return containers.map((one) => textAt(one, member)).join(',');
}
