/** A policy with two ways to its users: an Ingress at the edge and a route of the Gateway API. They move together. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { type ByHand, openByHand } from '../../src/testing/by-hand.ts';
import { freePort } from '../../src/testing/example-shop.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { answerOf } from '../../src/testing/load.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

const HOST = 'catalog.example.com';

let lab: Lab;
let shop: ByHand;
const ports = { edge: 0, gateway: 0 };
beforeAll(async () => {
  lab = await startRouteLab({ nodes: 1, gateway: true });
  ports.edge = await freePort();
  ports.gateway = await freePort();
  await lab.client.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'nginx', annotations: { 'segue.dev/http-port': String(ports.edge) } },
    spec: { controller: 'k8s.io/ingress-nginx' },
  });
  shop = await openByHand(lab, { name: 'catalog', yaml: await objects(), port: ports.edge });
  await until('users of the gateway to be answered', async () => {
    return (await answerOf({ port: ports.gateway, host: HOST })).code === 200;
  });
}, 180_000);
afterAll(async () => {
  shop?.load.stop();
  await lab?.stop();
});

/** What the example has but its policy, and a second way in. */
async function objects(): Promise<string> {
  const text = await readFile('examples/canary-ingress-nginx.yaml', 'utf8');
  const group = 'gateway.networking.k8s.io/v1';
  const gateway = {
    apiVersion: group,
    kind: 'Gateway',
    metadata: { name: 'catalog' },
    spec: {
      gatewayClassName: 'segue',
      listeners: [{ name: 'http', protocol: 'HTTP', port: ports.gateway }],
    },
  };
  const route = {
    apiVersion: group,
    kind: 'HTTPRoute',
    metadata: { name: 'catalog' },
    spec: {
      parentRefs: [{ name: 'catalog' }],
      rules: [{ backendRefs: [{ name: 'catalog', port: 80 }] }],
    },
  };
  const others = text.split('\n---\n').filter((one) => !one.includes('kind: ReleasePolicy'));
  return [...others, JSON.stringify(gateway), JSON.stringify(route)].join('\n---\n');
}

const policy = (stages: Record<string, unknown>[]) => ({
  targetRef: { name: 'catalog' },
  traffic: {
    services: [{ name: 'catalog' }],
    routers: [{ ingressNginx: { ingress: 'catalog' } }, { gatewayAPI: { httpRoute: 'catalog' } }],
  },
  strategy: { canary: { stages } },
  bake: '1s',
});

/** Which versions answer at each of the two. */
async function versions(): Promise<{ edge: string[]; gateway: string[] }> {
  const from = async (port: number) => {
    const all = await Promise.all(Array.from({ length: 60 }, () => answerOf({ port, host: HOST })));
    return [...new Set(all.map(({ version }) => version))].sort();
  };
  return { edge: await from(ports.edge), gateway: await from(ports.gateway) };
}

const WEIGHT = 'nginx.ingress.kubernetes.io/canary-weight';

const both = (...seen: string[]) => ({ edge: seen, gateway: seen });

async function specs() {
  return [
    (await shop.get(KINDS.ingress))['spec'],
    (await shop.get(KINDS.httpRoute))['spec'] as Record<string, unknown>,
  ];
}

function rulesOf(route: KubeObject): Record<string, unknown>[] {
  return (route['spec'] as { rules: Record<string, unknown>[] }).rules;
}

/** A filter that the gateway does not know, so that it does not take up the route. */
async function writeFilters(filters: Record<string, unknown>[]): Promise<void> {
  const [rule] = rulesOf(await shop.get(KINDS.httpRoute));
  await shop.patch(KINDS.httpRoute, { spec: { rules: [{ ...rule, filters }] } });
}

test('both move at once, neither before the other has taken it up, and both are put back', async () => {
  const before = await specs();
  await shop.adopt(
    policy([
      { weight: 50, approval: {} },
      { weight: 75, approval: {} },
    ]),
  );
  await shop.held();
  await shop.write('catalog', 'segue-demo:v2');
  await shop.reach(1, 'the first stage', atGates(0));
  expect(await versions()).toEqual(both('v1', 'v2'));

  await writeFilters([
    { type: 'ExtensionRef', extensionRef: { group: 'a', kind: 'B', name: 'c' } },
  ]);
  await shop.ask('Approve');
  const waits = await until(
    'the stage to wait for the one that is not taken up any more',
    async () => {
      const { status } = (await shop.release(1)) as {
        status?: { message?: string; stage?: number };
      };
      return /HTTPRoute catalog: not accepted/.test(status?.message ?? '') && status;
    },
  );
  expect(waits.stage).toBe(0);
  const canary = await shop.get(KINDS.ingress, 'catalog-candidate');
  expect(canary.metadata.annotations).toMatchObject({ [WEIGHT]: '50' });
  await writeFilters([]);
  await shop.reach(1, 'the second stage', atGates(1));
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
  expect(await versions()).toEqual(both('v1'));
  const [ingress, route] = await specs();
  expect(ingress).toEqual(before[0]);
  expect(rulesOf({ spec: route } as unknown as KubeObject)).toEqual([
    { ...rulesOf({ spec: before[1] } as unknown as KubeObject)[0], filters: [] },
  ]);
  expect(shop.load.answers).toEqual({ 200: expect.any(Number) as number });

  await shop.write('catalog', 'segue-demo:v3');
  await shop.reach(2, 'the first stage', atGates(0));
  await shop.ask('PromoteFull');
  await shop.end(2, 'Promoted');
  expect(await versions()).toEqual(both('v3'));
  expect(await specs()).toEqual([ingress, route]);
  expect(shop.load.answers).toEqual({ 200: expect.any(Number) as number });
});
