/**
 * TCPRoutes and TLSRoutes made ready to route by: pure. Written from the reference of the Gateway API: weights are shares
 * of connections, and what would go to a backend that is none is refused.
 */
import type { KubeObject } from '../../api/object.ts';
import type { ConnectionRule } from './connection-rule.ts';
import { type BackendRef, KINDS, routeKey, specOf } from './objects.ts';
import { compileBackend, type CompiledRoute, emptyRoute } from './route.ts';
import { withShares } from './shares.ts';

interface RuleSpec {
  name?: string;
  backendRefs?: BackendRef[];
  [key: string]: unknown;
}

const RULE_FIELDS = new Set(['name', 'backendRefs']);

export function compileConnectionRoute(object: KubeObject): CompiledRoute {
  const route = emptyRoute(object);
  const { rules = [] } = specOf<{ rules?: RuleSpec[] }>(object);
  const isTls = object.kind === KINDS.tlsRoute.kind;
  const hostnames = route.hostnames.length > 0 ? route.hostnames : [''];
  rules.forEach((spec, index) => {
    route.connections.push(
      compileRule(spec, { route, index, names: isTls ? hostnames : undefined }),
    );
  });
  return route;
}

function compileRule(
  { backendRefs = [], ...rest }: RuleSpec,
  { route, index, names }: { route: CompiledRoute; index: number; names: string[] | undefined },
): ConnectionRule {
  const unknown = Object.keys(rest).find((name) => !RULE_FIELDS.has(name));
  const problem = unknown && `${unknown} is not supported by the sandbox gateway`;
  route.problem ??= problem;
  const backends = backendRefs.map((ref) => compileBackend(ref, route));
  const { object } = route;
  return {
    route: routeKey(object),
    serverNames: names,
    priority: 0,
    ...withShares(backends),
    problem,
    order: [object.metadata.creationTimestamp ?? '', route.key, index],
  };
}
