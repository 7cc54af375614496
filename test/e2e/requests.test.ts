/** What people ask of a release: each request answered once, recorded, and gone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const WEIGHTS = [5, 25, 50];

/** Releases v2 in steps that each wait for a person. */
async function asking(name: string, bake = '0s'): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  const stages = WEIGHTS.map((weight) => ({ weight, approval: {} }));
  await shop.attach(shop.canary(stages, { bake }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the first stage', atGates(0));
  return shop;
}

async function goTo(shop: Shop, stage: number): Promise<void> {
  for (let at = 0; at < stage; at++) {
    await shop.ask('Promote');
    await shop.reach(1, `stage ${at + 1}`, atGates(at + 1));
  }
}

const answered = (count: number) => (s: ReleaseStatus) => (s.requests?.length ?? 0) >= count;

async function requestsLeft(shop: Shop): Promise<number> {
  const { items } = await lab.client.list(KINDS.releaseRequest, { namespace: shop.namespace });
  return items.length;
}

describe.concurrent('abort', () => {
  test.each([0, 1, 2])('at stage %i puts everything back, traffic first', async (stage) => {
    const shop = await asking(`abort-${stage}`);
    await goTo(shop, stage);
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.ask('Abort', 'users complain');
    const status = await shop.end(1, 'Aborted');
    expect(status).toMatchObject({
      reason: 'AbortRequested',
      message: 'tester (claimed) asked to abort: users complain',
    });
    const recording = await recorder.stop();
    expect(routeWeights(recording, shop.name)).toEqual([WEIGHTS[stage], 0, 'Service']);
    expect(shortages(recording, shop.name, 4)).toEqual([]);
    const route = await shop.get(KINDS.httpRoute);
    expect((route['spec'] as { rules: unknown[] }).rules[1]).toMatchObject({
      backendRefs: [{ name: shop.name, port: 80, weight: 7 }],
    });
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
    expect(await requestsLeft(shop)).toBe(0);
  });
});

describe.concurrent('pause', () => {
  test('keeps the weight over the end of the hold, until somebody resumes', async () => {
    const shop = await openShop(lab, { name: 'paused', route: true });
    await shop.attach(shop.canary([{ weight: 25, hold: '1s' }, { weight: 50 }]));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    const stage = await shop.reach(1, 'the first stage', atGates(0));
    await shop.ask('Pause', 'lunch');
    const status = await shop.reach(1, 'the pause', (s) => s.phase === 'Paused');
    expect(status.paused).toMatchObject({ reason: 'PauseRequested' });
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Paused', status: 'True', reason: 'PauseRequested' }),
    );
    await until(
      'the hold to be over',
      async () => Date.now() > Date.parse(stage.gateSince ?? '') + 1_200,
    );
    // A second pause is answered after that: it has looked at the gates and stayed.
    await shop.ask('Pause');
    const still = await shop.reach(1, 'the answer', answered(2));
    expect(still.requests?.[1]?.answer).toBe('paused already');
    expect(still).toMatchObject({ phase: 'Paused', stage: 0, traffic: { weight: 25 } });

    await shop.ask('Resume');
    const end = await shop.end(1, 'Promoted');
    expect(end.paused).toBeUndefined();
    expect(end.requests?.map((r) => r.action)).toEqual(['Pause', 'Pause', 'Resume']);
  });

  test('can be left by promoting', async () => {
    const shop = await asking('promoted');
    await shop.ask('Pause');
    await shop.reach(1, 'the pause', (s) => s.phase === 'Paused');
    await shop.ask('Promote');
    await shop.reach(1, 'the next stage', atGates(1));
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
  });

  test('holds a bake', async () => {
    const shop = await openShop(lab, { name: 'baking', route: true });
    await shop.attach(shop.canary([{ weight: 50 }], { bake: '1s' }));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    const baking = await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    await shop.ask('Pause');
    await shop.reach(1, 'the pause', (s) => s.phase === 'Paused');
    await until(
      'the bake to be over',
      async () => Date.now() > Date.parse(baking.gateSince ?? '') + 1_200,
    );
    await shop.ask('Pause');
    const still = await shop.reach(1, 'the answer', answered(2));
    expect(still).toMatchObject({ phase: 'Paused', step: 'Bake' });
    expect((await shop.sets())['segue-demo:v1']).toMatchObject({ wanted: 4, available: 4 });
    await shop.ask('Resume');
    await shop.end(1, 'Promoted');
  });
});

describe.concurrent('promote', () => {
  test('passes over the rest of a hold, of one stage only', async () => {
    const shop = await openShop(lab, { name: 'early', route: true });
    await shop.attach(shop.canary([5, 25].map((weight) => ({ weight, hold: '1h' }))));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the first stage', atGates(0));
    await shop.ask('Promote');
    await shop.reach(1, 'the second stage', atGates(1));
    await shop.ask('Pause');
    expect(await shop.reach(1, 'the answer', answered(2))).toMatchObject({ stage: 1 });
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });
});

describe.concurrent('requests', () => {
  test('are recorded with who asked and why', async () => {
    const shop = await asking('record');
    await shop.ask('Promote', { because: 'looks good', by: 'ann' });
    const { requests } = await shop.reach(1, 'the answer', answered(1));
    expect(requests).toMatchObject([{ action: 'Promote', by: 'ann', because: 'looks good' }]);
    expect(requests?.[0]?.answer).toMatch(/^going on/);
    await until('the request to be gone', async () => (await requestsLeft(shop)) === 0);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
  });

  test('made at once are all answered', async () => {
    const shop = await asking('twice');
    await Promise.all([
      shop.ask('Pause', { by: 'ann' }),
      shop.ask('Promote', { by: 'bob' }),
      shop.ask('Abort', { by: 'eve' }),
    ]);
    const status = await shop.end(1, 'Aborted');
    expect(status.requests?.map((r) => r.by).sort()).toEqual(['ann', 'bob', 'eve']);
    expect(await requestsLeft(shop)).toBe(0);
  });

  test('that name another release are refused', async () => {
    const shop = await asking('other');
    await shop.ask('Abort', { release: 'other-7' });
    const { requests } = await shop.reach(1, 'the answer', answered(1));
    expect(requests?.[0]?.answer).toBe('refused: other-7 is not in progress, other-1 is');
    await shop.ask('Abort', { release: 'other-1' });
    await shop.end(1, 'Aborted');
  });

  test('that come too late are refused and change nothing', async () => {
    const shop = await asking('late');
    await shop.ask('Abort');
    await shop.reach(1, 'the way back', (s) => s.towards === 'Aborted');
    await shop.ask('Promote');
    const status = await shop.end(1, 'Aborted');
    const late = status.requests?.find((r) => r.action === 'Promote');
    // Either while it was taken back, or when it was over already.
    if (late) expect(late.answer).toBe('refused: the release is being taken back already');
    else
      await until('the refusal', async () =>
        (await shop.events('RequestRefused')).includes('Promote: no release is in progress'),
      );
    await until('the request to be gone', async () => (await requestsLeft(shop)) === 0);
  });

  test('without a release in progress are answered by an Event and removed', async () => {
    const shop = await openShop(lab, { name: 'idle' });
    await shop.attach(shop.blueGreen());
    await shop.held();
    await shop.ask('Promote');
    await until('the refusal', async () =>
      (await shop.events('RequestRefused')).includes('Promote: no release is in progress'),
    );
    await until('the request to be gone', async () => (await requestsLeft(shop)) === 0);
    expect(await shop.exists(KINDS.release, 'idle-1')).toBe(false);
    expect((await shop.condition('Ready'))?.status).toBe('True');
  });
});
