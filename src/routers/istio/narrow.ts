/** A match of a VirtualService that asks for what a policy asks for too. */
import { isDeepStrictEqual } from 'node:util';
import type { RequestMatch, ValueMatch } from '../../api/request-match.ts';
import { inCommon, isWithin, pathsByStart, type PathSet } from '../path-match.ts';
import { cookiePattern } from '../split-route/arms.ts';

/** Exactly one of them is set. */
export interface StringMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

export interface HttpMatch {
  uri?: StringMatch;
  ignoreUriCase?: boolean;
  method?: StringMatch;
  headers?: Record<string, StringMatch>;
  queryParams?: Record<string, StringMatch>;
  sourceLabels?: Record<string, string>;
  gateways?: string[];
  [key: string]: unknown;
}

/** Alternatives: none where no request is for both, several where one match cannot say it. Undefined where none can. */
export function narrowed(match: HttpMatch, entry: RequestMatch): HttpMatch[] | undefined {
  const uris = commonUris(match, entry);
  const method = commonMethod(match, entry);
  const sourceLabels = commonLabels(match, entry);
  if (uris === undefined || sourceLabels === UNSAID) return undefined;
  if (method === APART || sourceLabels === APART) return [];
  const { headers, queryParams } = demandsOf(entry);
  return uris.map((uri) => ({
    ...match,
    ...(uri && { uri }),
    ...(method && { method }),
    ...(sourceLabels && { sourceLabels }),
    ...(hasAny(headers) && { headers: { ...match.headers, ...headers } }),
    ...(hasAny(queryParams) && { queryParams: { ...match.queryParams, ...queryParams } }),
  }));
}

const APART = Symbol('no request is for both');
const UNSAID = Symbol('not to be said');

function commonUris(
  match: HttpMatch,
  { path }: RequestMatch,
): (StringMatch | undefined)[] | undefined {
  if (!path) return [match.uri];
  // In any case is more than was asked for.
  if (match.ignoreUriCase) return undefined;
  return inCommon(pathIn(match), pathsByStart(path))?.map(uriOf);
}

function pathIn({ uri: { exact, prefix = '/', regex } = {} }: HttpMatch): PathSet {
  if (exact !== undefined) return { exact };
  return regex === undefined ? { start: prefix } : { regex };
}

function uriOf(path: PathSet): StringMatch {
  if ('exact' in path) return path;
  if ('regex' in path) return path;
  return { prefix: 'start' in path ? path.start : path.parts };
}

function commonMethod({ method }: HttpMatch, { method: asked }: RequestMatch) {
  if (asked === undefined) return method;
  return method && !isOf(method, asked) ? APART : { exact: asked };
}

function isOf({ exact, prefix, regex }: StringMatch, text: string): boolean {
  if (exact !== undefined) return exact === text;
  if (regex === undefined) return text.startsWith(prefix ?? '');
  try {
    return new RegExp(`^(?:${regex})$`).test(text);
  } catch {
    return false;
  }
}

function commonLabels(
  { sourceLabels: own, gateways = [] }: HttpMatch,
  { sourceLabels: asked }: RequestMatch,
) {
  if (!asked) return own;
  // Istio heeds no labels in a match with gateways of its own.
  if (gateways.length > 0) return UNSAID;
  const differs = Object.entries(asked).some(
    ([name, value]) => own?.[name] !== undefined && own[name] !== value,
  );
  return differs ? APART : { ...own, ...asked };
}

interface Demands {
  headers: Record<string, StringMatch>;
  queryParams: Record<string, StringMatch>;
}

/** An entry in Istio's words: names of headers are written small. */
export function demandsOf({ headers = [], cookie, query = [] }: RequestMatch): Demands {
  const cookies = cookie ? [['cookie', { regex: cookiePattern(cookie) }] as const] : [];
  return {
    headers: Object.fromEntries([
      ...headers.map((one) => [one.name.toLowerCase(), stringMatch(one)] as const),
      ...cookies,
    ]),
    queryParams: Object.fromEntries(query.map((one) => [one.name, stringMatch(one)])),
  };
}

function stringMatch({ exact, regex }: ValueMatch): StringMatch {
  return exact === undefined ? { regex: `^(?:${regex})$` } : { exact };
}

function hasAny(record: Record<string, unknown>): boolean {
  return Object.keys(record).length > 0;
}

/** It asks at least what the entry does. */
export function asksWhat(match: HttpMatch, entry: RequestMatch): boolean {
  const { headers, queryParams } = demandsOf(entry);
  const { path, method, sourceLabels = {} } = entry;
  return (
    isPart(headers, match.headers) &&
    isPart(queryParams, match.queryParams) &&
    isPart(sourceLabels, match.sourceLabels) &&
    (method === undefined || match.method?.exact === method) &&
    (!path || pathsByStart(path).some((one) => isWithin(pathIn(match), one)))
  );
}

function isPart(part: Record<string, unknown>, whole: Record<string, unknown> = {}): boolean {
  return Object.entries(part).every(([name, value]) => isDeepStrictEqual(whole[name], value));
}
