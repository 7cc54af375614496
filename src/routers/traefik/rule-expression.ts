/** The language of Traefik's rules (v3), which is the syntax of Go's expressions: what a policy asks for, said in it. */
import type { PathMatch, RequestMatch, ValueMatch } from '../../api/request-match.ts';
import { pathsByStart, type PathSet } from '../path-match.ts';
import { cookiePattern } from '../split-route/arms.ts';
import { mayOverlap } from './overlap.ts';

/** What a rule asks for, and one of these too. */
export function asking(rule: string, entries: readonly RequestMatch[]): string {
  return `(${rule})${ending(entries)}`;
}

/** How every rule ends that asks for one of these. */
export function ending(entries: readonly RequestMatch[]): string {
  const all = entries.map((entry) => demandsOf(entry).join(' && '));
  const [only, another] = all;
  return ` && (${another === undefined ? only : all.map((one) => `(${one})`).join(' || ')})`;
}

/** What a rule asks for, by one of these methods. */
export function askingMethod(rule: string, methods: readonly string[]): string {
  return `(${rule}) && (${methods.map((one) => `Method(${literal(one)})`).join(' || ')})`;
}

function demandsOf({ headers = [], cookie, query = [], path, method }: RequestMatch): string[] {
  return [
    ...(path ? [pathIs(path)] : []),
    ...(method === undefined ? [] : [`Method(${literal(method)})`]),
    ...headers.map((one) => valued('Header', one)),
    ...(cookie ? [`HeaderRegexp(${literal('Cookie')}, ${literal(cookiePattern(cookie))})`] : []),
    ...query.map((one) => valued('Query', one)),
  ];
}

function pathIs(path: PathMatch): string {
  const all = pathsByStart(path).map(matcherOf);
  return all.length === 1 ? all.join('') : `(${all.join(' || ')})`;
}

/** Prefixes are texts to Traefik, and a pattern is looked for anywhere. */
function matcherOf(path: PathSet): string {
  if ('exact' in path) return `Path(${literal(path.exact)})`;
  if ('regex' in path) return `PathRegexp(${literal(`^(?:${path.regex})$`)})`;
  return `PathPrefix(${literal('start' in path ? path.start : path.parts)})`;
}

/** Some request may be for both, as far as that is told. */
export function mayAskFor(rule: string, { path, method }: RequestMatch): boolean {
  const matchers = path ? pathsByStart(path).map(matcherOf) : [];
  return (
    (matchers.length === 0 || matchers.some((one) => mayOverlap(rule, one))) &&
    (method === undefined || mayOverlap(rule, `Method(${literal(method)})`))
  );
}

/** Traefik looks for a pattern anywhere in the value. */
function valued(matcher: 'Header' | 'Query', { name, exact, regex }: ValueMatch): string {
  return exact === undefined
    ? `${matcher}Regexp(${literal(name)}, ${literal(`^(?:${regex})$`)})`
    : `${matcher}(${literal(name)}, ${literal(exact)})`;
}

/** A string of Go: between backquotes, where nothing in it would end or change there. */
function literal(text: string): string {
  if (/^[^`\p{C}]*$/u.test(text)) return `\`${text}\``;
  return JSON.stringify(text).replaceAll(/\p{C}/gu, (one) => {
    const code = one.codePointAt(0) ?? 0;
    return `\\U${code.toString(16).padStart(8, '0')}`;
  });
}
