/** StatefulSets by the command line: status, history, undo, restart; and beside a Deployment of the same name. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { openStateful, type StatefulShop } from '../../src/testing/shop-stateful.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

async function segue(shop: StatefulShop, ...args: string[]): Promise<string> {
  const { code, output } = await lab.segue('-n', shop.namespace, ...args);
  expect(code, output).toBe(0);
  return output;
}

async function history(shop: StatefulShop) {
  const output = await segue(shop, 'history', `statefulset/${shop.name}`, '-o', 'json');
  const { revisions } = JSON.parse(output) as {
    revisions: { revision: number | null; current: boolean; release: string | null }[];
  };
  return revisions.map(({ revision, current, release }) => [revision, release, current]);
}

test('status, history, undo and restart', async () => {
  const shop = await openStateful(lab, { name: 'db', replicas: 2 });
  await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the hold', atGates(0));
  const status = await segue(shop, 'status', 'sts/db');
  expect(status).toMatch(/segue-demo:v1.*1\/1 ready/);
  expect(status).toMatch(/segue-demo:v2.*1\/1 ready/);
  expect(await history(shop)).toEqual([
    [null, 'db-1', false],
    [1, null, true],
  ]);
  await shop.ask('Promote');
  await shop.end(1, 'Promoted');
  await shop.held();
  expect(await history(shop)).toEqual([
    [2, 'db-1', true],
    [1, null, false],
  ]);
  const back = await segue(shop, 'undo', 'statefulset/db');
  expect(back).toMatch(/^StatefulSet \S+\/db: back to revision 1 \(segue-demo:v1\)/m);
  await shop.reach(2, 'the hold', atGates(0));
  await shop.ask('Promote');
  await shop.end(2, 'Promoted');
  await shop.shows('v1 v1');
  await shop.held();
  const again = await segue(shop, 'restart', 'sts/db');
  expect(again).toMatch(/segue-demo:v1 is released again, with new pods/);
  await shop.reach(3, 'the hold', atGates(0));
  // In the middle of a release undo takes it back.
  expect(await segue(shop, 'undo', 'sts/db', '--wait', '--timeout', '60s')).toMatch(
    /db-3 is in progress and is taken back by this/,
  );
  await shop.end(3, 'Aborted');
  await shop.held();
  expect((await history(shop))[0]).toEqual([null, 'db-3', false]);
});

test('beside a Deployment of the same name, each by its own policy', async () => {
  const shop = await openStateful(lab, { name: 'twin', replicas: 2 });
  const labels = { app: 'twin-web' };
  const containers = [{ name: 'web', image: 'segue-demo:v1' }];
  await lab.client.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'twin', namespace: shop.namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  });
  await lab.client.create({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleasePolicy',
    metadata: { name: 'web', namespace: shop.namespace },
    spec: { targetRef: { name: 'twin' }, ...rolling({ stages: [{ holdAfter: 1, approval: {} }] }) },
  });
  await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }));
  await shop.held();
  await until('the other policy to be Ready', async () => {
    const { status } = (await shop.get(KINDS.releasePolicy, 'web')) as { status?: unknown };
    return JSON.stringify(status).includes('"Held"');
  });
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the hold', atGates(0));
  await shop.shows('v1 v2');
  expect(await shop.exists(KINDS.release, 'web-1')).toBe(false);
  await shop.patch(KINDS.deployment, {
    spec: { template: { spec: { containers: [{ ...containers[0], image: 'segue-demo:v3' }] } } },
  });
  await until('the other release', () => shop.exists(KINDS.release, 'web-1'));
  await shop.ask('Approve');
  await shop.end(1, 'Promoted');
  await shop.shows('v2 v2');
  expect(await segue(shop, 'status', 'deployment/twin')).toContain('segue-demo:v3');
});

test('made after its policy it comes up by itself, and a rollout of its own is waited for', async () => {
  const shop = await openStateful(lab, { name: 'first', replicas: 3 });
  await shop.delete(KINDS.statefulSet);
  await until('no pods', async () => (await shop.versions()) === '');
  await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }));
  await until(
    'it to be missed',
    async () => (await shop.condition('Ready'))?.reason === 'TargetNotFound',
  );
  await shop.make({ name: 'first', replicas: 3 });
  await shop.held();
  await shop.shows('v1 v1 v1');
  expect(await shop.exists(KINDS.release, 'first-1')).toBe(false);
});

test('in the middle of its own rollout when the policy comes, it is held when that is over', async () => {
  const shop = await openStateful(lab, { name: 'rolls', replicas: 3 });
  await shop.setImage('segue-demo:broken-image');
  await shop.shows('v1 v1 broken-image-');
  await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }));
  const ready = await until('it to be said', async () => {
    const condition = await shop.condition('Ready');
    return condition?.reason === 'NativeRollout' && condition;
  });
  expect(ready.message).toMatch(/^StatefulSet rolls is in the middle of a rollout: it runs /);
  await shop.setImage('segue-demo:v1');
  // As everybody has to: its controller waits for a broken pod.
  await shop.delete(KINDS.pod, 'rolls-2');
  await shop.held();
  await shop.shows('v1 v1 v1');
});
