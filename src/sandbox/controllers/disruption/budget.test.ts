import { describe, expect, test } from 'vitest';
import type { Pod, PodDisruptionBudget } from '../kinds.ts';
import { ago, aPod, NOW } from '../testing/objects.ts';
import { nextStatus, type Scale } from './budget.ts';

function aBudget(
  spec: PodDisruptionBudget['spec'],
  status?: PodDisruptionBudget['status'],
): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'shop', generation: 3 },
    spec,
    ...(status && { status }),
  };
}

const READY = [aPod('a'), aPod('b'), aPod('c')];
const SOME = [aPod('a'), aPod('b', { ready: false }), aPod('c', { deleting: true })];
const four = (): Scale => ({ uid: 'set', replicas: 4 });

function told(spec: PodDisruptionBudget['spec'], pods: Pod[], scaleOf: () => Scale | undefined) {
  const budget = aBudget({ selector: {}, ...spec });
  const status = nextStatus({ budget, pods, scaleOf, nowMs: NOW });
  return [
    status?.disruptionsAllowed,
    status?.currentHealthy,
    status?.desiredHealthy,
    status?.expectedPods,
  ];
}

describe('allowed, healthy now, to be healthy, expected', () => {
  test.each<[string, PodDisruptionBudget['spec'], Pod[], number[]]>([
    ['a number is of the pods there are', { minAvailable: 2 }, READY, [1, 3, 2, 3]],
    ['unready and leaving pods are not healthy', { minAvailable: 1 }, SOME, [0, 1, 1, 3]],
    [
      'a percentage is of the pods wanted, rounded up',
      { minAvailable: '60%' },
      READY,
      [0, 3, 3, 4],
    ],
    ['what may be missing is of the pods wanted', { maxUnavailable: 2 }, READY, [1, 3, 2, 4]],
    ['also as a percentage', { maxUnavailable: '50%' }, READY, [1, 3, 2, 4]],
    ['where there are none, nothing', { maxUnavailable: 1 }, [], [0, 0, 0, 0]],
  ])('%s', (_, spec, pods, expected) => {
    expect(told(spec, pods, four)).toEqual(expected);
  });
});

test('what cannot be counted allows nothing and says why', () => {
  const problem = 'daemonsets does not implement the scale subresource';
  const budget = aBudget({ maxUnavailable: 1 });
  const status = nextStatus({ budget, pods: READY, scaleOf: () => ({ problem }), nowMs: NOW });
  expect(status).toMatchObject({
    disruptionsAllowed: 0,
    conditions: [{ status: 'False', reason: 'SyncFailed', message: problem }],
  });
});

test('the condition tells since when, and a status that says the same is not written', () => {
  const snapshot = { pods: READY, scaleOf: four, nowMs: NOW };
  const budget = aBudget({ minAvailable: 2 });
  const status = nextStatus({ ...snapshot, budget });
  expect(status?.conditions).toMatchObject([{ status: 'True', lastTransitionTime: ago(0) }]);
  const known = status && aBudget({ minAvailable: 2 }, status);
  const later = { ...snapshot, nowMs: NOW + 5_000 };
  expect(known && nextStatus({ ...later, budget: known })).toBeUndefined();
  const next = known && nextStatus({ ...later, budget: known, pods: READY.slice(1) });
  expect(next?.conditions).toMatchObject([{ status: 'False', lastTransitionTime: ago(-5) }]);
});
