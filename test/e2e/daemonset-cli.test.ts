/** DaemonSets by the command line: status, history, retry, undo, restart, detach. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { type DaemonShop, openDaemons } from '../../src/testing/shop-daemons.ts';
import { rolling } from '../../src/testing/shop-native.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

const NODES = ['segue-hollow-0', 'segue-hollow-1'];

async function segue(shop: DaemonShop, ...args: string[]): Promise<string> {
  const { code, output } = await lab.segue('-n', shop.namespace, ...args);
  expect(code, output).toBe(0);
  return output;
}

async function history(shop: DaemonShop) {
  const output = await segue(shop, 'history', `daemonset/${shop.name}`, '-o', 'json');
  const { revisions } = JSON.parse(output) as {
    revisions: { revision: number | null; current: boolean; release: string | null }[];
  };
  return revisions.map(({ revision, current, release }) => [revision, release, current]);
}

test('status, history, retry, undo, restart and detach', async () => {
  const shop = await openDaemons(lab, { name: 'agent', nodes: NODES });
  await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the hold', atGates(0));
  const status = await segue(shop, 'status', 'ds/agent');
  expect(status).toMatch(/segue-demo:v1.*1\/1 ready/);
  expect(status).toMatch(/segue-demo:v2.*1\/1 ready/);
  expect(await history(shop)).toEqual([
    [null, 'agent-1', false],
    [1, null, true],
  ]);
  await segue(shop, 'abort', 'agent');
  await shop.end(1, 'Aborted');
  await shop.held();
  expect(await history(shop)).toEqual([
    [null, 'agent-1', false],
    [3, null, true],
  ]);
  expect(await segue(shop, 'retry', 'daemonset/agent')).toMatch(
    /^agent-2: releasing again what agent-1 took back/,
  );
  await shop.reach(2, 'the hold', atGates(0));
  await segue(shop, 'promote', 'agent', '--full');
  await shop.end(2, 'Promoted');
  await shop.shows('v2 v2');
  await shop.held();
  expect(await history(shop)).toEqual([
    [4, 'agent-2', true],
    [null, 'agent-1', false],
    [3, null, false],
  ]);
  expect(await segue(shop, 'undo', 'daemonset/agent')).toMatch(
    /^DaemonSet \S+\/agent: back to revision 3 \(segue-demo:v1\)/m,
  );
  await shop.reach(3, 'the hold', atGates(0));
  await segue(shop, 'skip', 'agent', '--because', 'a test');
  await shop.end(3, 'Promoted');
  await shop.shows('v1 v1');
  await shop.held();
  expect(await segue(shop, 'restart', 'ds/agent')).toMatch(
    /segue-demo:v1 is released again, with new pods/,
  );
  await shop.reach(4, 'the hold', atGates(0));
  expect(await segue(shop, 'undo', 'ds/agent', '--wait', '--timeout', '60s')).toMatch(
    /agent-4 is in progress and is taken back by this/,
  );
  await shop.end(4, 'Aborted');
  await shop.held();
  expect(await segue(shop, 'detach', 'agent', '--timeout', '60s')).toMatch(
    /DaemonSet agent rolls out by itself again/,
  );
  await shop.shows('v1 v1');
});
