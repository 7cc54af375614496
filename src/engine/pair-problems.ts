/** What is wrong with a policy of two workloads that take turns, as far as its spec tells. */
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';

const BLUE_GREEN = 'spec.strategy.blueGreen';

export function pairProblems(spec: PolicySpec): Problem[] {
  // Of other kinds there is no pair at all.
  if (!spec.pairRef || spec.targetRef.kind !== 'Deployment') return [];
  return [
    ...sameName(spec),
    ...strategyProblems(spec),
    ...routerProblems(spec),
    ...afterProblems(spec),
    ...revertProblems(spec),
  ];
}

function sameName({ targetRef, pairRef }: PolicySpec): Problem[] {
  if (targetRef.name !== pairRef?.name) return [];
  const fix =
    'name the other Deployment, or leave pairRef out: one Deployment is enough for blueGreen';
  return [{ field: 'spec.pairRef.name', message: 'is the workload of targetRef itself', fix }];
}

function strategyProblems({ strategy }: PolicySpec): Problem[] {
  if (strategy.blueGreen) return [];
  const fix = 'use blueGreen, or leave pairRef out: every strategy needs only the one of targetRef';
  return [{ field: 'spec.pairRef', message: 'two Deployments take turns by blueGreen only', fix }];
}

function routerProblems({ traffic }: PolicySpec): Problem[] {
  if ((traffic?.routers ?? []).length === 0) return [];
  return [
    {
      field: 'spec.traffic.routers',
      message:
        'between the two Deployments of a pair the selector of the Service moves the traffic',
      fix: 'leave routers out and name the Service that users or your route reach; for weights leave pairRef out',
    },
  ];
}

function afterProblems({ strategy }: PolicySpec): Problem[] {
  if (strategy.blueGreen?.after !== 'Delete') return [];
  return [
    {
      field: `${BLUE_GREEN}.after`,
      message: 'the old version of a pair is a Deployment of yours, which is not deleted',
      fix: 'write ScaleToZero: it has no pods until it gets the next version; or delete it yourself when the release has ended',
    },
  ];
}

function revertProblems({ onFailure }: PolicySpec): Problem[] {
  if (onFailure.revertTemplate !== true) return [];
  return [
    {
      field: 'spec.onFailure.revertTemplate',
      message:
        'the template that was taken back is in the Deployment without the traffic, where it harms nobody',
      fix: 'leave it out for a pair',
    },
  ];
}

/** Halves that are upgraded one after the other are what a rolling update does. */
export function groupProblems(groups: unknown): Problem[] {
  if (groups === undefined) return [];
  return [
    {
      field: `${BLUE_GREEN}.groups`,
      message:
        'one half out of the balancer, upgraded and put back, then the other, is a rolling update',
      fix: 'use rolling with maxSurge: 0, maxUnavailable: 50% and stages: [{holdAfter: 50%, approval: {}}]',
    },
  ];
}
