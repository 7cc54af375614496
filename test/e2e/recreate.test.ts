/** All old pods stop before the first new one starts; and the same on the way back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import type { Recorder, Recording } from '../../src/testing/recorder.ts';
import { openShop, type Shop, type ShopOptions } from '../../src/testing/shop.ts';
import { recreate } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

const POD = { group: '', kind: 'Pod' };
const JOB = { group: 'batch', kind: 'Job' };
const STRATEGY = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '30%', maxUnavailable: 1 } };
const V1 = 'segue-demo:v1';
const V2 = 'segue-demo:v2';
const all = { wanted: 3, available: 3, owner: 'Deployment' };
const none = { wanted: 0, available: 0, owner: 'Deployment' };

interface Opened {
  shop: Shop;
  recorder: Recorder;
}

async function open(options: ShopOptions, rest: Parameters<typeof recreate>[0] = {}) {
  const { deployment, ...more } = options;
  const shop = await openShop(lab, {
    replicas: 3,
    deployment: { strategy: STRATEGY, ...deployment },
    ...more,
  });
  await shop.attach(recreate(rest));
  await shop.held();
  return { shop, recorder: await shop.record(POD) };
}

const imageOf = (pod: KubeObject) =>
  (pod['spec'] as { containers: { image: string }[] }).containers[0]?.image ?? '';

/** Of the Deployment; a pod that only pulls serves nobody. */
const serves = ({ metadata }: KubeObject) => metadata.labels?.['pod-template-hash'] !== undefined;

/** The most images that had pods at one time; those that end count as well. */
function together({ initial, changes }: Recording): number {
  const pods = new Map(initial.filter(serves).map((pod) => [pod.metadata.uid, imageOf(pod)]));
  let most = 0;
  for (const { object, deleted } of changes) {
    if (object.kind !== 'Pod' || !serves(object)) continue;
    if (deleted) pods.delete(object.metadata.uid);
    else pods.set(object.metadata.uid, imageOf(object));
    most = Math.max(most, new Set(pods.values()).size);
  }
  return most;
}

async function asItWas({ shop, recorder }: Opened): Promise<void> {
  const { spec, metadata } = await shop.deployment();
  expect(spec).toMatchObject({ paused: true, strategy: STRATEGY });
  expect(JSON.stringify(metadata.labels ?? {})).not.toContain('segue');
  expect(together(await recorder.stop())).toBe(1);
}

async function imageWanted(shop: Shop): Promise<string> {
  const { template } = (await shop.deployment()).spec as unknown as { template: unknown };
  return imageOf({ apiVersion: '', kind: '', metadata: { name: '' }, ...(template as object) });
}

/** What tried the images is taken away. */
const gone = (shop: Shop, kind: typeof JOB) =>
  until(`the ${kind.kind} to go`, async () => {
    const { items } = await lab.client.list(kind, { namespace: shop.namespace });
    return items.every(serves);
  });

describe.concurrent('a recreate', () => {
  test('stops every old pod before the first new one, and puts the strategy back', async () => {
    const opened = await open({ name: 'plain' });
    await opened.shop.setImage(V2);
    await opened.shop.end(1, 'Promoted');
    await opened.shop.held();
    expect(await opened.shop.sets()).toEqual({ [V1]: none, [V2]: all });
    await asItWas(opened);
  });

  test('is undone the same way when the new pods do not start, and says what is wanted', async () => {
    const opened = await open({ name: 'stuck' }, { progressDeadline: '2s' });
    const { shop } = opened;
    await shop.setImage(V2, { metadata: { annotations: { 'hollow.segue.dev/ready': 'never' } } });
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    await until('the pods of v1', async () => (await shop.sets())[V1]?.available === 3);
    expect(await shop.sets()).toEqual({ [V1]: all });
    expect(await imageWanted(shop)).toBe(V2);
    await until(
      'the policy to say so',
      async () => (await shop.condition('Ready'))?.reason === 'ReleaseAborted',
    );
    await asItWas(opened);
  });

  test('does not begin with an image that cannot be pulled', async () => {
    const opened = await open({ name: 'gone' });
    const { shop, recorder } = opened;
    await shop.setImage('segue-demo:broken-image');
    const status = await shop.end(1, 'Aborted');
    expect(status).toMatchObject({ reason: 'ImageNotPulled' });
    expect(status.because).toMatch(
      /^the pull of segue-demo:broken-image failed: image segue-demo:broken-image of container web: (ErrImagePull|ImagePullBackOff): /,
    );
    expect(status.journal).toEqual({ strategy: STRATEGY });
    await gone(shop, JOB);
    await gone(shop, POD);
    const { changes } = await recorder.stop();
    expect(changes.filter(({ object }) => serves(object))).toEqual([]);
    expect(await shop.sets()).toEqual({ [V1]: all });
  });

  test('goes on where a quota lets in no pod that could try it', async () => {
    const opened = await open({ name: 'full' });
    const { shop } = opened;
    await lab.client.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'pods', namespace: shop.namespace },
      spec: { hard: { pods: '3' } },
    });
    await until('the quota to count', async () => {
      const quota = await shop.get({ group: '', kind: 'ResourceQuota' }, 'pods');
      return (quota['status'] as { used?: { pods?: string } } | undefined)?.used?.pods === '3';
    });
    await shop.setImage(V2);
    const { timeline = [] } = await shop.end(1, 'Promoted');
    expect(timeline.find(({ reason }) => reason === 'TaskUnknown')?.what).toMatch(
      /^the pull of segue-demo:v2: not known, its pod was not let in: .*exceeded quota.*; going on$/,
    );
    await gone(shop, JOB);
    await asItWas(opened);
  });

  test('is undone from the bake, where nothing is kept of the history', async () => {
    const opened = await open(
      { name: 'forgetful', deployment: { revisionHistoryLimit: 0 } },
      { bake: '1h' },
    );
    const { shop } = opened;
    await shop.setImage(V2);
    await shop.reach(1, 'the bake', (status) => status.step === 'Bake');
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await until('the pods of v1', async () => (await shop.sets())[V1]?.available === 3);
    expect(await shop.sets()).toEqual({ [V1]: all });
    await asItWas(opened);
  });

  test('releases what was written meanwhile in its place', async () => {
    const opened = await open({ name: 'newer' }, { bake: '1s', progressDeadline: '1h' });
    const { shop } = opened;
    await shop.setImage(V2, { metadata: { annotations: { 'hollow.segue.dev/ready': 'never' } } });
    await until('the new pods', async () => (await shop.sets())[V2]?.wanted === 3);
    await shop.setImage('segue-demo:v3', {
      metadata: { annotations: { 'hollow.segue.dev/ready': null } },
    });
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'Superseded' });
    await until('the second release', () => shop.release(2));
    await shop.end(2, 'Promoted');
    expect((await shop.sets())['segue-demo:v3']).toEqual(all);
    await asItWas(opened);
  });
});

describe('the controller killed', () => {
  test('while everything stands still goes on where it was', async () => {
    const opened = await open({ name: 'killed' });
    const { shop } = opened;
    const moving = shop.caught(
      KINDS.deployment,
      (o) => o.metadata.name === 'killed' && (o['spec'] as { paused?: boolean }).paused !== true,
    );
    await shop.setImage(V2);
    await moving;
    lab.controller?.kill('SIGKILL');
    await lab.controller?.gone();
    await lab.startController();
    await shop.end(1, 'Promoted');
    expect(await shop.sets()).toEqual({ [V1]: none, [V2]: all });
    await asItWas(opened);
  });
});
