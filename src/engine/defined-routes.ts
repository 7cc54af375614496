/** The definitions of routers of one's own, filled into the policy that names them: what is made of it has them. */
import type { PolicySpec } from '../api/policy.ts';
import type { RouteDefinition } from '../api/route-definition.ts';
import type { ByOthers } from './effective-policy.ts';

/** What a definition says; undefined where it is not there, or wrong. */
export type Definitions = (name: string) => RouteDefinition | undefined;

/** Pure. A router whose definition is not known stays as it is written, and cannot be released by. */
export function withDefinitions(spec: PolicySpec, definitions: Definitions): PolicySpec {
  const { traffic } = spec;
  if (!definitionsNamed(spec).length || !traffic?.routers) return spec;
  const routers = traffic.routers.map((router) => {
    const { custom } = router;
    const route = custom && definitions(custom.definition);
    return route ? { ...router, custom: { ...custom, route } } : router;
  });
  return { ...spec, traffic: { ...traffic, routers } };
}

/** The same of what the policy is by itself, without what others in its namespace add. */
export function allDefined(
  { spec, others }: { spec: PolicySpec; others: ByOthers },
  definitions: Definitions,
) {
  const { alone } = others;
  return {
    spec: withDefinitions(spec, definitions),
    others: { ...others, alone: alone && withDefinitions(alone, definitions) },
  };
}

/** The ConfigMaps that a policy names. */
export function definitionsNamed({ traffic }: Pick<PolicySpec, 'traffic'>): string[] {
  return (traffic?.routers ?? []).flatMap(({ custom }) => custom?.definition ?? []);
}
