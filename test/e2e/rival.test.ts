/** Somebody else writes the Deployment while it is released: its size, its hold, its template. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import {
  atGates,
  isSwapping,
  openShop,
  type Shop,
  type ShopOptions,
} from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

async function held(options: ShopOptions): Promise<Shop> {
  const shop = await openShop(lab, { route: true, ...options });
  await shop.attach(
    shop.canary(
      [25, 50].map((weight) => ({ weight, approval: {} })),
      { bake: '500ms' },
    ),
  );
  await shop.held();
  return shop;
}

/** Where in a release somebody interferes: takes it there, lets them, and goes on to the end. */
const POINTS: Record<string, (shop: Shop, interfere: () => Promise<void>) => Promise<void>> = {
  async 'the first stage'(shop, interfere) {
    await interfere();
    await shop.ask('Promote');
    await shop.reach(1, 'the second stage', atGates(1));
    await shop.ask('Promote');
  },
  async 'the second stage'(shop, interfere) {
    await shop.ask('Promote');
    await shop.reach(1, 'the second stage', atGates(1));
    await interfere();
    await shop.ask('Promote');
  },
  async 'the swap'(shop, interfere) {
    await shop.ask('Promote');
    await shop.reach(1, 'the second stage', atGates(1));
    const swap = shop.caught(KINDS.deployment, isSwapping);
    await shop.ask('Promote');
    await swap;
    await interfere();
  },
  async 'the bake'(shop, interfere) {
    await shop.ask('Promote');
    await shop.reach(1, 'the second stage', atGates(1));
    await shop.ask('Promote');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    await interfere();
  },
};
const points = Object.keys(POINTS);

async function setCount(shop: Shop): Promise<number> {
  const { items } = await lab.client.list(KINDS.replicaSet, { namespace: shop.namespace });
  return items.length;
}

describe.concurrent.each([2, 8])('scaled from 4 to %i', (replicas) => {
  test.each(points)('at %s: so many pods of v2 at the end, never too few', async (point) => {
    const shop = await held({ name: `scale-${replicas}-${points.indexOf(point)}` });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the first stage', atGates(0));
    await POINTS[point]?.(shop, () => shop.scale(replicas));
    await shop.end(1, 'Promoted');
    await until('its pods', async () => {
      const { 'segue-demo:v2': set } = await shop.sets();
      return set?.wanted === replicas && set.available === replicas;
    });
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 0, available: 0, owner: 'Deployment' },
      'segue-demo:v2': { wanted: replicas, available: replicas, owner: 'Deployment' },
    });
    expect((await shop.deployment()).spec.replicas).toBe(replicas);
    expect(shortages(await recorder.stop(), shop.name, Math.min(4, replicas))).toEqual([]);
  });
});

describe.concurrent('scaled up and aborted', () => {
  test('stable has the new size, the candidate is gone', async () => {
    const shop = await held({ name: 'grown' });
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the first stage', atGates(0));
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.scale(7);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await until('its pods', async () => (await shop.sets())['segue-demo:v1']?.available === 7);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 7, available: 7, owner: 'Deployment' },
    });
    expect(shortages(await recorder.stop(), 'grown', 4)).toEqual([]);
  });
});

describe.concurrent('resumed by `kubectl rollout resume`', () => {
  test.each(points)('at %s: held again, and no set of its own stays', async (point) => {
    // Pods take a moment to become available, as they do where they are more than a claim.
    const deployment = { minReadySeconds: 3 };
    const shop = await held({ name: `resume-${points.indexOf(point)}`, deployment });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the first stage', atGates(0));
    await POINTS[point]?.(shop, async () => {
      await shop.patch(KINDS.deployment, { spec: { paused: false } });
      await until('the hold', async () => (await shop.deployment()).spec.paused);
      await until('the rogue set to be gone', async () => (await setCount(shop)) <= 2);
    });
    await shop.end(1, 'Promoted');
    await shop.held();
    expect(await setCount(shop)).toBe(2);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 0, available: 0, owner: 'Deployment' },
      'segue-demo:v2': { wanted: 4, available: 4, owner: 'Deployment' },
    });
    expect(shortages(await recorder.stop(), shop.name, 4)).toEqual([]);
  });
});

describe.concurrent('the template changed in the middle of the swap', () => {
  test('the swap is finished, then the newer template released from it', async () => {
    const shop = await held({ name: 'touched' });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the first stage', atGates(0));
    await POINTS['the swap']?.(shop, () => shop.setImage('segue-demo:v3'));
    await shop.end(1, 'Promoted');
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the first stage', atGates(0));
    expect((await shop.release(2)).spec).toMatchObject({
      stable: { images: ['segue-demo:v2'] },
      candidate: { images: ['segue-demo:v3'] },
    });
    expect(shortages(await recorder.stop(), 'touched', 4)).toEqual([]);
    await shop.ask('Abort');
    await shop.end(2, 'Aborted');
    expect((await shop.sets())['segue-demo:v2']).toMatchObject({ wanted: 4, available: 4 });
  });
});
