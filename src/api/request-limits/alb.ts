/**
 * Conditions of a rule of an AWS load balancer: in their values some characters mean more than themselves, and all of
 * them have five values at most (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html).
 */
import type { RequestMatch } from '../request-match.ts';
import type { Limit, LimitsOf } from './limit.ts';

/** No wildcard, and in a query nothing that may be written in two ways. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'+.^_`|~-]{1,40}$/;
const HEADER_VALUE = /^[A-Za-z0-9 !"#$%&'()+,./:;<=>@[\]^_`{|}~-]{1,128}$/;
const QUERY = /^[A-Za-z0-9._~-]{1,128}$/;
/** A prefix gets two more characters. */
const PATH = /^[A-Za-z0-9_.$/~@:+-]{1,126}$/;

/** Of one rule of a load balancer, over all of its conditions. */
export const CONDITION_VALUES_MAX = 5;

/** A prefix is two patterns, itself and what begins with it, and so may be what is left of the user's own. */
const PATH_VALUES = 2;

export const albLimits: LimitsOf = ({ match = [] }) =>
  match.flatMap((entry, i) => {
    const at = `match[${i}]`;
    return [...tooMuch(entry, at), ...ofValues(entry, at)];
  });

function tooMuch({ headers = [], query = [], path, method }: RequestMatch, at: string): Limit[] {
  const values =
    headers.length + query.length + (method === undefined ? 0 : 1) + (path ? PATH_VALUES : 0);
  if (values <= CONDITION_VALUES_MAX) return [];
  return [
    {
      at,
      message: `it asks for ${values} values, and a rule of a load balancer takes ${CONDITION_VALUES_MAX}`,
      fix: 'ask for less in one entry of match',
    },
  ];
}

function ofValues({ headers = [], query = [], path }: RequestMatch, at: string): Limit[] {
  const pathField = path?.exact === undefined ? 'prefix' : 'exact';
  return [
    ...(path ? unlessFits(`${at}.path.${pathField}`, path[pathField] ?? '', PATH) : []),
    ...headers.flatMap((one, i) => [
      ...unlessFits(`${at}.headers[${i}].name`, one.name, HEADER_NAME),
      ...unlessFits(`${at}.headers[${i}].exact`, one.exact ?? '', HEADER_VALUE),
    ]),
    ...query.flatMap((one, i) => [
      ...unlessFits(`${at}.query[${i}].name`, one.name, QUERY),
      ...ofQuery(one, `${at}.query[${i}]`),
    ]),
  ];
}

function ofQuery(
  { exact, regex }: { exact?: string | undefined; regex?: string | undefined },
  at: string,
): Limit[] {
  if (regex === undefined) return unlessFits(`${at}.exact`, exact ?? '', QUERY);
  return [
    {
      at: `${at}.regex`,
      message: 'a load balancer of AWS is asked for whole values only',
      fix: 'write exact, in an entry for each value',
    },
  ];
}

function unlessFits(at: string, text: string, fits: RegExp): Limit[] {
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
