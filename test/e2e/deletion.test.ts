/** Any one object of a release deleted half way, in the background, in the foreground, or without
 * what belongs to it: no version is short of pods, and nothing is started that was not asked for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { GroupKind } from '../../src/api/object.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import type { Recorder } from '../../src/testing/recorder.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const POLICIES = ['Background', 'Foreground', 'Orphan'] as const;
type Propagation = (typeof POLICIES)[number];

const V1 = 'segue-demo:v1';
const V2 = 'segue-demo:v2';
const BACK = { [V1]: { wanted: 4, available: 4, owner: 'Deployment' } };
const OVER = {
  [V1]: { wanted: 0, available: 0, owner: 'Deployment' },
  [V2]: { wanted: 4, available: 4, owner: 'Deployment' },
};

/** At half the traffic, waiting for a person; or at all of it, before the old version goes. */
type Moment = 'at a stage' | 'in the bake';

async function open(name: string, moment: Moment): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 50, approval: {} }], { bake: '1h' }));
  await shop.held();
  await shop.setImage(V2);
  await shop.reach(1, 'the stage', atGates(0));
  if (moment === 'in the bake') {
    await shop.ask('Promote');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    await until('the swap', async () => (await shop.sets())[V2]?.owner === 'Deployment');
  }
  return shop;
}

function record(shop: Shop): Promise<Recorder> {
  return shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
}

function nameOf(object: string, moment: Moment, propagation: Propagation): string {
  return `${object}-${moment.slice(-4).trim()}-${propagation.slice(0, 2)}`.toLowerCase();
}

/** Deletes it, and waits until that was taken up: this object is gone or going. */
async function remove(shop: Shop, kind: GroupKind, name: string, propagation: Propagation) {
  const target = { ...kind, namespace: shop.namespace, name };
  await lab.client.delete(target, { propagation });
}

/** Everything is the user's again. */
async function restored(shop: Shop, sets: Record<string, unknown>): Promise<void> {
  await until('the sets', async () => {
    const seen = await shop.sets();
    return JSON.stringify(seen) === JSON.stringify({ ...seen, ...sets });
  });
  expect(await shop.sets()).toEqual(sets);
  expect(await shop.exists(KINDS.service, `${shop.name}-stable`)).toBe(false);
  expect(await shop.exists(KINDS.service, `${shop.name}-candidate`)).toBe(false);
}

const CASES = POLICIES.flatMap((propagation) =>
  (['at a stage', 'in the bake'] as const).map((moment) => ({ propagation, moment })),
);

describe('the Release', () => {
  test.concurrent.each(CASES)('$moment, $propagation', async ({ propagation, moment }) => {
    const shop = await open(nameOf('release', moment, propagation), moment);
    const recorder = await record(shop);
    await remove(shop, KINDS.release, `${shop.name}-1`, propagation);
    await until(
      'the Release to be gone',
      async () => !(await shop.exists(KINDS.release, `${shop.name}-1`)),
    );
    const recording = await recorder.stop();
    expect(shortages(recording, shop.name, 4)).toEqual([]);
    expect(routeWeights(recording, shop.name)).toEqual([
      moment === 'at a stage' ? 50 : 100,
      0,
      'Service',
    ]);
    await restored(shop, BACK);
  });
});

describe('the ReleasePolicy', () => {
  test.concurrent.each(CASES)('$moment, $propagation', async ({ propagation, moment }) => {
    const shop = await open(nameOf('policy', moment, propagation), moment);
    const recorder = await record(shop);
    await remove(shop, KINDS.releasePolicy, shop.name, propagation);
    const back = moment === 'at a stage';
    await shop.end(1, back ? 'Aborted' : 'Promoted');
    await until(
      'the policy to be gone',
      async () => !(await shop.exists(KINDS.releasePolicy, shop.name)),
    );
    const recording = await recorder.stop();
    expect(shortages(recording, shop.name, 4)).toEqual([]);
    await restored(shop, back ? BACK : OVER);
    expect((await shop.deployment()).spec.paused ?? false).toBe(false);
  });
});

describe('a Service of a version', () => {
  test.concurrent.each(
    CASES.flatMap((c) => ['stable', 'candidate'].map((version) => ({ ...c, version }))),
  )(
    '$version, $moment, $propagation: made again, and the release goes on',
    async ({ propagation, moment, version }) => {
      const shop = await open(nameOf(version, moment, propagation), moment);
      const name = `${shop.name}-${version}`;
      const before = (await shop.get(KINDS.service, name)).metadata.uid;
      await remove(shop, KINDS.service, name, propagation);
      await until('another one', async () => {
        const found = await lab.client.get({ ...KINDS.service, namespace: shop.namespace, name });
        return found && found.metadata.uid !== before && !found.metadata.deletionTimestamp;
      });
      await shop.ask('Promote');
      if (moment === 'at a stage') {
        await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
        await shop.ask('Promote');
      }
      await shop.end(1, 'Promoted');
      await restored(shop, OVER);
    },
  );
});
