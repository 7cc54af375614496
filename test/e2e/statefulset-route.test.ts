/** A StatefulSet behind a route, with real pods and users: who gets copies, and the way back from beyond half. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { reachableAddress } from '../../src/sandbox/nodes/addresses.ts';
import { freePort } from '../../src/testing/example-shop.ts';
import { routeWeights } from '../../src/testing/history.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { answerOf, Load } from '../../src/testing/load.ts';
import type { Recording } from '../../src/testing/recorder.ts';
import { atGates } from '../../src/testing/shop.ts';
import { openStateful, type StatefulShop } from '../../src/testing/shop-stateful.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const loads: Load[] = [];
beforeAll(async () => {
  lab = await startLab({ nodes: 1, gateway: true });
}, 180_000);
afterAll(async () => {
  for (const load of loads) load.stop();
  await lab?.stop();
});

const V2 = 'segue-demo:v2';

type Stages = Parameters<StatefulShop['canary']>[0];

/** Four pods, told apart by what each has counted. */
class Routed {
  readonly shop: StatefulShop;
  readonly load: Load;
  private readonly where: { port: number; host: string };

  constructor(shop: StatefulShop, port: number) {
    this.shop = shop;
    this.where = { port, host: `${shop.name}.example.com` };
    this.load = new Load({ ...this.where, perSecond: 60 });
    loads.push(this.load);
  }

  async rules(): Promise<unknown[]> {
    return ((await this.shop.get(KINDS.httpRoute))['spec'] as { rules: unknown[] }).rules;
  }

  /** Versions that answer so many requests, sorted. */
  async versions(count: number): Promise<string[]> {
    const all = Array.from({ length: count }, () => answerOf(this.where));
    const answers = await Promise.all(all);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([200]));
    return [...new Set(answers.map(({ version }) => version))].toSorted((a, b) =>
      a.localeCompare(b),
    );
  }

  order(): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.where.port}/order`, { method: 'POST' });
  }

  /** Requests that each pod has counted, the lowest ordinal first. */
  async counts(): Promise<number[]> {
    const pods = (await this.shop.pods()).toSorted(byName);
    return Promise.all(pods.map(countOf));
  }

  /** Nobody asks any more, and everything that was asked has been answered. */
  async quiet(): Promise<void> {
    await this.load.finish();
    let before: number[] = [];
    await until('the pods to have nothing to do', async () => {
      const now = await this.counts();
      const same = now.every((count, i) => count === before[i]);
      before = now;
      return same;
    });
  }
}

const byName = (a: KubeObject, b: KubeObject) => (a.metadata.name < b.metadata.name ? -1 : 1);

async function countOf({ status }: KubeObject): Promise<number> {
  const { podIP = '' } = status as { podIP?: string };
  const page = await fetch(`http://${reachableAddress(podIP)}:8080/metrics`);
  const lines = (await page.text()).matchAll(/^http_requests_total\S* (\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

const READY = { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 };
const CONTAINER = { name: 'web', image: 'segue-demo:v1', ports: [{ containerPort: 8080 }] };

async function open(name: string, stages: Stages, bake = '0s'): Promise<Routed> {
  const labels = { app: name };
  const container = { ...CONTAINER, readinessProbe: READY };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const shop = await openStateful(lab, { name, spec: { template } });
  const port = await freePort();
  await lab.apply(gateway(name, port), shop.namespace);
  const where = { port, host: `${name}.example.com` };
  await until('the gateway to route', async () => (await answerOf(where)).code === 200);
  await shop.attach(shop.canary(stages, { bake }));
  await shop.held();
  return new Routed(shop, port);
}

const gateway = (name: string, port: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: public }
spec:
  gatewayClassName: segue
  listeners: [{ name: http, protocol: HTTP, port: ${port} }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: public }]
  rules: [{ backendRefs: [{ name: ${name}, port: 80 }] }]
`;

test.concurrent(
  'copies reach the updated ordinals alone, and what users are answered comes from the others',
  async () => {
    const stages = [
      { weight: 0, mirror: { percent: 50 }, approval: {} },
      { weight: 25, approval: {} },
    ] as Stages;
    const routed = await open('copied', stages);
    const { shop, load } = routed;
    const before = await routed.rules();
    await shop.setImage(V2);
    await shop.reach(1, 'the copies', atGates(0));
    await shop.shows('v1 v1 v2 v2');
    await routed.quiet();
    expect([load.answers, load.saw]).toEqual([{ 200: expect.any(Number) }, ['v1']]);

    const [first = 0, second = 0, third = 0, fourth = 0] = await routed.counts();
    expect(await routed.versions(80)).toEqual(['v1']);
    await routed.quiet();
    const after = await routed.counts();
    // Each request once where its answer comes from; the copies are about a half of them.
    expect((after[0] ?? 0) - first + ((after[1] ?? 0) - second)).toBe(80);
    expect(after[2]).toBeGreaterThan(third);
    expect(after[3]).toBeGreaterThan(fourth);
    expect((after[2] ?? 0) - third + ((after[3] ?? 0) - fourth)).toBeLessThan(80);
    // An order is not for two.
    for (let i = 0; i < 30; i++) expect((await routed.order()).status).toBe(200);
    await routed.quiet();
    const [, , ...updated] = await routed.counts();
    expect(updated).toEqual(after.slice(2));

    await shop.ask('Approve');
    await shop.reach(1, 'a share', atGates(1));
    expect(await routed.versions(80)).toEqual(['v1', 'v2']);
    await routed.quiet();
    const shared = await routed.counts();
    const answered = shared.reduce((sum, count) => sum + count, 0);
    await routed.versions(80);
    await routed.quiet();
    const now = await routed.counts();
    // Nothing is copied any more.
    expect(now.reduce((sum, count) => sum + count, 0) - answered).toBe(80);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1 v1');
    expect(await routed.rules()).toEqual(before);
  },
  180_000,
);

/** Ordinals in the order in which their pods went. */
function gone({ changes }: Recording): number[] {
  const asked = changes.filter(({ deleted, object }) => deleted && object.kind === 'Pod');
  return asked.map(({ object }) => Number(/\d+$/.exec(object.metadata.name)?.[0]));
}

const numbers = (weights: (number | string)[]) =>
  weights.filter((weight) => typeof weight === 'number');

test.concurrent(
  'aborted past half: back from the highest ordinal, the traffic with the pods, and no request is lost',
  async () => {
    const routed = await open('beyond', [{ weight: 75, approval: {} }] as Stages);
    const { shop, load } = routed;
    const before = await routed.rules();
    await shop.setImage(V2);
    await shop.reach(1, 'the stage', atGates(0));
    await shop.shows('v1 v2 v2 v2');
    const recorder = await shop.record(KINDS.pod, KINDS.httpRoute);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted', 90_000);
    const recording = await recorder.stop();
    await shop.shows('v1 v1 v1 v1');
    expect(gone(recording)).toEqual([3, 2, 1]);
    // One old pod takes twice its part, and all of it goes when there are two.
    const [start, ...weights] = numbers(routeWeights(recording, 'beyond'));
    expect([start, weights[0], weights.at(-1)]).toEqual([75, 50, 0]);
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
    expect(await routed.versions(20)).toEqual(['v1']);
    expect(load.answers).toEqual({ 200: expect.any(Number) });
    expect(await routed.rules()).toEqual(before);
  },
  180_000,
);

test.concurrent(
  'aborted when all pods are new: the template goes back, the traffic with the pods, and no request is lost',
  async () => {
    const routed = await open('whole', [{ weight: 50 }] as Stages, '1h');
    const { shop, load } = routed;
    const before = await routed.rules();
    await shop.setImage(V2);
    await shop.reach(1, 'the bake', ({ step }) => step === 'Bake', 90_000);
    await shop.shows('v2 v2 v2 v2');
    const recorder = await shop.record(KINDS.pod, KINDS.httpRoute);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted', 120_000);
    const recording = await recorder.stop();
    await shop.shows('v1 v1 v1 v1');
    expect(gone(recording)).toEqual([3, 2, 1, 0]);
    const weights = numbers(routeWeights(recording, 'whole'));
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
    expect([weights[0], weights.at(-1)]).toEqual([100, 0]);
    expect(load.answers).toEqual({ 200: expect.any(Number) });
    expect(await routed.rules()).toEqual(before);
    // Held again, with what the user wrote.
    const { template } = (await shop.set()).spec as { template: { spec: { containers: unknown } } };
    expect(template.spec.containers).toMatchObject([{ image: V2 }]);
  },
  240_000,
);
