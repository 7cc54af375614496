/** Reads of untyped objects that never throw: what is absent or of another type is the fallback. */

export type Fields = Record<string, unknown>;

export function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

export function count(value: unknown, fallback = 0): number {
  return typeof value === 'number' ? value : fallback;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The same value with the keys of every object in order and undefined ones dropped. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .toSorted();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}
