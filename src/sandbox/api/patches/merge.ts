/** JSON merge patches (RFC 7386). */
import { clone, isFields, type Fields } from '../schema.ts';

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return clone(patch);
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}
