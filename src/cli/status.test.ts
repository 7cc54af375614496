import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import {
  ago,
  FakeCluster,
  HOLDING,
  KEPT,
  policy,
  PROMOTED,
  release,
} from './testing/fake-cluster.ts';

const set = (hash: string, replicas: number, readyReplicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: `web-${hash}`, namespace: 'shop' },
  spec: { replicas },
  status: { readyReplicas },
});

function cluster(status = HOLDING): FakeCluster {
  const fake = new FakeCluster();
  const over = status.outcome !== undefined;
  fake.put(policy(over ? { lastRelease: 'web-3' } : { release: 'web-3' }), release(status));
  fake.put(set('aaa', 3, 3), set('bbb', 1, 1));
  return fake;
}

test('a release at a hold', async () => {
  const { code, out } = await cluster().run('status', 'web');
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "shop/web   releases Deployment web

    web-3   canary   Progressing
    began 5m ago

    stable      shop/web:v1   aaa   3/3 ready   95% of the traffic
    candidate   shop/web:v2   bbb   1/1 ready   5% of the traffic

    ▶ 1 weight 5, hold 10m, checks errors
      2 weight 50, approval, checks errors
      3 weight 100
        bake 10m, checks errors

    waits for
      hold 10m, 6m left

    checks
      errors  pass       0 of 312 bad, at most 1%

    timeline (UTC)
      11:55:00  shop/web:v1 to shop/web:v2
      11:56:00  stage 1 of 3 (weight 5), 5 % of the traffic
    "
  `);
});

test('a release that waits for a person', async () => {
  const status = { ...HOLDING, stage: 1, traffic: { ...HOLDING.traffic!, weight: 50 } };
  const { out } = await cluster(status).run('status', 'web');
  expect(out).toMatchInlineSnapshot(`
    "shop/web   releases Deployment web

    web-3   canary   Progressing
    began 5m ago

    stable      shop/web:v1   aaa   3/3 ready   50% of the traffic
    candidate   shop/web:v2   bbb   1/1 ready   50% of the traffic

    ✔ 1 weight 5, hold 10m, checks errors
    ▶ 2 weight 50, approval, checks errors
      3 weight 100
        bake 10m, checks errors

    waits for
      approval by a person   segue approve web

    checks
      errors  pass       0 of 312 bad, at most 1%

    timeline (UTC)
      11:55:00  shop/web:v1 to shop/web:v2
      11:56:00  stage 1 of 3 (weight 5), 5 % of the traffic
    "
  `);
});

test('a paused release, with colours on a terminal', async () => {
  const paused = { since: ago(10), reason: 'PauseRequested', message: 'jo asked to pause' };
  const fake = cluster({ ...HOLDING, phase: 'Paused', paused });
  const plain = (await fake.run('status', 'web')).out;
  fake.isTTY = true;
  const { out } = await fake.run('status', 'web');
  expect(out).not.toBe(plain);
  expect(stripVTControlCharacters(out)).toBe(plain);
  expect(plain).toContain(
    'waits for\n  paused: jo asked to pause   segue resume web\n  hold 10m, 6m left\n',
  );
});

test('a release that is over', async () => {
  const { out } = await cluster(PROMOTED).run('status', 'web');
  expect(out).toMatchInlineSnapshot(`
    "shop/web   releases Deployment web

    web-3   canary   Promoted
    ended 60s ago, after 4m
    Promoted: shop/web:v2 released in 4m

    stable      shop/web:v1   aaa   3/3 ready
    candidate   shop/web:v2   bbb   1/1 ready

    ✔ 1 weight 5, hold 10m, checks errors
    ✔ 2 weight 50, approval, checks errors
    ✔ 3 weight 100
    ✔   bake 10m, checks errors
    "
  `);
});

test('a policy that is not valid says why', async () => {
  const fake = new FakeCluster();
  const message = 'spec.traffic: is missing; add it';
  fake.put(
    policy({ conditions: [{ type: 'Valid', status: 'False', reason: 'Invalid', message }] }),
  );
  expect((await fake.run('status', 'web')).out).toMatchInlineSnapshot(`
    "shop/web   releases Deployment web
    Valid=False, Invalid: spec.traffic: is missing; add it

    nothing was released yet
    "
  `);
  expect(await fake.run('status', 'web', '--watch')).toMatchObject({
    code: 1,
    err: `error: web: not valid: ${message}\n`,
  });
});

test('scripts read it as data', async () => {
  const { out } = await cluster().run('status', 'web', '-o', 'yaml');
  expect(out).toMatchInlineSnapshot(`
    "policy: web
    namespace: shop
    valid: Unknown
    inProgress: true
    release: web-3
    strategy: canary
    from:
      - shop/web:v1
    to:
      - shop/web:v2
    phase: Progressing
    stage: 0
    outcome: null
    reason: null
    message: hold, 8m left
    startedAt: "2026-03-01T11:55:00.000Z"
    endedAt: null
    weight: 5
    stages:
      - weight 5
      - weight 50
      - weight 100
    waitsFor:
      - gate: Hold
        text: hold 10m, 6m left
    evidence:
      - check: errors
        verdict: Pass
        because: 0 of 312 bad, at most 1%
    timeline:
      - at: "2026-03-01T11:55:00.000Z"
        reason: Started
        what: shop/web:v1 to shop/web:v2
      - at: "2026-03-01T11:56:00.000Z"
        reason: StageReached
        what: stage 1 of 3 (weight 5), 5 % of the traffic
    "
  `);
});

test('watching prints what is new, and exits by the outcome', async () => {
  const fake = cluster();
  let polls = 0;
  const half = { ...HOLDING, stage: 1, traffic: { ...HOLDING.traffic!, weight: 50 } };
  const aborted = {
    ...PROMOTED,
    phase: 'Aborted',
    outcome: 'Aborted',
    reason: 'CheckFailed',
  } as const;
  fake.onSleep = () => {
    polls += 1;
    if (polls === 3) fake.put(release(half));
    if (polls === 6) fake.put(release({ ...aborted, message: 'check errors failed: 9 of 40 bad' }));
  };
  const { code, out } = await fake.run('status', 'web', '--watch');
  expect(code).toBe(3);
  expect(out).toMatchInlineSnapshot(`
    "web-3: Progressing, stage 1/3, weight 5%
    web-3: Progressing, stage 2/3, weight 50%
    web-3: Aborted: check errors failed: 9 of 40 bad
    "
  `);
});

test('right after a change it waits for the release to begin', async () => {
  const fake = new FakeCluster();
  fake.put(policy({ target: { observedGeneration: 4 } }));
  const metadata = { name: 'web', namespace: 'shop', generation: 5 };
  fake.put({ apiVersion: 'apps/v1', kind: 'Deployment', metadata });
  let polls = 0;
  fake.onSleep = () => {
    polls += 1;
    if (polls === 2) fake.put(policy({ release: 'web-3' }), release(HOLDING));
    if (polls === 4) fake.put(release(PROMOTED));
  };
  const { code, out } = await fake.run('status', 'web', '-w');
  expect(code).toBe(0);
  expect(out.trim().split('\n').at(-1)).toBe('web-3: Promoted: shop/web:v2 released in 4m');
});

test('watching gives up in time', async () => {
  const { code, err } = await cluster().run('status', 'web', '--watch', '--timeout', '3s');
  expect({ code, err }).toEqual({
    code: 1,
    err: 'error: web: still in progress after 3s; it goes on\n',
  });
});

test('a release that is over and can be taken back says how', async () => {
  const cluster = new FakeCluster();
  cluster.put(policy({ release: 'web-3' }), release(KEPT));
  const { code, out } = await cluster.run('status', 'web', '--watch');
  expect(code).toBe(0);
  expect(out).toContain('web-3: Promoted: shop/web:v2 is released; shop/web:v1 is kept');
  const { out: screen } = await cluster.run('status', 'web');
  expect(screen).toContain(
    `Promoted: ${KEPT.message}\n'segue abort web' goes back to it at once\n`,
  );
});

test('a window that is waited for before anything is touched is told with what opens it', async () => {
  const freeze = [{ from: '2026-03-01', to: '2026-03-02', because: 'stocktaking' }];
  const fake = cluster();
  const waiting = release({ step: 'Wait', phase: 'Pending', startedAt: ago(5), message: 'x' });
  Object.assign((waiting['spec'] as { plan: object }).plan, { before: { window: { freeze } } });
  fake.put(waiting);
  expect((await fake.run('status', 'web')).out).toContain(
    'the window, which opens at 2026-03-03T00:00Z (stocktaking)   segue promote web',
  );
});

test('a policy that was edited half way: what the release goes by, and how to have it otherwise', async () => {
  const fake = cluster();
  const edited = policy({ release: 'web-3', observedGeneration: 1 });
  edited.metadata.generation = 2;
  fake.put(edited);
  const { out } = await fake.run('status', 'web');
  expect(out).toContain(
    'note: the policy was edited since; web-3 keeps the plan that it began with',
  );
  expect(out).toContain("'segue abort web', then 'segue retry web'");
  edited.metadata.generation = 1;
  expect((await fake.run('status', 'web')).out).not.toContain('edited');
});

test('what the API server refuses is told during a release too; that it releases is not', async () => {
  const fake = cluster();
  const said = (reason: string, message: string) =>
    fake.put(
      policy({
        release: 'web-3',
        conditions: [{ type: 'Ready', status: 'False', reason, message }],
      }),
    );
  said('Releasing', 'release web-3 is in progress');
  expect((await fake.run('status', 'web')).out).not.toContain('Ready=False');
  said('WriteRefused', 'patch HTTPRoute web: forbidden');
  expect((await fake.run('status', 'web')).out).toContain(
    'Ready=False, WriteRefused: patch HTTPRoute web: forbidden',
  );
});

test('the stages of a rolling update have pods, and no weight', async () => {
  const fake = cluster();
  const rolled = release(HOLDING);
  const { plan } = rolled['spec'] as { plan: { stages: { name: string }[] } };
  Object.assign(plan, { roll: { type: 'RollingUpdate' } });
  plan.stages[0] = { ...plan.stages[0], name: 'first pod' };
  fake.put(rolled);
  expect((await fake.run('status', 'web')).out).toContain('▶ 1 first pod, hold 10m');
});
