/** What is to be done without Segue, as docs/en/by-hand.md has it: each of its blocks is run by a shell. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { openDaemons } from '../../src/testing/shop-daemons.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { openStateful, type StatefulShop } from '../../src/testing/shop-stateful.ts';

let lab: Lab;
let dir: string;
let blocks: string[];
beforeAll(async () => {
  lab = await startLab({ hollow: 3 });
  dir = await mkdtemp(join(tmpdir(), 'segue-without-'));
  const [, text = ''] = (await readFile('docs/en/by-hand.md', 'utf8')).split(
    '## When Segue is not',
  );
  blocks = [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block);
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A block of the page for this workload. */
async function follow(shop: StatefulShop, block: number, kind = 'daemonset'): Promise<string> {
  const kubeconfig = join(dir, 'kubeconfig');
  const context = `kubectl config set-context --current --namespace=${shop.namespace} >&2`;
  const text = (blocks[block] ?? '').replaceAll('daemonset', kind).replaceAll('shipper', shop.name);
  await writeFile(kubeconfig, await readFile(lab.kubeconfig, 'utf8'));
  const script = `set -euo pipefail\n${context}\n${text.replaceAll('node-1', 'segue-hollow-1')}`;
  const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(dir, 'cache') };
  const shell = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
  shell.stderr.on('data', (chunk: Buffer) => (output += String(chunk)));
  const code = await new Promise((resolve) => shell.once('close', resolve));
  expect(code, output).toBe(0);
  return output;
}

const [AWAY, ON, BACK, NODE] = [0, 1, 2, 3];
const NODES = [0, 1, 2].map((i) => `segue-hollow-${i}`);
const OWN = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } };

/** In the middle of a release, with nobody there to go on. */
async function left(shop: StatefulShop): Promise<void> {
  await lab.startController();
  await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the hold', atGates(0));
  await lab.controller?.stop();
  await follow(shop, AWAY);
  expect(await shop.exists(KINDS.releasePolicy, shop.name)).toBe(false);
}

async function own(shop: StatefulShop): Promise<unknown> {
  const { spec, metadata } = await shop.set();
  expect(metadata.annotations?.['segue.dev/held']).toBeUndefined();
  return spec['updateStrategy'];
}

beforeAll(() => lab.controller?.stop());

test('a DaemonSet goes on, node by node and then by itself', async () => {
  const spec = { updateStrategy: OWN };
  const shop = await openDaemons(lab, { name: 'shipper', nodes: NODES, spec });
  await left(shop);
  await shop.shows('v2 v1 v1');
  await follow(shop, NODE);
  await shop.shows('v2 v2 v1');
  await follow(shop, ON);
  await shop.shows('v2 v2 v2');
  expect(await own(shop)).toMatchObject(OWN);
});

test('and back, the template first', async () => {
  const spec = { updateStrategy: OWN };
  const shop = await openDaemons(lab, { name: 'carrier', nodes: NODES, spec });
  await left(shop);
  expect(await follow(shop, BACK)).toContain('segue-demo:v1');
  await shop.shows('v2 v1 v1');
  await follow(shop, ON);
  await shop.shows('v1 v1 v1');
  expect(await own(shop)).toMatchObject(OWN);
});

test('so does a StatefulSet', async () => {
  const shop = await openStateful(lab, { name: 'journal', replicas: 3 });
  await left(shop);
  await shop.shows('v1 v1 v2');
  await follow(shop, BACK, 'statefulset');
  await follow(shop, ON, 'statefulset');
  await shop.shows('v1 v1 v1');
  expect(await own(shop)).toMatchObject({ type: 'RollingUpdate' });
});
