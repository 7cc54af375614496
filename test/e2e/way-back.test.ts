/** Back to an earlier version: out of the bake, and by releasing it again; what is kept as it was. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { imageOf, routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import type { Recording } from '../../src/testing/recorder.ts';
import { MetricsPage } from '../../src/testing/metrics-page.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { openShop, type Shop, type ShopOptions } from '../../src/testing/shop.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

/** Position in the recording of the first change that is so. */
function first(
  recording: Recording,
  is: (change: Recording['changes'][number]['object']) => boolean,
): number {
  return recording.changes.findIndex(({ object }) => is(object));
}

async function baking(options: ShopOptions, settle = '100ms'): Promise<Shop> {
  const shop = await openShop(lab, { route: true, ...options });
  const policy = shop.canary([{ weight: 50 }], { bake: '1h' });
  if (policy.traffic) policy.traffic.settle = settle;
  await shop.attach(policy);
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
  return shop;
}

async function strategyOf(shop: Shop): Promise<unknown> {
  return ((await shop.deployment()).spec as unknown as { strategy: unknown }).strategy;
}

describe.concurrent('the way back out of the bake', () => {
  test('moves the traffic first, then the sets, then ends the pods', async () => {
    const shop = await baking({ name: 'web' }, '800ms');
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'web')).toEqual([100, 0, 'Service']);
    expect(shortages(recording, 'web', 4)).toEqual([]);
    const routed = first(recording, (o) => o.kind === 'HTTPRoute');
    const swapped = first(
      recording,
      (o) =>
        imageOf(o) === 'segue-demo:v1' &&
        o.metadata.ownerReferences?.some((owner) => owner.kind === 'Deployment') === true,
    );
    const shrunk = first(
      recording,
      (o) => imageOf(o) === 'segue-demo:v2' && (o['spec'] as { replicas: number }).replicas < 4,
    );
    expect(routed).toBeGreaterThanOrEqual(0);
    expect(swapped).toBeGreaterThan(routed);
    expect(shrunk).toBeGreaterThan(swapped);
    // Data planes are given the settle time before anything else moves.
    const seenMs = (at: number) => recording.changes[at]?.seenMs ?? NaN;
    expect(seenMs(swapped) - seenMs(routed)).toBeGreaterThan(600);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
  });

  test('is taken when a check fails there', async () => {
    const page = await MetricsPage.open();
    try {
      const shop = await openShop(lab, { name: 'judged', route: true });
      const stages = [{ weight: 50, checks: [] }];
      await shop.attach(shop.canary(stages, { bake: '1h', checks: [page.check()] }));
      await shop.held();
      await shop.setImage('segue-demo:v2');
      await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
      page.say((await shop.release(1)).spec.candidate.hash, 'Bad');
      expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'CheckFailed' });
      expect(await shop.sets()).toEqual({
        'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
      });
    } finally {
      await page.close();
    }
  });

  test('leaves strategy and replicas as the user wrote them', async () => {
    const strategy = {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 3, maxUnavailable: '10%' },
    };
    const shop = await baking({ name: 'kept', deployment: { strategy } });
    expect(await strategyOf(shop)).toEqual(strategy);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    expect(await strategyOf(shop)).toEqual(strategy);
    expect((await shop.deployment()).spec).toMatchObject({ replicas: 4, paused: true });
  });
});

describe.concurrent('an earlier version released again', () => {
  test.each([
    ['with its empty set in the history', {}],
    ['without a history', { revisionHistoryLimit: 0 }],
    ['under the Recreate strategy', { strategy: { type: 'Recreate' } }],
  ])('%s', async (_situation, deployment) => {
    const name = `undo-${Object.keys(deployment)[0]?.toLowerCase().slice(0, 8) ?? 'plain'}`;
    const shop = await openShop(lab, { name, route: true, deployment });
    await shop.attach(shop.canary([{ weight: 50 }]));
    await shop.held();
    const strategy = await strategyOf(shop);
    const revision = async () =>
      Number((await shop.deployment()).metadata.annotations?.['deployment.kubernetes.io/revision']);
    const before = await revision();
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v2');
    await shop.end(1, 'Promoted');
    await shop.held();
    expect(await revision()).toBeGreaterThan(before);
    await shop.setImage('segue-demo:v1');
    await shop.end(2, 'Promoted');
    await shop.held();

    const { spec } = await shop.release(2);
    expect(spec).toMatchObject({ strategy: 'canary', candidate: { images: ['segue-demo:v1'] } });
    const recording = await recorder.stop();
    expect(routeWeights(recording, name)).toEqual([
      'Service',
      0,
      50,
      100,
      'Service',
      0,
      50,
      100,
      'Service',
    ]);
    expect(shortages(recording, name, 4)).toEqual([]);
    expect(await strategyOf(shop)).toEqual(strategy);
    const { 'segue-demo:v1': running, ...others } = await shop.sets();
    expect(running).toEqual({ wanted: 4, available: 4, owner: 'Deployment' });
    const limit = (deployment as { revisionHistoryLimit?: number }).revisionHistoryLimit;
    expect(Object.keys(others)).toEqual(limit === 0 ? [] : ['segue-demo:v2']);
  });
});
