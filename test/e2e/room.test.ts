/** Quotas and nodes without room for a candidate: said before it has a pod where it can be known, and
 * half way; and the way back when a quota is full. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { imageOf, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const QUOTA = { group: '', kind: 'ResourceQuota' };

const conditionOf = (status: ReleaseStatus) =>
  status.conditions?.find(({ type }) => type === 'CandidateAvailable');
const failing = (reason: string) => (status: ReleaseStatus) =>
  conditionOf(status)?.status === 'False' && conditionOf(status)?.reason === reason;

/** A quota on the pods of the shop, counted. */
async function limitPods(shop: Shop, pods: number, used: number): Promise<void> {
  const { namespace } = shop;
  const hard = { pods: String(pods) };
  const name = { ...QUOTA, namespace, name: 'few' };
  if (await shop.lab.client.get(name)) await shop.patch(QUOTA, { spec: { hard } }, 'few');
  else
    await shop.lab.client.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few', namespace },
      spec: { hard },
    });
  await until('the quota to be counted', async () => {
    const { status } = (await shop.get(QUOTA, 'few')) as unknown as {
      status?: { hard?: { pods?: string }; used?: { pods?: string } };
    };
    return status?.hard?.pods === hard.pods && Number(status.used?.pods) >= used;
  });
}

async function opened(name: string, policy: Parameters<Shop['canary']>): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary(...policy));
  await shop.held();
  return shop;
}

describe.concurrent('a quota without room for all pods of the candidate', () => {
  const SAYS =
    /room for the candidate: ResourceQuota few: 4 of 6 pods are used, 4 more pods need 4; raise the quota/;

  test('is said before there is one, and waited for', async () => {
    const shop = await opened('waits', [[{ weight: 25 }]]);
    await limitPods(shop, 6, 4);
    await shop.setImage('segue-demo:v2');
    const status = await shop.reach(1, 'the quota to be told of', failing('QuotaExceeded'));
    expect(status).toMatchObject({ step: 'Prepare', message: expect.stringMatching(SAYS) });
    expect(Object.keys(await shop.sets())).toEqual(['segue-demo:v1']);
    const { output } = await lab.segue('status', 'waits', '-n', shop.namespace);
    expect(output).toMatch(SAYS);
    await limitPods(shop, 8, 4);
    await shop.end(1, 'Promoted');
  });

  test('ends the release at the deadline, before it has begun', async () => {
    const shop = await opened('ends', [[{ weight: 25 }], { progressDeadline: '2s' }]);
    await limitPods(shop, 6, 4);
    const recorder = await shop.record(KINDS.replicaSet, KINDS.httpRoute);
    await shop.setImage('segue-demo:v2');
    const status = await shop.end(1, 'Aborted');
    expect(status).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    expect(status.message).toMatch(/^waited 2s for room for the candidate: ResourceQuota few: /);
    const { changes } = await recorder.stop();
    expect(changes.map(({ object }) => imageOf(object))).not.toContain('segue-demo:v2');
    expect(changes.filter(({ object }) => object.kind === 'HTTPRoute')).toEqual([]);
  });
});

test('nodes that are too small are told of as it begins, and it goes on', async () => {
  const shop = await opened('large', [[{ weight: 25 }]]);
  const resources = { requests: { cpu: '2000' } };
  await shop.setImage('segue-demo:v2', { spec: { containers: [{ name: 'web', resources }] } });
  await until('an Event about it', async () =>
    (await shop.events('NoRoomOnNodes'))[0]?.startsWith(
      'there may be no room for the candidate: the 2 of 2 nodes that take them have room for 0 of 4 more pods, each of which asks for 2000 cpu',
    ),
  );
  await shop.reach(1, 'the scheduler to say so', failing('Unschedulable'));
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
});

describe.concurrent('a quota that fills up half way', () => {
  test('is said in its words, and waited for', async () => {
    const shop = await opened('fills', [[{ weight: 25, approval: {} }]]);
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0));
    await limitPods(shop, 5, 5);
    await shop.ask('Promote');
    const status = await shop.reach(1, 'the refusal', failing('FailedCreate'));
    expect(conditionOf(status)?.message).toMatch(
      /^1 of 4 candidate pods available: FailedCreate: pods "fills-\S+" is forbidden: exceeded quota: few, .*; raise the quota, or free some of it$/,
    );
    await limitPods(shop, 8, 5);
    await shop.end(1, 'Promoted', 120_000);
  });

  test('does not keep the way back waiting, although stable wants more pods', async () => {
    const shop = await opened('returns', [[{ weight: 50 }], { bake: '1h' }]);
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    await limitPods(shop, 8, 8);
    await shop.scale(6);
    await until('stable to want more', async () => {
      return (await shop.sets())['segue-demo:v1']?.wanted === 6;
    });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    const recording = await recorder.stop();
    expect(shortages(recording, 'returns', 4)).toEqual([]);
    await until(
      'stable to be whole',
      async () => {
        const { 'segue-demo:v1': stable, ...others } = await shop.sets();
        return (
          stable?.owner === 'Deployment' &&
          stable.available === 6 &&
          Object.keys(others).length === 0
        );
      },
      120_000,
    );
  });
});

describe('a quota without room for a fresh baseline', () => {
  const errors = {
    name: 'errors',
    scrape: { pods: { port: 8080 }, total: 'http_requests_total', bad: 'http_errors_total' },
    compare: { baseline: 'Fresh' as const },
    interval: '1s',
  };
  const fresh = async ({ namespace, lab: { client } }: Shop): Promise<number[]> => {
    const labelSelector = 'segue.dev/fresh';
    const { items } = await client.list(KINDS.replicaSet, { namespace, labelSelector });
    return items.map((set) => (set['status'] as { replicas?: number }).replicas ?? 0);
  };

  test('gives what there is to the candidate, and takes nothing back', async () => {
    const shop = await opened('young', [
      [{ weight: 50, approval: {}, checks: [] }, { weight: 75 }],
      { checks: [errors] },
    ]);
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the first stage', atGates(0));
    await until('as many as the candidate has', async () => (await fresh(shop))[0] === 2);
    await limitPods(shop, 8, 8);
    await shop.ask('Promote');
    await shop.reach(1, 'the candidate to want more', failing('FailedCreate'));
    const { evidence } = await shop.reach(
      1,
      'a verdict at the second stage',
      (status) => atGates(1)(status) && status.evidence !== undefined,
    );
    // Nothing listens in these pods; what keeps fresh ones away is said where it does.
    expect(evidence?.[0]?.verdict).toBe('Undecided');
    await until('what is left of the room to be taken', async () => (await fresh(shop))[0] === 1);
    expect((await shop.sets())['segue-demo:v2']?.available).toBe(3);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted', 120_000);
    expect(await fresh(shop)).toEqual([]);
  });
});
