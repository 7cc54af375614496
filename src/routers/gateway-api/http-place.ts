/** Where a request of an HTTPRoute goes to: its path and its method. */
import { isDeepStrictEqual } from 'node:util';
import { bareOf, inCommon, isWithin, mayMeet, pathByParts, type PathSet } from '../path-match.ts';
import type { Place, RouteMatch } from './narrow.ts';

/** What a rule matches that names nothing. */
const EVERYTHING: RouteMatch = { path: { type: 'PathPrefix', value: '/' } };

export const httpPlace: Place = {
  field: 'path',
  matchesOf: ({ matches }) => (matches?.length ? matches : [EVERYTHING]),
  inCommon(match, { path, method }) {
    const common = path ? inCommon(pathOf(match), [pathByParts(path)]) : [undefined];
    if (common === undefined) return undefined;
    if (method !== undefined && match.method && match.method !== method) return [];
    return common.map((one) => ({
      ...(one && { path: written(one) }),
      ...(method !== undefined && { method }),
    }));
  },
  isWithin: (one, other) => isWithin(pathOf(one), pathOf(other)),
  asks: (match, { path, method }) =>
    (method === undefined || match.method === method) &&
    (!path || isWithin(pathOf(match), pathByParts(path))),
  rankOf({ path = EVERYTHING.path, method, headers = [], queryParams = [] }) {
    const { type = 'PathPrefix', value = '/' } = path ?? {};
    const kind = ['RegularExpression', 'PathPrefix', 'Exact'].indexOf(type);
    return [kind, bareOf(value).length, method ? 1 : 0, headers.length, queryParams.length];
  },
  mayOverlap(one, other) {
    const apart = one.method && other.method && !isDeepStrictEqual(one.method, other.method);
    return !apart && mayMeet(pathOf(one), pathOf(other));
  },
  isPattern: ({ path }) => path?.type === 'RegularExpression',
  textOf: ({ path, method }) =>
    [typeof method === 'string' ? method : undefined, path?.value ?? '/']
      .filter((part) => part !== undefined)
      .join(' '),
};

function pathOf({ path: { type = 'PathPrefix', value = '/' } = {} }: RouteMatch): PathSet {
  if (type === 'Exact') return { exact: value };
  return type === 'PathPrefix' ? { parts: value } : { regex: value };
}

function written(path: PathSet): NonNullable<RouteMatch['path']> {
  if ('exact' in path) return { type: 'Exact', value: path.exact };
  if ('regex' in path) return { type: 'RegularExpression', value: path.regex };
  return { type: 'PathPrefix', value: 'parts' in path ? path.parts : path.start };
}
