import { expect, test } from 'vitest';
import { FakeClock } from '../kube/fake-clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import { KubeError } from '../ports/kube.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { PolicySnapshot } from '../engine/snapshot.ts';
import { PatchRights } from './patch-rights.ts';

const route = { group: 'edge.example.com', kind: 'Lane' };
const routers = [
  { gatewayAPI: { httpRoute: 'web' } },
  { custom: { definition: 'ours', object: 'web', route } },
];
const spec = {
  targetRef: { group: 'apps', kind: 'Deployment', name: 'web' },
  strategy: { canary: { stages: [] } },
  traffic: { services: [{ name: 'web' }], routers },
} as unknown as PolicySpec;
const policy = { name: 'web', deleting: false, spec } as PolicySnapshot;
const idle = { policy, release: undefined, problems: [] };

function rightsWith(answer: () => unknown) {
  const asked: unknown[] = [];
  const client = {
    patch: (...request: unknown[]) => {
      asked.push(request);
      return Promise.resolve().then(answer);
    },
  } as unknown as KubeClient;
  const clock = new FakeClock();
  const rights = new PatchRights(client, clock);
  return { asked, clock, problems: (of = idle) => rights.problems('shop', of) };
}

const forbidden = () => {
  throw new KubeError('cannot patch resource "lanes"', { code: 403, reason: 'Forbidden' });
};

test('a right that is missing is a problem, and is asked for again', async () => {
  let answer = forbidden as () => unknown;
  const { asked, clock, problems } = rightsWith(() => answer());
  const told = [
    {
      field: 'Lane web',
      message: 'the controller may not write it (cannot patch resource "lanes")',
      fix: expect.stringContaining('patch kind Lane of edge.example.com') as string,
    },
  ];
  expect(await problems()).toEqual(told);
  expect(await problems()).toEqual(told);
  expect(asked).toEqual([
    [
      { ...route, namespace: 'shop', name: 'web' },
      { type: 'merge', body: {} },
      { fieldManager: 'segue', dryRun: true },
    ],
  ]);
  answer = () => ({});
  await clock.advance(10_000);
  expect(await problems()).toEqual([]);
  await clock.advance(30_000);
  expect(await problems()).toEqual([]);
  expect(asked).toHaveLength(2);
});

test('what else goes wrong says nothing of rights', async () => {
  const { problems } = rightsWith(() => {
    throw new KubeError('gone', { code: 404, reason: 'NotFound' });
  });
  expect(await problems()).toEqual([]);
});

test('nothing is asked while something else is in the way, of a release, or of other routers', async () => {
  const { asked, problems } = rightsWith(forbidden);
  const others = { ...spec, traffic: { ...spec.traffic, routers: routers.slice(0, 1) } };
  expect(
    await problems({ ...idle, problems: [{ field: '', message: '', fix: '' }] as never }),
  ).toEqual([]);
  expect(await problems({ ...idle, release: {} as never })).toEqual([]);
  expect(await problems({ ...idle, policy: { ...policy, deleting: true } })).toEqual([]);
  expect(
    await problems({ ...idle, policy: { ...policy, spec: others as unknown as PolicySpec } }),
  ).toEqual([]);
  expect(asked).toEqual([]);
});
