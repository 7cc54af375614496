/** DaemonSets among nodes that come and go, budgets that refuse, and people who delete pods. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { type DaemonShop, openDaemons } from '../../src/testing/shop-daemons.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hollow: 4 });
}, 180_000);
afterAll(() => lab?.stop());

const V2 = 'segue-demo:v2';
const NODES = [0, 1, 2, 3].map((i) => `segue-hollow-${i}`);
const AFTER_FIRST = { stages: [{ holdAfter: 1, approval: {} }] };
const NEVER = { 'hollow.segue.dev/ready': 'never' };

async function open(
  name: string,
  spec: Parameters<typeof rolling>[0] = {},
  rest: Parameters<typeof rolling>[1] = {},
): Promise<DaemonShop> {
  const shop = await openDaemons(lab, { name, nodes: NODES });
  await shop.attach(rolling(spec, rest));
  await shop.held();
  return shop;
}

/** Every node counts again afterwards, whatever became of the test. */
async function cordoned(node: string, work: (shop: DaemonShop) => Promise<void>, shop: DaemonShop) {
  await shop.changeNode(node, { unschedulable: true });
  try {
    await work(shop);
  } finally {
    await shop.changeNode(node, { unschedulable: null });
  }
}

const told = async (shop: DaemonShop, reason: string) =>
  (await shop.release(1)).status.timeline?.find((line) => line.reason === reason)?.what;

test('a budget that refuses is waited for, longer than the deadline, and said', async () => {
  const shop = await open('budget', {}, { progressDeadline: '2s' });
  const budget = { ...KINDS.podDisruptionBudget, namespace: shop.namespace, name: shop.name };
  await lab.client.create({
    apiVersion: 'policy/',
    kind: 'PodDisruptionBudget',
    metadata: { name: shop.name, namespace: shop.namespace },
    spec: { minAvailable: 4, selector: { matchLabels: { app: shop.name } } },
  });
  await until('the budget to be counted', async () => {
    const { expectedPods } = ((await lab.client.get(budget))?.['status'] ?? {}) as {
      expectedPods?: number;
    };
    return expectedPods === 4;
  });
  await shop.setImage(V2);
  // That takes longer than the deadline.
  await shop.reach(1, 'its wait', ({ message = '', timeline = [] }) => {
    const told = timeline.some(({ reason }) => reason === 'EvictionRefused');
    return told && /budget-\w+ on segue-hollow-0 may not go: The disruption budget/.test(message);
  });
  await shop.shows('v1 v1 v1 v1');
  await lab.client.patch(budget, { type: 'merge', body: { spec: { minAvailable: 3 } } });
  await shop.end(1, 'Promoted');
  await shop.shows('v2 v2 v2 v2');
});

test('broken pods go back at once, although a budget refuses every eviction', async () => {
  const shop = await open('stuck', { maxUnavailable: 2 }, { progressDeadline: '2s' });
  await lab.client.create({
    apiVersion: 'policy/',
    kind: 'PodDisruptionBudget',
    metadata: { name: shop.name, namespace: shop.namespace },
    spec: { minAvailable: 2, selector: { matchLabels: { app: shop.name } } },
  });
  const template = { metadata: { annotations: NEVER } };
  await shop.change({ template });
  await shop.end(1, 'Aborted');
  await shop.shows('v1 v1 v1 v1');
  expect((await shop.release(1)).status.reason).toBe('ProgressDeadlineExceeded');
});

test('a node that is away is left out and said, and follows when the release is over', async () => {
  const shop = await open('after');
  await cordoned(
    'segue-hollow-1',
    async () => {
      await shop.setImage(V2);
      await shop.end(1, 'Promoted');
      await shop.shows('v2 v1 v2 v2');
      expect(await told(shop, 'NodesLeftOut')).toContain('segue-hollow-1 (it is cordoned)');
      await shop.held();
    },
    shop,
  );
  await shop.shows('v2 v2 v2 v2');
  await shop.held();
  expect(await shop.exists(KINDS.release, 'after-2')).toBe(false);
});

test('one that is back within the release is done with the others', async () => {
  const shop = await open('within', AFTER_FIRST);
  await cordoned(
    'segue-hollow-0',
    async () => {
      await shop.setImage(V2);
      await shop.reach(1, 'the hold', atGates(0));
      await shop.shows('v1 v2 v1 v1');
    },
    shop,
  );
  await shop.ask('Approve');
  await shop.end(1, 'Promoted');
  await shop.shows('v2 v2 v2 v2');
});

test('a pod that somebody deletes comes with the new version, and counts', async () => {
  const shop = await open('deleted', AFTER_FIRST);
  await shop.setImage(V2);
  await shop.reach(1, 'the hold', atGates(0));
  const { name, namespace = '' } = (await shop.podOn('segue-hollow-3')).metadata;
  await lab.client.delete({ ...KINDS.pod, namespace, name });
  await shop.shows('v2 v1 v1 v2');
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
  await shop.shows('v1 v1 v1 v1');
});

test('another update strategy is put back, and twice in a release takes it back', async () => {
  const shop = await open('strategy', AFTER_FIRST);
  await shop.setImage(V2);
  await shop.reach(1, 'the hold', atGates(0));
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } };
  for (const time of ['the first', 'the second']) {
    await shop.change({ updateStrategy });
    await shop.reach(1, time, ({ timeline = [] }) =>
      timeline.some(({ reason, what }) => reason === 'HoldLost' && what.includes(time)),
    );
    await shop.changed('held', ({ spec }) => JSON.stringify(spec).includes('OnDelete'));
  }
  await shop.end(1, 'Aborted');
  await shop.shows('v1 v1 v1 v1');
});

test('a budget that Kubernetes cannot count refuses everything, and is warned of', async () => {
  const shop = await openDaemons(lab, { name: 'uncounted', nodes: NODES });
  const { name, namespace } = shop;
  await lab.client.create({
    apiVersion: 'policy/',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
  });
  const pod = (await shop.podOn('segue-hollow-0')).metadata.name;
  await expect(lab.client.evict({ namespace, name: pod })).rejects.toMatchObject({ code: 429 });
  await shop.attach(rolling({}));
  await shop.held();
  const { status } = (await shop.get(KINDS.releasePolicy)) as { status?: { warnings?: string[] } };
  expect(status?.warnings).toContainEqual(
    expect.stringMatching(/^PodDisruptionBudget uncounted: .*; write minAvailable as a number/),
  );
});
