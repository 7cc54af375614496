/** The template changes again while it is being released: on to the newer one, or back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openHalfWay, openShop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const halfWay = (name: string) => openHalfWay(lab, name);

describe.concurrent('half way through a canary', () => {
  test('a newer image: the first is taken back, the newer one released instead', async () => {
    const shop = await halfWay('newer');
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v3');
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'Superseded' });
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the stage', atGates(0));
    const { spec } = await shop.release(2);
    expect(spec).toMatchObject({
      stable: { images: ['segue-demo:v1'] },
      candidate: { images: ['segue-demo:v3'] },
    });
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
    const recording = await recorder.stop();
    expect(shortages(recording, 'newer', 4)).toEqual([]);
    expect(routeWeights(recording, 'newer').slice(0, 2)).toEqual([25, 0]);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 0, available: 0, owner: 'Deployment' },
      'segue-demo:v3': { wanted: 4, available: 4, owner: 'Deployment' },
    });
  });

  test('three images in a row: only the last one is left', async () => {
    const shop = await halfWay('hurry');
    await shop.setImage('segue-demo:v3');
    await shop.setImage('segue-demo:v4');
    await shop.setImage('segue-demo:v5');
    await until('v5 to be released', async () => {
      const { items } = await lab.client.list(KINDS.release, { namespace: shop.namespace });
      const last = Math.max(...items.map((o) => (o['spec'] as { number: number }).number));
      const { spec, status } = await shop.release(last);
      if (atGates(0)(status) && spec.candidate.images[0] === 'segue-demo:v5')
        await shop.ask('Promote');
      return status.outcome === 'Promoted';
    });
    const { 'segue-demo:v5': newest, ...others } = await shop.sets();
    expect(newest).toEqual({ wanted: 4, available: 4, owner: 'Deployment' });
    expect(Object.values(others).map((set) => set.wanted)).toEqual([0]);
  });

  test('the earlier image: taken back, nothing failed, nothing released', async () => {
    const shop = await halfWay('back');
    await shop.setImage('segue-demo:v1');
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TemplateReverted' });
    await shop.held();
    expect(await shop.exists(KINDS.release, 'back-2')).toBe(false);
    const { status } = await shop.deployment();
    expect(status?.conditions?.map((c) => c.reason)).not.toContain('ProgressDeadlineExceeded');
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
    // The image that was taken back by its author is free to be tried again.
    await shop.setImage('segue-demo:v2');
    await shop.reach(2, 'the stage', atGates(0));
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
  });

  test('an edit of the policy changes nothing for the release in progress', async () => {
    const shop = await halfWay('policy');
    await shop.patch(KINDS.releasePolicy, {
      spec: { strategy: { canary: null, blueGreen: { approval: {} } }, traffic: { routers: null } },
    });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'policy')).toEqual([25, 100, 'Service']);
    // The next one is released by the policy as it is now.
    await shop.held();
    await shop.setImage('segue-demo:v3');
    await shop.reach(2, 'the preview', atGates(0));
    expect((await shop.release(2)).spec.strategy).toBe('blueGreen');
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
  });
});

describe.concurrent('while it bakes', () => {
  test('a newer image: the release is finished, then the newer one released from it', async () => {
    const shop = await openShop(lab, { name: 'baked', route: true });
    await shop.attach(shop.canary([{ weight: 25 }], { bake: '1h' }));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v3');
    await shop.end(1, 'Promoted');
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the bake', (s) => s.phase === 'Baking');
    expect((await shop.release(2)).spec.stable.images).toEqual(['segue-demo:v2']);
    const recording = await recorder.stop();
    expect(shortages(recording, 'baked', 4)).toEqual([]);
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
  });

  test('the earlier image: taken back as fast as an abort', async () => {
    const shop = await openShop(lab, { name: 'undone', route: true });
    await shop.attach(shop.canary([{ weight: 25 }], { bake: '1h' }));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    await shop.setImage('segue-demo:v1');
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TemplateReverted' });
    await shop.held();
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
  });
});
