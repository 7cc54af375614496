/** What keeps an Ingress of a load balancer from having paths for single requests. */
import type { Problem } from '../../api/problem.ts';
import { CONDITION_VALUES_MAX } from '../../api/request-limits/alb.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import { fieldOf } from './actions.ts';
import { keyOf, type Place, placesOf } from './ingress.ts';
import { checkPlaces } from './check-places.ts';
import { type Checked, conditionsName } from './checked.ts';
import { conditionsOf } from './requests.ts';
import { conditionsIn } from './turned.ts';

export function checkRequests(checked: Checked): Problem[] {
  const entries = checked.scope.rules.flatMap(({ match = [] }) => match);
  if (entries.length === 0) return [];
  const routed = placesOf(checked.routing).flatMap((place) => {
    const name = conditionsName(checked, place);
    return name === undefined ? [] : [{ place, name }];
  });
  return [
    ...routed.flatMap(({ place, name }) => ofPlace(checked, { place, name, entries })),
    ...checkPlaces(checked, routed),
  ];
}

function ofPlace(
  { title, routing }: Checked,
  { place, name, entries }: { place: Place; name: string; entries: RequestMatch[] },
): Problem[] {
  if (!place.path)
    return [
      {
        field: `${title} ${place.at}`,
        message: 'what no path is for cannot be asked for more, and the policy has match',
        fix: 'write a rule without host with path / and pathType Prefix instead',
      },
    ];
  const conditions = conditionsIn(routing, name);
  const field = `${title} metadata.annotations[${keyOf('conditions', name)}]`;
  if (conditions === undefined)
    return [{ field, message: 'it is no list in JSON', fix: 'write a list of conditions' }];
  if (entries.some(({ headers = [] }) => headers.length > 0) && conditions.some(isPattern))
    return [
      {
        field,
        message:
          'it asks for a header by regexValues, and a match of the policy by values: a rule of a load balancer takes one of the two',
        fix: 'write values there, or match by something else than a header',
      },
    ];
  const own =
    (entries.some(({ path }) => path) ? valuesMax(place) : valuesOf(place)) + valuesIn(conditions);
  const most = Math.max(...entries.map((entry) => conditionsOf(entry).length));
  if (own + most <= CONDITION_VALUES_MAX) return [];
  return [
    {
      field: `${title} ${place.at}`,
      message: `its host, path and conditions are ${own} values, and a match of the policy adds ${most}: a rule of a load balancer takes ${CONDITION_VALUES_MAX}`,
      fix: 'ask for less in one entry of match, or write a shorter list of conditions',
    },
  ];
}

function isPattern(condition: object): boolean {
  return fieldOf(fieldOf(condition, 'httpHeaderConfig'), 'regexValues') !== undefined;
}

/** A prefix is two patterns, itself and what begins with it; but for the root. */
function valuesOf({ rule, path }: Place): number {
  const text = path?.path ?? '';
  const patterns = path?.pathType === 'Prefix' && text !== '/' ? 2 : 1;
  return (rule?.host ? 1 : 0) + (text === '' ? 0 : patterns);
}

/** Where the path may be another prefix. */
function valuesMax({ rule }: Place): number {
  return (rule?.host ? 1 : 0) + 2;
}

/** Whatever the type of a condition is, its values are a list of that name, in any case. */
function valuesIn(conditions: readonly object[]): number {
  const lists = conditions.flatMap((condition) =>
    Object.values(condition).flatMap((config) =>
      typeof config === 'object' && config !== null
        ? Object.values(config as Record<string, unknown>)
        : [],
    ),
  );
  return lists.filter(Array.isArray).reduce((sum, list) => sum + list.length, 0);
}
