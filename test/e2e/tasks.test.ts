/** Smoke tests, webhooks, hooks, windows and releases elsewhere: what a release asks before it goes on,
 * with real pods, real requests and real Jobs. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

const JOB = { group: 'batch', kind: 'Job' };

let lab: Lab;
const servers: Server[] = [];
beforeAll(async () => {
  lab = await startLab({ nodes: 1, runCommands: true });
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  for (const server of servers) server.close();
});

type BlueGreen = Parameters<Shop['blueGreen']>;

/** A shop of two real pods, on its way to v2. */
async function releasing(name: string, ...policy: BlueGreen): Promise<Shop> {
  const shop = await openShop(lab, { name, replicas: 1 });
  await shop.attach(shop.blueGreen(...policy));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  return shop;
}

const job = (script: string) => ({
  spec: {
    template: {
      spec: { containers: [{ name: 'job', image: 'any:1', command: ['sh', '-c', script] }] },
    },
  },
});

/** As the policy is written; the API server fills in defaults. */
const loose = <T>(value: unknown) => value as T;
const jobs = async (shop: Shop) =>
  (await lab.client.list(JOB, { namespace: shop.namespace })).items;
const jobsGone = (shop: Shop) =>
  until('the Jobs to be deleted', async () => (await jobs(shop)).length === 0);
const told = (status: ReleaseStatus, reason: string) =>
  (status.timeline ?? []).filter((line) => line.reason === reason).map((line) => line.what);
const order = (status: ReleaseStatus) => (status.timeline ?? []).map(({ reason }) => reason);
const image = async (shop: Shop) => {
  const { spec } = (await shop.deployment()) as unknown as {
    spec: { template: { spec: { containers: { image: string }[] } } };
  };
  return spec.template.spec.containers[0]?.image;
};

describe.concurrent('a smoke test', () => {
  test('by request: before the switch and after it', async () => {
    const test = { name: 'home', http: { path: '/' } };
    const shop = await releasing(
      'smoke',
      loose({ smokeTests: [test], afterSwitch: { smokeTests: [test] } }),
    );
    const status = await shop.end(1, 'Promoted');
    expect(status.tasks?.map(({ id, state }) => [id, state])).toEqual([
      ['stage-1-tests/home', 'Passed'],
      ['stage-2/home', 'Passed'],
    ]);
    expect(told(status, 'TaskPassed')[0]).toMatch(
      /^smoke test home passed: GET \/ of pod smoke-\S+ answered 200$/,
    );
    const [first] = (status.timeline ?? []).filter(({ what }) => what.includes('stage 1 of 2'));
    expect(order(status).indexOf('TaskPassed')).toBeLessThan(
      (status.timeline ?? []).indexOf(first as NonNullable<typeof first>),
    );
  });

  test('that fails before the switch: nobody was sent to the new version', async () => {
    const shop = await openShop(lab, { name: 'broken', replicas: 1 });
    const http = { path: '/', status: '418' };
    await shop.attach(shop.blueGreen(loose({ smokeTests: [{ name: 'tea', http, retries: 1 }] })));
    await shop.held();
    const recorder = await shop.record(KINDS.service);
    await shop.setImage('segue-demo:v2');
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('SmokeTestFailed');
    expect(status.message).toMatch(
      /^smoke test tea failed: GET \/ of pod \S+ answered 200 instead of 418, after 2 tries$/,
    );
    const { spec } = await shop.release(1);
    const pins = (await recorder.stop()).changes.map(({ object }) =>
      object.metadata.name === 'broken'
        ? (object['spec'] as { selector: Record<string, string> }).selector['pod-template-hash']
        : undefined,
    );
    expect(pins).toContain(spec.stable.hash);
    expect(pins).not.toContain(spec.candidate.hash);
    expect(await image(shop)).toBe('segue-demo:v2');
  });

  test('that fails after the switch: back to the old version', async () => {
    const http = { path: '/', status: '418' };
    const shop = await releasing(
      'after',
      loose({ afterSwitch: { smokeTests: [{ name: 'tea', http, retries: 0 }] } }),
    );
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('SmokeTestFailed');
    expect(order(status)).toContain('StageReached');
  });

  test('by a Job, which knows what it is about and is deleted after', async () => {
    const good = job('test "$SEGUE_CANDIDATE_SERVICE" = jobs-preview');
    const shop = await releasing('jobs', loose({ smokeTests: [{ name: 'try', job: good }] }));
    const status = await shop.end(1, 'Promoted');
    expect(told(status, 'TaskPassed')).toEqual(['job try passed: completed']);
    await jobsGone(shop);
  });

  test('by a Job that fails', async () => {
    const shop = await releasing(
      'failing',
      loose({
        smokeTests: [
          { name: 'try', job: job('echo begun; echo no such table; exit 3'), retries: 0 },
        ],
      }),
    );
    const status = await shop.end(1, 'Aborted');
    // The Job is deleted, and its logs with it.
    expect(status.message).toMatch(
      /^job try failed: container job ended with exit code 3: no such table \(BackoffLimitExceeded/,
    );
    await jobsGone(shop);
  });

  test('pauses where the policy says so; resumed it runs anew, skipped it is passed over', async () => {
    const shop = await releasing(
      'asks',
      loose({ smokeTests: [{ name: 'try', job: job('exit 3'), retries: 0 }] }),
      { onFailure: { action: 'Pause' } },
    );
    const paused = (round: number) => (status: ReleaseStatus) =>
      status.paused?.reason === 'SmokeTestFailed' && status.tasks?.[0]?.round === round;
    await shop.reach(1, 'the pause', paused(1));
    await shop.ask('Promote');
    const refused = await shop.reach(1, 'the answer', (s) => s.requests?.length === 1);
    expect(refused.requests?.[0]?.answer).toMatch(/^refused: job try failed: /);
    await shop.ask('Resume');
    await shop.reach(1, 'the second pause', paused(2));
    expect((await lab.segue('-n', shop.namespace, 'skip', shop.name)).code).toBe(0);
    const status = await shop.end(1, 'Promoted');
    expect(told(status, 'SkipRequested')[0]).toMatch(/^this stage is skipped by \S+ \(claimed\)$/);
  });
});

interface Asked {
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

/** Answers as it is told to and remembers what it was asked. */
async function webhook(): Promise<{ url: string; asked: Asked[]; say: (status: number) => void }> {
  const asked: Asked[] = [];
  let status = 503;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      asked.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/gate?token=hidden-in-url`,
    asked,
    say: (next) => (status = next),
  };
}

describe.concurrent('a webhook', () => {
  test('keeps the stage shut until it answers with a 2xx, and is told what it is about', async () => {
    const hook = await webhook();
    const headers = [{ name: 'authorization', secretRef: { name: 'gate', key: 'token' } }];
    const shop = await openShop(lab, { name: 'hooked', replicas: 1 });
    await lab.apply(secretYaml, shop.namespace);
    await shop.attach(
      shop.blueGreen(
        loose({ webhooks: [{ name: 'gate', url: hook.url, headers, interval: '1s' }] }),
      ),
    );
    await shop.held();
    await shop.setImage('segue-demo:v2');
    const waiting = await shop.reach(1, 'an answer', (s) => /answered 503/.test(s.message ?? ''));
    expect(waiting.message).toMatch(/^webhook gate: http:\/\/127\.0\.0\.1:\d+\/gate answered 503$/);
    hook.say(204);
    await shop.end(1, 'Promoted');
    expect(hook.asked[0]?.headers.authorization).toBe('Bearer s3cr3t-of-the-gate');
    expect(hook.asked[0]?.body).toMatchObject({
      webhook: 'gate',
      namespace: shop.namespace,
      policy: 'hooked',
      release: 'hooked-1',
      moment: 'stage-1',
      candidateImages: ['segue-demo:v2'],
      stableImages: ['segue-demo:v1'],
    });
    for (const secret of ['s3cr3t-of-the-gate', 'hidden-in-url'])
      expect(lab.controller?.output).not.toContain(secret);
    expect(JSON.stringify(await shop.release(1))).not.toContain('s3cr3t-of-the-gate');
  });

  test('whose Secret may not be read says which right is missing', async () => {
    const hook = await webhook();
    const headers = [{ name: 'authorization', secretRef: { name: 'other', key: 'token' } }];
    const shop = await releasing(
      'barred',
      loose({ webhooks: [{ name: 'gate', url: hook.url, headers, interval: '1s' }] }),
    );
    const status = await shop.reach(1, 'the reason', (s) => /Secret/.test(s.message ?? ''));
    expect(status.message).toMatch(
      /Secret other may not be read by the controller: allow it `get`/,
    );
    expect(hook.asked).toEqual([]);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
  });

  test('that never says yes pauses the release for a person', async () => {
    const hook = await webhook();
    const shop = await releasing(
      'never',
      loose({ webhooks: [{ name: 'gate', url: hook.url, interval: '1s', timeout: '1s' }] }),
    );
    const status = await shop.reach(1, 'the pause', (s) => s.paused !== undefined);
    expect(status.paused).toMatchObject({
      reason: 'WebhookUnanswered',
      message: expect.stringMatching(
        /^webhook gate failed: no 2xx within 1s, last: .* answered 503$/,
      ),
    });
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });
});

const secretYaml = `
apiVersion: v1
kind: Secret
metadata: {name: gate}
stringData: {token: Bearer s3cr3t-of-the-gate}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: segue-reads-gate}
rules: [{apiGroups: [''], resources: [secrets], resourceNames: [gate], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: segue-reads-gate}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: segue-reads-gate}
subjects: [{kind: ServiceAccount, name: segue-controller, namespace: segue-system}]
`;

describe.concurrent('hooks', () => {
  test('run before anything is touched, and after it was promoted', async () => {
    const shop = await openShop(lab, { name: 'around', replicas: 1 });
    const hooks = {
      before: [{ name: 'migrate', job: job('sleep 1') }],
      after: [{ name: 'tell', job: job('true') }],
    };
    await shop.attach(shop.blueGreen({}, loose({ hooks })));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(
      1,
      'the wait',
      (s) => s.step === 'Wait' && /job migrate/.test(s.message ?? ''),
    );
    expect(Object.keys(await shop.sets())).toEqual(['segue-demo:v1']);
    expect(await shop.exists(KINDS.service, 'around-preview')).toBe(false);
    const status = await shop.end(1, 'Promoted');
    expect(told(status, 'TaskPassed')).toEqual([
      'job migrate passed: completed',
      'job tell passed: completed',
    ]);
    await jobsGone(shop);
  });

  test('one that fails before ends the release; what is to run on an abort runs', async () => {
    const hooks = {
      before: [{ name: 'migrate', job: job('exit 1') }],
      onAbort: [{ name: 'tell', job: job('exit 1') }],
    };
    const shop = await releasing('unhooked', {}, loose({ hooks }));
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('HookFailed');
    expect(told(status, 'TaskFailed')).toHaveLength(2);
    expect(Object.keys(await shop.sets())).toEqual(['segue-demo:v1']);
  });

  test('a Job is not started twice when the controller is killed meanwhile', async () => {
    const hooks = { before: [{ name: 'migrate', job: job('sleep 4') }] };
    const shop = await releasing('killed', {}, loose({ hooks }));
    const first = await until('the Job', async () => (await jobs(shop))[0]);
    lab.controller?.kill('SIGKILL');
    await lab.controller?.gone();
    const recorder = await shop.record(JOB);
    await lab.startController();
    await shop.end(1, 'Promoted');
    const seen = (await recorder.stop()).changes.map(({ object }) => object.metadata.uid);
    expect(new Set(seen)).toEqual(new Set([first?.metadata.uid]));
  });
});

test('released elsewhere first: waits for the same image to be promoted there', async () => {
  const staging = await openShop(lab, { name: 'staging', replicas: 1 });
  await staging.attach(staging.blueGreen());
  await staging.held();
  const releasedIn = { namespace: staging.namespace };
  const shop = await releasing('production', {}, { releasedIn });
  await shop.reach(1, 'the wait', (s) =>
    /same images in namespace .*: there is no Release in/.test(s.message ?? ''),
  );
  await staging.setImage('segue-demo:v2');
  await staging.end(1, 'Promoted');
  const status = await shop.end(1, 'Promoted');
  expect(told(status, 'TaskPassed')[0]).toMatch(/promoted there by Release staging-1$/);
});

test('a freeze is waited out, unless a person says otherwise', async () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const window = { freeze: [{ from: '2020-01-01', to: tomorrow, because: 'stocktaking' }] };
  const shop = await releasing('frozen', { window: { open: [{ from: '00:00' }] } }, { window });
  const status = await shop.reach(1, 'the wait', (s) => /stocktaking/.test(s.message ?? ''));
  expect(status.step).toBe('Wait');
  expect(status.message).toMatch(/^the window, which opens at \S+Z \(stocktaking\)$/);
  expect(Object.keys(await shop.sets())).toEqual(['segue-demo:v1']);
  expect((await lab.segue('-n', shop.namespace, 'promote', shop.name)).code).toBe(0);
  await shop.end(1, 'Promoted');
});

describe.concurrent('people', () => {
  test('approve, which opens the approval and nothing else', async () => {
    const shop = await releasing('approved', { approval: {}, hold: '1h' });
    await shop.reach(1, 'the stage', atGates(0));
    const { code, output } = await lab.segue(
      '-n',
      shop.namespace,
      'approve',
      'approved',
      '--because',
      'looked',
    );
    expect([code, output]).toEqual([0, 'approved-1: approved\n']);
    const status = await shop.reach(1, 'the hold', (s) => s.message?.startsWith('hold') === true);
    expect(told(status, 'Approved')[0]).toMatch(/^approved by \S+ \(claimed\): looked$/);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });

  test('promote through all stages', async () => {
    const shop = await releasing('full', { approval: {} });
    await shop.reach(1, 'the stage', atGates(0));
    expect((await lab.segue('-n', shop.namespace, 'promote', 'full', '--full')).code).toBe(0);
    const status = await shop.end(1, 'Promoted');
    expect(told(status, 'PromoteFullRequested')).toHaveLength(1);
  });
});

test('revertTemplate: after an abort the Deployment says what runs', async () => {
  const shop = await releasing(
    'reverted',
    { approval: {} },
    { onFailure: { action: 'Abort', revertTemplate: true } },
  );
  await shop.reach(1, 'the stage', atGates(0));
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
  expect(await image(shop)).toBe('segue-demo:v1');
  await shop.held();
  // It changed since, so that it is tried when somebody writes it again.
  await shop.setImage('segue-demo:v2');
  await shop.reach(2, 'the second try', atGates(0));
  await shop.ask('Promote');
  await shop.end(2, 'Promoted');
});
