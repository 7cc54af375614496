/** Which of two routes of one path Contour asks first. */
/** Exactly one of them is set. */
export interface Condition {
  prefix?: string;
  exact?: string;
  regex?: string;
  header?: ValueCondition;
  queryParameter?: ValueCondition;
}

export interface ValueCondition {
  name: string;
  exact?: string;
  regex?: string;
  [key: string]: unknown;
}

/** Methods are a header of that name to Contour. */
export const METHOD = ':method';

/** Asks for a method; for so many other headers; for so many parameters. The greater comes first. */
type Rank = readonly number[];

export function rankOf(conditions: readonly Condition[]): Rank {
  const headers = conditions.flatMap(({ header }) => (header ? [header.name.toLowerCase()] : []));
  const methods = headers.filter((name) => name === METHOD).length;
  const parameters = conditions.filter(({ queryParameter }) => queryParameter).length;
  return [Math.min(methods, 1), headers.length - methods, parameters];
}

export function isBefore(one: Rank, other: Rank): boolean {
  const i = one.findIndex((value, at) => value !== other[at]);
  return i !== -1 && (one[i] ?? 0) > (other[i] ?? 0);
}

/** As the rank, of paths: exact ones before patterns, these before prefixes, and the longer first. */
export function pathRankOf(conditions: readonly Condition[]): Rank {
  const kind = conditions.some(({ exact }) => exact) ? 2 : 0;
  const { length } = conditions
    .map(({ prefix, exact, regex }) => prefix ?? exact ?? regex ?? '')
    .join('');
  return [kind || (conditions.some(({ regex }) => regex) ? 1 : 0), Math.max(length, 1)];
}

/** Of its kind, and with what it begins. */
export function pathOf(conditions: readonly Condition[]): string {
  const path = conditions
    .map(({ prefix, exact, regex }) => prefix ?? exact ?? regex ?? '')
    .join('');
  if (conditions.some(({ regex }) => regex)) return `regex ${path}`;
  return `${conditions.at(-1)?.exact ? 'exact' : 'prefix'} ${path || '/'}`.replaceAll(
    /\/\/+/g,
    '/',
  );
}

/** No request is for both: they want other values of one header, or of one parameter. */
export function isDisjoint(one: readonly Condition[], other: readonly Condition[]): boolean {
  return (['header', 'queryParameter'] as const).some((part) =>
    one.some((a) => other.some((b) => differs(a[part], b[part]))),
  );
}

function differs(a: Condition['header'], b: Condition['header']): boolean {
  if (!a?.exact || !b?.exact || a['ignoreCase'] || b['ignoreCase']) return false;
  return a.name.toLowerCase() === b.name.toLowerCase() && a.exact !== b.exact;
}
