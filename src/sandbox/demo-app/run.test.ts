import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../../testing/until.ts';
import { runDemoApp } from './run.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('it fails as often as it is told, counts that, and drains on SIGTERM', async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = { FAULT_PERCENT: '50', LAME_DUCK_MS: '300', VERSION: 'v7', POD_NAME: 'web-1' };
  const code = runDemoApp({ PORT: String(port), ...settings }, []);
  await until('it to listen', () => fetch(`${url}/healthz`).then(({ ok }) => ok));
  const codes: number[] = [];
  for (let n = 0; n < 10; n += 1) codes.push((await fetch(url)).status);
  expect(codes.filter((one) => one === 500)).toHaveLength(5);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('http_requests_total{code="500"} 5');
  expect(metrics).toContain('http_request_duration_seconds_count 10');
  expect(metrics).toContain('orders_total 0');
  const answer = await fetch(url, { headers: { accept: 'application/json' } });
  expect(await answer.json()).toMatchObject({ version: 'v7', pod: 'web-1' });
  process.emit('SIGTERM');
  const leaving = await fetch(`${url}/readyz`);
  expect([leaving.status, leaving.headers.get('connection')]).toEqual([503, 'close']);
  expect(await code).toBe(0);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('settings it does not understand end it with 64', async () => {
  expect(await runDemoApp({ FAULT_PERCENT: 'often' }, [])).toBe(64);
  expect(await runDemoApp({}, ['--port', '1'])).toBe(64);
});
