/** Canaries without a router, on whatever cluster the lab is: shares follow the ready pods. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { shortages } from '../../src/testing/history.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { until } from '../../src/testing/until.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 180_000);
afterAll(() => lab?.stop());

async function open(name: string, weights: number[], bake = '0s'): Promise<Shop> {
  const shop = await openShop(lab, { name });
  const { traffic, ...rest } = shop.blueGreen({}, { bake });
  const stages = weights.map((weight) => ({ weight, approval: {} }));
  await shop.attach({ ...rest, ...(traffic && { traffic }), strategy: { canary: { stages } } });
  await shop.held();
  return shop;
}

const v1 = 'segue-demo:v1';
const v2 = 'segue-demo:v2';
const all = (owner: string, pods = 4) => ({ wanted: pods, available: pods, owner });

describe.concurrent('a canary without a router', () => {
  test('adds pods up to half, then changes places and shrinks the old set', async () => {
    const shop = await open('shares', [20, 50, 75]);
    const service = await shop.get(KINDS.service);
    const recorder = await shop.record(KINDS.service, KINDS.replicaSet);
    await shop.setImage(v2);
    const seen = [
      { [v1]: all('Deployment'), [v2]: all('Release', 1) },
      { [v1]: all('Deployment'), [v2]: all('Release') },
      { [v1]: all('Release', 1), [v2]: all('Deployment') },
    ];
    for (const [stage, sets] of seen.entries()) {
      await shop.reach(1, `stage ${stage}`, atGates(stage));
      expect(await shop.sets()).toEqual(sets);
      expect((await shop.deployment()).spec.replicas).toBe(4);
      await shop.ask('Promote');
    }
    const status = await shop.end(1, 'Promoted');
    expect(status.timeline?.map(({ what }) => what)).toContain(
      'stage 1 of 4 (weight 20), 1 of 5 pods, 20 % of the traffic',
    );
    await shop.held();
    expect(shortages(await recorder.stop(), 'shares', 4)).toEqual([]);
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment', 0), [v2]: all('Deployment') });
    expect((await shop.get(KINDS.service))['spec']).toEqual(service['spec']);
  }, 120_000);

  test('is taken back at once before half', async () => {
    const shop = await open('early', [20, 75]);
    await shop.setImage(v2);
    await shop.reach(1, 'the first stage', atGates(0));
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment') });
  }, 120_000);

  test.each([
    ['beyond half', 'late', '0s', atGates(0)],
    ['while it bakes', 'baking', '10m', (s: { step?: string | undefined }) => s.step === 'Bake'],
  ] as const)(
    'is taken back %s without ever having too few pods',
    async (...[, name, bake, there]) => {
      const shop = await open(name, [75], bake);
      const recorder = await shop.record(KINDS.service, KINDS.replicaSet);
      await shop.setImage(v2);
      await shop.reach(1, 'the first stage', atGates(0));
      if (name === 'baking') await shop.ask('Promote');
      await shop.reach(1, 'the place', there);
      await shop.ask('Abort');
      await shop.end(1, 'Aborted');
      expect(shortages(await recorder.stop(), name, 4)).toEqual([]);
      expect(await shop.sets()).toEqual({ [v1]: all('Deployment') });
      expect((await shop.deployment()).spec).toMatchObject({ replicas: 4, paused: true });
    },
    120_000,
  );

  test('keeps its share when the target is scaled, and warns of one that cannot be had', async () => {
    const shop = await open('scaled', [5]);
    const policy = (await shop.get(KINDS.releasePolicy))['status'] as { warnings?: string[] };
    expect(policy.warnings?.join()).toContain(
      '5 % cannot be had with 4 replicas: it is 1 of 5 pods, 20 %',
    );
    await shop.setImage(v2);
    await shop.reach(1, 'the first stage', atGates(0));
    await shop.scale(40);
    await until('2 of 42 pods', async () => {
      const { [v2]: set } = await shop.sets();
      return set?.wanted === 2 && set.available === 2;
    });
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
  }, 120_000);
});
