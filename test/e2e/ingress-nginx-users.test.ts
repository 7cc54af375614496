/** Canary releases by a canary Ingress, through the gateway that takes them as ingress-nginx does, and under load. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type ByHand, openByHand } from '../../src/testing/by-hand.ts';
import { freePort } from '../../src/testing/example-shop.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
let shop: ByHand;
beforeAll(async () => {
  lab = await startRouteLab({ nodes: 1, gateway: true });
  const port = await freePort();
  await lab.client.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'nginx', annotations: { 'segue.dev/http-port': String(port) } },
    spec: { controller: 'k8s.io/ingress-nginx' },
  });
  shop = await openByHand(lab, { name: 'catalog', yaml: await example(), port });
}, 180_000);
afterAll(async () => {
  shop?.load.stop();
  await lab?.stop();
});

/** With times that are short for a test. */
async function example(): Promise<string> {
  const text = await readFile('examples/canary-ingress-nginx.yaml', 'utf8');
  return text
    .replaceAll(/\b(hold|bake): \d+s\b/g, '$1: 1s')
    .replaceAll('periodSeconds: 2', 'periodSeconds: 1')
    .replaceAll('interval: 2s', 'interval: 500ms');
}

async function versions(headers: Record<string, string> = {}): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: 60 }, () => shop.request(headers)));
  return [...new Set(answers.map(({ version }) => version))].sort();
}

/** What the user wrote, and how many Ingresses there are. */
async function ingresses() {
  const { items } = await lab.client.list(KINDS.ingress, { namespace: shop.namespace });
  const [own] = items.filter(({ metadata }) => metadata.name === 'catalog');
  return { spec: own?.['spec'], annotations: own?.metadata.annotations, count: items.length };
}

test('testers by a header and a share of the others, all of them, or back again: no request is lost', async () => {
  const before = await ingresses();
  expect(before.count).toBe(1);
  await shop.adopt();
  await shop.held();
  await shop.write('catalog', 'segue-demo:v2');
  await shop.reach(1, 'the first stage', atGates(0));
  expect(await versions({ canary: 'true' })).toEqual(['v2']);
  await shop.reach(1, 'the second stage', atGates(1));
  expect(await versions()).toEqual(['v1', 'v2']);
  await shop.end(1, 'Promoted', 90_000);
  expect(await versions()).toEqual(['v2']);
  expect(await ingresses()).toEqual(before);
  expect(shop.load.answers).toEqual({ 200: expect.any(Number) as number });
  expect(shop.load.saw[0]).toBe('v1');
  expect(shop.load.saw.at(-1)).toBe('v2');

  const testers = shop.moreLoad({ perSecond: 60, headers: { canary: 'true' } });
  await shop.write('catalog', 'segue-demo:v3', { FAULT_PERCENT: '60' });
  await until('the second release', () => shop.release(2));
  expect(await shop.end(2, 'Aborted', 90_000)).toMatchObject({ reason: 'CheckFailed' });
  await testers.finish();
  expect(await ingresses()).toEqual(before);
  expect(await versions({ canary: 'true' })).toEqual(['v2']);
  // What was lost is what the bad version answered, and nothing in the moves.
  for (const { answers } of [shop.load, testers])
    expect(Object.keys(answers).filter((answer) => !/^(200|500)$/.test(answer))).toEqual([]);
});
