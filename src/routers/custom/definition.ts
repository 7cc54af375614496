/** Which definition a policy goes by: that of its release, else the one in the ConfigMap that it names. */
import { KINDS } from '../../api/group.ts';
import type { Problem } from '../../api/problem.ts';
import {
  DEFINITION_LABEL,
  readDefinition,
  type RouteDefinition,
} from '../../api/route-definition.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';

/** The router's part of a policy. */
interface CustomConfig {
  definition: string;
  object: string;
  /** What the ConfigMap said when the release began. */
  route?: RouteDefinition;
}

/** @throws TypeError where a release has none: it was not made by this Segue */
export function definitionIn({ config }: Pick<RouterScope, 'config'>): RouteDefinition {
  const { route } = config as unknown as CustomConfig;
  if (!route) throw new TypeError('custom needs the definition that its release began with');
  return route;
}

/** Before a release: what it would go by, or what keeps that from being known. */
export function definitionFor(
  scope: RouterScope,
  objects: TrafficObjects,
): RouteDefinition | Problem[] {
  const { definition: name, route } = scope.config as unknown as CustomConfig;
  if (route) return route;
  const field = `ConfigMap ${name}`;
  const refusal = objects.refusal(KINDS.configMap);
  if (refusal !== undefined)
    return [
      {
        field,
        message: `the controller may not read kind ConfigMap (${refusal})`,
        fix: 'apply all that `segue install` prints, which allows it',
      },
    ];
  const found = objects.get(KINDS.configMap, name);
  if (found) return readDefinition(found);
  return [
    {
      field,
      message: `there is no ConfigMap of this name with the label ${DEFINITION_LABEL}`,
      fix: 'create it, label it, or name another in spec.traffic.routers[].custom.definition',
    },
  ];
}
