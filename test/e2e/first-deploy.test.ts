/** When there is nothing to compare with: first deploys, and workloads scaled to zero. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 180_000);
afterAll(() => lab?.stop());

const settledAt = (shop: Shop, image: string, pods: number) =>
  until(`${pods} pods of ${image}`, async () => {
    const set = (await shop.sets())[image];
    return set?.wanted === pods && set.available === pods;
  });

describe.concurrent('a first deploy', () => {
  test('after its policy comes up by itself and is held then', async () => {
    const shop = await openShop(lab, { name: 'later' });
    const { metadata, spec } = await shop.get(KINDS.deployment);
    await shop.delete(KINDS.deployment);
    await until('the pods to be gone', async () => Object.keys(await shop.sets()).length === 0);
    await shop.attach(shop.blueGreen());
    await until('the policy to say that it waits', async () => {
      return (await shop.condition('Ready'))?.reason === 'TargetNotFound';
    });
    const { name, namespace } = metadata;
    const { ...written } = spec as Record<string, unknown>;
    await lab.client.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: namespace ?? '' },
      spec: { ...written, paused: false },
    });
    await shop.held();
    expect((await shop.deployment()).spec.paused).toBe(true);
    expect(await shop.exists(KINDS.release, 'later-1')).toBe(false);
    await settledAt(shop, 'segue-demo:v1', 4);
    await shop.setImage('segue-demo:v2');
    await shop.end(1, 'Promoted');
  });

  test('made paused is let go once, and held', async () => {
    const shop = await openShop(lab, { name: 'paused', deployment: { paused: true } });
    await shop.attach(shop.blueGreen());
    await shop.held();
    expect((await shop.deployment()).spec.paused).toBe(true);
    await settledAt(shop, 'segue-demo:v1', 4);
    expect(await shop.exists(KINDS.release, 'paused-1')).toBe(false);
  });

  test('that never comes up is waited for, and said', async () => {
    const shop = await openShop(lab, { name: 'stuck', replicas: 0 });
    await shop.setImage('segue-demo:broken-image');
    await shop.scale(2);
    await shop.attach(shop.blueGreen());
    await until('the policy to say so', async () => {
      const ready = await shop.condition('Ready');
      return ready?.reason === 'NativeRollout' && ready.message.includes('0 of 2 pods');
    });
    expect((await shop.deployment()).spec.paused).toBeUndefined();
    await shop.setImage('segue-demo:v1');
    await shop.held();
  });
});

describe.concurrent('scaled to zero', () => {
  test('a changed template is released at once, and is what comes up', async () => {
    const shop = await openShop(lab, { name: 'zero' });
    await shop.attach(shop.blueGreen({ approval: {} }));
    await shop.held();
    await shop.scale(0);
    await settledAt(shop, 'segue-demo:v1', 0);
    const service = await shop.get(KINDS.service);
    await shop.setImage('segue-demo:v2');
    await shop.end(1, 'Promoted');
    expect((await shop.release(1)).spec).toMatchObject({ strategy: 'none', plan: { stages: [] } });
    expect((await shop.get(KINDS.service)).metadata.resourceVersion).toBe(
      service.metadata.resourceVersion,
    );
    await shop.held();
    await shop.scale(3);
    await settledAt(shop, 'segue-demo:v2', 3);
    expect((await shop.sets())['segue-demo:v1']?.wanted ?? 0).toBe(0);
    // With pods there is something to compare with again.
    await shop.setImage('segue-demo:v3');
    await shop.reach(2, 'the preview', (s) => s.stage === 0 && s.gateSince !== undefined);
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
  });

  test('and back, a rejected template does not come up', async () => {
    const shop = await openShop(lab, { name: 'rejected' });
    await shop.attach(shop.blueGreen({}, { progressDeadline: '1s' }));
    await shop.held();
    await shop.setImage('segue-demo:broken-image');
    await shop.end(1, 'Aborted');
    await shop.scale(0);
    await settledAt(shop, 'segue-demo:v1', 0);
    await shop.scale(4);
    await settledAt(shop, 'segue-demo:v1', 4);
    expect(Object.keys(await shop.sets())).toEqual(['segue-demo:v1']);
    expect(await shop.exists(KINDS.release, 'rejected-2')).toBe(false);
  });

  test('in the middle of a release, it ends with no pods and the new version', async () => {
    const shop = await openShop(lab, { name: 'midway' });
    await shop.attach(shop.blueGreen({ approval: {} }));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the preview', (s) => s.stage === 0 && s.gateSince !== undefined);
    await shop.scale(0);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    await settledAt(shop, 'segue-demo:v2', 0);
    await shop.scale(2);
    await settledAt(shop, 'segue-demo:v2', 2);
  });
});
