/**
 * Single requests, as annotations of a canary Ingress say them: one header and one cookie, each of which
 * sends a request to the candidate whatever the weight is. Nothing that ingress-nginx would take for
 * something else, or leave out, is written.
 */
import type { RequestMatch, RequestRules } from '../../api/request-match.ts';

/** What its annotations may consist of. Others are taken for absent, without a word to their author. */
const NAME = /^[A-Za-z0-9-]+$/;
const COOKIE = /^[-._~A-Za-z0-9]+$/;
const TEXT = /^[-._~A-Za-z0-9/:]+( +[-._~A-Za-z0-9/:]+)*$/;
const PATTERN = /^[-._~A-Za-z0-9/:^$[\](){}*+?|&=\\]+$/;

type Header = NonNullable<RequestMatch['headers']>[number];
type Cookie = NonNullable<RequestMatch['cookie']>;

/** Without the prefix. */
export function matchAnnotations(match: readonly RequestMatch[]): Record<string, string> {
  const header = match.flatMap(({ headers = [] }) => headers)[0];
  const cookie = match.flatMap((entry) => entry.cookie ?? [])[0];
  return {
    ...(header && headerAnnotations(header)),
    ...(cookie && { 'canary-by-cookie': cookie.name }),
  };
}

function headerAnnotations({ name, exact, regex }: Header): Record<string, string> {
  return {
    'canary-by-header': name,
    ...(exact === undefined
      ? { 'canary-by-header-pattern': anchored(regex ?? '') }
      : { 'canary-by-header-value': exact }),
  };
}

/** It is looked for anywhere in the value, and a policy means the whole. */
function anchored(regex: string): string {
  return `^(?:${regex})$`;
}

export interface Unable {
  /** `match[0].cookie` */
  at: string;
  message: string;
  fix: string;
}

/** What of the matches of a release cannot be said exactly. */
export function unableToMatch(rules: readonly RequestRules[]): Unable[] {
  const all = rules.flatMap(({ match }) => (match ? unableIn(match) : []));
  return [...new Map(all.map((one) => [`${one.at} ${one.message}`, one])).values()];
}

function unableIn(match: readonly RequestMatch[]): Unable[] {
  const found = match.flatMap((entry, i) => unableEntry(entry, `match[${i}]`));
  if (found.length > 0) return found;
  return [
    ...severalOf('header', match.filter(({ headers }) => headers).length),
    ...severalOf('cookie', match.filter(({ cookie }) => cookie).length),
  ];
}

function severalOf(what: string, count: number): Unable[] {
  if (count < 2) return [];
  const message = `ingress-nginx asks for one ${what}, and ${count} entries name one each`;
  return [
    { at: 'match', message, fix: `keep one entry by ${what}; another may be by ${OTHER[what]}` },
  ];
}

const OTHER: Record<string, string> = { header: 'cookie', cookie: 'header' };

function unableEntry({ headers = [], cookie, query = [] }: RequestMatch, at: string): Unable[] {
  if (headers.length + query.length + (cookie ? 1 : 0) > 1)
    return [
      {
        at,
        message: 'ingress-nginx asks for one thing, and this entry for several at once',
        fix: 'write one header with exact or regex, or one cookie with exact: always',
      },
    ];
  if (query.length > 0)
    return [
      {
        at: `${at}.query`,
        message: 'ingress-nginx does not match by query',
        fix: 'write one header with exact or regex, or one cookie with exact: always',
      },
    ];
  return [
    ...headers.flatMap((header) => unableHeader(header, `${at}.headers[0]`)),
    ...(cookie ? unableCookie(cookie, `${at}.cookie`) : []),
  ];
}

function unableHeader({ name, exact, regex }: Header, at: string): Unable[] {
  if (!NAME.test(name))
    return [
      {
        at: `${at}.name`,
        message: `ingress-nginx cannot tell header ${name} from others`,
        fix: 'write letters, digits and dashes only',
      },
    ];
  if (exact !== undefined && !TEXT.test(exact))
    return [
      {
        at: `${at}.exact`,
        message: 'ingress-nginx leaves out an annotation with such a value',
        fix: 'write letters, digits, spaces and any of - . _ ~ / : only',
      },
    ];
  if (regex !== undefined && !PATTERN.test(regex))
    return [
      {
        at: `${at}.regex`,
        message: 'ingress-nginx leaves out an annotation with such a pattern',
        fix: String.raw`write letters, digits and any of - . _ ~ / : ^ $ [ ] ( ) { } * + ? | & = \ only`,
      },
    ];
  return [];
}

function unableCookie({ name, exact }: Cookie, at: string): Unable[] {
  if (exact !== 'always')
    return [
      {
        at,
        message: 'ingress-nginx takes a cookie for a match only where its value is always',
        fix: 'write exact: always, and give that cookie to those who are meant',
      },
    ];
  if (!COOKIE.test(name))
    return [
      {
        at: `${at}.name`,
        message: 'ingress-nginx leaves out an annotation with such a name',
        fix: 'write letters, digits and any of - . _ ~ only',
      },
    ];
  return [];
}
