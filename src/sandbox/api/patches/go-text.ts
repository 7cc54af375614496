/** Values as the real server prints them in what it says of patches. */
import { isFields } from '../schema.ts';

/** `map[a:1 b:[x y]]`, as `fmt.Sprintf("%v")` has it. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (isFields(value)) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${name}:${goText(value[name])}`);
    return `map[${members.join(' ')}]`;
  }
  return value === null || value === undefined ? '<nil>' : `${value as string | number | boolean}`;
}

/** How a JSON value is called when it does not fit. */
export function goType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' && !Number.isInteger(value)) return `number ${value}`;
  return typeof value;
}
