/**
 * Annotations of a canary Ingress ask for one header and one cookie, each of which sends a request to the candidate
 * whatever the weight is. What they may consist of: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary
 */
import type { RequestMatch, RequestRules } from '../request-match.ts';
import type { Header, Limit, LimitsOf } from './limit.ts';

/** Others are taken for absent, without a word to their author. */
const NAME = /^[A-Za-z0-9-]+$/;
const COOKIE = /^[-._~A-Za-z0-9]+$/;
const TEXT = /^[-._~A-Za-z0-9/:]+( +[-._~A-Za-z0-9/:]+)*$/;
const PATTERN = /^[-._~A-Za-z0-9/:^$[\](){}*+?|&=\\]+$/;

/** That of ingress-nginx itself, as it is installed. */
export const USUAL_PREFIX = 'nginx.ingress.kubernetes.io';

type Cookie = NonNullable<RequestMatch['cookie']>;

export const ingressNginxLimits: LimitsOf = (rules, config) => [
  ...ofMatch(rules.match ?? []),
  ...ofSticky(rules, config['annotationPrefix'] ?? USUAL_PREFIX),
];

function ofMatch(match: readonly RequestMatch[]): Limit[] {
  const found = match.flatMap((entry, i) => ofEntry(entry, `match[${i}]`));
  if (found.length > 0) return found;
  return [
    ...severalOf('header', match.filter(({ headers }) => headers).length),
    ...severalOf('cookie', match.filter(({ cookie }) => cookie).length),
  ];
}

function severalOf(what: 'header' | 'cookie', count: number): Limit[] {
  if (count < 2) return [];
  const message = `ingress-nginx asks for one ${what}, and ${count} entries name one each`;
  const fix = `keep one entry by ${what}; another may be by ${OTHER[what]}`;
  return [{ at: 'match', message, fix }];
}

const OTHER = { header: 'cookie', cookie: 'header' };

const ONE_THING = 'write one header with exact or regex, or one cookie with exact: always';

function ofEntry({ headers = [], cookie }: RequestMatch, at: string): Limit[] {
  if (headers.length + (cookie ? 1 : 0) > 1) {
    const message = 'ingress-nginx asks for one thing, and this entry for several at once';
    return [{ at, message, fix: ONE_THING }];
  }
  return [
    ...headers.flatMap((header) => ofHeader(header, `${at}.headers[0]`)),
    ...(cookie ? ofCookie(cookie, `${at}.cookie`) : []),
  ];
}

function ofHeader({ name, exact, regex }: Header, at: string): Limit[] {
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

function ofCookie({ name, exact }: Cookie, at: string): Limit[] {
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

function ofSticky({ sticky }: RequestRules, prefix: unknown): Limit[] {
  if (!sticky) return [];
  const { cookie } = sticky;
  // Higress and others take annotations of this kind, and not all of them.
  if (prefix !== USUAL_PREFIX)
    return [
      {
        at: 'sticky',
        message: `sticky needs a canary that keeps its users, and of controllers with the prefix ${String(prefix)} that is not known`,
        fix: 'leave annotationPrefix out with ingress-nginx, or use match instead of sticky',
      },
    ];
  if (COOKIE.test(cookie)) return [];
  return [
    {
      at: 'sticky.cookie',
      message: `ingress-nginx leaves out an annotation with the name ${cookie}`,
      fix: 'write letters, digits and any of - . _ ~ only',
    },
  ];
}
