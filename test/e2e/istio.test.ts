/** Canary releases by the weights of a VirtualService, through an Istio Gateway and under load. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { istioCrds } from '../../src/sandbox/gateway/index.ts';
import { type ByHand, openByHand } from '../../src/testing/by-hand.ts';
import { freePort } from '../../src/testing/example-shop.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
let shop: ByHand;
beforeAll(async () => {
  lab = await startRouteLab({ nodes: 1, gateway: true }, istioCrds());
  const port = await freePort();
  const yaml = await example('canary-istio.yaml', { edge: 'edge', port });
  shop = await openByHand(lab, { name: 'wishlist', yaml, port });
}, 180_000);
afterAll(async () => {
  shop?.load.stop();
  await lab?.stop();
});

/** The example, behind a Gateway of its own and with times that are short for a test. */
async function example(
  file: string,
  { edge: name, port }: { edge: string; port: number },
): Promise<string> {
  const text = await readFile(`examples/${file}`, 'utf8');
  const edge = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [
        { port: { number: port, name: 'http', protocol: 'HTTP' }, hosts: ['*.example.com'] },
      ],
    },
  };
  const quick = text
    .replace('istio-system/edge', name)
    .replaceAll(/\b(hold|bake): \d+s\b/g, '$1: 1s')
    .replaceAll('periodSeconds: 2', 'periodSeconds: 1')
    .replaceAll('interval: 2s', 'interval: 500ms');
  return `${quick}\n---\n${JSON.stringify(edge)}`;
}

async function versions(headers: Record<string, string> = {}): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: 60 }, () => shop.request(headers)));
  return [...new Set(answers.map(({ version }) => version))].sort();
}

const specOf = async () => (await shop.get(KINDS.virtualService))['spec'];

test('testers by a header and a share of the others, all of them, or back again: no request is lost', async () => {
  const before = await specOf();
  await shop.adopt();
  await shop.held();
  await shop.write('wishlist', 'segue-demo:v2');
  await shop.reach(1, 'the first stage', atGates(0));
  expect(await versions({ canary: 'true' })).toEqual(['v2']);
  await shop.reach(1, 'the second stage', atGates(1));
  expect(await versions()).toEqual(['v1', 'v2']);
  await shop.end(1, 'Promoted', 90_000);
  expect(await versions()).toEqual(['v2']);
  expect(await specOf()).toEqual(before);
  expect(shop.load.answers).toEqual({ 200: expect.any(Number) as number });
  expect(shop.load.saw[0]).toBe('v1');
  expect(shop.load.saw.at(-1)).toBe('v2');

  const testers = shop.moreLoad({ perSecond: 60, headers: { canary: 'true' } });
  await shop.write('wishlist', 'segue-demo:v3', { FAULT_PERCENT: '60' });
  await until('the second release', () => shop.release(2));
  expect(await shop.end(2, 'Aborted', 90_000)).toMatchObject({ reason: 'CheckFailed' });
  await testers.finish();
  expect(await specOf()).toEqual(before);
  expect(await versions({ canary: 'true' })).toEqual(['v2']);
  // What was lost is what the bad version answered, and nothing in the moves.
  for (const { answers } of [shop.load, testers])
    expect(Object.keys(answers).filter((answer) => !/^(200|500)$/.test(answer))).toEqual([]);
});

test('versions as subsets of one host: proxies know them before the route does, and all is as it was', async () => {
  const port = await freePort();
  const yaml = await example('canary-istio-subsets.yaml', { edge: 'second-edge', port });
  const favourites = await openByHand(lab, { name: 'favourites', yaml, port });
  const specs = async () => [
    (await favourites.get(KINDS.virtualService))['spec'],
    (await favourites.get(KINDS.destinationRule))['spec'],
  ];
  const before = await specs();
  await favourites.adopt();
  await favourites.held();
  const more = favourites.moreLoad({ perSecond: 150 });
  await favourites.write('favourites', 'segue-demo:v2');
  await favourites.reach(1, 'the second stage', atGates(1));
  expect((await specs())[1]).toMatchObject({
    trafficPolicy: { outlierDetection: {} },
    subsets: [{ name: 'segue-stable' }, { name: 'segue-candidate' }],
  });
  await favourites.end(1, 'Promoted', 90_000);
  expect(await specs()).toEqual(before);
  for (const { answers } of [favourites.load, more])
    expect(answers).toEqual({ 200: expect.any(Number) as number });

  await favourites.write('favourites', 'segue-demo:v3', { FAULT_PERCENT: '60' });
  await until('the second release', () => favourites.release(2));
  expect(await favourites.end(2, 'Aborted', 90_000)).toMatchObject({ reason: 'CheckFailed' });
  expect(await specs()).toEqual(before);
  for (const load of [favourites.load, more]) {
    await load.finish();
    expect(Object.keys(load.answers).filter((answer) => !/^(200|500)$/.test(answer))).toEqual([]);
  }
  expect(more.saw).toEqual(expect.arrayContaining(['v1', 'v2', 'v3']));
});

/** The example by a VirtualService without hosts, behind one of another team that hands over what it lets in. */
async function handedOver(name: string, { port }: { port: number }): Promise<string> {
  const namespace = 'front';
  const named = { metadata: { name: 'front', namespace } };
  const front = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    ...named,
    spec: {
      hosts: ['*.example.com'],
      gateways: ['front'],
      http: [
        {
          match: [{ uri: { prefix: '/' }, withoutHeaders: { closed: { exact: 'yes' } } }],
          delegate: { name, namespace: `by-hand-${name}` },
        },
      ],
    },
  };
  const own = (await example('canary-istio.yaml', { edge: 'front', port }))
    .replaceAll('wishlist', name)
    .replace(/^ {2}hosts:\n.*\n {2}gateways:\n.*\n/m, '')
    .replace('"metadata":{"name":"front"}', `"metadata":${JSON.stringify(named.metadata)}`);
  expect(own).not.toMatch(/^ +(hosts|gateways):/m);
  await lab.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return `${own}\n---\n${JSON.stringify(front)}`;
}

test('a VirtualService without hosts, with every request through the one that hands over to it', async () => {
  const port = await freePort();
  const yaml = await handedOver('gifts', { port });
  const gifts = await openByHand(lab, { name: 'gifts', yaml, port });
  const root = { ...KINDS.virtualService, namespace: 'front', name: 'front' };
  const specs = async () => [
    (await gifts.get(KINDS.virtualService))['spec'],
    (await lab.client.get(root))?.['spec'],
  ];
  const answers = async (headers: Record<string, string> = {}) => {
    const all = await Promise.all(Array.from({ length: 60 }, () => gifts.request(headers)));
    return [
      ...new Set(all.map(({ code, version }) => (code === 200 ? version : `${code}`))),
    ].sort();
  };
  const before = await specs();
  await gifts.adopt();
  await gifts.held();
  await gifts.write('gifts', 'segue-demo:v2');
  await gifts.reach(1, 'the first stage', atGates(0));
  expect(await answers({ canary: 'true' })).toEqual(['v2']);
  // What the root does not hand over is not taken by the rule that was added for testers.
  expect(await answers({ canary: 'true', closed: 'yes' })).toEqual(['404']);
  await gifts.reach(1, 'the second stage', atGates(1));
  expect(await answers()).toEqual(['v1', 'v2']);
  expect((await specs())[1]).toEqual(before[1]);
  await gifts.end(1, 'Promoted', 90_000);
  expect(await answers()).toEqual(['v2']);
  expect(await specs()).toEqual(before);
  await gifts.load.finish();
  expect(gifts.load.answers).toEqual({ 200: expect.any(Number) as number });
});
