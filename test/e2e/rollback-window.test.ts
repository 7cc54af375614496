/** Back inside of the rollback window, for strategies that have more stages than one: by weights, by pods,
 * and by the Deployment's own rolling update. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { routeWeights } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { rolling, setHistory } from '../../src/testing/shop-native.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

type Policy = (shop: Shop) => Parameters<Shop['attach']>[0];

const REPLICAS = 4;
const NEAR = { rollbackWindow: { revisions: 1, within: '1h' } };
const IMAGES = ['v1', 'v2', 'v3', 'v4'].map((tag) => `segue-demo:${tag}`);

async function segue(shop: Shop, ...args: string[]): Promise<string> {
  const { code, output } = await lab.segue('-n', shop.namespace, ...args);
  expect(code, output).toBe(0);
  return output;
}

/** Each new version through its stages, which a person opens. */
async function promote(shop: Shop, number: number): Promise<void> {
  await shop.setImage(IMAGES[number] ?? '');
  await shop.reach(number, 'the first stage', atGates(0));
  await shop.ask('PromoteFull');
  await shop.end(number, 'Promoted');
  await shop.held();
}

async function open(name: string, policy: Policy): Promise<Shop> {
  const shop = await openShop(lab, { name, replicas: REPLICAS, route: true });
  return released(shop, policy, 2);
}

async function released(shop: Shop, policy: Policy, releases: number): Promise<Shop> {
  await shop.attach(policy(shop));
  await shop.held();
  for (let number = 1; number <= releases; number++) await promote(shop, number);
  return shop;
}

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const SHUT = { window: { freeze: [{ from: day(-2), to: day(2), because: 'stocktaking' }] } };

/** Undone without a stage, though the window is shut; gives what was seen meanwhile. */
async function goesBack(shop: Shop) {
  await shop.patch(KINDS.releasePolicy, { spec: SHUT });
  await shop.held();
  const recorder = await shop.record(KINDS.replicaSet, KINDS.httpRoute, KINDS.deployment);
  expect(await segue(shop, 'undo', shop.name, '--wait', '--timeout', '60s')).toMatch(
    /back to revision 2 .*; it is released without stages: \S+-1 is 1 revision back, replaced .* ago/,
  );
  const { spec } = await shop.release(3);
  expect(spec.plan.stages).toHaveLength(1);
  expect(spec.plan.goesBack).toContain('inside of the rollback window (1 revision, 1h)');
  const { timeline = [] } = await shop.end(3, 'Promoted');
  const told = timeline.map(({ reason }) => reason);
  expect(told).toContain('StagesSkipped');
  expect(told).not.toContain('PromoteFullRequested');
  const recording = await recorder.stop();
  await shop.held();
  const sets = await shop.sets();
  expect(sets['segue-demo:v2']).toMatchObject({ wanted: REPLICAS, owner: 'Deployment' });
  expect(sets['segue-demo:v3']?.wanted ?? 0).toBe(0);
  return recording;
}

/** As a GitOps tool does that knows nothing of the undo: forward again there are all stages. */
async function forwardAgain(shop: Shop): Promise<void> {
  await shop.patch(KINDS.releasePolicy, { spec: { window: null } });
  await shop.held();
  await shop.setImage('segue-demo:v3');
  const status = await shop.reach(4, 'the first stage', atGates(0));
  expect(status.message).toBe('approval');
  await shop.ask('Abort');
  await shop.end(4, 'Aborted');
}

describe.concurrent('an undo inside of the rollback window', () => {
  test('of a canary moves all the weight in one step, when all pods are there', async () => {
    const stages = [{ weight: 25, approval: {} }, { weight: 50 }];
    const shop = await open('weights', (one) => one.canary(stages, NEAR));
    const recording = await goesBack(shop);
    const weights = routeWeights(recording, 'weights');
    expect(weights.filter((weight) => weight !== 'Service' && weight > 0 && weight < 100)).toEqual(
      [],
    );
    expect(weights).toContain(100);
    const first = setHistory(recording, 'weights').find(
      (sets) => (sets['segue-demo:v2']?.wanted ?? 0) > 0,
    );
    expect(first?.['segue-demo:v2']?.wanted).toBe(REPLICAS);
    await forwardAgain(shop);
  });

  test('of a canary by pods changes all of them, and serves all the while', async () => {
    const canary = { stages: [{ weight: 20, approval: {} }, { weight: 60 }] };
    const shop = await open('pods', (one) =>
      one.blueGreen({}, { ...NEAR, strategy: { canary: canary as never } }),
    );
    const ready = setHistory(await goesBack(shop), 'pods').map((sets) =>
      Object.values(sets).reduce((sum, set) => sum + set.ready, 0),
    );
    expect(Math.min(...ready)).toBeGreaterThanOrEqual(REPLICAS);
    await forwardAgain(shop);
  });

  test('of a rolling update does not hold, and goes within its limits', async () => {
    const limits = { maxSurge: 1, maxUnavailable: 0 };
    const stages = [
      { holdAfter: 1, approval: {} },
      { holdAfter: '50%', hold: '1h' },
    ];
    const shop = await open('rolling', () => rolling({ ...limits, stages }, NEAR));
    const history = setHistory(await goesBack(shop), 'rolling');
    const sums = (of: 'wanted' | 'ready') =>
      history.map((sets) => Object.values(sets).reduce((sum, set) => sum + set[of], 0));
    expect(Math.min(...sums('ready'))).toBeGreaterThanOrEqual(REPLICAS);
    expect(Math.max(...sums('wanted'))).toBe(REPLICAS + 1);
    await forwardAgain(shop);
  });

  test('is as near as the namespace says, where the policy says nothing', async () => {
    const stages = [{ holdAfter: 1, approval: {} }];
    const shop = await openShop(lab, { name: 'general', replicas: REPLICAS });
    await lab.client.create({
      apiVersion: 'segue.dev/v1alpha1',
      kind: 'ReleaseDefaults',
      metadata: { name: 'default', namespace: shop.namespace },
      spec: NEAR,
    });
    await released(shop, () => rolling({ stages }), 3);
    const far = await segue(shop, 'undo', 'general', '--to-revision', '2', '--dry-run');
    expect(far).toContain('with all stages: it is 2 revisions back, and the rollback window is 1');
    expect(await segue(shop, 'undo', 'general', '--wait', '--timeout', '60s')).toContain(
      'without stages: general-2 is 1 revision back',
    );
    const { spec } = await shop.release(4);
    expect(spec.fromDefaults).toEqual(['rollback window 1 revision, 1h']);
  });
});
