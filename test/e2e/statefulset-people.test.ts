/** StatefulSets that others write to, scale, delete or break in the middle of a release. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import {
  openStateful,
  type StatefulOptions,
  type StatefulShop,
} from '../../src/testing/shop-stateful.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

const V2 = 'segue-demo:v2';
const BROKEN = 'segue-demo:broken-image';
const HOLD = 2_147_483_647;
const FIRST = [{ holdAfter: 1, approval: {} }];

type Rest = Parameters<typeof rolling>[1];

async function held(options: StatefulOptions, rest: Rest = {}): Promise<StatefulShop> {
  const shop = await openStateful(lab, options);
  await shop.attach(rolling({ stages: FIRST }, rest));
  await shop.held();
  return shop;
}

async function atHold(options: StatefulOptions, rest: Rest = {}): Promise<StatefulShop> {
  const shop = await held(options, rest);
  await shop.setImage(V2);
  await shop.reach(1, 'the hold', atGates(0));
  return shop;
}

interface Strategy {
  type: string;
  rollingUpdate?: { partition?: number };
}
const strategyOf = (set: { spec: Record<string, unknown> }) =>
  set.spec['updateStrategy'] as Strategy;

function partitioned(shop: StatefulShop, partition: number) {
  return shop.change({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } });
}

function putBack(shop: StatefulShop) {
  return shop.changed('held again', (set) => strategyOf(set).rollingUpdate?.partition === HOLD);
}

async function told(shop: StatefulShop, reason: string): Promise<string> {
  const what = `the event ${reason}`;
  const events = await until(what, async () => {
    const found = await shop.events(reason);
    return found.length > 0 && found;
  });
  return events[0] ?? '';
}

const template = async (shop: StatefulShop) => JSON.stringify((await shop.set()).spec['template']);

describe.concurrent('the partition written by somebody', () => {
  test('with nothing to release: put back, and said', async () => {
    const shop = await held({ name: 'idle', replicas: 2 });
    await partitioned(shop, 0);
    await putBack(shop);
    expect(await told(shop, 'HoldLost')).toMatch(
      /^the update strategy of StatefulSet idle was written by \S+; spec.updateStrategy is Segue's/,
    );
    await shop.held();
    await shop.shows('v1 v1');
  });

  test('with a template that was taken back: the pods that were started go back', async () => {
    const shop = await atHold({ name: 'refused', replicas: 3 });
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await until('the refusal', async () => {
      const ready = await shop.condition('Ready');
      return ready?.reason === 'ReleaseAborted';
    });
    await shop.shows('v1 v1 v1');
    await partitioned(shop, 0);
    await putBack(shop);
    await told(shop, 'HoldLost');
    await shop.shows('v1 v1 v1');
    // Where more than the partition had to be put back the template is too.
    await until('nothing to do', async () =>
      /^(ReleaseAborted|Held)$/.test((await shop.condition('Ready'))?.reason ?? ''),
    );
    await shop.shows('v1 v1 v1');
    expect(await shop.exists(KINDS.release, 'refused-2')).toBe(false);
  });

  test('at a hold: the pods beyond it go back, and the release goes on', async () => {
    const shop = await atHold({ name: 'beyond', replicas: 4 });
    await partitioned(shop, 1);
    await putBack(shop);
    expect(await told(shop, 'HoldLost')).toMatch(/the first time: put back; spec.updateStrategy/);
    await shop.shows('v1 v1 v1 v2');
    const { status } = await shop.release(1);
    expect(status).toMatchObject({ step: 'Stage', stage: 0 });
    await shop.ask('Approve');
    await shop.end(1, 'Promoted');
    await shop.shows('v2 v2 v2 v2');
  });
});

describe.concurrent('half way', () => {
  test('the template put back: what was changed goes back', async () => {
    const shop = await atHold({ name: 'reverts', replicas: 3 });
    await shop.setImage('segue-demo:v1');
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TemplateReverted' });
    await shop.shows('v1 v1 v1');
    await shop.held();
    expect(await template(shop)).toContain('segue-demo:v1');
  });

  test('a pod of the candidate deleted at the hold has its version again', async () => {
    const shop = await atHold({ name: 'deletes', replicas: 3 });
    const before = await shop.get(KINDS.pod, 'deletes-2');
    await shop.delete(KINDS.pod, 'deletes-2');
    await until('another pod', async () => {
      const pod = await lab.client.get({
        ...KINDS.pod,
        namespace: shop.namespace,
        name: 'deletes-2',
      });
      return pod !== undefined && pod.metadata.uid !== before.metadata.uid;
    });
    await shop.shows('v1 v1 v2');
    await shop.reach(1, 'the hold again', atGates(0));
    await shop.ask('Approve');
    await shop.end(1, 'Promoted');
  });

  test('a pod of users deleted at the hold keeps theirs', async () => {
    const shop = await atHold({ name: 'keeps', replicas: 3 });
    await shop.delete(KINDS.pod, 'keeps-0');
    await shop.shows('v1 v1 v2');
  });

  test('the policy deleted: all is as it was, and nobody holds it', async () => {
    const shop = await atHold({ name: 'policy', replicas: 3 });
    await shop.delete(KINDS.releasePolicy);
    await until(
      'the policy to be gone',
      async () => !(await shop.exists(KINDS.releasePolicy, 'policy')),
    );
    await shop.shows('v1 v1 v1');
    const set = await shop.set();
    expect(strategyOf(set)).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
    expect(set.metadata.annotations?.['segue.dev/held']).toBeUndefined();
    expect(await template(shop)).toContain('segue-demo:v1');
    expect(await told(shop, 'TemplateRestored')).toContain('segue-demo:v1');
  });

  test('the Release deleted: what was changed goes back, and it is not tried again', async () => {
    const shop = await atHold({ name: 'release', replicas: 3 });
    await shop.delete(KINDS.release, 'release-1');
    await until(
      'the Release to be gone',
      async () => !(await shop.exists(KINDS.release, 'release-1')),
    );
    await shop.shows('v1 v1 v1');
    await until(
      'the refusal',
      async () => (await shop.condition('Ready'))?.reason === 'ReleaseAborted',
    );
    expect(await shop.exists(KINDS.release, 'release-2')).toBe(false);
  });

  test('the StatefulSet deleted: said; made again it is held and released', async () => {
    const shop = await atHold({ name: 'gone', replicas: 2 });
    await shop.delete(KINDS.statefulSet);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TargetDeleted' });
    await until(
      'it to be said',
      async () => (await shop.condition('Ready'))?.reason === 'TargetNotFound',
    );
    await until('no pods', async () => (await shop.versions()) === '');
    await shop.make({ name: 'gone', replicas: 2 });
    await shop.held();
    await shop.setImage(V2);
    await shop.reach(2, 'the hold', atGates(0));
    await shop.shows('v1 v2');
  });
});

describe.concurrent('scaled', () => {
  test('up in the middle of a move, no more pods have the new version than the stage has', async () => {
    const shop = await held({ name: 'grows', replicas: 2 });
    const moving = shop.caught(
      KINDS.statefulSet,
      (set) => strategyOf(set as never).rollingUpdate?.partition === 1,
    );
    await shop.setImage(V2);
    await moving;
    await shop.change({ replicas: 5 });
    await shop.reach(1, 'the hold', atGates(0));
    await until('one of five', async () =>
      /^(?=.*v2)(v1 )*(v2)?( v1)*$/.test(await shop.versions()),
    );
    await shop.ask('Approve');
    await shop.end(1, 'Promoted');
    await shop.shows('v2 v2 v2 v2 v2');
  });

  test('to zero at a hold and back, the version of users comes up', async () => {
    const shop = await atHold({ name: 'zero', replicas: 3 });
    await shop.change({ replicas: 0 });
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'ScaledToZero' });
    await until('no pods', async () => (await shop.versions()) === '');
    await shop.held();
    await shop.change({ replicas: 3 });
    await shop.shows('v1 v1 v1');
  });

  test('to zero with a template that was taken back, and back: it does not come up', async () => {
    const shop = await atHold({ name: 'stays', replicas: 3 });
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await until(
      'the refusal',
      async () => (await shop.condition('Ready'))?.reason === 'ReleaseAborted',
    );
    await shop.change({ replicas: 0 });
    await until('no pods', async () => (await shop.versions()) === '');
    expect(await told(shop, 'TemplateRestored')).toMatch(/without pods nothing else keeps/);
    await shop.held();
    await shop.change({ replicas: 3 });
    await shop.shows('v1 v1 v1');
  });

  test('changed while it has no pods it is released at once', async () => {
    const shop = await held({ name: 'empty', replicas: 2 });
    await shop.change({ replicas: 0 });
    await until('no pods', async () => (await shop.versions()) === '');
    await shop.setImage(V2);
    await until('it to be released', async () => {
      const ready = await shop.condition('Ready');
      return ready?.status === 'True' && ready.message.includes('v2');
    });
    await shop.change({ replicas: 2 });
    await shop.shows('v2 v2');
    await shop.held();
  });
});

describe.concurrent('a pod that never becomes ready', () => {
  test('at the first ordinal of a Parallel set', async () => {
    const spec = { podManagementPolicy: 'Parallel' };
    const shop = await held({ name: 'parallel', replicas: 3, spec }, { progressDeadline: '3s' });
    await shop.setImage(BROKEN);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    await shop.shows('v1 v1 v1');
    expect(await template(shop)).toContain(BROKEN);
  });

  test('of the version of users does not keep the others from going back', async () => {
    // One after the other its controller would make none before the first is ready.
    const spec = { podManagementPolicy: 'Parallel' };
    const shop = await atHold({ name: 'late', replicas: 3, spec }, { progressDeadline: '3s' });
    await unready(shop, 'late-0');
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await until('the other two', async () => /^v1-? v1-? v1-?$/.test(await shop.versions()));
  });
});

/** As its node says it; until the node says otherwise. */
async function unready({ namespace }: StatefulShop, name: string): Promise<void> {
  const conditions = [{ type: 'Ready', status: 'False' }];
  await lab.client.patch(
    { ...KINDS.pod, namespace, name },
    { type: 'strategic', body: { status: { conditions } } },
    { subresource: 'status' },
  );
}
