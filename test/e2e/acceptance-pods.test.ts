/** Situations from the field, canaries whose shares are their pods (docs/spec/acceptance.md). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { CanarySpec } from '../../src/api/strategy.ts';
import { FakePrometheus } from '../../src/testing/fake-prometheus.ts';
import { shortages } from '../../src/testing/history.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, openShop, Shop, type ShopOptions } from '../../src/testing/shop.ts';
import { rolling, setHistory } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const sources: FakePrometheus[] = [];
beforeAll(async () => {
  lab = await startLab();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await Promise.all(sources.map((source) => source.close()));
});

type Attached = Parameters<Shop['attach']>[0];
type Stages = Partial<CanarySpec['stages'][number]>[];

const V1 = 'segue-demo:v1';
const V2 = 'segue-demo:v2';
const V3 = 'segue-demo:v3';
const owned = (owner: string, pods: number) => ({ wanted: pods, available: pods, owner });

/** Of the shop, without a router. */
function byPods(shop: Shop, stages: Stages, rest: Partial<Attached> = {}): Attached {
  const { traffic } = shop.blueGreen();
  const canary = { stages: stages as CanarySpec['stages'] };
  return { ...(traffic && { traffic }), strategy: { canary }, bake: '0s', ...rest };
}

async function open(
  options: ShopOptions,
  stages: Stages,
  rest: Partial<Attached> = {},
): Promise<Shop> {
  const shop = await openShop(lab, options);
  await shop.attach(byPods(shop, stages, rest));
  await shop.held();
  return shop;
}

const sets = (shop: Shop, wanted: Awaited<ReturnType<Shop['sets']>>) =>
  until(JSON.stringify(wanted), async () => {
    const seen = await shop.sets();
    expect(seen).toEqual(wanted);
    return true;
  });
const reasons = async (shop: Shop, release: number) =>
  (await shop.release(release)).status.timeline?.map(({ reason }) => reason);

/** In one write, as `kubectl apply` does. */
const writeBoth = (shop: Shop, image: string, replicas: number) =>
  lab.client.patch(
    { ...KINDS.deployment, namespace: shop.namespace, name: shop.name },
    {
      type: 'strategic',
      body: { spec: { replicas, template: { spec: { containers: [{ name: 'web', image }] } } } },
    },
  );

/** The sums of pods over all versions at every moment: most wanted, fewest ready. */
async function bounds(shop: Shop, recording: Parameters<typeof setHistory>[0]) {
  const history = setHistory(recording, shop.name).map((seen) => Object.values(seen));
  const sums = (of: 'wanted' | 'ready') =>
    history.map((seen) => seen.reduce((sum, set) => sum + set[of], 0));
  return { most: Math.max(...sums('wanted')), fewest: Math.min(...sums('ready')) };
}

describe.concurrent('shares by pods', () => {
  test('held at half, aborted, tried again, ended by itself, every turn told in its order', async () => {
    const shop = await open({ name: 'turns' }, [{ weight: 50, hold: '3s' }]);
    const service = await shop.get(KINDS.service);
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await sets(shop, { [V1]: owned('Deployment', 4), [V2]: owned('Release', 4) });
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await sets(shop, { [V1]: owned('Deployment', 4) });
    expect(await reasons(shop, 1)).toEqual([
      'ReleaseStarted',
      'StageReached',
      'AbortRequested',
      'Aborted',
    ]);
    await until('the policy to say so', async () => {
      return (await shop.condition('Ready'))?.reason === 'ReleaseAborted';
    });
    await shop.ask('Retry');
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the hold', atGates(0));
    await shop.end(2, 'Promoted');
    expect(await reasons(shop, 2)).toEqual([
      'ReleaseStarted',
      'Retried',
      'StageReached',
      'StageReached',
      'Promoted',
    ]);
    await shop.held();
    await sets(shop, { [V1]: owned('Deployment', 0), [V2]: owned('Deployment', 4) });
    expect((await shop.get(KINDS.service))['spec']).toEqual(service['spec']);
  });

  test('the first deploy asks neither stages nor checks', async () => {
    const source = await FakePrometheus.open();
    sources.push(source);
    source.behave({ is: 'Good', bad: 900 });
    const namespace = 'first-deploy';
    const made = { kind: 'Namespace', metadata: { name: namespace } };
    await lab.client.create({ apiVersion: 'v1', ...made });
    const shop = new Shop(lab, 'first', namespace);
    const checks = [source.check()];
    await shop.attach(byPods(shop, [{ weight: 20, approval: {} }], { checks, bake: '1h' }));
    await lab.apply(FIRST, namespace);
    await shop.held();
    await sets(shop, { [V1]: owned('Deployment', 3) });
    expect(await shop.exists(KINDS.release, 'first-1')).toBe(false);
    expect(source.asked).toBe(0);
    // The second one is asked.
    await shop.setImage(V2);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'CheckFailed' });
  });

  test('scaled up and down while it is held, it keeps its ratio', async () => {
    const shop = await open({ name: 'ratio' }, [{ weight: 20, approval: {} }]);
    const recorder = await shop.record(KINDS.replicaSet);
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    for (const [replicas, share] of [
      [12, 3],
      [8, 2],
      [4, 1],
    ] as const) {
      await shop.scale(replicas);
      await sets(shop, { [V1]: owned('Deployment', replicas), [V2]: owned('Release', share) });
    }
    expect((await bounds(shop, await recorder.stop())).fewest).toBeGreaterThanOrEqual(4);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    await sets(shop, { [V1]: owned('Deployment', 0), [V2]: owned('Deployment', 4) });
  });

  test('a rolling update that may double, scaled half way, stays within its limits', async () => {
    const strategy = {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 },
    };
    const shop = await openShop(lab, { name: 'surge', deployment: { strategy } });
    await shop.attach(rolling({ stages: [{ holdAfter: '50%', approval: {} }] }));
    await shop.held();
    const recorder = await shop.record(KINDS.replicaSet);
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.scale(6);
    await until('the Deployment to be seen', async () => {
      const { status, metadata } = await shop.deployment();
      return status?.observedGeneration === metadata.generation;
    });
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    await sets(shop, { [V1]: owned('Deployment', 0), [V2]: owned('Deployment', 6) });
    const { most, fewest } = await bounds(shop, await recorder.stop());
    expect(most).toBeLessThanOrEqual(12);
    expect(fewest).toBeGreaterThanOrEqual(4);
    expect((await shop.deployment()).spec).toMatchObject({ strategy });
  });

  test('a share that falls takes no pod of the old version', async () => {
    const stages = [
      { weight: 50, approval: {} },
      { weight: 25, approval: {} },
    ] as CanarySpec['stages'];
    const strategy = { canary: { stages, allowLower: true } };
    const shop = await open({ name: 'falls' }, [], { strategy });
    const recorder = await shop.record(KINDS.service, KINDS.replicaSet);
    await shop.setImage(V2);
    await shop.reach(1, 'the half', atGates(0));
    await shop.ask('Promote');
    await shop.reach(1, 'the quarter', atGates(1));
    await sets(shop, { [V1]: owned('Deployment', 4), [V2]: owned('Release', 1) });
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    const recording = await recorder.stop();
    expect(shortages(recording, 'falls', 4)).toEqual([]);
    expect((await bounds(shop, recording)).fewest).toBeGreaterThanOrEqual(4);
  });

  test('a bad version, another bad one, then a good one at half: no more and no fewer pods than allowed', async () => {
    const shop = await open({ name: 'bad' }, [{ weight: 50, approval: {} }]);
    const recorder = await shop.record(KINDS.replicaSet);
    const never = (value: string | null) => ({
      metadata: { annotations: { 'hollow.segue.dev/ready': value } },
    });
    await shop.setImage('segue-demo:broken-image');
    await until('its pods', async () => {
      return (await shop.sets())['segue-demo:broken-image']?.wanted === 4;
    });
    await shop.setImage(V2, never('never'));
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'Superseded' });
    await until('its pods', async () => (await shop.sets())[V2]?.wanted === 4);
    await sets(shop, {
      [V1]: owned('Deployment', 4),
      [V2]: { ...owned('Release', 4), available: 0 },
    });
    await shop.setImage(V3, never(null));
    expect(await shop.end(2, 'Aborted')).toMatchObject({ reason: 'Superseded' });
    await until('the third release', () => shop.release(3));
    await shop.reach(3, 'the half', atGates(0));
    await sets(shop, { [V1]: owned('Deployment', 4), [V3]: owned('Release', 4) });
    await shop.ask('Promote');
    await shop.end(3, 'Promoted');
    const { most, fewest } = await bounds(shop, await recorder.stop());
    expect(most).toBeLessThanOrEqual(8);
    expect(fewest).toBeGreaterThanOrEqual(4);
  });

  test('replicas and template changed in one write, twice', async () => {
    const shop = await open({ name: 'both' }, [{ weight: 50 }]);
    const recorder = await shop.record(KINDS.replicaSet);
    await writeBoth(shop, V2, 6);
    await shop.end(1, 'Promoted');
    await shop.held();
    await sets(shop, { [V1]: owned('Deployment', 0), [V2]: owned('Deployment', 6) });
    await writeBoth(shop, V3, 3);
    await shop.end(2, 'Promoted');
    await shop.held();
    await sets(shop, {
      [V1]: owned('Deployment', 0),
      [V2]: owned('Deployment', 0),
      [V3]: owned('Deployment', 3),
    });
    expect((await bounds(shop, await recorder.stop())).fewest).toBeGreaterThanOrEqual(3);
  });

  test('a hold longer than every progress deadline is no failure, and nobody writes meanwhile', async () => {
    const shop = await open(
      { name: 'patient', deployment: { progressDeadlineSeconds: 2 } },
      [{ weight: 25, hold: '7s' }],
      { progressDeadline: '4s' },
    );
    await shop.setImage(V2);
    const { gateSince = '' } = await shop.reach(1, 'the hold', atGates(0));
    const kinds = [KINDS.deployment, KINDS.releasePolicy, KINDS.release, KINDS.replicaSet];
    const recorder = await shop.record(...kinds);
    await shop.end(1, 'Promoted');
    const { changes } = await recorder.stop();
    const early = changes.filter(({ seenMs }) => seenMs - Date.parse(gateSince) < 6_500);
    // The Deployment controller may have been about to say that it is paused.
    expect(early.map(({ object }) => object.kind).filter((kind) => kind !== 'Deployment')).toEqual(
      [],
    );
    expect(early.length).toBeLessThanOrEqual(1);
    expect(JSON.stringify(changes)).not.toContain('ProgressDeadlineExceeded');
  });

  test('readiness slower than the deadline is taken back; given more time it is held, then healthy', async () => {
    const shop = await open({ name: 'slow' }, [{ weight: 25, approval: {} }], {
      progressDeadline: '2s',
    });
    const slowly = { metadata: { annotations: { 'hollow.segue.dev/ready-after': '4s' } } };
    await shop.setImage(V2, slowly);
    const status = await shop.end(1, 'Aborted');
    expect(status).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    await until('the policy to say so', async () => {
      return (await shop.condition('Ready'))?.reason === 'ReleaseAborted';
    });
    await shop.patch(KINDS.releasePolicy, { spec: { progressDeadline: '1m' } });
    await shop.ask('Retry');
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the hold', atGates(0));
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
    await shop.held();
  });
});

/** What a user applies at once, after the policy. */
const FIRST = `
apiVersion: v1
kind: Service
metadata: {name: first}
spec:
  selector: {app: first}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: first}
spec:
  replicas: 3
  selector: {matchLabels: {app: first}}
  template:
    metadata: {labels: {app: first}}
    spec: {containers: [{name: web, image: segue-demo:v1}]}
`;
