/** Situations from the field, blue-green with a Service that is pinned (docs/spec/acceptance.md). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HASH_LABEL, KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { FakePrometheus } from '../../src/testing/fake-prometheus.ts';
import { imageOf, shortages } from '../../src/testing/history.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import type { Recording } from '../../src/testing/recorder.ts';
import { atGates, openShop, type Shop, type ShopOptions } from '../../src/testing/shop.ts';
import { setHistory } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

const POD = { group: '', kind: 'Pod' };

let lab: Lab;
const sources: FakePrometheus[] = [];
beforeAll(async () => {
  lab = await startLab();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await Promise.all(sources.map((source) => source.close()));
});

type Policy = Parameters<Shop['blueGreen']>;

const V1 = 'segue-demo:v1';
const V2 = 'segue-demo:v2';
const V3 = 'segue-demo:v3';

async function open(options: ShopOptions, ...policy: Policy): Promise<Shop> {
  const shop = await openShop(lab, options);
  await shop.attach(shop.blueGreen(...policy));
  await shop.held();
  return shop;
}

const pinOf = (service: KubeObject) =>
  (service['spec'] as { selector?: Record<string, string> }).selector?.[HASH_LABEL];

/** The versions that the user's Service led to, by hash, in their order; undefined is every one. */
const pins = ({ initial, changes }: Recording, name: string) =>
  [...initial, ...changes.map(({ object }) => object)]
    .filter(({ kind, metadata }) => kind === 'Service' && metadata.name === name)
    .map(pinOf)
    .filter((pin, i, all) => pin !== all[i - 1] || i === 0);

/** The pods of one version, by uid, with their labels. */
async function podsOf(shop: Shop, hash: string) {
  const { items } = await lab.client.list(POD, { namespace: shop.namespace });
  const mine = items.filter(({ metadata }) => metadata.labels?.[HASH_LABEL] === hash);
  return Object.fromEntries(mine.map(({ metadata }) => [metadata.uid, metadata.labels]));
}

const aborted = (shop: Shop) =>
  until('the policy to say so', async () => {
    return (await shop.condition('Ready'))?.reason === 'ReleaseAborted';
  });

describe.concurrent('the switch', () => {
  test('comes when the new set is whole: 3, 6, 3 pods, every turn told in its order', async () => {
    const shop = await open({ name: 'whole', replicas: 3 }, {}, { bake: '300ms' });
    const recorder = await shop.record(KINDS.service, KINDS.replicaSet);
    await shop.setImage(V2);
    const { timeline = [] } = await shop.end(1, 'Promoted');
    const recording = await recorder.stop();
    expect(shortages(recording, 'whole', 3)).toEqual([]);
    const { stable, candidate } = (await shop.release(1)).spec;
    const none = undefined;
    expect(pins(recording, 'whole')).toEqual([none, stable.hash, candidate.hash, none]);
    const ready = setHistory(recording, 'whole').map((sets) =>
      Object.values(sets).reduce((sum, set) => sum + set.ready, 0),
    );
    expect([ready.at(0), Math.max(...ready), ready.at(-1)]).toEqual([3, 6, 3]);
    expect(Math.min(...ready)).toBe(3);
    expect(timeline.map(({ reason }) => reason)).toEqual([
      'ReleaseStarted',
      'StageReached',
      'StageReached',
      'Baking',
      'Promoted',
    ]);
  });

  test('comes by itself after the hold, neither early nor late', async () => {
    const shop = await open({ name: 'timed' }, { hold: '2s' });
    const services = await shop.record(KINDS.service);
    await shop.setImage(V2);
    const { gateSince = '' } = await shop.reach(1, 'the preview', atGates(0));
    await shop.end(1, 'Promoted');
    const { candidate } = (await shop.release(1)).spec;
    const { changes } = await services.stop();
    const switched = changes.find(
      ({ object }) => object.metadata.name === 'timed' && pinOf(object) === candidate.hash,
    );
    const heldMs = (switched?.seenMs ?? 0) - Date.parse(gateSince);
    expect(heldMs).toBeGreaterThanOrEqual(2_000);
    expect(heldMs).toBeLessThan(5_000);
  });

  test('changes who is preview and who is active, and no pod', async () => {
    const shop = await open({ name: 'roles' }, { approval: {} }, { bake: '1h' });
    await shop.setImage(V2);
    await shop.reach(1, 'the preview', atGates(0));
    const { stable, candidate } = (await shop.release(1)).spec;
    expect(pinOf(await shop.get(KINDS.service, 'roles-preview'))).toBe(candidate.hash);
    expect(pinOf(await shop.get(KINDS.service))).toBe(stable.hash);
    const pods = async () => [await podsOf(shop, stable.hash), await podsOf(shop, candidate.hash)];
    const before = await pods();
    expect(before.map((version) => Object.keys(version).length)).toEqual([4, 4]);
    await shop.ask('Promote');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking' && s.gateSince !== undefined);
    expect(pinOf(await shop.get(KINDS.service))).toBe(candidate.hash);
    expect(await pods()).toEqual(before);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    expect(pinOf(await shop.get(KINDS.service))).toBeUndefined();
    expect(await shop.exists(KINDS.service, 'roles-preview')).toBe(false);
    expect(await podsOf(shop, candidate.hash)).toEqual(before[1]);
  });
});

describe.concurrent('a version that fails', () => {
  test('before the switch: users are where they were; tried again when it is mended it is released', async () => {
    const source = await FakePrometheus.open();
    sources.push(source);
    source.behave({ is: 'Good', bad: 900 });
    const shop = await open({ name: 'mended' }, { checks: ['errors'] }, {
      checks: [source.check()],
    } as Policy[1]);
    const service = await shop.get(KINDS.service);
    const recorder = await shop.record(KINDS.service);
    await shop.setImage(V2);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'CheckFailed' });
    const { spec } = await shop.release(1);
    expect(pins(await recorder.stop(), 'mended')).not.toContain(spec.candidate.hash);
    expect(await shop.sets()).toEqual({
      [V1]: { wanted: 4, available: 4, owner: 'Deployment' },
    });
    expect((await shop.get(KINDS.service))['spec']).toEqual(service['spec']);
    expect(await shop.exists(KINDS.service, 'mended-preview')).toBe(false);
    await aborted(shop);
    source.behave({ is: 'Good' });
    await shop.ask('Retry');
    await until('the second release', () => shop.release(2));
    await shop.end(2, 'Promoted');
    expect((await shop.sets())[V2]).toMatchObject({ wanted: 4, available: 4 });
  });

  test('after the switch, then a good one at once: the failed one keeps its drain time, the good one comes after', async () => {
    const shop = await open({ name: 'three' }, {}, { bake: '1h' });
    await shop.patch(KINDS.releasePolicy, { spec: { traffic: { drain: '2s' } } });
    const recorder = await shop.record(KINDS.service, KINDS.replicaSet);
    await shop.setImage(V2);
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    await shop.ask('Abort');
    await shop.reach(1, 'the way back', (s) => s.towards === 'Aborted');
    await shop.setImage(V3);
    await shop.end(1, 'Aborted');
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the bake', (s) => s.phase === 'Baking');
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
    const recording = await recorder.stop();
    expect(shortages(recording, 'three', 4)).toEqual([]);
    const { stable, candidate } = (await shop.release(1)).spec;
    const seenMs = (is: (object: KubeObject) => boolean, fromMs = 0) =>
      recording.changes.find(({ object, seenMs: ms }) => ms >= fromMs && is(object))?.seenMs ?? NaN;
    const pinned = (hash: string) => (object: KubeObject) =>
      object.metadata.name === 'three' && pinOf(object) === hash;
    const backMs = seenMs(pinned(stable.hash), seenMs(pinned(candidate.hash)));
    const goneMs = seenMs(
      (object) => imageOf(object) === V2 && (object['spec'] as { replicas: number }).replicas < 4,
      backMs,
    );
    expect(goneMs - backMs).toBeGreaterThanOrEqual(2_000);
    const wanted = setHistory(recording, 'three').map((sets) =>
      Object.values(sets).reduce((sum, set) => sum + set.wanted, 0),
    );
    expect(Math.max(...wanted)).toBe(8);
  });

  test('its smoke test has an image that cannot be pulled: that is no success', async () => {
    const containers = [{ name: 'try', image: 'segue-demo:broken-image' }];
    const smokeTests = [
      { name: 'try', job: { spec: { template: { spec: { containers } } } }, timeout: '2s' },
    ];
    const shop = await open({ name: 'unpulled' }, { smokeTests } as unknown as Policy[0]);
    await shop.setImage(V2);
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('SmokeTestFailed');
    expect(status.message).toMatch(/^job try failed: /);
    expect((await shop.sets())[V1]).toMatchObject({ wanted: 4, available: 4 });
  });
});
