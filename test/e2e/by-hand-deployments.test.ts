/** Releases that are often done by hand, replayed with Segue from what users had before (docs/en/by-hand.md): those of
 * the Deployment itself, and of two Deployments. No request is lost, recreate excepted. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type ByHand, openByHand } from '../../src/testing/by-hand.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const opened: ByHand[] = [];
beforeAll(async () => {
  lab = await startLab({ nodes: 1, gateway: true });
}, 180_000);
afterAll(async () => {
  for (const { load } of opened) load.stop();
  await lab?.stop();
});

async function open(name: string, yaml: string): Promise<ByHand> {
  const shop = await openByHand(lab, { name, yaml });
  opened.push(shop);
  return shop;
}

/** An example, with times that are short for a test. */
async function example(file: string): Promise<string> {
  const text = await readFile(`examples/${file}.yaml`, 'utf8');
  return text
    .replaceAll(/\b(hold|bake): \d+s\b/g, '$1: 1s')
    .replaceAll(/\breplicas: [34]$/gm, 'replicas: 2')
    .replaceAll('periodSeconds: 2', 'periodSeconds: 1');
}

const nothingLost = ({ load }: ByHand) =>
  expect(load.answers).toEqual({ 200: expect.any(Number) as number });

const selector = async (shop: ByHand) =>
  ((await shop.get(KINDS.service))['spec'] as { selector: Record<string, string> }).selector;

const isBaking = (s: { phase?: string | undefined; gateSince?: string | undefined }) =>
  s.phase === 'Baking' && s.gateSince !== undefined;

test.concurrent('stop everything, start everything: never two versions at once', async () => {
  const shop = await open('ledger', await example('recreate'));
  await shop.adopt();
  await shop.held();
  nothingLost(shop);
  await shop.write('ledger', 'segue-demo:v2');
  await shop.end(1, 'Promoted');
  await shop.served('v2');
  expect(shop.load.saw).toEqual(['v1', 'v2']);
});

test.concurrent('set image and pause after the first pod, go on, and undo', async () => {
  const text = await example('rolling');
  // Of three pods the first, then two.
  const shop = await open('billing', text.replace('replicas: 2', 'replicas: 3'));
  // As people did it: whoever forgot to resume left the next release waiting.
  await shop.adopt();
  await shop.held();
  await shop.write('billing', 'segue-demo:v2');
  await shop.reach(1, 'the first pod', atGates(0));
  expect(await shop.sets()).toMatchObject({
    'segue-demo:v1': { wanted: 3 },
    'segue-demo:v2': { wanted: 1 },
  });
  await shop.served('v2');
  expect((await shop.segue('promote', 'billing')).code).toBe(0);
  await shop.end(1, 'Promoted', 90_000);
  await shop.served('v2');
  expect((await shop.segue('undo', 'billing', '--to-revision=1')).code).toBe(0);
  await until('the release back', () => shop.release(2));
  expect((await shop.segue('promote', 'billing', '--full')).code).toBe(0);
  await shop.end(2, 'Promoted', 90_000);
  await shop.served('v1');
  // Its controller counts them anew, since their minReadySeconds are what they were.
  await until('three pods of v1', async () => {
    const { wanted, available } = (await shop.sets())['segue-demo:v1'] ?? {};
    return wanted === 3 && available === 3;
  });
  nothingLost(shop);
});

test.concurrent('one half out of the balancer, upgraded and put back, then the other', async () => {
  const text = await example('rolling-halves');
  const shop = await open('mailer', text);
  const traffic = { services: [{ name: 'mailer' }] };
  const halves = { blueGreen: { groups: { size: '50%' } } };
  expect(await shop.refusal({ targetRef: { name: 'mailer' }, traffic, strategy: halves })).toMatch(
    /spec\.strategy\.blueGreen\.groups: .*use rolling with maxSurge: 0, maxUnavailable: 50%/,
  );
  await shop.adopt();
  await shop.held();
  await shop.write('mailer', 'segue-demo:v2');
  await shop.reach(1, 'the half', atGates(0));
  expect(await shop.sets()).toMatchObject({
    'segue-demo:v1': { wanted: 1 },
    'segue-demo:v2': { wanted: 1 },
  });
  await shop.served('v2');
  expect((await shop.segue('promote', 'mailer')).code).toBe(0);
  await shop.end(1, 'Promoted');
  nothingLost(shop);
});

const forum = (version: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: forum-${version}}
spec:
  replicas: 2
  selector: {matchLabels: {app: forum, release: ${version}}}
  template:
    metadata: {labels: {app: forum, release: ${version}}}
    spec:
      containers: [{name: app, image: "segue-demo:${version}", ports: [{containerPort: 8080}]}]
`;

const forumService = `
apiVersion: v1
kind: Service
metadata: {name: forum}
spec:
  type: NodePort
  sessionAffinity: ClientIP
  selector: {app: forum, release: v1}
  ports: [{port: 80, targetPort: 8080, nodePort: 31480}]
`;

test.concurrent(
  'a second Deployment of another version label, the Service switched to it, the old one deleted',
  async () => {
    const shop = await open('forum', `${forum('v1')}---${forumService}`);
    const service = (await shop.get(KINDS.service))['spec'] as Record<string, unknown>;
    await shop.adopt({
      targetRef: { name: 'forum-v1' },
      pairRef: { name: 'forum-v2' },
      traffic: { services: [{ name: 'forum' }] },
      strategy: { blueGreen: {} },
      bake: '10m',
    });
    await shop.held();
    expect((await shop.condition('Ready'))?.message).toContain('which does not exist yet');
    await lab.apply(forum('v2'), shop.namespace);
    await shop.reach(1, 'the bake', isBaking);
    expect((await shop.get(KINDS.deployment, 'forum-v1'))['spec']).toMatchObject({
      paused: true,
      replicas: 2,
    });
    await shop.served('v2');
    await shop.delete(KINDS.deployment, 'forum-v1');
    await shop.end(1, 'Promoted');
    await shop.held();
    // Nothing of the Service but the one label.
    expect((await shop.get(KINDS.service))['spec']).toEqual({
      ...service,
      selector: { app: 'forum', release: 'v2' },
    });
    expect((await shop.get(KINDS.deployment, 'forum-v2'))['spec']).toMatchObject({
      replicas: 2,
      paused: true,
    });
    nothingLost(shop);
  },
);

test.concurrent(
  'the script of two colours: deploy green, ask for its health, switch, wait, and back when users complain',
  async () => {
    const shop = await open('parcels', await example('blue-green-pair-services'));
    const services = async () =>
      Promise.all(
        ['parcels-blue', 'parcels-green'].map(
          async (name) => (await shop.get(KINDS.service, name))['spec'],
        ),
      );
    const before = await services();
    await shop.adopt();
    await shop.held();
    await shop.write('parcels-green', 'segue-demo:v2');
    const status = await shop.reach(1, 'the bake', isBaking);
    expect(status.tasks?.map(({ id, state }) => [id, state])).toEqual([
      ['stage-1-tests/health', 'Passed'],
    ]);
    await shop.served('v2');
    expect((await shop.segue('abort', 'parcels', '--because', 'users complain')).code).toBe(0);
    await shop.end(1, 'Aborted');
    await shop.served('v1');
    expect(await selector(shop)).toEqual({ app: 'parcels', colour: 'blue' });

    await shop.write('parcels-green', 'segue-demo:v3');
    await until('the second release', () => shop.release(2));
    await shop.reach(2, 'the bake', isBaking);
    // Ten minutes later; whoever will not wait says so.
    expect((await shop.segue('promote', 'parcels')).code).toBe(0);
    await shop.end(2, 'Promoted');
    await shop.held();
    expect(await selector(shop)).toEqual({ app: 'parcels', colour: 'green' });
    expect((await shop.get(KINDS.deployment, 'parcels-blue'))['spec']).toMatchObject({
      replicas: 0,
    });
    expect(await services()).toEqual(before);
    await shop.served('v3');
    nothingLost(shop);
  },
);
