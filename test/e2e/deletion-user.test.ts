/** What a release needs and does not own deleted half way, and its sets: in the background, in the
 * foreground, or without what belongs to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { GroupKind } from '../../src/api/object.ts';
import { shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { asWritten, onlyStable, openAt, released } from '../../src/testing/points.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const CASES = (['Background', 'Foreground', 'Orphan'] as const).flatMap((propagation) =>
  (['stage', 'bake'] as const).map((point) => ({ propagation, point })),
);
type Case = (typeof CASES)[number];

const open = (what: string, { propagation, point }: Case) =>
  openAt(lab, `${what}-${propagation.slice(0, 2)}-${point}`.toLowerCase(), point);

/** Deletes it; resolves when this very object is gone. */
async function remove(
  shop: Shop,
  { kind, name = shop.name }: { kind: GroupKind; name?: string },
  { propagation }: Case,
) {
  const { uid } = (await shop.get(kind, name)).metadata;
  const target = { ...kind, namespace: shop.namespace, name };
  await lab.client.delete(target, { propagation });
  await until(`${kind.kind} ${name} to be gone`, async () => {
    const found = await lab.client.get(target);
    return found?.metadata.uid !== uid;
  });
}

/** On to the end from wherever it waits. */
async function promote(shop: Shop): Promise<void> {
  await shop.ask('Promote');
  await shop.reach(1, 'the bake or the end', (s) => s.phase === 'Baking' || s.step === 'Done');
  if ((await shop.release(1)).status.outcome === undefined) await shop.ask('Promote');
  await shop.end(1, 'Promoted');
}

async function noneOfSegue(shop: Shop): Promise<void> {
  for (const version of ['stable', 'candidate'])
    expect(await shop.exists(KINDS.service, `${shop.name}-${version}`)).toBe(false);
}

/** Pods that answer for the user's Service keep it from being given back: that is said. */
async function removeOrphans(shop: Shop, hash: string): Promise<void> {
  await shop.reach(
    1,
    'the orphans to be told of',
    (status) => status.message?.startsWith('4 endpoints of the candidate pods to go') === true,
  );
  const { namespace } = shop;
  const labelSelector = `pod-template-hash=${hash}`;
  const { items } = await lab.client.list(KINDS.pod, { namespace, labelSelector });
  for (const { metadata } of items)
    await lab.client.delete({ ...KINDS.pod, namespace, name: metadata.name });
}

const watched = [KINDS.httpRoute, KINDS.service, KINDS.replicaSet] as const;

describe('the Deployment', () => {
  test.concurrent.each(CASES)('$point, $propagation', async (one) => {
    const shop = await open('target', one);
    await remove(shop, { kind: KINDS.deployment }, one);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TargetDeleted' });
    await noneOfSegue(shop);
    // Who orphans the sets wants their pods to stay; nobody of Segue's may delete what users have.
    const image = one.point === 'stage' ? 'segue-demo:v1' : 'segue-demo:v2';
    const kept = { [image]: { wanted: 4, available: 4, owner: '' } };
    expect(await shop.sets()).toEqual(one.propagation === 'Orphan' ? kept : {});
  });
});

describe("the user's Service", () => {
  test.concurrent.each(CASES)('$point, $propagation: the release goes on', async (one) => {
    const shop = await open('service', one);
    const recorder = await shop.record(...watched);
    await remove(shop, { kind: KINDS.service }, one);
    await promote(shop);
    expect(shortages(await recorder.stop(), shop.name, 4)).toEqual([]);
    expect(await shop.sets()).toEqual(released);
    await noneOfSegue(shop);
  });
});

describe('the HTTPRoute', () => {
  test.concurrent.each(CASES)(
    '$point, $propagation: made again, the release goes on',
    async (one) => {
      const shop = await open('route', one);
      const file = asWritten(await shop.get(KINDS.httpRoute));
      const recorder = await shop.record(KINDS.replicaSet);
      await remove(shop, { kind: KINDS.httpRoute }, one);
      await until('it to be said', async () => (await shop.events('RouteMissing')).length > 0);
      await lab.client.create(file);
      await promote(shop);
      await recorder.stop();
      expect(await shop.sets()).toEqual(released);
      await noneOfSegue(shop);
    },
  );
});

describe('the set of the candidate', () => {
  test.concurrent.each(CASES)('$point, $propagation', async (one) => {
    const shop = await open('candidate', one);
    const { candidate } = (await shop.release(1)).spec;
    await remove(shop, { kind: KINDS.replicaSet, name: candidate.replicaSet }, one);
    if (one.point === 'bake') {
      if (one.propagation === 'Orphan') await removeOrphans(shop, candidate.hash);
      expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'CandidateDeleted' });
      expect(await shop.sets()).toEqual(onlyStable);
      return;
    }
    await until('it to be back', async () => shop.exists(KINDS.replicaSet, candidate.replicaSet));
    await shop.reach(1, 'the stage', atGates(0));
    await promote(shop);
    expect(await shop.sets()).toEqual(released);
  });
});

describe('the set of stable', () => {
  test.concurrent.each(CASES)('$point, $propagation', async (one) => {
    const shop = await open('stable', one);
    const { stable } = (await shop.release(1)).spec;
    await remove(shop, { kind: KINDS.replicaSet, name: stable.replicaSet }, one);
    await until('it to be whole again', async () => {
      const { 'segue-demo:v1': set } = await shop.sets();
      return set?.wanted === 4 && set.available === 4;
    });
    await promote(shop);
    expect(await shop.sets()).toEqual(released);
    await noneOfSegue(shop);
  });
});
