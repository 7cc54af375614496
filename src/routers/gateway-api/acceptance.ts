/** Whether gateways have taken up an HTTPRoute, from its status. */
import type { Condition, KubeObject } from '../../api/object.ts';

interface ParentStatus {
  parentRef?: { namespace?: string; name?: string; sectionName?: string };
  conditions?: Partial<Condition>[];
}

const REQUIRED = ['Accepted', 'ResolvedRefs'];

/**
 * What the parents still have to say, or undefined when all that report have accepted this
 * generation and resolved its refs. A route that nobody reports on counts as accepted once stored,
 * and a condition without observedGeneration is believed: there is nothing more to be read.
 */
export function notAccepted(route: KubeObject): string | undefined {
  const generation = route.metadata.generation ?? 0;
  const status = (route['status'] ?? {}) as { parents?: ParentStatus[] };
  for (const parent of status.parents ?? []) {
    const conditions = parent.conditions ?? [];
    if (conditions.length === 0) continue;
    for (const type of REQUIRED) {
      const because = unmet(type, conditions, generation);
      if (because) return `${parentName(parent)}: ${because}`;
    }
  }
  return undefined;
}

function unmet(
  type: string,
  conditions: Partial<Condition>[],
  generation: number,
): string | undefined {
  const condition = conditions.find((one) => one.type === type);
  if (condition === undefined) return `${type} is not reported yet`;
  const { observedGeneration, status, reason, message } = condition;
  if ((observedGeneration ?? generation) < generation)
    return `${type} speaks of generation ${observedGeneration}, not yet of ${generation}`;
  if (status === 'True') return undefined;
  return `${type} is ${status} (${[reason, message].filter(Boolean).join(': ')})`;
}

function parentName({ parentRef }: ParentStatus): string {
  const name = [parentRef?.namespace, parentRef?.name].filter(Boolean).join('/');
  return `parent ${name}${parentRef?.sectionName ? ` (${parentRef.sectionName})` : ''}`;
}
