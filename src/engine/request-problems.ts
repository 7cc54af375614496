/** What is wrong with a list of matches: each problem names the field and the fix. */
import type { Problem } from '../api/problem.ts';
import { sourceLabelProblems } from './source-label-problems.ts';
import type { PathMatch, RequestMatch, ValueMatch } from '../api/request-match.ts';
import { sameJson } from '../api/same-json.ts';

/** RE2, which gateways read, has none of these. */
const NOT_RE2 = /\(\?<?[=!]|\\[1-9]/;
/** What ends the value of a cookie, or cannot be in one (RFC 6265, 4.1.1). */
const NOT_IN_COOKIES = /[\s",;\\]/;

export function matchProblems(
  match: readonly RequestMatch[] | undefined,
  field: string,
): Problem[] {
  return (match ?? []).flatMap((entry, i, all) => [
    ...entryProblems(entry, `${field}[${i}]`),
    ...again(all, i, field),
  ]);
}

/** It would be asked for twice, which makes two rules where one does. */
function again(all: readonly RequestMatch[], i: number, field: string): Problem[] {
  const [first = -1] = all.flatMap((other, k) =>
    sameJson(plain(other), plain(all[i])) ? [k] : [],
  );
  if (first === i) return [];
  const message = `asks for the same as ${field}[${first}]`;
  return [{ field: `${field}[${i}]`, message, fix: 'take one of the two out' }];
}

/** Names of headers mean the same in any case. */
function plain({ headers, ...entry }: RequestMatch = {}): RequestMatch {
  const small = headers?.map((one) => ({ ...one, name: one.name.toLowerCase() }));
  return { ...entry, ...(small && { headers: small }) };
}

function entryProblems(entry: RequestMatch, field: string): Problem[] {
  const { headers = [], cookie, query = [], path, sourceLabels } = entry;
  if (asksForNothing(entry))
    return [
      {
        field,
        message: 'asks for nothing, so every request matches it',
        fix: 'name a header, a cookie, a parameter of the query, a path or a method',
      },
    ];
  return [
    ...(path ? pathProblems(path, `${field}.path`) : []),
    ...sourceLabelProblems(sourceLabels, `${field}.sourceLabels`),
    ...headers.flatMap((one, i) => valueProblems(one, `${field}.headers[${i}]`)),
    ...query.flatMap((one, i) => valueProblems(one, `${field}.query[${i}]`)),
    ...(cookie ? cookieProblems(cookie, `${field}.cookie`) : []),
    ...headers.flatMap(({ name }, i) => headerProblems(entry, name, `${field}.headers[${i}].name`)),
    ...query.flatMap(({ name }, i) =>
      query.findIndex((other) => other.name === name) < i
        ? [twice(name, `${field}.query[${i}].name`)]
        : [],
    ),
  ];
}

function asksForNothing({ headers = [], query = [], sourceLabels = {}, ...one }: RequestMatch) {
  const many = headers.length + query.length + Object.keys(sourceLabels).length;
  return many === 0 && !one.cookie && !one.path && one.method === undefined;
}

/** Of these a proxy makes something else before it looks at a path, or takes it for another. */
const NOT_IN_PATHS = /\/\/|\/\.{1,2}(\/|$)/;

function pathProblems({ exact, prefix, regex }: PathMatch, field: string): Problem[] {
  const given = [exact, prefix, regex].filter((one) => one !== undefined);
  if (given.length !== 1)
    return [
      {
        field,
        message: given.length === 0 ? 'says no path' : 'says more than one path',
        fix: 'set exactly one of exact, prefix and regex',
      },
    ];
  if (regex !== undefined) return patternProblems(regex, `${field}.regex`);
  const name = exact === undefined ? 'prefix' : 'exact';
  if (prefix === '/')
    return [
      {
        field: `${field}.prefix`,
        message: 'every path begins with it',
        fix: 'name a path below it, or leave path out',
      },
    ];
  if (!NOT_IN_PATHS.test(exact ?? prefix ?? '')) return [];
  return [
    {
      field: `${field}.${name}`,
      message: 'it has an empty part, or one that is . or .., which proxies take out of paths',
      fix: 'write the path as it is once they are out',
    },
  ];
}

/** Names of headers are alike whatever their case, and one request header holds all cookies. */
function headerProblems({ headers = [], cookie }: RequestMatch, name: string, field: string) {
  const same = headers.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  if (same.length > 1 && same[0]?.name !== name) return [twice(name, field)];
  if (name.toLowerCase() !== 'cookie' || !cookie) return [];
  return [
    {
      field,
      message: 'asks for the header Cookie beside a cookie',
      fix: 'leave one of the two out',
    },
  ];
}

function twice(name: string, field: string): Problem {
  const fix = 'write one regular expression for both, or an entry for each';
  return { field, message: `${name} is asked for twice in one entry`, fix };
}

function cookieProblems(cookie: ValueMatch, field: string): Problem[] {
  const { exact } = cookie;
  if (exact === undefined || !NOT_IN_COOKIES.test(exact)) return valueProblems(cookie, field);
  return [
    {
      field: `${field}.exact`,
      message: `${JSON.stringify(exact)} cannot be the value of a cookie`,
      fix: 'write it as it is sent, without quotes, spaces, commas and semicolons',
    },
  ];
}

function valueProblems({ exact, regex }: ValueMatch, field: string): Problem[] {
  if ((exact === undefined) === (regex === undefined))
    return [
      {
        field,
        message: exact === undefined ? 'says no value' : 'says both exact and regex',
        fix: 'set exactly one of exact and regex',
      },
    ];
  return regex === undefined ? [] : patternProblems(regex, `${field}.regex`);
}

function patternProblems(regex: string, field: string): Problem[] {
  if (isPattern(regex)) return [];
  return [
    {
      field,
      message: `${JSON.stringify(regex)} is not a regular expression that gateways read`,
      fix: 'write it in the syntax of RE2: no look-ahead, no look-behind, no back-references',
    },
  ];
}

function isPattern(regex: string): boolean {
  if (NOT_RE2.test(regex)) return false;
  try {
    return new RegExp(regex) instanceof RegExp;
  } catch {
    return false;
  }
}
