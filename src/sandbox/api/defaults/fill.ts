/** Small steps that fill in what was left out. */
import { isFields, type Fields } from '../schema.ts';

/** Sets each member that is not there. */
export function fill(object: Fields, values: Fields): void {
  for (const [name, value] of Object.entries(values)) object[name] ??= value;
}

/** The object under `name`, made when it is not there. */
export function ensure(object: Fields, name: string): Fields {
  const value = object[name];
  if (isFields(value)) return value;
  const made: Fields = {};
  object[name] = made;
  return made;
}
