/** The controller stopped at any moment and started again: the same outcome. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import type { Recorder } from '../../src/testing/recorder.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, isSwapping, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

interface Watched {
  shop: Shop;
  recorder: Recorder;
}

async function atStage(name: string): Promise<Watched> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }], { bake: '500ms' }));
  await shop.held();
  const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  return { shop, recorder };
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  lab.controller?.kill(signal);
  await lab.controller?.gone();
}

/** Each weight once, in this order, and never a version with fewer pods than its share. */
async function seen({ shop, recorder }: Watched, weights: (number | 'Service')[]): Promise<void> {
  const recording = await recorder.stop();
  expect(routeWeights(recording, shop.name)).toEqual(weights);
  expect(shortages(recording, shop.name, 4)).toEqual([]);
}

const promoted = {
  'segue-demo:v1': { wanted: 0, available: 0, owner: 'Deployment' },
  'segue-demo:v2': { wanted: 4, available: 4, owner: 'Deployment' },
};
const aborted = { 'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' } };

describe.each(['SIGTERM', 'SIGKILL'] as const)('stopped by %s', (signal) => {
  const id = signal.slice(3).toLowerCase();

  test('at a stage; what is asked meanwhile is answered after', async () => {
    const watched = await Promise.all([atStage(`stage-${id}`), atStage(`asked-${id}`)]);
    const [on, back] = watched.map(({ shop }) => shop) as [Shop, Shop];
    await stop(signal);
    await on.ask('Promote');
    await back.ask('Abort');
    await lab.startController();
    await Promise.all([on.end(1, 'Promoted'), back.end(1, 'Aborted')]);
    await seen(watched[0], ['Service', 0, 25, 100, 'Service']);
    await seen(watched[1], ['Service', 0, 25, 0, 'Service']);
    expect(await on.sets()).toEqual(promoted);
    expect(await back.sets()).toEqual(aborted);
  });

  test('in the swap', async () => {
    const watched = await atStage(`swap-${id}`);
    const { shop } = watched;
    const swap = shop.caught(KINDS.deployment, isSwapping);
    await shop.ask('Promote');
    await swap;
    await stop(signal);
    await lab.startController();
    await shop.end(1, 'Promoted');
    await seen(watched, ['Service', 0, 25, 100, 'Service']);
    expect(await shop.sets()).toEqual(promoted);
    expect((await shop.deployment()).spec).toMatchObject({
      paused: true,
      strategy: { type: 'RollingUpdate' },
    });
    expect(isSwapping(await shop.get(KINDS.deployment))).toBe(false);
  });

  test('on the way back', async () => {
    const watched = await atStage(`back-${id}`);
    const { shop } = watched;
    const retreat = shop.caught(
      KINDS.release,
      (release) => (release['status'] as { towards?: string } | undefined)?.towards === 'Aborted',
    );
    await shop.ask('Abort');
    await retreat;
    await stop(signal);
    await lab.startController();
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'AbortRequested' });
    await seen(watched, ['Service', 0, 25, 0, 'Service']);
    expect(await shop.sets()).toEqual(aborted);
  });

  test('while the user changes the image, and deletes another policy', async () => {
    const watched = await Promise.all([atStage(`newer-${id}`), atStage(`gone-${id}`)]);
    const [newer, gone] = watched.map(({ shop }) => shop) as [Shop, Shop];
    await stop(signal);
    await newer.setImage('segue-demo:v3');
    await gone.delete(KINDS.releasePolicy);
    await lab.startController();
    expect(await newer.end(1, 'Aborted')).toMatchObject({ reason: 'Superseded' });
    expect(await gone.end(1, 'Aborted')).toMatchObject({ reason: 'PolicyDeleted' });
    await seen(watched[1], ['Service', 0, 25, 0, 'Service']);
    expect(await gone.sets()).toEqual(aborted);
    await newer.reach(2, 'the stage', atGates(0));
    await newer.ask('Promote');
    await newer.end(2, 'Promoted');
    await watched[0].recorder.stop();
  });
});

test('stopped while the hold is lost and another set takes over: the release can still be ended', async () => {
  const shops = await Promise.all([atStage('lost-on'), atStage('lost-back')]);
  const [on, back] = shops.map(({ shop }) => shop) as [Shop, Shop];
  await stop('SIGTERM');
  for (const shop of [on, back]) {
    await shop.patch(KINDS.deployment, { spec: { paused: false } });
    await until('the rollout', async () => {
      const { items } = await lab.client.list(KINDS.replicaSet, { namespace: shop.namespace });
      const sizes = items.map((set) => (set['spec'] as { replicas: number }).replicas);
      return sizes.toSorted((a, b) => a - b).join() === '0,1,4';
    });
  }
  await lab.startController();
  await Promise.all(
    shops.map(({ shop }) => until('the hold', async () => (await shop.deployment()).spec.paused)),
  );
  await on.ask('Promote');
  await back.ask('Abort');
  await Promise.all([on.end(1, 'Promoted'), back.end(1, 'Aborted')]);
  await on.held();
  expect(await on.sets()).toEqual(promoted);
  await until('the pods', async () => (await back.sets())['segue-demo:v1']?.available === 4);
  expect(await back.sets()).toEqual(aborted);
  await Promise.all(shops.map(({ recorder }) => recorder.stop()));
});
