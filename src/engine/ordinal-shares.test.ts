/** Weights of a StatefulSet as numbers of its pods. */
import { expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import { policySpec } from '../testing/snapshots.ts';
import { ordinalPods } from './ordinal-shares.ts';
import { compilePlan } from './plan.ts';
import { shareWarnings } from './pod-shares.ts';
import { releaseTraffic } from './release-traffic.ts';
import { validatePolicy } from './validate.ts';

test.each([
  [4, 25, 1],
  [4, 26, 2],
  [4, 1, 1],
  [3, 90, 2],
  [3, 100, 3],
  [1, 10, 1],
  [0, 10, 0],
])('of %i pods %i %% are %i, and below 100 %% one old pod stays', (replicas, weight, pods) => {
  expect(ordinalPods(replicas, { weight, capacityPercent: weight })).toBe(pods);
});

type Stages = { weight: number; [field: string]: unknown }[];

function canary(stages: Stages, kind: 'StatefulSet' | 'Deployment' = 'StatefulSet'): PolicySpec {
  const { traffic: _traffic, ...rest } = policySpec({
    targetRef: { group: 'apps', kind, name: 'db' },
    strategy: { canary: { stages, timeout: '1h' } } as unknown as PolicySpec['strategy'],
  });
  return rest as PolicySpec;
}

test('a weight that whole pods do not come near is said', () => {
  expect(shareWarnings(canary([{ weight: 25 }, { weight: 60 }]), 4)).toEqual([
    {
      field: 'spec.strategy.canary.stages[1].weight',
      message: '60 % cannot be had with 4 replicas: it is 3 of 4 pods, 75 %',
      fix: 'write 75, or run more replicas',
    },
  ]);
});

test('what the others take of a routed weight is said', () => {
  const routers = [{ gatewayAPI: { httpRoute: 'db' } }];
  const traffic = { services: [{ name: 'db' }], routers, settle: '0s', drain: '0s' };
  const routed = (weight: number, replicas: number) =>
    shareWarnings({ ...canary([{ weight }]), traffic }, replicas).map(({ message }) => message);
  expect(routed(5, 3)).toEqual([
    '1 of 3 pods have the new version and 5 % of the traffic: each of the others takes 43 % more than when all are there',
  ]);
  expect(routed(25, 4)).toEqual([]);
  expect(routed(10, 1)).toEqual(['with 1 replicas it is all of the traffic']);
});

test('what copies take from users is said, also at the stages after them', () => {
  const routers = [{ gatewayAPI: { httpRoute: 'db' } }];
  const traffic = { services: [{ name: 'db' }], routers, settle: '0s', drain: '0s' };
  const mirror = { percent: 100, methods: 'Safe' };
  const stages = [{ weight: 0, mirror }, { weight: 25 }, { weight: 75 }];
  const takes = (weight: number, more: number) =>
    `3 of 4 pods have the new version and ${weight} % of the traffic: ` +
    `each of the others takes ${more} % more than when all are there`;
  expect(shareWarnings({ ...canary(stages), traffic }, 4)).toEqual([
    {
      field: 'spec.strategy.canary.stages[0].mirror.percent',
      message: takes(0, 300),
      fix: 'lower it, or run more replicas: there are as many new pods as copies need',
    },
    {
      field: 'spec.strategy.canary.stages[1].weight',
      message: takes(25, 200),
      fix: 'write 75, or run more replicas',
    },
  ]);
});

test('its stages are moves of its ordinals, by no route', () => {
  const spec = canary([{ weight: 25 }]);
  expect(compilePlan(spec).plan).toMatchObject({ roll: { type: 'Ordinals' }, drainMs: 0 });
  expect(compilePlan(spec).plan.byPods).toBeUndefined();
  const traffic = { services: [{ name: 'db' }], settle: '0s', drain: '0s' };
  const routed = { services: ['db'], routers: [], preview: false };
  expect(releaseTraffic({ ...spec, traffic })).toEqual(routed);
  expect(releaseTraffic(spec)).toBeUndefined();
});

test('no stage takes its pods back', () => {
  const spec = canary([{ weight: 50 }, { weight: 25 }]);
  const allowed = { ...spec.strategy.canary, allowLower: true } as PolicySpec['strategy']['canary'];
  expect(validatePolicy({ ...spec, strategy: { canary: allowed } })).toMatchObject([
    { message: 'falls from 50 to 25: no stage takes pods of a StatefulSet back' },
  ]);
});

test('a Deployment without traffic is a canary by its pods, as workers are', () => {
  const spec = canary([{ weight: 20 }], 'Deployment');
  expect(validatePolicy(spec)).toEqual([]);
  expect(compilePlan(spec).plan).toMatchObject({ byPods: true, settleMs: 0, drainMs: 0 });
  expect(releaseTraffic(spec)).toEqual({
    services: [],
    routers: [{ name: 'podShares', config: {} }],
    preview: false,
  });
  const { canary: _, ...others } = spec.strategy;
  const blueGreen = { ...others, blueGreen: {} } as unknown as PolicySpec['strategy'];
  expect(validatePolicy({ ...spec, strategy: blueGreen }).map(({ field }) => field)).toContain(
    'spec.traffic',
  );
});
