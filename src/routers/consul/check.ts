/** What a ServiceSplitter cannot be used for, looked for before a release. */
import type { Problem } from '../../api/problem.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { isSegues } from '../subsets/shape.ts';
import type { CheckedRoute } from '../split-route/shape.ts';
import { unsynced } from './acceptance.ts';
import { serviceOf, type Split } from './splits.ts';

export function checkSplitter(_: RouterScope, { route, title }: CheckedRoute): Problem[] {
  return unsynced(route, title);
}

/** Why splits that lead to a Service of the policy are none of those that can be moved. */
export function unmovable(
  { services, config }: RouterScope,
  { title, rules }: CheckedRoute,
): Problem[] {
  const splits = rules.flatMap(({ refs }) => refs as Split[]);
  return splits.flatMap((split, i): Problem[] => {
    const { serviceSubset: subset = '', namespace, partition } = split;
    const service = serviceOf(split, config);
    if (!services.includes(service) || !split.weight) return [];
    const at = `${title} spec.splits[${i}]`;
    if (namespace !== undefined || partition !== undefined)
      return [
        {
          field: `${at}.${namespace === undefined ? 'partition' : 'namespace'}`,
          message: `it leads to ${service} by a namespace or partition of Consul's own`,
          fix: 'leave it out: a splitter and its Service are of one namespace',
        },
      ];
    if (subset === '' || isSegues([subset, undefined])) return [];
    return [
      {
        field: `${at}.serviceSubset`,
        message: `it leads to subset ${subset}, and a version is pods of its own`,
        fix: `leave it out: Segue itself tells the pods of each version of ${service}`,
      },
    ];
  });
}
