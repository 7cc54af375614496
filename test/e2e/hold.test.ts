/** The hold lost: what was not released does not go out, whoever resumes the Deployment and when. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { imageOf, routeWeights } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import type { Recording } from '../../src/testing/recorder.ts';
import { Rival } from '../../src/testing/rival.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openHalfWay, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const onlyV1 = { 'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' } };
/** Of 4, with the Deployment's default of 25 % that may be missing. */
const LEAST = 3;
const QUICK: Record<string, unknown> = { minReadySeconds: 1 };
/** One pod at a time, so that a rollout can be caught half way. */
const SLOW = {
  minReadySeconds: 4,
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
};

/** Pods take a moment to become available, as they do where they are more than a claim. */
async function idle(name: string, deployment: Record<string, unknown> = QUICK): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true, deployment });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
  await shop.held();
  return shop;
}

/** v2 was taken back and is still what the template says. */
async function rejected(name: string, deployment = QUICK): Promise<Shop> {
  const shop = await idle(name, deployment);
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
  await reason(shop, 'ReleaseAborted');
  return shop;
}

/** What `kubectl rollout resume` does. */
const resume = (shop: Shop) =>
  lab.client.patch(
    { ...KINDS.deployment, namespace: shop.namespace, name: shop.name },
    { type: 'merge', body: { spec: { paused: null } } },
    { fieldManager: 'kubectl-rollout' },
  );

/** Who resumes it each time has pods made and taken back each time, which is no matter of seconds on a busy machine. */
const reason = (shop: Shop, wanted: string) =>
  until(
    `the policy to be ${wanted}`,
    async () => {
      const ready = await shop.condition('Ready');
      return ready?.reason === wanted && ready;
    },
    90_000,
  );

const paused = (shop: Shop) =>
  until('the hold', async () => (await shop.deployment()).spec.paused === true);

const back = (shop: Shop) =>
  until('v1 alone', async () => {
    const sets = JSON.stringify(await shop.sets());
    if (sets === JSON.stringify(onlyV1)) return true;
    const log = lab.controller?.output.split('\n').filter((line) => line.includes(shop.namespace));
    throw new Error(`${sets}, ${(await shop.condition('Ready'))?.message}\n${log?.join('\n')}`);
  });

/** The fewest available pods there ever were, of all versions. */
function fewest({ initial, changes }: Recording): number {
  const sets = new Map<string, number>();
  let least = Infinity;
  for (const { object, deleted } of [
    ...initial.map((object) => ({ object, deleted: false })),
    ...changes,
  ]) {
    if (object.kind !== 'ReplicaSet') continue;
    const { availableReplicas = 0 } = (object['status'] ?? {}) as { availableReplicas?: number };
    sets.set(object.metadata.name, deleted ? 0 : availableReplicas);
    least = Math.min(
      least,
      [...sets.values()].reduce((a, b) => a + b, 0),
    );
  }
  return least;
}

/** How often Segue or anybody else wrote the Deployment's spec. */
const generations = ({ initial, changes }: Recording) =>
  new Set(
    [...initial, ...changes.map(({ object }) => object)]
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => metadata.generation),
  ).size;

const isResumed = (deployment: KubeObject) =>
  (deployment['spec'] as { paused?: boolean }).paused !== true;

describe.concurrent('resumed while idle', () => {
  test('with nothing to release: paused again, nothing started, said by whom', async () => {
    const shop = await idle('calm');
    const recorder = await shop.record(KINDS.replicaSet, KINDS.deployment);
    await resume(shop);
    await paused(shop);
    await shop.held();
    const [event] = await until('the event', async () => {
      const events = await shop.events('HoldLost');
      return events.length > 0 && events;
    });
    // Taking a field out leaves no trace of who did it, and nobody else is named instead.
    expect(event).toMatch(/^Deployment calm was resumed by somebody; spec.paused/);
    const recording = await recorder.stop();
    expect(generations(recording)).toBe(3);
    expect(fewest(recording)).toBe(4);
    expect(await shop.sets()).toEqual(onlyV1);
  });

  test('with a template that was taken back: it does not go out', async () => {
    const shop = await rejected('refused');
    const recorder = await shop.record(KINDS.replicaSet);
    await resume(shop);
    await paused(shop);
    await back(shop);
    await shop.held();
    expect(imageOf(await shop.get(KINDS.deployment))).toBe('segue-demo:v1');
    expect(await shop.events('TemplateRestored')).toHaveLength(1);
    // Git says v2 still: that it was taken back is not forgotten.
    await shop.setImage('segue-demo:v2');
    await reason(shop, 'ReleaseAborted');
    expect(await shop.exists(KINDS.release, 'refused-2')).toBe(false);
    expect(fewest(await recorder.stop())).toBeGreaterThanOrEqual(LEAST);
    // It is held as before: the next template is released.
    await shop.setImage('segue-demo:v3');
    await shop.reach(2, 'the stage', atGates(0));
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
  });

  test('replaced by a file with a new image and without `paused`: released by the policy', async () => {
    const shop = await idle('file');
    const recorder = await shop.record(KINDS.replicaSet);
    const seen = await shop.deployment();
    const { paused: _, ...spec } = seen.spec;
    const file = JSON.parse(
      JSON.stringify({ ...seen, spec }).replaceAll('segue-demo:v1', 'segue-demo:v2'),
    ) as KubeObject;
    file.metadata.labels = {};
    file.metadata.annotations = {};
    await lab.client.replace(file, { fieldManager: 'kubectl-replace' });
    await shop.reach(1, 'the stage', atGates(0));
    expect((await shop.deployment()).spec.paused).toBe(true);
    expect(await shop.sets()).toEqual({
      ...onlyV1,
      'segue-demo:v2': { wanted: 1, available: 1, owner: 'Release' },
    });
    expect(fewest(await recorder.stop())).toBeGreaterThanOrEqual(LEAST);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });

  test('applied with a new image and without `paused`, as kubectl merges it: released', async () => {
    const shop = await idle('apply');
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0));
    expect(await shop.events('HoldLost')).toEqual([]);
  });

  test('scaled to zero with a template that was taken back: from zero v1 comes back', async () => {
    const shop = await rejected('zero');
    await shop.scale(0);
    await until('no pods', async () => (await shop.sets())['segue-demo:v1']?.wanted === 0);
    await resume(shop);
    await paused(shop);
    await until('v1 alone', async () => Object.keys(await shop.sets()).join() === 'segue-demo:v1');
    await shop.scale(4);
    await back(shop);
    await shop.held();
  });
});

describe.concurrent('resumed every time', () => {
  test('with nothing at stake: left alone for a while, and said', async () => {
    const shop = await idle('again', SLOW);
    const recorder = await shop.record(KINDS.deployment);
    const rival = new Rival(shop, {
      kind: KINDS.deployment,
      sees: (object) => !isResumed(object),
      writes: () => resume(shop),
    });
    await resume(shop);
    const ready = await reason(shop, 'HoldContested');
    expect(ready.message).toMatch(/resumed 3 times.*paused again in a while, or when its template/);
    await rival.stop();
    expect(generations(await recorder.stop())).toBe(6);
    // A new template is released all the same.
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0), 30_000);
  });

  test('with a template that was taken back: it is put back, and stays rejected', async () => {
    const shop = await rejected('stubborn');
    const rival = new Rival(shop, {
      kind: KINDS.deployment,
      sees: (object) => !isResumed(object),
      writes: () => resume(shop),
    });
    await resume(shop);
    await reason(shop, 'HoldContested');
    await rival.stop();
    await back(shop);
    // Git says v2 still.
    await shop.setImage('segue-demo:v2');
    await paused(shop);
    await back(shop);
    expect(await shop.exists(KINDS.release, 'stubborn-2')).toBe(false);
  });

  test('in a release: taken back with the reason, and what was refused stays in', async () => {
    const shop = await openHalfWay(lab, 'fight');
    const recorder = await shop.record(KINDS.replicaSet, KINDS.deployment);
    const rival = new Rival(shop, {
      kind: KINDS.deployment,
      sees: (object) => !isResumed(object),
      writes: () => resume(shop),
    });
    await resume(shop);
    expect(await shop.end(1, 'Aborted')).toMatchObject({
      reason: 'HoldContested',
      message: expect.stringMatching(/^Deployment fight was resumed by .* 2 times/) as string,
    });
    await reason(shop, 'HoldContested');
    await rival.stop();
    await back(shop);
    expect(await shop.exists(KINDS.release, 'fight-2')).toBe(false);
    expect(fewest(await recorder.stop())).toBeGreaterThanOrEqual(LEAST);
  });
});

test('resumed in a release while no controller runs: every pod answers until stable is back', async () => {
  const shop = await openShop(lab, { name: 'short', route: true, deployment: SLOW });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  const recorder = await shop.record(KINDS.replicaSet, KINDS.httpRoute);
  await lab.controller?.stop();
  await resume(shop);
  await until('half of a rollout', async () => (await shop.sets())['segue-demo:v1']?.wanted === 2);
  await lab.startController();
  await until('it to be said', async () => (await shop.events('StableShort')).length > 0);
  await shop.reach(1, 'the stage again', (s) => atGates(0)(s) && s.traffic?.route === 'Split');
  expect(await shop.sets()).toEqual({
    ...onlyV1,
    'segue-demo:v2': { wanted: 1, available: 1, owner: 'Release' },
  });
  await shop.ask('Promote');
  await shop.end(1, 'Promoted');
  const recording = await recorder.stop();
  expect(routeWeights(recording, 'short')).toEqual([25, 'Service', 25, 100, 'Service']);
  expect(fewest(recording)).toBeGreaterThanOrEqual(4);
});

test('resumed while no controller runs: what started is taken back, stable back to its size', async () => {
  const shops = await Promise.all([rejected('down', SLOW), idle('down-new', SLOW)]);
  const recorders = await Promise.all(shops.map((shop) => shop.record(KINDS.replicaSet)));
  await lab.controller?.stop();
  await shops[1].setImage('segue-demo:v2');
  for (const shop of shops) await resume(shop);
  for (const shop of shops)
    await until('half of a rollout', async () => {
      const { 'segue-demo:v1': v1, 'segue-demo:v2': v2 } = await shop.sets();
      return (v1?.wanted ?? 4) < 4 && (v2?.available ?? 0) > 0;
    });
  await lab.startController();
  await back(shops[0]);
  await shops[0].held();
  await shops[1].reach(1, 'the stage', atGates(0));
  expect(await shops[1].sets()).toMatchObject({
    ...onlyV1,
    'segue-demo:v2': { wanted: 1, owner: 'Release' },
  });
  for (const recorder of recorders)
    expect(fewest(await recorder.stop())).toBeGreaterThanOrEqual(LEAST);
});
