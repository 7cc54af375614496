/**
 * Single requests, as conditions of a load balancer's rule say them. A rule asks for all of its conditions, so that each
 * entry of `match` is a path of its own, just before the one it comes from: of paths that are alike the controller keeps
 * the order.
 */
import type { RequestMatch, RequestRules } from '../../api/request-match.ts';
import { suffixedName } from '../owned-by-release.ts';

/** The part of the name of an annotation after the slash has 63 characters at most. */
export const ACTION_NAME_MAX = 63 - 'actions.'.length;
const CONDITIONS_NAME_MAX = 63 - 'transforms.'.length;

/** A name as no user writes it. */
const ADDED = /-segue-\d+$/;

export function addedName(action: string, i: number): string {
  return suffixedName(action, `segue-${i}`, CONDITIONS_NAME_MAX);
}

export function isAddedName(name: string): boolean {
  return ADDED.test(name);
}

export function conditionsOf({ headers = [], query = [], method }: RequestMatch): object[] {
  return [
    ...(method === undefined
      ? []
      : [{ field: 'http-request-method', httpRequestMethodConfig: { values: [method] } }]),
    ...headers.map(({ name: httpHeaderName, exact }) => ({
      field: 'http-header',
      httpHeaderConfig: { httpHeaderName, values: [exact] },
    })),
    ...query.map(({ name: key, exact: value }) => ({
      field: 'query-string',
      queryStringConfig: { values: [{ key, value }] },
    })),
  ];
}

/** What the values of a condition may be without meaning more than themselves: no wildcard, and in a query nothing that
 * may be written in two ways. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'+.^_`|~-]{1,40}$/;
const HEADER_VALUE = /^[A-Za-z0-9 !"#$%&'()+,./:;<=>@[\]^_`{|}~-]{1,128}$/;
const QUERY = /^[A-Za-z0-9._~-]{1,128}$/;
/** A prefix gets two more characters. */
const PATH = /^[A-Za-z0-9_.$/~@:+-]{1,126}$/;

export interface Unable {
  /** `match[0].headers[0].exact` */
  at: string;
  message: string;
  fix: string;
}

/** What of the matches of a release cannot be said exactly. */
export function unableToMatch(rules: readonly RequestRules[]): Unable[] {
  const all = rules.flatMap(({ match = [] }) =>
    match.flatMap((entry, i) => unableEntry(entry, `match[${i}]`)),
  );
  return [...new Map(all.map((one) => [`${one.at} ${one.message}`, one])).values()];
}

function unableEntry({ headers = [], query = [], path }: RequestMatch, at: string): Unable[] {
  return [
    ...(path ? unlessFits(`${at}.path`, path.exact ?? path.prefix ?? '', PATH) : []),
    ...headers.flatMap((one, i) => [
      ...unlessFits(`${at}.headers[${i}].name`, one.name, HEADER_NAME),
      ...unableValue(`${at}.headers[${i}]`, one, HEADER_VALUE),
    ]),
    ...query.flatMap((one, i) => [
      ...unlessFits(`${at}.query[${i}].name`, one.name, QUERY),
      ...unableValue(`${at}.query[${i}]`, one, QUERY),
    ]),
  ];
}

function unableValue(
  at: string,
  { exact, regex }: { exact?: string | undefined; regex?: string | undefined },
  fits: RegExp,
): Unable[] {
  if (regex !== undefined)
    return [
      {
        at: `${at}.regex`,
        message: 'a load balancer of AWS is asked for whole values only',
        fix: 'write exact, in an entry for each value',
      },
    ];
  return unlessFits(`${at}.exact`, exact ?? '', fits);
}

function unlessFits(at: string, text: string, fits: RegExp): Unable[] {
  if (fits.test(text) && text.trim() === text) return [];
  const message = 'a load balancer of AWS cannot ask for this text exactly';
  return [{ at, message, fix: `write ${ALLOWED.get(fits)}` }];
}

const ALLOWED = new Map([
  [HEADER_NAME, 'the name of a header of 40 characters at most, without *'],
  [HEADER_VALUE, String.raw`128 characters at most, none of * ? and \ among them`],
  [PATH, 'a path of 126 characters at most: letters, digits and any of _ . $ / ~ @ : + -'],
  [QUERY, '128 characters at most: letters, digits and any of - . _ ~'],
]);
