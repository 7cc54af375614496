/** Which paths a part of a route asks for, and what two such parts have in common. */
import { isDeepStrictEqual } from 'node:util';
import type { PathMatch } from '../api/request-match.ts';

/**
 * One of them. `parts`: the path begins with these parts, so that `/shop` is /shop and /shop/cart. `start`: its text begins
 * so, and `/shop` is /shopping too. `regex`: the whole path matches.
 */
export type PathSet = { exact: string } | { parts: string } | { start: string } | { regex: string };

/** What a policy asks for, to routers that know prefixes by whole parts. */
export function pathByParts({ exact, prefix = '', regex }: PathMatch): PathSet {
  if (exact !== undefined) return { exact };
  return regex === undefined ? { parts: prefix } : { regex };
}

/** The same to routers whose prefixes are texts: alternatives. */
export function pathsByStart(asked: PathMatch): PathSet[] {
  const one = pathByParts(asked);
  if (!('parts' in one)) return [one];
  const bare = bareOf(one.parts);
  return [{ exact: bare }, { start: `${bare}/` }];
}

/** Without a slash at the end. */
export function bareOf(path: string): string {
  return path.replace(/\/+$/, '');
}

/** Of alternatives the parts that are in one set; undefined where one of them cannot be said as a set. */
export function inCommon(own: PathSet, asked: readonly PathSet[]): PathSet[] | undefined {
  const all = asked.map((one) => intersection(own, one));
  return all.includes(UNSAID) ? undefined : all.filter(isSet);
}

/** Every path of the first is in the second, as far as that is known. */
export function isWithin(one: PathSet, other: PathSet): boolean {
  return isDeepStrictEqual(normal(intersection(one, other)), normal(one));
}

/** False only where they have no path in common. */
export function mayMeet(one: PathSet, other: PathSet): boolean {
  return intersection(one, other) !== undefined;
}

const UNSAID = Symbol('not to be said as a set');

function isSet(one: PathSet | undefined | typeof UNSAID): one is PathSet {
  return one !== undefined && one !== UNSAID;
}

function intersection(own: PathSet, asked: PathSet): PathSet | undefined | typeof UNSAID {
  if ('exact' in asked) return holdsOr(own, asked.exact, asked);
  if ('exact' in own) return holdsOr(asked, own.exact, own);
  if (isEvery(own) || isDeepStrictEqual(normal(own), normal(asked))) return asked;
  if (isEvery(asked)) return own;
  if ('regex' in own || 'regex' in asked) return UNSAID;
  if (holds(own, textOf(asked)))
    return 'start' in asked && 'parts' in own ? mixed(own, asked) : asked;
  return holds(asked, textOf(own)) ? own : undefined;
}

/** `/shop` as a text is not within `/shop` as parts: /shopping. */
function mixed(own: { parts: string }, asked: { start: string }) {
  return asked.start.startsWith(`${bareOf(own.parts)}/`) ? asked : UNSAID;
}

function holdsOr(set: PathSet, path: string, then: PathSet): PathSet | undefined | typeof UNSAID {
  const is = holds(set, path);
  if (is === undefined) return UNSAID;
  return is ? then : undefined;
}

/** Undefined of a pattern: it is not ours, so it is not run here, where it could take as long as its author likes. */
function holds(set: PathSet, path: string): boolean | undefined {
  if ('exact' in set) return path === set.exact;
  if ('start' in set) return path.startsWith(set.start);
  if ('parts' in set) {
    const bare = bareOf(set.parts);
    return path === bare || path.startsWith(`${bare}/`);
  }
  return undefined;
}

function textOf(set: { parts: string } | { start: string }): string {
  return 'parts' in set ? set.parts : set.start;
}

function isEvery(set: PathSet): boolean {
  return 'parts' in set ? bareOf(set.parts) === '' : 'start' in set && set.start.length < 2;
}

function normal(set: PathSet | undefined | typeof UNSAID) {
  return isSet(set) && 'parts' in set ? { parts: bareOf(set.parts) } : set;
}
