/** What a namespace on its way out says about what is still in it. */
import type { KubeObject } from '../../../api/object.ts';
import type { StatusCondition } from '../kinds.ts';

/** The conditions with what is left in them; undefined when they say it already. */
export function remainingConditions(
  before: StatusCondition[],
  left: KubeObject[],
  now: string,
): StatusCondition[] | undefined {
  const finalizers = left.flatMap((object) => object.metadata.finalizers ?? []);
  const next = [
    condition('NamespaceContentRemaining', {
      holds: left.length > 0,
      reason: ['ContentRemoved', 'SomeResourcesRemain'],
      message: ['All content successfully removed', `Some resources are remaining: ${kinds(left)}`],
    }),
    condition('NamespaceFinalizersRemaining', {
      holds: finalizers.length > 0,
      reason: ['ContentHasNoFinalizers', 'SomeFinalizersRemain'],
      message: [
        'All content-preserving finalizers finished',
        `Some content in the namespace has finalizers remaining: ${counted(finalizers, 'in')}`,
      ],
    }),
  ];
  const same = next.every((one) => {
    const old = before.find((other) => other.type === one.type);
    return old?.status === one.status && old.message === one.message;
  });
  if (same) return undefined;
  const others = before.filter((one) => !next.some((other) => other.type === one.type));
  return [...others, ...next.map((one) => ({ ...one, lastTransitionTime: now }))];
}

function condition(
  type: string,
  facts: { holds: boolean; reason: [string, string]; message: [string, string] },
): StatusCondition {
  const index = facts.holds ? 1 : 0;
  const status = facts.holds ? 'True' : 'False';
  return { type, status, reason: facts.reason[index], message: facts.message[index] };
}

function kinds(left: KubeObject[]): string {
  return counted(
    left.map((object) => object.kind),
    'has',
  );
}

function counted(names: string[], verb: 'has' | 'in'): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Array.from(counts, ([name, count]) => `${name} ${verb} ${count} resource instances`)
    .sort()
    .join(', ');
}
