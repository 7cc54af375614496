/** The language of Traefik's rules (v3), which is the syntax of Go's expressions: what a policy asks for, said in it. */
import type { RequestMatch, ValueMatch } from '../../api/request-match.ts';
import { cookiePattern } from '../split-route/arms.ts';

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

function demandsOf({ headers = [], cookie, query = [] }: RequestMatch): string[] {
  return [
    ...headers.map((one) => valued('Header', one)),
    ...(cookie ? [`HeaderRegexp(${literal('Cookie')}, ${literal(cookiePattern(cookie))})`] : []),
    ...query.map((one) => valued('Query', one)),
  ];
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
