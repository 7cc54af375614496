/** Rolling updates by the Deployment's own controller, held where the policy says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { FakePrometheus } from '../../src/testing/fake-prometheus.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import type { Recorder } from '../../src/testing/recorder.ts';
import { atGates, openShop, type Shop, type ShopOptions } from '../../src/testing/shop.ts';
import { rolling, setHistory } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const sources: FakePrometheus[] = [];
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await Promise.all(sources.map((source) => source.close()));
});

type Stages = NonNullable<Parameters<typeof rolling>[0]['stages']>;
type Rest = Parameters<typeof rolling>[1];

const OWN = {
  minReadySeconds: 1,
  progressDeadlineSeconds: 500,
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
};

interface Opened {
  shop: Shop;
  recorder: Recorder;
}

async function open(options: ShopOptions, stages: Stages, rest: Rest = {}): Promise<Opened> {
  const shop = await openShop(lab, { deployment: OWN, ...options });
  await shop.attach(rolling({ stages }, rest));
  await shop.held();
  return { shop, recorder: await shop.record(KINDS.replicaSet, KINDS.deployment) };
}

/** Everything of the user's is as it was, and no more and no fewer pods than that allows were wanted. */
async function asItWas({ shop, recorder }: Opened, options: { replicas?: number } = {}) {
  const { replicas = 4 } = options;
  const { spec, metadata } = await shop.deployment();
  expect(spec).toMatchObject({ ...OWN, paused: true });
  expect(JSON.stringify(metadata.labels ?? {})).not.toContain('segue');
  const history = setHistory(await recorder.stop(), shop.name);
  const sums = (of: 'wanted' | 'ready') =>
    history.map((sets) => Object.values(sets).reduce((sum, set) => sum + set[of], 0));
  expect(Math.min(...sums('ready'))).toBeGreaterThanOrEqual(replicas);
  return { history, most: Math.max(...sums('wanted')) };
}

const V1 = 'segue-demo:v1';
const V2 = 'segue-demo:v2';
const released = {
  [V1]: { wanted: 0, available: 0, owner: 'Deployment' },
  [V2]: { wanted: 4, available: 4, owner: 'Deployment' },
};
const takenBack = { [V1]: { wanted: 4, available: 4, owner: 'Deployment' } };

describe.concurrent('a rolling update', () => {
  test('goes pod by pod within its limits, and puts everything of the user back', async () => {
    const opened = await open({ name: 'plain' }, []);
    await opened.shop.setImage(V2);
    await opened.shop.end(1, 'Promoted');
    await opened.shop.held();
    // They count anew when minReadySeconds is the user's again.
    await until('the pods to count', async () => {
      const { 'segue-demo:v2': now } = await opened.shop.sets();
      return now?.available === 4;
    });
    expect(await opened.shop.sets()).toEqual(released);
    expect((await asItWas(opened)).most).toBe(5);
  });

  test('holds after exactly the first pod, and at half, until a person says so', async () => {
    const stages = [
      { holdAfter: 1, approval: {} },
      { holdAfter: '50%', approval: {} },
    ];
    const opened = await open({ name: 'held' }, stages);
    const { shop } = opened;
    await shop.setImage(V2);
    for (const [stage, [stable, candidate]] of [
      [4, 1],
      [3, 2],
    ].entries()) {
      await shop.reach(1, `stage ${stage}`, atGates(stage));
      const sets = await shop.sets();
      expect([sets[V1]?.wanted, sets[V2]?.wanted]).toEqual([stable, candidate]);
      expect((await shop.deployment()).spec.paused).toBe(true);
      await shop.ask('Promote');
    }
    await shop.end(1, 'Promoted');
    const { history, most } = await asItWas(opened);
    expect(most).toBe(5);
    const sizes = history.map((sets) => sets[V2]?.wanted ?? 0);
    expect([...new Set(sizes)]).toEqual([0, 1, 2, 3, 4]);
  });

  test('is undone when a check fails at the hold, and the template is not tried again', async () => {
    const source = await FakePrometheus.open();
    sources.push(source);
    source.behave({ is: 'Good' });
    const opened = await open({ name: 'failing' }, [{ holdAfter: 2, hold: '1h' }], {
      checks: [source.check()],
    });
    const { shop } = opened;
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    source.behave({ is: 'Good', bad: 900 });
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'CheckFailed' });
    await until('the pods of v1', async () => (await shop.sets())[V1]?.available === 4);
    expect(await shop.sets()).toEqual(takenBack);
    await asItWas(opened);
    await until(
      'the policy to say so',
      async () => (await shop.condition('Ready'))?.reason === 'ReleaseAborted',
    );
  });

  test('is undone when all pods are new already and bake', async () => {
    const opened = await open({ name: 'baking' }, [], { bake: '1h' });
    const { shop } = opened;
    await shop.setImage(V2);
    await shop.reach(1, 'the bake', (status) => status.step === 'Bake');
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    expect(await shop.sets()).toEqual(takenBack);
    await asItWas(opened);
  });

  test('is undone at the first pod that does not start within the deadline', async () => {
    const opened = await open({ name: 'stuck' }, [], { progressDeadline: '2s' });
    const { shop } = opened;
    await shop.setImage(V2, {
      metadata: { annotations: { 'hollow.segue.dev/trouble': 'ErrImagePull' } },
    });
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('ProgressDeadlineExceeded');
    if (lab.kind === 'sandbox') expect(status.message).toMatch(/correct the image/);
    expect(await shop.sets()).toEqual(takenBack);
    expect((await asItWas(opened)).most).toBe(5);
  });

  test('keeps what a user wrote last: another image half way is released in its place', async () => {
    const opened = await open({ name: 'newer' }, [{ holdAfter: 1, approval: {} }]);
    const { shop } = opened;
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.setImage('segue-demo:v3');
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'Superseded' });
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the hold', atGates(0), 20_000);
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
    await asItWas(opened);
    expect((await shop.sets())['segue-demo:v3']).toMatchObject({ wanted: 4, available: 4 });
  });

  test('goes back when the template is put back', async () => {
    const opened = await open({ name: 'reverted' }, [{ holdAfter: 2, approval: {} }]);
    const { shop } = opened;
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.setImage(V1);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TemplateReverted' });
    await shop.held();
    await until('the pods of v1', async () => (await shop.sets())[V1]?.available === 4);
    expect(await shop.sets()).toEqual(takenBack);
    await asItWas(opened);
  });

  test('follows an autoscaler while it is held, and goes on from there', async () => {
    const opened = await open({ name: 'scaled' }, [{ holdAfter: '25%', approval: {} }]);
    const { shop } = opened;
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.scale(10);
    await until('ten pods', async () => {
      const sets = Object.values(await shop.sets());
      return sets.reduce((sum, set) => sum + set.wanted, 0) >= 10;
    });
    await shop.scale(5);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    expect((await shop.sets())[V2]).toMatchObject({ wanted: 5, available: 5 });
    await asItWas(opened);
  });

  test('resumed by a person at the hold does not move', async () => {
    const opened = await open({ name: 'resumed' }, [{ holdAfter: 1, approval: {} }]);
    const { shop } = opened;
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    const paused = shop.caught(
      KINDS.deployment,
      (o) => o.metadata.name === 'resumed' && (o['spec'] as { paused?: boolean }).paused === true,
    );
    await shop.patch(KINDS.deployment, { spec: { paused: false } });
    await paused;
    const sets = await shop.sets();
    expect([sets[V1]?.wanted, sets[V2]?.wanted]).toEqual([4, 1]);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await asItWas(opened);
  });
});

describe('the controller killed', () => {
  test('in the middle of a move finds the pods no further than it sent them', async () => {
    const stages = [{ holdAfter: 2, approval: {} }];
    const opened = await open({ name: 'killed' }, stages);
    const { shop } = opened;
    const moving = shop.caught(
      KINDS.deployment,
      (o) => o.metadata.name === 'killed' && (o['spec'] as { paused?: boolean }).paused !== true,
    );
    await shop.setImage(V2);
    await moving;
    lab.controller?.kill('SIGKILL');
    await lab.controller?.gone();
    await until('the first new pod', async () => {
      const { items } = await lab.client.list(KINDS.replicaSet, { namespace: shop.namespace });
      return items.some(
        (set) =>
          JSON.stringify(set).includes(V2) &&
          ((set['status'] ?? {}) as { readyReplicas?: number }).readyReplicas === 1,
      );
    });
    const sets = await shop.sets();
    expect([sets[V1]?.wanted, sets[V2]?.wanted]).toEqual([4, 1]);
    await lab.startController();
    await shop.reach(1, 'the hold', atGates(0));
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    expect((await asItWas(opened)).most).toBe(5);
  });
});
