/** Whether gateways and meshes have taken up a route, from its status. */
import type { KubeObject } from '../../api/object.ts';
import { notTrue, type Said } from '../condition.ts';

interface ParentStatus {
  controllerName?: string;
  parentRef?: { namespace?: string; name?: string; sectionName?: string };
  conditions?: Said[];
}

/** As it calls itself where it reports on a route. */
export const LINKERD = 'linkerd.io/policy-controller';

const REQUIRED = ['Accepted', 'ResolvedRefs'];

/**
 * What the parents still have to say, or undefined when all that report have accepted this
 * generation and resolved its refs. A route that nobody reports on counts as accepted once stored,
 * and a condition without observedGeneration is believed: there is nothing more to be read.
 */
export function notAccepted(route: KubeObject): string | undefined {
  const generation = route.metadata.generation ?? 0;
  for (const parent of parentsOf(route)) {
    const conditions = parent.conditions ?? [];
    if (conditions.length === 0) continue;
    const [because] = [
      ...REQUIRED.map((type) => unmet(type, conditions, generation)),
      notProgrammed(parent, generation),
    ].filter(Boolean);
    if (because) return `${parentName(parent)}: ${because}`;
  }
  return undefined;
}

/** Kong says of what it has accepted whether its gateways have it; where it is told to say nothing, Unknown for ever. */
function notProgrammed(
  { controllerName = '', conditions = [] }: ParentStatus,
  generation: number,
): string | undefined {
  const said = conditions.find(({ type }) => type === 'Programmed');
  if (!isKong(controllerName) || !said || said.status === 'Unknown') return undefined;
  return notTrue(said, generation);
}

/** The Kong Ingress Controller, or the operator that runs it. */
export function isKong(controllerName: string): boolean {
  return controllerName.startsWith('konghq.com/');
}

/** The controllers that report on it, by the names that they give themselves. */
export function reporters(route: KubeObject): string[] {
  return parentsOf(route).flatMap(({ controllerName }) => controllerName ?? []);
}

function parentsOf(route: KubeObject): ParentStatus[] {
  return ((route['status'] ?? {}) as { parents?: ParentStatus[] }).parents ?? [];
}

function unmet(type: string, conditions: Said[], generation: number): string | undefined {
  const condition = conditions.find((one) => one.type === type);
  return condition ? notTrue(condition, generation) : `${type} is not reported yet`;
}

function parentName({ parentRef }: ParentStatus): string {
  const name = [parentRef?.namespace, parentRef?.name].filter(Boolean).join('/');
  return `parent ${name}${parentRef?.sectionName ? ` (${parentRef.sectionName})` : ''}`;
}
