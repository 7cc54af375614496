/** What it costs: nothing when there is nothing to do, and a bounded number of writes a release. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

async function metric(name: string): Promise<number> {
  const [, url] = (await lab.controller?.waitFor(/health=(\S+)/)) ?? [];
  const page = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(page)?.[1]);
}

/** Changes that mean nothing to Segue, on every object it watches, until it has looked at each. Of
 * labels: an annotation of a Deployment counts as a new generation, which a policy's status tells. */
async function disturb(shop: Shop): Promise<void> {
  const { items } = await lab.client.list(KINDS.replicaSet, { namespace: shop.namespace });
  const objects = [
    ...[KINDS.service, KINDS.deployment, KINDS.httpRoute, KINDS.releasePolicy].map(
      (kind) => [kind, shop.name] as const,
    ),
    ...items.map((set) => [KINDS.replicaSet, set.metadata.name] as const),
  ];
  for (const [kind, name] of objects) {
    const before = await metric('segue_decisions_total');
    await shop.patch(kind, { metadata: { labels: { disturbed: String(before) } } }, name);
    await until(`a decision after ${kind.kind} ${name} changed`, async () => {
      return (await metric('segue_decisions_total')) > before;
    });
  }
}

/** Nothing is under way any more: the queue is empty and the Deployment has been seen. */
async function quiet(shop: Shop): Promise<void> {
  await until('the Deployment to be seen', async () => {
    const { status, metadata } = await shop.deployment();
    return status?.observedGeneration === metadata.generation;
  });
  await until('the queue to be empty', async () => (await metric('segue_queue_depth')) === 0);
}

test('a steady state costs no writes, whatever changes that is no business of Segue', async () => {
  const [released, rejected, held] = await Promise.all(
    ['released', 'rejected', 'held'].map(async (name) => {
      const shop = await openShop(lab, { name, route: true });
      await shop.attach(shop.canary([{ weight: 25 }], { progressDeadline: '1s' }));
      await shop.held();
      return shop;
    }),
  );
  if (!released || !rejected || !held) throw new Error('three shops were opened');
  await released.setImage('segue-demo:v2');
  await rejected.setImage('segue-demo:broken-image');
  await released.end(1, 'Promoted');
  await rejected.end(1, 'Aborted');
  await released.held();
  await until('the failure on the Deployment', async () => {
    const { status } = await rejected.deployment();
    return status?.conditions?.some((c) => c.reason === 'ProgressDeadlineExceeded');
  });
  for (const shop of [released, rejected, held]) await quiet(shop);

  const before = await lab.writes();
  for (const shop of [released, rejected, held]) await disturb(shop);
  for (const shop of [released, rejected, held]) await quiet(shop);
  expect(await lab.writes()).toBe(before);
});

test('an autoscaler costs one write each time, and the policy stays as it is', async () => {
  const shop = await openShop(lab, { name: 'scaled', route: true });
  await shop.attach(shop.canary([{ weight: 25 }], { progressDeadline: '1s' }));
  await shop.held();
  await shop.setImage('segue-demo:broken-image');
  await shop.end(1, 'Aborted');
  await until('the policy to say so', async () => {
    return (await shop.condition('Ready'))?.reason === 'ReleaseAborted';
  });
  await quiet(shop);
  const before = await lab.writes();
  const recorder = await shop.record(KINDS.releasePolicy);
  for (const replicas of [6, 3]) {
    await shop.scale(replicas);
    await until(
      'its pods',
      async () => (await shop.sets())['segue-demo:v1']?.available === replicas,
    );
    await quiet(shop);
  }
  const { changes } = await recorder.stop();
  const reasons = changes.map(({ object }) => {
    const { conditions = [] } = object['status'] as { conditions?: { reason: string }[] };
    return conditions.map((c) => c.reason);
  });
  expect(reasons).toEqual(reasons.map(() => ['Valid', 'ReleaseAborted']));
  expect((await lab.writes()) - before).toBeLessThanOrEqual(2);
});

test('waiting for a person costs no writes either', async () => {
  const shop = await openShop(lab, { name: 'waits', route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  await quiet(shop);
  const before = await lab.writes();
  await disturb(shop);
  await quiet(shop);
  expect(await lab.writes()).toBe(before);
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
});

test('a stage more costs at most four writes more', async () => {
  const costs: number[] = [];
  for (const weights of [[50], [25, 50], [10, 25, 50]]) {
    const shop = await openShop(lab, { name: `cost-${weights.length}`, route: true });
    await shop.attach(shop.canary(weights.map((weight) => ({ weight, hold: '100ms' }))));
    await shop.held();
    await quiet(shop);
    const before = await lab.writes();
    await shop.setImage('segue-demo:v2');
    await shop.end(1, 'Promoted');
    await shop.held();
    await quiet(shop);
    costs.push((await lab.writes()) - before);
  }
  const [one = 0, two = 0, three = 0] = costs;
  // Candidate scale, route, Release status (events are not counted), and one that was refused.
  expect(two - one).toBeLessThanOrEqual(4);
  expect(three - two).toBeLessThanOrEqual(4);
  expect(one).toBeLessThanOrEqual(35);
});
