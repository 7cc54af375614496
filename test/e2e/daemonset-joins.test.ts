/** DaemonSets by what the cluster has: the plan and what is found wrong before it begins, and nodes that join. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { connect, createLog, loadKubeconfig, systemClock } from '../../src/kube/index.ts';
import { startHollowPods } from '../../src/testing/hollow-pods.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { type DaemonShop, openDaemons } from '../../src/testing/shop-daemons.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
let dir: string;
beforeAll(async () => {
  lab = await startLab({ hollow: 4, zones: ['a', 'b'] });
  dir = await mkdtemp(join(tmpdir(), 'segue-daemons-'));
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await rm(dir, { recursive: true, force: true });
});

const V2 = 'segue-demo:v2';
const NODES = [0, 1, 2, 3].map((i) => `segue-hollow-${i}`);

/** A command about a file with this policy. */
async function about(shop: DaemonShop, command: string, policy: object, name = shop.name) {
  const file = join(dir, `${shop.namespace}.json`);
  const kind = { apiVersion: 'segue.dev/v1alpha1', kind: 'ReleasePolicy' };
  const spec = { targetRef: { kind: 'DaemonSet', name }, ...policy };
  await writeFile(file, JSON.stringify({ ...kind, metadata: { name }, spec }));
  return lab.segue('-n', shop.namespace, command, '--cluster', '-f', file);
}

test('validate and plan go by the nodes there are and by what its user allows, held or not', async () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 3 } };
  const shop = await openDaemons(lab, { name: 'seen', nodes: NODES, spec: { updateStrategy } });
  const { name, namespace } = shop;
  const plain = rolling({ stages: [{ holdAfter: 1, approval: {} }] });
  const planned =
    /\(4 pods\)[^]*\nbatches of 3 nodes; 3 nodes without a pod at once[^]*at most 40m/;
  const plan = await about(shop, 'plan', plain);
  expect(plan).toMatchObject({ code: 0, output: expect.stringMatching(planned) });
  expect(plan.output).not.toContain('planned for');
  expect(await about(shop, 'validate', plain)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/: valid\n$/),
  });
  await shop.attach(plain);
  await shop.held();
  expect((await about(shop, 'plan', plain)).output).toMatch(planned);

  await lab.client.create({
    apiVersion: 'policy/',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
  });
  const zones = (label: string) => rolling({ nodesBy: { label } });
  expect((await about(shop, 'plan', zones('topology.kubernetes.io/zone'))).output).toContain(
    '\nall nodes of one value, one value of topology.kubernetes.io/zone after the other; 3 nodes without',
  );
  const { code, output } = await about(shop, 'validate', zones('zone'));
  expect(code).toBe(0);
  expect(output).toMatch(/nodesBy\.label: no node has the label zone, so that all of them are in/);
  expect(output).toMatch(/PodDisruptionBudget seen: .*write minAvailable as a number/);
  await shop.setImage(V2);
  // That budget keeps it there.
  await shop.reach(1, 'its stage', ({ step }) => step === 'Stage');
  expect((await about(shop, 'validate', plain)).output).toMatch(/release seen-1 is in progress/);
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');

  const { code: missing, output: said } = await about(shop, 'validate', plain, 'sheen');
  expect([missing, said]).toEqual([
    1,
    expect.stringMatching(/spec\.targetRef\.name: DaemonSet sheen does not exist; create it, or/),
  ]);
});

/** A machine that the cluster has never seen, with pods that claim to run. */
async function machine(name: string): Promise<{ stop(): Promise<void> }> {
  const config = await loadKubeconfig({ path: lab.kubeconfig });
  const log = createLog({ format: 'pretty', level: 'error' });
  const cluster = connect(config, { clock: systemClock, log, random: Math.random });
  const pods = await startHollowPods(cluster, name);
  return {
    async stop() {
      await pods.stop();
      await lab.client.delete({ ...KINDS.node, name });
      await cluster.client.close();
    },
  };
}

/** Runs on the four nodes, and on one that is not there yet. */
async function awaiting(name: string, node: string): Promise<DaemonShop> {
  const shop = await openDaemons(lab, { name, nodes: NODES });
  const nodes = [...NODES, node];
  const term = {
    matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: nodes }],
  };
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
  };
  await shop.change({ template: { spec: { affinity: { nodeAffinity } } } });
  await until(`${name} to know of it`, async () => {
    const { status, metadata } = await shop.set();
    const seen = status as { observedGeneration?: number; updatedNumberScheduled?: number };
    return seen.observedGeneration === metadata.generation && seen.updatedNumberScheduled === 4;
  });
  await shop.shows('v1 v1 v1 v1');
  return shop;
}

const AFTER_FIRST = { stages: [{ holdAfter: 1, approval: {} }] };

test('a new node half way has the new version, counts, and is not done again', async () => {
  const shop = await awaiting('joined', 'segue-joins-0');
  await shop.attach(rolling(AFTER_FIRST));
  await shop.held();
  await shop.setImage(V2);
  await shop.reach(1, 'the hold', atGates(0));
  await shop.shows('v2 v1 v1 v1');
  const node = await machine('segue-joins-0');
  try {
    await shop.shows('v2 v1 v1 v1 v2');
    const { uid } = (await shop.podOn('segue-joins-0')).metadata;
    await shop.ask('Approve');
    await shop.end(1, 'Promoted');
    await shop.shows('v2 v2 v2 v2 v2');
    expect((await shop.podOn('segue-joins-0')).metadata.uid).toBe(uid);
  } finally {
    await node.stop();
  }
});

test('taken back, a node that joined half way goes back too, and the next to join has what users have', async () => {
  const shop = await awaiting('back', 'segue-joins-1');
  await shop.attach(rolling(AFTER_FIRST));
  await shop.held();
  await shop.setImage(V2);
  await shop.reach(1, 'the hold', atGates(0));
  const node = await machine('segue-joins-1');
  try {
    await shop.shows('v2 v1 v1 v1 v2');
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1 v1 v1');
  } finally {
    await node.stop();
  }
  const another = await machine('segue-joins-1');
  try {
    await until('its pod to be gone with it, and one for the new machine', async () => {
      const { metadata } = await shop.podOn('segue-joins-1');
      const { uid } =
        (await lab.client.get({ ...KINDS.node, name: 'segue-joins-1' }))?.metadata ?? {};
      return metadata.deletionTimestamp === undefined && uid !== undefined;
    });
    await shop.shows('v1 v1 v1 v1 v1');
  } finally {
    await another.stop();
  }
});
