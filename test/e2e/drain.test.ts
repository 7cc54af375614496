/** Connections that last, over a cutover and over a way back: who has them until when. Real processes
 * behind the sandbox's gateway. */
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { reachableAddress } from '../../src/sandbox/nodes/addresses.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import {
  type Followed,
  followStream,
  followWebSocket,
  KeptAlive,
} from '../../src/testing/long-lived.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

const DRAIN_MS = 2_000;

let lab: Lab;
const stops: (() => void)[] = [];
beforeAll(async () => {
  lab = await startLab({ nodes: 1, gateway: true });
}, 180_000);
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});
afterAll(() => lab?.stop());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One pod a version, behind a Gateway. */
async function opened(
  name: string,
): Promise<{ shop: Shop; where: { port: number; host: string } }> {
  const shop = await openShop(lab, { name, replicas: 1 });
  const port = await freePort();
  const host = `${name}.example.com`;
  await lab.apply(
    `
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
`,
    shop.namespace,
  );
  const where = { port, host };
  await until('the gateway to answer', async () => (await asked(where)) === 'v1');
  return { shop, where };
}

async function asked(where: { port: number; host: string; address?: string }): Promise<string> {
  const once = new KeptAlive(where);
  const version = await once.ask();
  once.stop();
  return version;
}

function follow(...all: Followed[]): Followed[] {
  stops.push(...all.map(({ stop }) => stop));
  return all;
}

const versionsOf = ({ lines }: Followed) => [
  ...new Set(lines.map(({ text }) => text.split(' ')[0])),
];

async function talking(all: readonly Followed[]): Promise<void> {
  await until('all to talk', async () => all.every(({ lines }) => lines.length > 2));
}

/** Nothing of it was lost, its pod had the drain time, and then said goodbye in its grace period. */
function expectDrained(followed: Followed, version: string, drainSince: string | undefined): void {
  expect(versionsOf(followed)).toEqual([version]);
  const texts = followed.lines.map(({ text }) => text.split(' ')[1]);
  const numbers = texts.filter((text) => /^\d+$/.test(text ?? '')).map(Number);
  expect(numbers).toEqual(numbers.map((_, i) => i));
  const told = followed.lines.find(({ text }) => text.endsWith('leaving'));
  expect(told?.atMs).toBeGreaterThanOrEqual(Date.parse(drainSince ?? '') + DRAIN_MS);
  expect(texts.at(-1)).toBe('bye');
  expect(followed.end).toBe('Ended');
}

async function allOver(all: readonly Followed[]): Promise<void> {
  await until('all to be over', async () => all.every(({ end }) => end !== ''));
}

const draining = (status: ReleaseStatus) =>
  status.drainSince !== undefined && ['Drain', 'Restore', 'CleanUp'].includes(status.step ?? '');

test('a cutover leaves what is under way to the old version, and moves the rest at once', async () => {
  const { shop, where } = await opened('over');
  const policy = shop.canary([]);
  const traffic = { ...policy.traffic, services: [{ name: 'over' }], drain: `${DRAIN_MS}ms` };
  await shop.attach(shop.blueGreen({}, { traffic }));
  await shop.held();
  const old = follow(followStream(where), followWebSocket(where));
  const kept = new KeptAlive(where);
  stops.push(() => kept.stop());
  expect(await kept.ask()).toBe('v1');
  await talking(old);

  await shop.setImage('segue-demo:v2');
  await until('the kept connection to be answered by v2', async () => (await kept.ask()) === 'v2');
  // The old pods are there for what they have, and get nothing new.
  expect(old.map(({ end }) => end)).toEqual(['', '']);
  const late = follow(followStream(where), followWebSocket(where));
  await talking(late);
  const { drainSince } = await shop.reach(1, 'the drain', draining);
  await shop.end(1, 'Promoted');
  expect(await kept.ask()).toBe('v2');
  await allOver(old);

  for (const one of old) expectDrained(one, 'v1', drainSince);
  const first = kept.versions.indexOf('v2');
  expect(kept.versions.slice(first)).not.toContain('v1');
  expect(kept.connections).toBe(1);
  expect(kept.failures).toEqual([]);
  for (const one of late) {
    expect(versionsOf(one)).toEqual(['v2']);
    expect(one.end).toBe('');
  }
});

test('a way back leaves what is under way to the candidate for the drain time', async () => {
  const { shop, where } = await opened('back');
  const policy = shop.canary([{ weight: 50, approval: {} }]);
  const traffic = { ...policy.traffic, services: [{ name: 'back' }], drain: `${DRAIN_MS}ms` };
  await shop.attach({ ...policy, traffic });
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  const streams: Followed[] = [];
  await until('a stream of the candidate', async () => {
    streams.push(...follow(followStream(where)));
    await talking(streams);
    return streams.some((one) => versionsOf(one)[0] === 'v2');
  });
  const caught = streams.filter((one) => versionsOf(one)[0] === 'v2');
  const ofStable = streams.filter((one) => versionsOf(one)[0] === 'v1');
  await shop.ask('Abort');
  const { drainSince } = await shop.reach(
    1,
    'the way back',
    (s) => s.towards === 'Aborted' && s.drainSince !== undefined,
  );
  await until('stable to answer', async () => (await asked(where)) === 'v1');
  expect(caught.map(({ end }) => end)).toEqual(caught.map(() => ''));
  await shop.end(1, 'Aborted');
  await allOver(caught);
  for (const one of caught) expectDrained(one, 'v2', drainSince);
  for (const one of ofStable) expect(one.end).toBe('');
});

test('a Service that is pinned does the same without a router', async () => {
  const { shop } = await opened('pinned');
  const { clusterIP } = ((await shop.get(KINDS.service))['spec'] ?? {}) as { clusterIP: string };
  const where = { address: reachableAddress(clusterIP), port: 80, host: 'pinned' };
  const policy = shop.blueGreen();
  const traffic = { services: [{ name: 'pinned' }], settle: '100ms', drain: `${DRAIN_MS}ms` };
  await shop.attach({ ...policy, traffic });
  await shop.held();
  const old = follow(followStream(where), followWebSocket(where));
  await talking(old);
  await shop.setImage('segue-demo:v2');
  await until('v2 to answer', async () => (await asked(where)) === 'v2');
  expect(old.map(({ end }) => end)).toEqual(['', '']);
  const { drainSince } = await shop.reach(1, 'the drain', draining);
  await shop.end(1, 'Promoted');
  await allOver(old);
  for (const one of old) expectDrained(one, 'v1', drainSince);
});
