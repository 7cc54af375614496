/** What the ingress controller of APISIX says of an ApisixRoute: one condition, at the generation it has seen. */
import type { Condition, KubeObject } from '../../api/object.ts';

/** Its name in version 1 of the controller, and since. */
const TYPES = ['Accepted', 'ResourcesAvailable'];

/** Undefined where it has taken up this generation, or has said nothing yet. */
export function notAccepted(route: KubeObject): string | undefined {
  const { conditions = [] } = (route['status'] ?? {}) as { conditions?: Partial<Condition>[] };
  const said = conditions.find(({ type = '' }) => TYPES.includes(type));
  if (!said) return undefined;
  const generation = route.metadata.generation ?? 0;
  const seen = said.observedGeneration ?? generation;
  if (seen < generation)
    return `${said.type} speaks of generation ${seen}, not yet of ${generation}`;
  if (said.status === 'True') return undefined;
  const why = [said.reason, said.message].filter(Boolean).join(': ');
  return `${said.type} is ${said.status} (${why})`;
}
