/**
 * Single requests, as conditions of a load balancer's rule say them. A rule asks for all of its conditions, so that each
 * entry of `match` is a path of its own, just before the one it comes from: of paths that are alike the controller keeps
 * the order.
 */
import type { RequestMatch } from '../../api/request-match.ts';
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
