import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../kube/index.ts';
import { until } from '../../testing/until.ts';
import { LoadClient } from './load-client.ts';
import { tally, emptyReport } from './load-report.ts';

const settings = { perSecond: 200, maxInFlight: 50, timeoutMs: 2_000 };
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function serve(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Runs the client until its counts are as wanted; the last report. */
async function load(
  url: string,
  options: Partial<typeof settings>,
  enough: (n: number) => boolean,
) {
  const stopping = new AbortController();
  const client = new LoadClient({ url, ...settings, ...options }, systemClock);
  const running = client.run(stopping.signal);
  const total = () => tally(emptyReport(0), client.report());
  await until('requests', async () => enough(total().requests));
  stopping.abort();
  await running;
  return client.report();
}

test('answers are counted by version and status, and half of the requests connect anew', async () => {
  const sockets = new Map<Socket, number>();
  let seen = 0;
  const { url } = await serve((request, response) => {
    sockets.set(request.socket, (sockets.get(request.socket) ?? 0) + 1);
    seen += 1;
    response.setHeader('x-segue-version', seen % 10 === 0 ? 'v2' : 'v1');
    response.writeHead(seen % 10 === 0 ? 500 : 200).end('hello');
  });
  const report = await load(url, {}, (n) => n >= 100);
  const { requests, failed, shares } = tally(emptyReport(0), report);
  expect(requests).toBe(seen);
  expect(failed).toBe(Math.floor(seen / 10));
  expect(shares.find(({ version }) => version === 'v2')?.failed).toBe(failed);
  const alone = [...sockets.values()].filter((uses) => uses === 1).length;
  expect(alone).toBeGreaterThanOrEqual(Math.floor(seen / 2));
  expect(sockets.size).toBeLessThan(seen * 0.75);
});

test('a cut connection, a cut answer and silence are lost requests, and none is tried again', async () => {
  let seen = 0;
  const { url } = await serve((request, response) => {
    seen += 1;
    if (seen % 3 === 0) request.socket.destroy();
    else if (seen % 3 === 1) {
      response.writeHead(200, { 'content-length': 10 });
      response.write('cut', () => request.socket.destroy());
    }
  });
  const report = await load(url, { timeoutMs: 200 }, (n) => n >= 12);
  const { requests, failed, lost } = tally(emptyReport(0), report);
  expect(requests).toBe(seen);
  expect(failed).toBe(seen);
  expect(lost).toMatchObject({ ECONNRESET: expect.any(Number), TIMEOUT: expect.any(Number) });
});

test('nobody listens: every request is lost, with the reason', async () => {
  const { server, url } = await serve(() => {});
  await new Promise((resolve) => server.close(resolve));
  stops.length = 0;
  const report = await load(url, {}, (n) => n >= 5);
  expect(Object.keys(report.lost)).toEqual(['ECONNREFUSED']);
});

test('a slow server does not slow the load: what would be too much is held back and said', async () => {
  const { url } = await serve(() => {});
  const report = await load(url, { maxInFlight: 3, timeoutMs: 300 }, (n) => n >= 3);
  expect(report.heldBack).toBeGreaterThan(10);
});
