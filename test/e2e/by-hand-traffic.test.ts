/** Releases that are often done by hand, replayed with Segue from what users had before (docs/en/by-hand.md): those
 * that divide the traffic. No request is lost. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type ByHand, openByHand } from '../../src/testing/by-hand.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import type { Load } from '../../src/testing/load.ts';
import { atGates } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const loads: { stop(): void }[] = [];
beforeAll(async () => {
  lab = await startLab({ nodes: 1, gateway: true });
}, 180_000);
afterAll(async () => {
  for (const load of loads) load.stop();
  await lab?.stop();
});

async function open(name: string, yaml: string): Promise<ByHand> {
  const shop = await openByHand(lab, { name, yaml });
  loads.push(shop.load);
  return shop;
}

/** An example, with times that are short for a test. */
async function example(file: string): Promise<string> {
  const text = await readFile(`examples/${file}.yaml`, 'utf8');
  return text
    .replaceAll(/\b(hold|bake): \d+[ms]\b/g, '$1: 1s')
    .replaceAll(/\breplicas: \d$/gm, 'replicas: 2')
    .replaceAll('periodSeconds: 2', 'periodSeconds: 1')
    .replaceAll('interval: 2s', 'interval: 500ms')
    .replace('max: 1%', 'max: 5%');
}

const nothingLost = ({ load }: { load: Pick<Load, 'answers'> }) =>
  expect(load.answers).toEqual({ 200: expect.any(Number) as number });

/** The versions that answer so many requests, each once. */
async function versions(shop: ByHand, headers: Record<string, string> = {}): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: 30 }, () => shop.request(headers)));
  return [...new Set(answers.map(({ version }) => version))].sort();
}

const routed = (name: string) => ({
  services: [{ name }],
  routers: [{ gatewayAPI: { httpRoute: name } }],
});

test.concurrent(
  'blue behind an ingress, half of the traffic to green, then all, then blue is gone',
  async () => {
    const text = await example('blue-green-gradual');
    const shop = await open(
      'prices',
      text.replace(/^ {8}- weight: 10\n.*\n/m, '').replace('hold: 1s', 'approval: {}'),
    );
    // Two Deployments and a share between them: a selector has no weights.
    expect(
      await shop.refusal({
        targetRef: { name: 'prices' },
        pairRef: { name: 'prices-green' },
        traffic: routed('prices'),
        strategy: { blueGreen: { switch: [{ weight: 50 }] } },
      }),
    ).toMatch(/spec\.traffic\.routers: between the two .*for weights leave pairRef out/);
    await shop.adopt();
    await shop.held();
    await shop.write('prices', 'segue-demo:v2');
    await shop.reach(1, 'the look', (status) => status.message === 'approval');
    expect(await versions(shop)).toEqual(['v1']);
    expect((await shop.segue('approve', 'prices')).code).toBe(0);
    await shop.reach(
      1,
      'the half',
      (s) => (s.traffic?.weight ?? 0) === 50 && s.gateSince !== undefined,
    );
    expect(await versions(shop)).toEqual(['v1', 'v2']);
    expect((await shop.segue('promote', 'prices')).code).toBe(0);
    await shop.end(1, 'Promoted', 90_000);
    expect(await versions(shop)).toEqual(['v2']);
    expect((await shop.sets())['segue-demo:v1']).toMatchObject({ wanted: 0, available: 0 });
    nothingLost(shop);
  },
);

test.concurrent(
  'testers by a header, weights up a ladder while errors and latency are watched, zero when they are bad',
  async () => {
    const shop = await open('inbox', await example('canary-ladder'));
    const istio = {
      services: [{ name: 'inbox' }],
      routers: [{ istio: { virtualService: 'inbox' } }],
    };
    const strategy = { canary: { stages: [{ weight: 5 }] } };
    expect(await shop.refusal({ targetRef: { name: 'inbox' }, traffic: istio, strategy })).toMatch(
      'the API server has no kind VirtualService',
    );
    await shop.adopt();
    await shop.held();
    const testers = shop.moreLoad({ perSecond: 120, headers: { canary: 'true' } });
    loads.push(testers);
    await shop.write('inbox', 'segue-demo:v2', { FAULT_PERCENT: '60' });
    const bad = await shop.end(1, 'Aborted', 90_000);
    expect(bad).toMatchObject({
      reason: 'CheckFailed',
      message: expect.stringContaining('errors'),
    });
    expect(await versions(shop, { canary: 'true' })).toEqual(['v1']);
    // What was lost is what the bad version answered, most of it to testers, and nothing in the moves.
    for (const load of [shop.load, testers])
      expect(Object.keys(load.answers).filter((answer) => !/^(200|500)$/.test(answer))).toEqual([]);
    [shop.load.answers, testers.answers] = [{}, {}];

    await shop.write('inbox', 'segue-demo:v3', { FAULT_PERCENT: '0' });
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the first rung', atGates(0));
    expect(await versions(shop, { canary: 'true' })).toEqual(['v3']);
    const status = await shop.end(2, 'Promoted', 120_000);
    expect(status.evidence?.map(({ check, verdict }) => [check, verdict])).toEqual([
      ['errors', 'Pass'],
      ['p99', 'Pass'],
    ]);
    expect(await versions(shop)).toEqual(['v3']);
    nothingLost(shop);
    nothingLost({ load: testers });
  },
);

/** One more Deployment, as it is made for a new version. */
const deployment = (name: string, labels: string, image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 1
  selector: {matchLabels: {${labels}}}
  template:
    metadata: {labels: {${labels}}}
    spec:
      containers: [{name: app, image: "segue-demo:${image}", ports: [{name: http, containerPort: 8080}]}]
`;

test.concurrent('a canary as a second, smaller Deployment behind the same Service', async () => {
  const shop = await open('depot', await example('canary-pods'));
  const canary = deployment('depot-canary', 'app: depot, track: canary', 'v2');
  await lab.apply(canary, shop.namespace);
  await shop.served('v2');
  await shop.adopt();
  const refused = await until('the refusal', async () => {
    const condition = await shop.condition('Valid');
    return condition?.status === 'False' && condition.message;
  });
  expect(refused).toMatch(/also selects the pods of .*depot-canary/);
  // One Deployment is enough: the other one goes.
  await shop.delete(KINDS.deployment, 'depot-canary');
  await shop.held();
  await until('its pods to be gone', async () => (await versions(shop)).join() === 'v1');
  await shop.write('depot', 'segue-demo:v2');
  await shop.end(1, 'Promoted', 90_000);
  expect(await versions(shop)).toEqual(['v2']);
  nothingLost(shop);
});

const MARKET = `
apiVersion: v1
kind: Service
metadata: {name: market}
spec:
  type: NodePort
  selector: {app: market}
  ports: [{port: 80, targetPort: 8080}]
`;

test.concurrent(
  'two Deployments behind a Service that does not tell them apart: users meet both, until there is a policy',
  async () => {
    const version = (tag: string) =>
      deployment(`market-${tag}`, `app: market, release: ${tag}`, tag);
    const shop = await open('market', `${version('v1')}---${MARKET}`);
    await lab.apply(version('v2'), shop.namespace);
    await until('users to meet both', async () => (await versions(shop)).length === 2);
    const traffic = { services: [{ name: 'market' }] };
    const policy = { targetRef: { name: 'market-v1' }, traffic, strategy: { blueGreen: {} } };
    expect(await shop.refusal({ ...policy, pairRef: { name: 'market-v2' } })).toMatch(
      /^Service market: it leads to both Deployments market-v[12] and market-v[12]; /,
    );
    // One Deployment is enough, and its Service may stay as it is.
    await shop.delete(KINDS.deployment, 'market-v2');
    await until('its pods to be gone', async () => (await versions(shop)).join() === 'v1');
    await shop.adopt({ ...policy, bake: '10m' });
    await shop.held();
    await shop.write('market-v1', 'segue-demo:v2');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking' && s.gateSince !== undefined);
    expect(await versions(shop)).toEqual(['v2']);
    expect((await shop.segue('abort', 'market')).code).toBe(0);
    await shop.end(1, 'Aborted');
    expect(await versions(shop)).toEqual(['v1']);
    nothingLost(shop);
  },
);

test.concurrent(
  'a share of the users on a second version, compared by what they order',
  async () => {
    const text = (await example('ab-test')).replace('duration: 20s', 'duration: 3s');
    const shop = await open('checkout', text.replace('percent: 20', 'percent: 50'));
    const users = shop.users(16);
    loads.push(users);
    const saw = async () => {
      const total = () => Object.values(users.answers).reduce((sum, count) => sum + count, 0);
      const before = total();
      users.seen();
      await until('every user to ask', async () => total() >= before + 64);
      return users.seen();
    };
    await shop.adopt();
    await shop.held();
    await shop.write('checkout', 'segue-demo:v2');
    await shop.reach(1, 'the test', atGates(0));
    const during = await saw();
    expect(during.filter((versions) => versions.length !== 1)).toEqual([]);
    expect(new Set(during.flat())).toEqual(new Set(['v1', 'v2']));
    const { paused } = await shop.reach(
      1,
      'the question',
      (status) => status.paused?.reason === 'DecisionNeeded',
    );
    expect(paused?.message).toMatch(/orders: b \d+ of \d+ .*, a \d+ of \d+/);
    expect(await saw()).toEqual(during);
    expect((await shop.segue('promote', 'checkout')).code).toBe(0);
    await shop.end(1, 'Promoted', 90_000);
    expect(new Set((await saw()).flat())).toEqual(new Set(['v2']));
    nothingLost(shop);
    nothingLost({ load: users });
  },
);
