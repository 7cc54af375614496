/** What a kind of workload cannot do, and what it can instead. */
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';

/** Why not, by strategy. */
const STATEFUL: Record<string, string> = {
  blueGreen:
    'its pods have names and volumes of their own, so that there cannot be two whole versions of it',
  recreate: 'its controller never stops all of its pods at once',
  abTest:
    'its pods have names of their own, so that no second set of them can stand beside the first',
};

export function workloadProblems({ targetRef, strategy, pairRef, traffic }: PolicySpec): Problem[] {
  if (targetRef.kind !== 'StatefulSet') return [];
  const chosen = Object.entries(strategy).filter(([, value]) => value !== undefined);
  const refused = chosen.flatMap(([name]) => {
    const why = STATEFUL[name];
    if (why === undefined) return [];
    const message = `a StatefulSet cannot be released by ${name}: ${why}`;
    const fix =
      'use rolling or canary: ordinal by ordinal from the highest, with holds and checks at the stages';
    return [{ field: `spec.strategy.${name}`, message, fix }];
  });
  const routed = strategy.canary && (traffic?.routers ?? []).length > 0;
  return [
    ...refused,
    ...(routed ? [ROUTED] : []),
    ...limitProblems(strategy.rolling ?? {}),
    ...pairProblems(pairRef),
  ];
}

/** One pod at a time, and never one more than there are. */
function limitProblems(
  rolling: Partial<NonNullable<PolicySpec['strategy']['rolling']>>,
): Problem[] {
  return (['maxSurge', 'maxUnavailable'] as const).flatMap((name) => {
    if (rolling[name] === undefined) return [];
    const message = 'a StatefulSet changes one pod at a time, and has never one too many';
    return [{ field: `spec.strategy.rolling.${name}`, message, fix: 'take it out' }];
  });
}

function pairProblems(pairRef: PolicySpec['pairRef']): Problem[] {
  if (!pairRef) return [];
  const message = 'two workloads take turns only where they are Deployments';
  return [{ field: 'spec.pairRef', message, fix: 'leave it out' }];
}

const ROUTED: Problem = {
  field: 'spec.traffic.routers',
  message: 'the traffic of a StatefulSet follows its pods: it has no routes yet',
  fix: 'take the routers out',
};
