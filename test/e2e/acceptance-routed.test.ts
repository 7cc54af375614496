/** Situations from the field, canaries by the weights of a route (docs/spec/acceptance.md). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { CanarySpec } from '../../src/api/strategy.ts';
import { FakePrometheus } from '../../src/testing/fake-prometheus.ts';
import { shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop, type ShopOptions } from '../../src/testing/shop.ts';
import { setHistory } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const sources: FakePrometheus[] = [];
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await Promise.all(sources.map((source) => source.close()));
});

type Policy = Parameters<Shop['canary']>;

const V1 = 'segue-demo:v1';
const V2 = 'segue-demo:v2';
const V3 = 'segue-demo:v3';

async function open(options: ShopOptions, ...policy: Policy): Promise<Shop> {
  const shop = await openShop(lab, { route: true, ...options });
  await shop.attach(shop.canary(...policy));
  await shop.held();
  return shop;
}

async function prometheus(): Promise<FakePrometheus> {
  const source = await FakePrometheus.open();
  sources.push(source);
  return source;
}

interface Rule {
  matches?: { headers?: { name: string; type?: string; value: string }[] }[];
  filters?: { type: string; requestMirror?: { percent?: number; backendRef: { name: string } } }[];
  backendRefs: { name: string }[];
}

const rulesOf = async (shop: Shop) =>
  ((await shop.get(KINDS.httpRoute))['spec'] as { rules: Rule[] }).rules;

/** Rules that are not the user's own two, first and last: what they ask for and what they do. */
async function added(shop: Shop): Promise<string[]> {
  const rules = await rulesOf(shop);
  return rules.slice(1, -1).map(({ matches, filters, backendRefs }) => {
    const headers = (matches ?? []).flatMap((match) => match.headers ?? []);
    const asks = headers.map(({ name, type = 'Exact', value }) => `${name} ${type} ${value}`);
    const mirror = filters?.find((filter) => filter.type === 'RequestMirror')?.requestMirror;
    const to = backendRefs.map(({ name }) => name);
    const does = mirror
      ? `copies ${mirror.percent ?? 100} % to ${mirror.backendRef.name}`
      : `to ${to.join()}`;
    return [...new Set(asks), does].join(', ');
  });
}

/** What changes when somebody writes the user's objects; the Deployment's status is its controller's. */
const versions = async (shop: Shop) => [
  (await shop.get(KINDS.httpRoute)).metadata.resourceVersion,
  (await shop.get(KINDS.service)).metadata.resourceVersion,
  (await shop.deployment()).metadata.generation,
];

const segue = (shop: Shop, ...args: string[]) => lab.segue('-n', shop.namespace, ...args);

describe.concurrent('capacity', () => {
  test('apart from the weight: as many pods as each stage says, and none taken away before the end', async () => {
    const stages = [
      { weight: 5, capacity: 50, approval: {} },
      { weight: 10, capacity: 25, approval: {} },
      { weight: 60, approval: {} },
    ];
    const shop = await open({ name: 'sized', replicas: 8 }, stages);
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage(V2);
    for (const [stage, pods] of [4, 4, 5].entries()) {
      await shop.reach(1, `stage ${stage}`, atGates(stage));
      expect((await shop.sets())[V2]).toMatchObject({ wanted: pods, available: pods });
      await shop.ask('Promote');
    }
    await shop.end(1, 'Promoted');
    expect((await shop.sets())[V2]).toMatchObject({ wanted: 8, available: 8 });
    expect(shortages(await recorder.stop(), 'sized', 8)).toEqual([]);
  });

  test('the old version stays whole for its delay; as few old sets as the Deployment wants, one comes back', async () => {
    const shop = await open(
      { name: 'few', deployment: { revisionHistoryLimit: 1 } },
      [{ weight: 50 }],
      { bake: '1500ms' },
    );
    const recorder = await shop.record(KINDS.replicaSet);
    await shop.setImage(V2);
    const { timeline = [] } = await shop.end(1, 'Promoted');
    const { changes } = await recorder.stop();
    const shrunk = changes.find(({ object }) => {
      const { replicas, template } = object['spec'] as { replicas: number; template: unknown };
      return replicas < 4 && JSON.stringify(template).includes(V1);
    });
    const baking = timeline.find(({ reason }) => reason === 'Baking');
    expect((shrunk?.seenMs ?? 0) - Date.parse(baking?.at ?? '')).toBeGreaterThanOrEqual(1_500);
    await shop.held();
    await shop.setImage(V3);
    await shop.end(2, 'Promoted');
    await until('v1 to be forgotten', async () => !((await shop.sets())[V1] !== undefined));
    await shop.setImage(V2);
    await shop.end(3, 'Promoted');
    await shop.held();
    await until('two sets', async () => Object.keys(await shop.sets()).length === 2);
    expect(await shop.sets()).toEqual({
      [V2]: { wanted: 4, available: 4, owner: 'Deployment' },
      [V3]: { wanted: 0, available: 0, owner: 'Deployment' },
    });
  });
});

describe.concurrent('rules for single requests', () => {
  test('come, change and go with their stages, copies after what always goes to the new version', async () => {
    const stages = [
      { weight: 0, match: [{ headers: [{ name: 'x-try', exact: 'yes' }] }], approval: {} },
      {
        weight: 10,
        match: [{ headers: [{ name: 'x-try', regex: 'yes.*' }] }],
        mirror: { percent: 20, methods: 'All' },
        approval: {},
      },
      { weight: 50, mirror: { percent: 100, methods: 'All' }, approval: {} },
      { weight: 75, approval: {} },
    ] as CanarySpec['stages'];
    const shop = await open({ name: 'asked' }, stages);
    const before = await rulesOf(shop);
    await shop.setImage(V2);
    for (const [stage, rules] of [
      ['x-try Exact yes, to asked-candidate'],
      ['x-try RegularExpression ^(?:yes.*)$, to asked-candidate', 'copies 20 % to asked-candidate'],
      ['copies 100 % to asked-candidate'],
      [],
    ].entries()) {
      await shop.reach(1, `stage ${stage}`, atGates(stage));
      expect(await added(shop)).toEqual(rules);
      await shop.ask('Promote');
    }
    await shop.end(1, 'Promoted');
    expect(await rulesOf(shop)).toEqual(before);
  });
});

describe.concurrent('abort', () => {
  test('when nothing is in progress changes nothing, before and after a promotion', async () => {
    const shop = await open({ name: 'calm' }, [{ weight: 50 }]);
    const refused = async (says: RegExp) => {
      const before = await versions(shop);
      const { code, output } = await segue(shop, 'abort', 'calm');
      expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(says) });
      // Without the command, as a pipeline may.
      await shop.ask('Abort');
      await until('the refusal', async () => {
        const { items } = await lab.client.list(KINDS.releaseRequest, {
          namespace: shop.namespace,
        });
        return items.length === 0;
      });
      expect(await shop.events('RequestRefused')).toContain('Abort: no release is in progress');
      await shop.held();
      expect(await versions(shop)).toEqual(before);
    };
    await refused(/nothing was released yet/);
    await shop.setImage(V2);
    await shop.end(1, 'Promoted');
    await shop.held();
    await refused(/no release is in progress, calm-1 ended .*Promoted/);
    expect((await shop.sets())[V2]).toMatchObject({ wanted: 4, available: 4 });
  });
});

describe.concurrent('checks', () => {
  test('begin at the stage that names them and have passed when it is promoted', async () => {
    const source = await prometheus();
    const stages = [
      { weight: 10, checks: [], approval: {} },
      { weight: 50, approval: {} },
    ];
    const shop = await open({ name: 'later' }, stages, { checks: [source.check()] });
    await shop.setImage(V2);
    const { evidence } = await shop.reach(1, 'the first stage', atGates(0));
    expect([evidence ?? [], source.asked]).toEqual([[], 0]);
    await shop.ask('Approve');
    await shop.reach(1, 'the second stage', atGates(1));
    await shop.ask('Approve');
    const status = await shop.end(1, 'Promoted');
    expect(status.evidence).toMatchObject([{ check: 'errors', verdict: 'Pass' }]);
  });

  test('two of them, one fails: taken back, and it is named', async () => {
    const [good, bad] = [await prometheus(), await prometheus()];
    bad.behave({ is: 'Good', bad: 900 });
    const checks = [good.check(), bad.check({ name: 'payments' })];
    const shop = await open({ name: 'two' }, [{ weight: 25, hold: '1h' }], { checks });
    await shop.setImage(V2);
    const status = await shop.end(1, 'Aborted');
    expect(status).toMatchObject({
      reason: 'CheckFailed',
      message: expect.stringContaining('payments'),
    });
    expect((await shop.sets())[V1]).toMatchObject({ wanted: 4, available: 4 });
  });
});

describe.concurrent('a restart', () => {
  test('half way through a canary, with a budget that lets no pod be evicted: nobody is missing', async () => {
    const shop = await open({ name: 'strict' }, [{ weight: 25, approval: {} }]);
    await lab.client.create({
      apiVersion: lab.kind === 'cluster' ? 'policy/v1beta1' : 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'strict', namespace: shop.namespace },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'strict' } } },
    });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage(V2);
    await shop.reach(1, 'the stage', atGates(0));
    expect(await segue(shop, 'restart', 'strict')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/strict-1 is in progress, and a restart would supersede it/),
    });
    expect((await segue(shop, 'restart', 'strict', '--force')).code).toBe(0);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'Superseded' });
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the stage', atGates(0));
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
    const recording = await recorder.stop();
    expect(shortages(recording, 'strict', 4)).toEqual([]);
    const ready = setHistory(recording, 'strict').map((sets) =>
      Object.values(sets).reduce((sum, set) => sum + set.ready, 0),
    );
    expect(Math.min(...ready)).toBeGreaterThanOrEqual(4);
  });
});
