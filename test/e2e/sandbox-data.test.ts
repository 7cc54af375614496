/** `segue sandbox up --data`: the sandbox killed at any moment goes on where it was. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PodStatus } from 'kubernetes-types/core/v1.js';
import { afterEach, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { labOnSandbox, type Lab } from '../../src/testing/lab.ts';
import { TestProcess } from '../../src/testing/process.ts';
import { atGates, isSwapping, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Kept {
  sandbox: TestProcess;
  kubeconfig: string;
}

async function up(data: string, ...flags: string[]): Promise<Kept> {
  const sandbox = new TestProcess('sandbox', [MAIN, 'sandbox', 'up', '--data', data, ...flags]);
  stops.push(() => sandbox.stop());
  const [, kubeconfig = ''] = await sandbox.waitFor(/KUBECONFIG=(\S+)/);
  return { sandbox, kubeconfig };
}

/** The same client before and after a restart, as users have it. */
async function labOf({ kubeconfig }: Kept): Promise<Lab> {
  const lab = await labOnSandbox(kubeconfig);
  stops.push(() => lab.client.close());
  return lab;
}

async function newDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'segue-kept-'));
  stops.push(() => rm(dir, { recursive: true }));
  return dir;
}

async function killed({ sandbox }: Kept): Promise<void> {
  sandbox.kill('SIGKILL');
  await sandbox.gone();
}

async function atStage(lab: Lab, name: string): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }], { bake: '500ms' }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  return shop;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const promoted = {
  'segue-demo:v1': { wanted: 0, available: 0, owner: 'Deployment' },
  'segue-demo:v2': { wanted: 4, available: 4, owner: 'Deployment' },
};

describe.skipIf(process.env['SEGUE_LAB'] === 'cluster')('the sandbox killed', () => {
  test('at a stage of a canary and in its swap, the release ends promoted', async () => {
    const data = await newDir();
    let kept = await up(data, '--hollow=1');
    const lab = await labOf(kept);
    const shop = await atStage(lab, 'web');
    const before = await shop.get(KINDS.deployment);
    const kubeconfig = await readFile(kept.kubeconfig, 'utf8');
    await killed(kept);

    kept = await up(data, '--hollow=1');
    expect(await readFile(kept.kubeconfig, 'utf8')).toBe(kubeconfig);
    expect((await shop.get(KINDS.deployment)).metadata.uid).toBe(before.metadata.uid);
    const swap = shop.caught(KINDS.deployment, isSwapping);
    await shop.ask('Promote');
    await swap;
    await killed(kept);

    await up(data, '--hollow=1');
    await shop.end(1, 'Promoted');
    expect(await shop.sets()).toEqual(promoted);
    expect(isSwapping(await shop.get(KINDS.deployment))).toBe(false);
  });

  test('while it releases by itself with real pods, it serves again and ends promoted', async () => {
    const data = await newDir();
    const kept = await up(data);
    const lab = await labOf(kept);
    const shop = await openShop(lab, { name: 'web', route: true });
    const serviceIP = async () =>
      ((await shop.get(KINDS.service))['spec'] as { clusterIP: string }).clusterIP;
    const url = `http://${(await serviceIP()).replace(/^10\./, '127.')}/`;
    await shop.attach(shop.canary([{ weight: 25, hold: '500ms' }, { weight: 50 }]));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'traffic', (status) => status.step === 'Stage');
    await killed(kept);
    await expect(fetch(url)).rejects.toThrow('fetch failed');

    await up(data);
    await until('an answer', async () => (await fetch(url)).ok);
    await shop.end(1, 'Promoted');
    expect(await (await fetch(url)).text()).toContain('segue-demo v2');
    expect(await shop.sets()).toEqual(promoted);
  });

  test('no process of a pod is left behind, and each is started again', async () => {
    const data = await newDir();
    const flags = ['--run-commands', '--no-gateway', '--no-controller'];
    const kept = await up(data, ...flags);
    const { client } = await labOf(kept);
    const command = ['sh', '-c', 'sleep 1000 & echo $! $SEGUE_ROOT; wait'];
    await client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'long', namespace: 'default' },
      spec: { containers: [{ name: 'app', image: 'any', command }] },
    });
    const path = '/api/v1/namespaces/default/pods/long/log';
    const read = () =>
      until('its child', async () => {
        const text = await (await client.raw({ method: 'GET', path })).text();
        return /^(\d+) (\/\S+)\n/.exec(text) ?? undefined;
      });
    const [, child, root = ''] = await read();
    expect(existsSync(root)).toBe(true);
    await killed(kept);
    await until('its child to go', async () => !isAlive(Number(child)));
    await until('its folder to go', async () => !existsSync(root));

    await up(data, ...flags);
    const name = { group: '', kind: 'Pod', namespace: 'default', name: 'long' };
    const status = await until('it to run again', async () => {
      const found = (await client.get(name))?.['status'] as PodStatus | undefined;
      const [one] = found?.containerStatuses ?? [];
      return one?.restartCount === 1 && one.state?.running && found;
    });
    expect(status.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 255,
      reason: 'Unknown',
    });
    const [, again] = await read();
    expect(again).not.toBe(child);
  });

  test('a directory that is in use is refused by name', async () => {
    const data = await newDir();
    const { sandbox } = await up(data, '--hollow=1', '--no-gateway', '--no-controller');
    const second = new TestProcess('second', [MAIN, 'sandbox', 'up', '--data', data]);
    await second.gone();
    expect(second.child.exitCode).toBe(1);
    expect(second.output).toContain(`error: ${data} is used by process ${sandbox.child.pid}`);
  });
});
