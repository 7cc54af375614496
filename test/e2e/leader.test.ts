/** Two controllers, one of which leads: stopped, killed and frozen in the middle of a release. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import { KINDS } from '../../src/api/group.ts';
import type { Lab } from '../../src/testing/lab.ts';
import type { TestProcess } from '../../src/testing/process.ts';
import type { Recorder } from '../../src/testing/recorder.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

const LEASE_MS = 4_000;
const FLAGS = [
  '--leader-elect',
  '--leader-elect-namespace=segue-system',
  `--leader-elect-lease-duration=${LEASE_MS}ms`,
  '--leader-elect-renew-deadline=2500ms',
  '--leader-elect-retry-period=500ms',
];

let lab: Lab;
let controllers: TestProcess[] = [];
beforeAll(async () => {
  lab = await startRouteLab({ proxy: true });
  await lab.controller?.stop();
}, 180_000);
afterAll(async () => {
  await stopAll();
  await lab?.stop();
});

async function stopAll(): Promise<void> {
  for (const controller of controllers) controller.kill('SIGCONT');
  await Promise.all(controllers.map((controller) => controller.stop()));
}

let leader: TestProcess;
let standby: TestProcess;
beforeEach(async () => {
  await stopAll();
  leader = lab.spawnController(...FLAGS);
  controllers = [leader];
  lab.controller = leader;
  await leader.waitFor(/leading/);
  standby = lab.spawnController(...FLAGS);
  controllers.push(standby);
  await standby.waitFor(/caches are filled/);
  await standby.waitFor(/another controller leads/);
});

async function metric(controller: TestProcess, name: string): Promise<number> {
  const [, url] = await controller.waitFor(/health=(\S+)/);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const page = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(page)?.[1]);
}

async function halfWay(name: string): Promise<{ shop: Shop; recorder: Recorder }> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
  await shop.held();
  const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  return { shop, recorder };
}

async function goesOn(shop: Shop, recorder: Recorder): Promise<void> {
  await shop.ask('Promote');
  await shop.end(1, 'Promoted');
  const recording = await recorder.stop();
  expect(routeWeights(recording, shop.name)).toEqual(['Service', 0, 25, 100, 'Service']);
  expect(shortages(recording, shop.name, 4)).toEqual([]);
}

/** The answer to the leader's next write of this kind comes only when the caller lets it. */
function withholdAnswer(path: RegExp, namespace: string): { taken: Promise<void>; let(): void } {
  let answer: () => void = () => {};
  const answered = new Promise<'PassOn'>((resolve) => (answer = () => resolve('PassOn')));
  const taken = new Promise<void>((resolve) => {
    lab.proxy.rule = ({ namespace: of, write, path: asked }) => {
      if (of !== namespace || write === undefined || !path.test(asked)) return undefined;
      lab.proxy.rule = () => undefined;
      const after = () => {
        resolve();
        return answered;
      };
      return { after };
    };
  });
  return { taken, let: answer };
}

async function timeToLead(): Promise<number> {
  const begun = Date.now();
  await standby.waitFor(/leading /, 30_000);
  return Date.now() - begun;
}

test('the standby is ready and writes nothing; told to stop, the leader hands over at once', async () => {
  const { shop, recorder } = await halfWay('term');
  expect(await metric(leader, 'segue_leader')).toBe(1);
  expect(await metric(standby, 'segue_leader')).toBe(0);
  expect(await metric(standby, 'segue_writes_total')).toBe(0);
  leader.kill('SIGTERM');
  await leader.gone();
  expect(leader.child.exitCode).toBe(0);
  // Given back: far sooner than the lease runs out.
  expect(await timeToLead()).toBeLessThan(LEASE_MS / 2);
  await goesOn(shop, recorder);
  await until('both to be told of on the Lease', async () => {
    const { items } = await lab.client.list(KINDS.event, { namespace: 'segue-system' });
    const told = items.filter(({ involvedObject }) => {
      const { apiVersion, kind } = involvedObject as { apiVersion: string; kind: string };
      return `${apiVersion} ${kind}` === 'coordination.k8s.io/v1 Lease';
    });
    return told.filter(({ message }) => String(message).endsWith(' became leader')).length === 2;
  });
}, 120_000);

test('killed, it is followed when its lease has run out', async () => {
  const { shop, recorder } = await halfWay('kill');
  leader.kill('SIGKILL');
  await leader.gone();
  expect(await timeToLead()).toBeLessThan(3 * LEASE_MS);
  await goesOn(shop, recorder);
}, 120_000);

test('frozen and thawed it writes nothing any more, and ends', async () => {
  const { shop, recorder } = await halfWay('stop');
  leader.kill('SIGSTOP');
  await timeToLead();
  await goesOn(shop, recorder);
  const before = leader.output.length;
  leader.kill('SIGCONT');
  await leader.gone();
  expect(leader.child.exitCode).toBe(1);
  const since = leader.output.slice(before);
  expect(since).toMatch(/leadership is lost/);
  expect(since).not.toMatch(/op=(Create|Patch|Delete)(?![\s\S]*not written)/);
  await until('the release to stay as it is', async () => {
    const { status } = await shop.release(1);
    return status.outcome === 'Promoted';
  });
}, 120_000);

test('frozen between two writes it does not send the second one when it is thawed', async () => {
  const { shop, recorder } = await halfWay('between');
  // The status that tells of the way on is stored; the writes that follow it are not sent yet.
  const answer = withholdAnswer(/\/releases\/between-1\/status/, shop.namespace);
  await shop.ask('Promote');
  await answer.taken;
  leader.kill('SIGSTOP');
  await timeToLead();
  await shop.end(1, 'Promoted');
  await shop.held();
  const recording = await recorder.stop();
  expect(shortages(recording, shop.name, 4)).toEqual([]);
  const written = [...lab.proxy.writesIn(shop.namespace)];
  answer.let();
  leader.kill('SIGCONT');
  await leader.gone();
  expect(leader.child.exitCode).toBe(1);
  expect(lab.proxy.writesIn(shop.namespace)).toEqual(written);
}, 120_000);
