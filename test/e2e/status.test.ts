/** What scripts and people read: conditions, Events, and what the commands say and exit with. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

async function halfWay(name: string): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }, { weight: 50 }]));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  return shop;
}

const run = (shop: Shop, ...args: string[]) => lab.segue(...args, '-n', shop.namespace);

async function json(shop: Shop, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, output } = await run(shop, ...args, '-o', 'json');
  expect({ code, output }).toMatchObject({ code: 0 });
  return JSON.parse(output) as Record<string, unknown>;
}

async function conditions(shop: Shop, release: number): Promise<Record<string, string>> {
  const { status } = await shop.release(release);
  return Object.fromEntries((status.conditions ?? []).map((c) => [c.type, c.status]));
}

describe.concurrent('conditions', () => {
  test('of a Release, on its way and at its end', async () => {
    const shop = await halfWay('conditions');
    expect(await conditions(shop, 1)).toEqual({
      Paused: 'False',
      Progressing: 'True',
      Completed: 'False',
    });
    await shop.ask('Pause');
    await shop.reach(1, 'the pause', (s) => s.phase === 'Paused');
    expect(await conditions(shop, 1)).toMatchObject({ Paused: 'True' });
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    expect(await conditions(shop, 1)).toEqual({
      Paused: 'False',
      Progressing: 'False',
      Completed: 'True',
      Promoted: 'True',
    });
    await shop.held();
    await shop.setImage('segue-demo:v3');
    await shop.reach(2, 'the stage', atGates(0));
    await shop.ask('Abort');
    const { conditions: ended } = await shop.end(2, 'Aborted');
    expect(ended).toContainEqual(
      expect.objectContaining({ type: 'Promoted', status: 'False', reason: 'AbortRequested' }),
    );
  });

  test('of a policy speak of its generation and of its target', async () => {
    const shop = await openShop(lab, { name: 'policy', route: true });
    await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
    await shop.held();
    await shop.patch(KINDS.releasePolicy, { spec: { bake: '100ms' } });
    const policy = await until('the policy to be looked at', async () => {
      const found = await shop.get(KINDS.releasePolicy);
      const { observedGeneration } = found['status'] as { observedGeneration?: number };
      return observedGeneration === found.metadata.generation && found;
    });
    const { generation } = policy.metadata;
    const { generation: seen } = (await shop.deployment()).metadata;
    expect(policy['status']).toMatchObject({
      conditions: [
        { type: 'Valid', status: 'True', observedGeneration: generation },
        { type: 'Ready', status: 'True', observedGeneration: generation },
      ],
      target: { observedGeneration: seen, images: ['segue-demo:v1'] },
    });
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0));
    expect(await shop.condition('Ready')).toMatchObject({ status: 'False', reason: 'Releasing' });
    expect((await shop.get(KINDS.releasePolicy))['status']).toMatchObject({ release: 'policy-1' });
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await until('the policy to say so', async () => {
      return (await shop.condition('Ready'))?.reason === 'ReleaseAborted';
    });
    const ended = (await shop.get(KINDS.releasePolicy))['status'];
    expect(ended).toMatchObject({ lastRelease: 'policy-1' });
    expect(ended).not.toHaveProperty('release');
  });
});

describe.concurrent('Events', () => {
  test('tell of every turn a release takes', async () => {
    const shop = await halfWay('events');
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    const { items } = await until('the last Event', async () => {
      const list = await lab.client.list(KINDS.event, { namespace: shop.namespace });
      return list.items.some((e) => e['reason'] === 'Promoted') && list;
    });
    const told = items.filter((e) => (e['involvedObject'] as { kind: string }).kind === 'Release');
    expect(new Set(told.map((e) => e['reason']))).toEqual(
      new Set(['ReleaseStarted', 'StageReached', 'PromoteRequested', 'Promoted']),
    );
    expect(told.map((e) => e['message'])).toContain('releasing segue-demo:v2 from segue-demo:v1');
    expect(new Set(told.map((e) => e['type']))).toEqual(new Set(['Normal']));
    await shop.held();
    await shop.setImage('segue-demo:v3');
    await shop.reach(2, 'the stage', atGates(0));
    await shop.ask('Abort');
    await shop.end(2, 'Aborted');
    await until('the warning', async () => {
      const list = await lab.client.list(KINDS.event, { namespace: shop.namespace });
      return list.items.some((e) => e['reason'] === 'Aborted' && e['type'] === 'Warning');
    });
  });
});

describe.concurrent('the commands', () => {
  test('say where a release is and let it be steered, with codes for scripts', async () => {
    const shop = await halfWay('cli');
    expect(await json(shop, 'status', 'cli')).toMatchObject({
      policy: 'cli',
      namespace: shop.namespace,
      valid: 'True',
      inProgress: true,
      release: 'cli-1',
      strategy: 'canary',
      from: ['segue-demo:v1'],
      to: ['segue-demo:v2'],
      phase: 'Progressing',
      stage: 0,
      weight: 25,
      outcome: null,
      waitsFor: [{ gate: 'Approval' }],
    });
    expect((await run(shop, 'get')).output).toMatch(
      /^NAME +TARGET .*\ncli +cli +canary +True +False +cli-1 /,
    );
    expect((await run(shop, 'get', 'releases')).output).toMatch(
      /\ncli-1 +cli +canary +Progressing +1\/3 +25% /,
    );
    const watching = run(shop, 'status', 'cli', '--watch');
    expect(await json(shop, 'pause', 'cli', '--because', 'lunch')).toMatchObject({
      release: 'cli-1',
      action: 'Pause',
      accepted: true,
      answer: 'paused',
    });
    expect((await run(shop, 'resume', 'cli')).code).toBe(0);
    const again = await run(shop, 'resume', 'cli');
    expect(again).toMatchObject({ code: 1, output: 'cli-1: refused: it is not paused\n' });
    expect((await run(shop, 'promote', 'cli')).code).toBe(0);
    const watched = await watching;
    expect(watched.output).toMatch(/cli-1: Promoted: segue-demo:v2 released in/);
    expect(watched.code).toBe(0);

    const late = await run(shop, 'promote', 'cli');
    expect(late.code).toBe(1);
    expect(late.output).toMatch(/no release is in progress, cli-1 ended .*Promoted/);
    expect((await run(shop, 'get', 'releases', '-o', 'name')).output).toBe(
      'release.segue.dev/cli-1\n',
    );
  });

  test('exit with 3 after an abort', async () => {
    const shop = await halfWay('fails');
    const watching = run(shop, 'status', 'fails', '--watch');
    expect((await run(shop, 'abort', 'fails', '--because', 'no')).code).toBe(0);
    expect((await watching).code).toBe(3);
    expect(await json(shop, 'status', 'fails')).toMatchObject({
      inProgress: false,
      outcome: 'Aborted',
      reason: 'AbortRequested',
    });
  });

  test('name what is not there', async () => {
    const shop = await openShop(lab, { name: 'none', replicas: 0 });
    const { code, output } = await run(shop, 'status', 'nothing');
    expect(code).toBe(1);
    expect(output).toContain(`ReleasePolicy ${shop.namespace}/nothing`);
    expect((await run(shop, 'get', 'cabbages')).code).toBe(2);
  });
});
