/** The shape of a route, from what a definition says of its kind. */
import type { KubeObject } from '../../api/object.ts';
import { placesIn, type RouteDefinition } from '../../api/route-definition.ts';
import { notTrue, type Said } from '../condition.ts';
import type { RouteShape, RuleList } from '../split-route/shape.ts';
import { checkDefined } from './check.ts';
import { destinations } from './destinations.ts';
import { requestsBy } from './request-rules.ts';

export function shapeOf(definition: RouteDefinition): RouteShape {
  const { group, kind, match } = definition;
  const lists = definition.destinations.map(listAt);
  const [list] = lists;
  return {
    field: 'object',
    kind: { group, kind },
    lists,
    refs: (scope) => destinations(definition, scope),
    by: 'destination',
    ...(match && list && { requests: requestsBy(match, list) }),
    absent: {
      unread: `allow the controller's ServiceAccount to get, list, watch and patch kind ${kind} of ${group} (docs/spec/routers.md)`,
      unserved: 'install its CustomResourceDefinition, or correct group and kind in the definition',
    },
    check: (scope, route) => checkDefined(definition, scope, route),
    notAccepted: (route) => notAccepted(definition, route),
  };
}

/** `spec.routes[].services[]`: a list of rules, or with one `[]` spec itself as the only rule. */
export function listAt(path: string): RuleList {
  const { rules, refs } = placesIn(path);
  return rules === '' ? { field: '', refs, single: true } : { field: rules, refs };
}

/** Where the definition names a condition, one that is not there says that nobody has looked yet. */
function notAccepted(
  { accepted }: RouteDefinition,
  { metadata, status }: KubeObject,
): string | undefined {
  if (!accepted) return undefined;
  const { conditions = [] } = (status ?? {}) as { conditions?: Said[] };
  const said = conditions.find(({ type }) => type === accepted.type);
  return said
    ? notTrue(said, metadata.generation ?? 0, accepted.status)
    : `it has no condition ${accepted.type} yet`;
}
