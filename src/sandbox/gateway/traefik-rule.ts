/**
 * A rule of Traefik 3 as a test of requests: pure. Written from the reference of its routers (Rules): matchers with
 * arguments in backticks or quotes, joined by `&&`, `||`, `!` and brackets; `&&` goes before `||`.
 */
import { hostOf } from './hostnames.ts';
import type { RequestView } from './match.ts';

type Test = (request: RequestView) => boolean;

const TOKEN = /\s*(&&|\|\||[!(),]|[A-Za-z]+|`[^`]*`|"(?:[^"\\]|\\.)*")/y;

/** @throws Error: it says what is not a rule, or not one that is known here */
export function compileRule(text: string): Test {
  const tokens = tokensOf(text);
  const test = either(tokens);
  if (tokens.length > 0) throw new Error(`rule ${text}: ${tokens[0]} is not expected there`);
  return test;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.trimEnd().length; at = TOKEN.lastIndex) {
    const found = TOKEN.exec(text)?.[1];
    if (found === undefined) throw new Error(`rule ${text}: not understood from ${text.slice(at)}`);
    tokens.push(found);
  }
  return tokens;
}

function either(tokens: string[]): Test {
  const parts = [both(tokens)];
  while (tokens[0] === '||') {
    tokens.shift();
    parts.push(both(tokens));
  }
  return (request) => parts.some((part) => part(request));
}

function both(tokens: string[]): Test {
  const parts = [one(tokens)];
  while (tokens[0] === '&&') {
    tokens.shift();
    parts.push(one(tokens));
  }
  return (request) => parts.every((part) => part(request));
}

function one(tokens: string[]): Test {
  const token = tokens.shift() ?? '';
  if (token === '!') {
    const inner = one(tokens);
    return (request) => !inner(request);
  }
  if (token === '(') {
    const inner = either(tokens);
    expect(tokens, ')');
    return inner;
  }
  const matcher = MATCHERS[token];
  if (!matcher) throw new Error(`matcher ${token} is not supported by the sandbox gateway`);
  const given = argumentsOf(tokens);
  if (given.length !== matcher.length - 1)
    throw new Error(`matcher ${token} is not supported with ${given.length} arguments`);
  return (request) => matcher(request, given[0] ?? '', given[1] ?? '');
}

function argumentsOf(tokens: string[]): string[] {
  const given: string[] = [];
  expect(tokens, '(');
  while (tokens[0] !== ')') {
    if (given.length > 0) expect(tokens, ',');
    given.push(literalOf(tokens.shift() ?? ''));
  }
  tokens.shift();
  return given;
}

function literalOf(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1);
  if (token.startsWith('"')) return JSON.parse(token) as string;
  throw new Error(`${token} is not a text`);
}

function expect(tokens: string[], wanted: string): void {
  const found = tokens.shift();
  if (found !== wanted) throw new Error(`${wanted} is expected instead of ${found ?? 'the end'}`);
}

/** Each with as many arguments as it takes here. */
const MATCHERS: Record<string, (request: RequestView, ...given: [string, string]) => boolean> = {
  Host: (request, name) => hostIn(request) === name.toLowerCase(),
  HostRegexp: (request, pattern) => patternOf(pattern).test(hostIn(request)),
  Path: ({ path }, wanted) => path === wanted,
  // Of characters, not of elements.
  PathPrefix: ({ path }, prefix) => path.startsWith(prefix),
  PathRegexp: ({ path }, pattern) => patternOf(pattern).test(path),
  Method: ({ method }, wanted) => method === wanted.toUpperCase(),
  Header: (request, name, value) => headersOf(request, name).includes(value),
  HeaderRegexp: (request, name, pattern) =>
    headersOf(request, name).some((value) => patternOf(pattern).test(value)),
  Query: ({ query }, name, value) => query.getAll(name).includes(value),
  QueryRegexp: ({ query }, name, pattern) =>
    query.getAll(name).some((value) => patternOf(pattern).test(value)),
};

function hostIn({ headers }: RequestView): string {
  const given = headers['host'];
  return hostOf(typeof given === 'string' ? given : '');
}

function headersOf({ headers }: RequestView, name: string): string[] {
  const value = headers[name.toLowerCase()];
  return value === undefined ? [] : [value].flat();
}

const patterns = new Map<string, RegExp>();

/** RE2, of a part of the value; flags at its beginning are the only ones that JavaScript has to be told of, and the
 * absolute ends of a text that it knows by other names. */
function patternOf(text: string): RegExp {
  const known = patterns.get(text);
  if (known) return known;
  const ignoresCase = text.startsWith('(?i)');
  const bare = (ignoresCase ? text.slice(4) : text).replace(/^\\A/, '^').replace(/\\z$/, '$');
  const pattern = new RegExp(bare, ignoresCase ? 'i' : '');
  patterns.set(text, pattern);
  return pattern;
}
