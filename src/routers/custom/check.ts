/** Whether an object is what its definition says, looked for before a release. */
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouteDefinition } from '../../api/route-definition.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { leadsToOurs } from '../split-route/check.ts';
import { valueIn } from '../split-route/places.ts';
import type { CheckedRoute, CheckedRule } from '../split-route/shape.ts';
import { isOddWeight, serviceNamed } from './destinations.ts';
import { alternativesIn, placesOf } from './request-rules.ts';

export function checkDefined(
  definition: RouteDefinition,
  scope: RouterScope,
  checked: CheckedRoute,
): Problem[] {
  const routed = checked.rules.filter((rule) => leadsToOurs(checked, rule));
  const odd = routed.flatMap(({ refs, refsAt }) =>
    refs
      .filter((ref) => isOddWeight(definition, ref))
      .map((ref) => ({ field: refsAt, written: JSON.stringify(valueIn(ref, definition.weight)) })),
  );
  const { text, total } = definition.weights;
  return [
    ...odd.slice(0, 1).map(({ field, written }) => ({
      field,
      message: `weight ${written} is not as the definition says, a number${text ? ' in quotes' : ''} of ${total} in all`,
      fix: 'correct it, or weights in the definition',
    })),
    ...ofAnotherRoot(definition, scope, checked),
    ...sharesRoot(definition, scope, checked),
    ...routed.flatMap((rule) => ofHeaders(definition, scope, rule)),
  ];
}

/** Where the condition of an added rule could not be put, or would be one that the rule has already. */
function ofHeaders(
  { match }: RouteDefinition,
  scope: RouterScope,
  { rule, at }: CheckedRule,
): Problem[] {
  const entries = scope.rules.flatMap((one) => one.match ?? []);
  if (!match || entries.length === 0) return [];
  const { headers } = match;
  const there = alternativesIn(headers, rule);
  const { outer, inner } = placesOf(headers);
  if (!there)
    return [
      {
        field: `${at}.${outer}`,
        message: `what it has there is no list of ${inner === undefined ? 'conditions' : `alternatives with conditions at ${inner}`}`,
        fix:
          inner === undefined
            ? 'correct match.headers.at in the definition'
            : `write one for all that the rule takes, or correct match.headers.at in the definition`,
      },
    ];
  const asked = entries.flatMap((entry) => (entry.headers ?? []).map(({ name }) => name));
  const has = there
    .flatMap(({ own }) => own)
    .map((one) => String(valueIn(one, headers.name)).toLowerCase());
  const found = asked.find((name) => has.includes(name.toLowerCase()));
  if (found === undefined) return [];
  return [
    {
      field: `${at}.${outer}`,
      message: `this rule asks for header ${found} already, and so does a match of the policy`,
      fix: `match by another header, or take ${found} out of the rule`,
    },
  ];
}

/** What the definition is not for, and what is not built as it says. */
export function misfits(
  { versions, destinations }: RouteDefinition,
  { title, route }: { title: string; route: KubeObject },
): Problem[] {
  const version = route.apiVersion.split('/').at(-1) ?? '';
  if (!versions.includes(version))
    return [
      {
        field: title,
        message: `the API server has it in version ${version}, and the definition is for ${versions.join(', ')}`,
        fix: `add ${version} to versions in the definition, if it is written the same`,
      },
    ];
  const unlisted = destinations.find((path) => !isListed(route, path));
  if (unlisted === undefined) return [];
  return [
    {
      field: title,
      message: `what it has at ${unlisted} is no list`,
      fix: 'correct destinations in the definition',
    },
  ];
}

/** Nothing is a list too: not all that there may be is in every object. */
function isListed(route: KubeObject, path: string): boolean {
  return (
    path
      .split('[]')
      .slice(0, -1)
      .map((part) => part.replace(/^\./, ''))
      .reduce<unknown[] | undefined>(
        (found, part) => {
          const below = found?.map((one) => valueIn(one, part) ?? []);
          return below?.every(Array.isArray) ? below.flat() : undefined;
        },
        [route],
      ) !== undefined
  );
}

/** Clients of the Service would not go by it. */
function ofAnotherRoot(
  { root }: RouteDefinition,
  { namespace, services }: RouterScope,
  { title, route }: Pick<CheckedRoute, 'title' | 'route'>,
): Problem[] {
  if (root === undefined) return [];
  const written = valueIn(route, root);
  const service = serviceNamed(written, namespace);
  if (service !== undefined && services.includes(service)) return [];
  return [
    {
      field: `${title} ${root}`,
      message: `${JSON.stringify(written) ?? 'nothing'} is no Service of the policy`,
      fix: `write ${services.join(' or ')} there, or name another object in spec.traffic.routers[].custom.object`,
    },
  ];
}

/** Two for one Service: which of them counts is not known. */
function sharesRoot(
  { root, group, kind }: RouteDefinition,
  { namespace }: RouterScope,
  { title, route, objects }: CheckedRoute,
): Problem[] {
  if (root === undefined) return [];
  const rootOf = (object: KubeObject) => serviceNamed(valueIn(object, root), namespace);
  const own = rootOf(route);
  const other = objects
    .list({ group, kind })
    .find((one) => one.metadata.name !== route.metadata.name && rootOf(one) === own);
  if (own === undefined || !other) return [];
  return [
    {
      field: `${title} ${root}`,
      message: `${kind} ${other.metadata.name} is for Service ${own} too`,
      fix: 'take one of the two away',
    },
  ];
}
