/** The examples as a user applies them: real processes, the gateway, traffic, `set image`. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { freePort } from '../../src/testing/example-shop.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { answerOf, Load } from '../../src/testing/load.ts';
import { Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

interface Rules {
  rules: unknown[];
}

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ nodes: 1, gateway: true, runCommands: true });
}, 180_000);
afterAll(() => lab?.stop());

/** In a namespace of its own, its Gateway on a port that is free. */
async function apply(example: string, workload: string, port: number): Promise<Shop> {
  const namespace = `example-${example}`;
  await lab.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const text = await readFile(`examples/${example}.yaml`, 'utf8');
  const here = text
    .replace(/^ {6}port: 80[89]\d$/m, `      port: ${port}`)
    // Nothing listens there, and nothing leaves this machine.
    .replaceAll('http://prometheus.monitoring:9090', 'http://127.0.0.1:1')
    .replaceAll('http://change-board.tools.svc:8080', 'http://127.0.0.1:1');
  await lab.apply(here, namespace);
  const shop = new Shop(lab, workload, namespace);
  await shop.held();
  return shop;
}

function setImage(shop: Shop, image: string, kind = 'Deployment'): Promise<void> {
  return setContainer(shop, { image }, kind);
}

async function setContainer(shop: Shop, change: object, kind = 'Deployment'): Promise<void> {
  const name = { group: 'apps', kind, namespace: shop.namespace, name: shop.name };
  const body = { spec: { template: { spec: { containers: [{ name: 'app', ...change }] } } } };
  await lab.client.patch(name, { type: 'strategic', body });
}

function statusOf(port: number, host: string): Promise<number | undefined> {
  return answerOf({ port, host }).then(({ code }) => code);
}

/** The versions that answer so many requests, each once. */
async function versions(port: number, headers: Record<string, string>): Promise<string[]> {
  const { host = '' } = headers;
  const answers = Array.from({ length: 30 }, () => answerOf({ port, host, headers }));
  const answered = (await Promise.all(answers)).map(({ version }) => version);
  return [...new Set(answered)].toSorted((a, b) => a.localeCompare(b));
}

/** Requests a second, never tried again, half of them on connections of their own. */
const traffic = (port: number, host: string, perSecond: number) =>
  new Load({ port, host, perSecond });

test.concurrent(
  'canary.yaml: released by weights, judged by what its pods count',
  async () => {
    const port = await freePort();
    const shop = await apply('canary', 'web', port);
    const host = 'web.example.com';
    await until('the gateway to route', async () => (await statusOf(port, host)) === 200);
    const load = traffic(port, host, 100);
    try {
      await setImage(shop, 'segue-demo:v2');
      const status = await shop.end(1, 'Promoted', 150_000);
      expect(status.evidence?.map(({ check, verdict }) => [check, verdict])).toEqual([
        ['errors', 'Pass'],
        ['p99', 'Pass'],
      ]);
      expect(load.answers).toEqual({ 200: expect.any(Number) });
    } finally {
      load.stop();
    }
  },
  180_000,
);

test.concurrent(
  'canary-match.yaml: testers first, then copies, then a share of the users',
  async () => {
    const port = await freePort();
    const shop = await apply('canary-match', 'basket', port);
    const host = 'basket.example.com';
    await until('the gateway to route', async () => (await statusOf(port, host)) === 200);
    const rules = async () => ((await shop.get(KINDS.httpRoute))['spec'] as Rules).rules;
    const before = await rules();
    const load = traffic(port, host, 100);
    try {
      await setImage(shop, 'segue-demo:v2');
      await shop.reach(1, 'the approval', (status) => status.message === 'approval');
      expect(await versions(port, { host, canary: 'true' })).toEqual(['v2']);
      expect(await versions(port, { host, cookie: 'a=1; canary=true; b=2' })).toEqual(['v2']);
      expect(await versions(port, { host, cookie: 'xcanary=true' })).toEqual(['v1']);
      expect(await versions(port, { host, canary: 'false' })).toEqual(['v1']);
      expect((await lab.segue('-n', shop.namespace, 'promote', 'basket')).code).toBe(0);
      await shop.reach(1, 'the copies', (s) => s.stage === 1 && s.gateSince !== undefined);
      expect(await versions(port, { host })).toEqual(['v1']);
      // The check of that stage passes by what the pods count, which get nothing but copies.
      const status = await shop.reach(1, 'a share', (s) => (s.stage ?? 0) > 1, 90_000);
      expect(status.evidence).toMatchObject([{ check: 'errors', verdict: 'Pass' }]);
      await shop.end(1, 'Promoted', 150_000);
      expect(load.answers).toEqual({ 200: expect.any(Number) });
      expect(await rules()).toEqual(before);
    } finally {
      load.stop();
    }
  },
  240_000,
);

test.concurrent(
  'daemonset.yaml: waits after the first node, then goes on',
  async () => {
    const shop = await apply('daemonset', 'shipper', 0);
    await setImage(shop, 'segue-demo:v2', 'DaemonSet');
    await shop.reach(1, 'the approval', (status) => status.message === 'approval');
    expect((await lab.segue('-n', shop.namespace, 'approve', 'shipper')).code).toBe(0);
    await shop.reach(1, 'the bake', ({ step }) => step === 'Bake', 90_000);
    // Nobody asks its pods anything here, so that the check of the bake stays undecided.
    expect((await lab.segue('-n', shop.namespace, 'promote', 'shipper')).code).toBe(0);
    await shop.end(1, 'Promoted', 60_000);
  },
  180_000,
);

test.concurrent(
  'config.yaml: a changed ConfigMap is released with its preview, and undone with its content',
  async () => {
    const shop = await apply('config', 'kiosk', 0);
    const said = async () => (await shop.get(KINDS.configMap))['data'] as Record<string, string>;
    const greet = (text: string) => shop.patch(KINDS.configMap, { data: { GREETING: text } });
    await greet('good evening');
    await shop.reach(1, 'the preview', (status) => status.message === 'approval');
    const { spec } = await shop.release(1);
    expect(spec.candidate.images).toEqual(['segue-demo:v1']);
    expect((await lab.segue('-n', shop.namespace, 'promote', 'kiosk')).code).toBe(0);
    await shop.end(1, 'Promoted', 90_000);
    await shop.held();
    const undo = await lab.segue('-n', shop.namespace, 'undo', 'kiosk', '--with-config');
    expect(undo).toMatchObject({
      code: 0,
      output: expect.stringContaining('ConfigMap kiosk put back'),
    });
    await shop.reach(2, 'the preview', (status) => status.message === 'approval');
    expect(await said()).toEqual({ GREETING: 'good morning' });
    expect((await lab.segue('-n', shop.namespace, 'promote', 'kiosk')).code).toBe(0);
    await shop.end(2, 'Promoted', 90_000);
    // Image and configuration in one apply are one release.
    await shop.held();
    await greet('good night');
    await setImage(shop, 'segue-demo:v2');
    await shop.reach(3, 'the preview', (status) => status.message === 'approval');
    expect((await shop.release(3)).spec.candidate.images).toEqual(['segue-demo:v2']);
    expect((await lab.segue('-n', shop.namespace, 'promote', 'kiosk')).code).toBe(0);
    await shop.end(3, 'Promoted', 90_000);
    await shop.held();
    expect(await shop.exists(KINDS.release, 'kiosk-4')).toBe(false);
  },
  240_000,
);

test.concurrent(
  'blue-green.yaml: switched at once',
  async () => {
    const shop = await apply('blue-green', 'shop', 0);
    await setImage(shop, 'segue-demo:v2');
    await shop.end(1, 'Promoted', 90_000);
  },
  120_000,
);

test.concurrent(
  'blue-green-approval.yaml: waits for a person',
  async () => {
    const shop = await apply('blue-green-approval', 'pay', 0);
    await setImage(shop, 'segue-demo:v2');
    await shop.reach(1, 'the approval', (status) => status.message === 'approval');
    expect((await lab.segue('-n', shop.namespace, 'promote', 'pay')).code).toBe(0);
    await shop.end(1, 'Promoted', 90_000);
  },
  120_000,
);

test.concurrent(
  'canary-prometheus.yaml: without a Prometheus nothing passes',
  async () => {
    const shop = await apply('canary-prometheus', 'api', await freePort());
    await setImage(shop, 'segue-demo:v2');
    const status = await shop.reach(1, 'a measurement', (s) => (s.evidence?.length ?? 0) > 0);
    expect(status.evidence?.map((evidence) => evidence.verdict)).not.toContain('Pass');
    expect((await lab.segue('-n', shop.namespace, 'abort', 'api')).code).toBe(0);
    await shop.end(1, 'Aborted', 90_000);
  },
  120_000,
);

const told = (
  status: { timeline?: { reason: string; what: string }[] | undefined },
  reason: string,
) => (status.timeline ?? []).filter((line) => line.reason === reason).map(({ what }) => what);

test.concurrent(
  'blue-green-smoke-test.yaml: tried before the switch and after it',
  async () => {
    const shop = await apply('blue-green-smoke-test', 'cart', 0);
    await setImage(shop, 'segue-demo:v2');
    const status = await shop.end(1, 'Promoted', 90_000);
    expect(status.tasks?.map(({ id, state }) => [id, state])).toEqual([
      ['stage-1-tests/ready', 'Passed'],
      ['stage-1-tests/home', 'Passed'],
      ['stage-2/home', 'Passed'],
    ]);
  },
  120_000,
);

test.concurrent(
  'blue-green-keep.yaml: ended, and taken back at once all the same',
  async () => {
    const shop = await apply('blue-green-keep', 'stock', 0);
    await setImage(shop, 'segue-demo:v2');
    await shop.end(1, 'Promoted', 90_000);
    await shop.held();
    expect((await lab.segue('-n', shop.namespace, 'abort', 'stock')).code).toBe(0);
    const status = await shop.reach(1, 'the end', (s) => s.step === 'Done', 90_000);
    expect(status.outcome).toBe('Aborted');
  },
  120_000,
);

test.concurrent(
  'blue-green-hooks.yaml: a migration first, a word at the end',
  async () => {
    const shop = await apply('blue-green-hooks', 'orders', 0);
    await setImage(shop, 'segue-demo:v2');
    const status = await shop.end(1, 'Promoted', 90_000);
    expect(told(status, 'TaskPassed')).toEqual([
      'job migrate passed: completed',
      'job tell passed: completed',
    ]);
  },
  120_000,
);

test.concurrent(
  'canary-window.yaml: released in its window, or because a person says so',
  async () => {
    const shop = await apply('canary-window', 'search', await freePort());
    await setImage(shop, 'segue-demo:v2');
    await until('the release', async () => (await shop.release(1)).status.step !== undefined);
    // Whatever the time is: what is shut is opened.
    expect((await lab.segue('-n', shop.namespace, 'promote', 'search', '--full')).code).toBe(0);
    await shop.end(1, 'Promoted', 90_000);
  },
  120_000,
);

test.concurrent(
  'namespace-defaults.yaml: asked what the namespace asks, and never in its holidays',
  async () => {
    await lab.apply(await readFile('examples/namespace-defaults.yaml', 'utf8'));
    const shop = new Shop(lab, 'accounts', 'payments');
    await shop.held();
    await setImage(shop, 'segue-demo:v2');
    const { spec } = await until('the release', () => shop.release(1));
    expect(spec.fromDefaults).toEqual([
      'check errors',
      'bake 20s',
      'onFailure Abort',
      'freeze 2026-12-18 to 2027-01-03',
    ]);
    expect(spec.plan.before?.window?.freeze).toHaveLength(2);
    expect(spec.plan.bakeChecks).toEqual(['errors']);
    // Whatever the time is: what is shut is opened; nobody sends requests to be judged by.
    await until('its end', async () => {
      await lab.segue('-n', 'payments', 'promote', 'accounts', '--full');
      return (await shop.release(1)).status.outcome === 'Promoted';
    });
  },
  120_000,
);

test.concurrent(
  'check-templates.yaml: three checks of two templates, each with its arguments',
  async () => {
    const shop = await apply('check-templates', 'fares', 0);
    await setImage(shop, 'segue-demo:v2');
    const { spec } = await until('the release', () => shop.release(1));
    const asked = spec.checks.map(({ name, scrape, max, dryRun }) => [
      name,
      scrape?.bad ?? scrape?.quantile,
      max,
      dryRun ?? false,
    ]);
    expect(asked).toEqual([
      ['errors', 'http_requests_total{code=~"5.."}', '5%', false],
      ['refused', 'http_requests_total{code=~"4.."}', '10%', true],
      ['p99', '0.99', '1s', false],
    ]);
    const { output } = await lab.segue('-n', shop.namespace, 'get', 'templates');
    expect(output).toMatch(/^answers +codes,most=5% /m);
    // Nobody sends requests to be judged by.
    await until('its end', async () => {
      await lab.segue('-n', shop.namespace, 'promote', 'fares', '--full');
      return (await shop.release(1)).status.outcome === 'Promoted';
    });
  },
  120_000,
);

test.concurrent(
  'canary-webhook.yaml: approved by a person, and shut while nobody answers',
  async () => {
    const shop = await apply('canary-webhook', 'login', await freePort());
    await setImage(shop, 'segue-demo:v2');
    await shop.reach(1, 'the approval', (status) => status.message === 'approval');
    expect((await lab.segue('-n', shop.namespace, 'approve', 'login')).code).toBe(0);
    const shut = await shop.reach(1, 'the webhook', (s) =>
      /cannot be reached/.test(s.message ?? ''),
    );
    expect(shut.message).toMatch(
      /^webhook change-board: http:\/\/127\.0\.0\.1:1\/may-go-on cannot/,
    );
    expect((await lab.segue('-n', shop.namespace, 'promote', 'login')).code).toBe(0);
    await shop.end(1, 'Promoted', 90_000);
  },
  120_000,
);

test.concurrent(
  'released-in.yaml: waits for staging; taken back it leaves the old template',
  async () => {
    const shop = await apply('released-in', 'profile', 0);
    await setImage(shop, 'segue-demo:v2');
    await shop.reach(1, 'the wait', (s) => /in namespace staging/.test(s.message ?? ''));
    expect((await lab.segue('-n', shop.namespace, 'abort', 'profile')).code).toBe(0);
    await shop.end(1, 'Aborted', 90_000);
    await shop.held();
  },
  120_000,
);

test.concurrent(
  'statefulset-canary.yaml: one of its ordinals, then half, by what clients make of them',
  async () => {
    const shop = await apply('statefulset-canary', 'vault', 0);
    await setImage(shop, 'segue-demo:v2', 'StatefulSet');
    const load = await podLoad(shop);
    try {
      const status = await shop.end(1, 'Promoted', 150_000);
      expect(status.evidence).toMatchObject([{ check: 'errors', verdict: 'Pass' }]);
    } finally {
      load.stop();
    }
  },
  180_000,
);

test.concurrent(
  'statefulset-route.yaml: testers on one ordinal, then shares, and nobody is turned away',
  async () => {
    const port = await freePort();
    const shop = await apply('statefulset-route', 'cellar', port);
    const host = 'cellar.example.com';
    await until('the gateway to route', async () => (await statusOf(port, host)) === 200);
    const rules = async () => ((await shop.get(KINDS.httpRoute))['spec'] as Rules).rules;
    const before = await rules();
    const load = traffic(port, host, 100);
    try {
      await setImage(shop, 'segue-demo:v2', 'StatefulSet');
      await shop.reach(1, 'the approval', (status) => status.message === 'approval');
      expect(await versions(port, { host, canary: 'true' })).toEqual(['v2']);
      expect(await versions(port, { host })).toEqual(['v1']);
      await shop.ask('Abort');
      await shop.end(1, 'Aborted', 90_000);
      expect(await rules()).toEqual(before);
      await shop.ask('Retry');
      await shop.reach(2, 'the approval again', (status) => status.message === 'approval');
      expect((await lab.segue('-n', shop.namespace, 'promote', 'cellar')).code).toBe(0);
      const status = await shop.end(2, 'Promoted', 150_000);
      expect(status.evidence).toMatchObject([{ check: 'errors', verdict: 'Pass' }]);
      expect(load.answers).toEqual({ 200: expect.any(Number) });
      expect(await rules()).toEqual(before);
    } finally {
      load.stop();
    }
  },
  240_000,
);

test.concurrent(
  'queue-worker.yaml: no traffic; a version whose jobs fail is taken back, a good one is not',
  async () => {
    const shop = await apply('queue-worker', 'picker', 0);
    await setContainer(shop, { env: [{ name: 'FAULT_PERCENT', value: '30' }] });
    const { reason } = await shop.end(1, 'Aborted', 90_000);
    expect(reason).toBe('CheckFailed');
    await setContainer(shop, {
      image: 'segue-demo:v2',
      env: [{ name: 'FAULT_PERCENT', value: '0' }],
    });
    const status = await shop.end(2, 'Promoted', 150_000);
    expect(status.evidence).toMatchObject([{ check: 'jobs', verdict: 'Pass' }]);
  },
  240_000,
);

/** Asks each of its pods again and again, as clients do that choose them by themselves. */
async function podLoad(shop: Shop) {
  let timer: NodeJS.Timeout | undefined;
  const ask = async () => {
    const { items } = await lab.client.list(KINDS.pod, { namespace: shop.namespace });
    for (const { status } of items as { status?: { podIP?: string } }[])
      if (status?.podIP)
        await fetch(`http://${status.podIP.replace(/^10\./, '127.')}:8080/`).catch(() => {});
  };
  timer = setInterval(() => void ask().catch(() => {}), 200);
  return { stop: () => clearInterval(timer) };
}
