/** The shape of a route, from what a definition says of its kind. */
import type { KubeObject } from '../../api/object.ts';
import type { RouteDefinition } from '../../api/route-definition.ts';
import { notTrue, type Said } from '../condition.ts';
import type { RouteShape, RuleList } from '../split-route/shape.ts';
import { checkDefined } from './check.ts';
import { destinations } from './destinations.ts';

export function shapeOf(definition: RouteDefinition): RouteShape {
  const { group, kind } = definition;
  return {
    field: 'object',
    kind: { group, kind },
    lists: definition.destinations.map(listAt),
    refs: (scope) => destinations(definition, scope),
    by: 'destination',
    absent: {
      unread: `allow the controller's ServiceAccount to get, list, watch and patch kind ${kind} of ${group} (docs/spec/routers.md)`,
      unserved: 'install its CustomResourceDefinition, or correct group and kind in the definition',
    },
    check: (scope, route) => checkDefined(definition, scope, route),
    notAccepted: (route) => notAccepted(definition, route),
  };
}

/** `spec.routes[].services[]`: a list of rules, or with one `[]` spec itself as the only rule. */
function listAt(path: string): RuleList {
  const [first = '', second] = path
    .replace(/^spec\./, '')
    .split('[]')
    .map((part) => part.replace(/^\./, ''));
  return second ? { field: first, refs: second } : { field: '', refs: first, single: true };
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
