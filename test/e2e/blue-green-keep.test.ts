/** What becomes of the old version of a blue-green release, on whatever cluster the lab is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HASH_LABEL, KINDS } from '../../src/api/group.ts';
import type { BlueGreenSpec } from '../../src/api/strategy.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { shortages } from '../../src/testing/history.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 180_000);
afterAll(() => lab?.stop());

const v1 = 'segue-demo:v1';
const v2 = 'segue-demo:v2';
const v3 = 'segue-demo:v3';
const all = (owner: string, pods = 4) => ({ wanted: pods, available: pods, owner });
const kept = (status: ReleaseStatus) => status.step === 'Keep' && status.outcome !== undefined;
const closed = (status: ReleaseStatus) => status.step === 'Done';

async function released(name: string, spec: Partial<BlueGreenSpec>): Promise<Shop> {
  const shop = await openShop(lab, { name });
  await shop.attach(shop.blueGreen(spec));
  await shop.held();
  await shop.setImage(v2);
  await shop.end(1, 'Promoted');
  return shop;
}

async function pinOf(shop: Shop): Promise<string | undefined> {
  const { selector } = (await shop.get(KINDS.service))['spec'] as {
    selector: Record<string, string>;
  };
  return selector[HASH_LABEL];
}

const seen = (shop: Shop, sets: Awaited<ReturnType<Shop['sets']>>) =>
  until(`the sets of ${shop.name}`, async () => {
    const found = await shop.sets();
    return JSON.stringify(found) === JSON.stringify({ ...found, ...sets });
  });

describe.concurrent('the old version', () => {
  test('is deleted, and can be undone all the same', async () => {
    const shop = await released('gone', { after: 'Delete' });
    expect(await shop.sets()).toEqual({ [v2]: all('Deployment') });
    await shop.held();
    const { code, output } = await lab.segue('-n', shop.namespace, 'undo', shop.name);
    expect(code, output).toBe(0);
    await shop.end(2, 'Promoted');
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment') });
  });

  test('is kept: the release has ended, the policy is ready, and the Service is pinned', async () => {
    const shop = await released('warm', { after: 'Keep' });
    const { spec, status } = await shop.release(1);
    expect(status).toMatchObject({ step: 'Keep', phase: 'Promoted', outcome: 'Promoted' });
    expect(status.conditions?.find(({ type }) => type === 'Completed')?.status).toBe('True');
    await shop.held();
    expect((await shop.condition('Ready'))?.reason).toBe('Kept');
    expect(await shop.sets()).toEqual({ [v1]: all('Release'), [v2]: all('Deployment') });
    expect(await pinOf(shop)).toBe(spec.candidate.hash);
    // It follows the workload, both ways.
    for (const replicas of [6, 3]) {
      await shop.scale(replicas);
      await seen(shop, { [v1]: all('Release', replicas), [v2]: all('Deployment', replicas) });
    }
    // Until the next release, whose way back it is not any more.
    await shop.setImage(v3);
    await shop.reach(1, 'the end of the first', closed);
    await shop.end(2, 'Promoted');
    expect((await shop.release(1)).status).toMatchObject({ outcome: 'Promoted' });
    expect(await shop.sets()).toMatchObject({
      [v1]: { wanted: 0, owner: 'Deployment' },
      [v2]: { owner: 'Release' },
      [v3]: { owner: 'Deployment' },
    });
  });

  test('is an instant way back: no pod is started for it', async () => {
    const shop = await released('back', { after: 'Keep' });
    await shop.held();
    const recorder = await shop.record(KINDS.service, KINDS.replicaSet);
    const { spec } = await shop.release(1);
    const { code } = await lab.segue('-n', shop.namespace, 'abort', shop.name);
    expect(code).toBe(0);
    await until('the pin on stable', async () => (await pinOf(shop)) === spec.stable.hash);
    const status = await shop.reach(1, 'the end', closed);
    expect(status).toMatchObject({ outcome: 'Aborted', reason: 'AbortRequested' });
    expect(shortages(await recorder.stop(), shop.name, 4)).toEqual([]);
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment') });
    expect(await pinOf(shop)).toBeUndefined();
    await until('the policy to say so', async () => {
      return (await shop.condition('Ready'))?.reason === 'ReleaseAborted';
    });
  });

  test('takes over by undo', async () => {
    const shop = await released('undone', { after: 'Keep' });
    await shop.held();
    const { code, output } = await lab.segue('-n', shop.namespace, 'undo', shop.name);
    expect(code, output).toBe(0);
    const status = await shop.reach(1, 'the end', closed);
    expect(status).toMatchObject({ outcome: 'Aborted', reason: 'TemplateReverted' });
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment') });
    await shop.held();
  });

  test('goes when its time is over, and everything is as its user wrote it', async () => {
    const shop = await openShop(lab, { name: 'short' });
    const service = await shop.get(KINDS.service);
    await shop.attach(shop.blueGreen({ after: 'Keep', keepFor: '1s' }));
    await shop.held();
    await shop.setImage(v2);
    const first = await shop.end(1, 'Promoted');
    const status = await shop.reach(1, 'the end', closed);
    expect(status).toMatchObject({ outcome: 'Promoted', endedAt: first.endedAt });
    expect(status.timeline?.filter(({ reason }) => reason === 'Promoted')).toHaveLength(1);
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment', 0), [v2]: all('Deployment') });
    expect((await shop.get(KINDS.service))['spec']).toEqual(service['spec']);
    await shop.held();
  });

  test('goes with its policy, and the Deployment runs by itself', async () => {
    const shop = await released('left', { after: 'Keep' });
    await shop.reach(1, 'the keeping', kept);
    await shop.delete(KINDS.releasePolicy);
    await until(
      'the policy to be gone',
      async () => !(await shop.exists(KINDS.releasePolicy, 'left')),
    );
    expect((await shop.deployment()).spec.paused ?? false).toBe(false);
    await seen(shop, { [v1]: all('Deployment', 0), [v2]: all('Deployment') });
    expect(await pinOf(shop)).toBeUndefined();
    expect((await shop.release(1)).status).toMatchObject({ step: 'Done', outcome: 'Promoted' });
  });

  test('stays over a restart of the controller, which writes nothing for it', async () => {
    const shop = await released('steady', { after: 'Keep' });
    await shop.held();
    const before = (await shop.get(KINDS.release, 'steady-1')).metadata.resourceVersion;
    await lab.controller?.stop();
    await lab.startController();
    // Something to wait for that it does after it has looked at everything.
    await shop.scale(5);
    await seen(shop, { [v1]: all('Release', 5), [v2]: all('Deployment', 5) });
    expect((await shop.get(KINDS.release, 'steady-1')).metadata.resourceVersion).toBe(before);
  });
});
