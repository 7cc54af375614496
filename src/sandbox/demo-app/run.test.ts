import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { GrpcUsers } from '../../testing/grpc-users.ts';
import type { Answer } from '../../testing/load.ts';
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

test('on the same port a call of gRPC gets its messages back, faults apart, and connections are given up on SIGTERM', async () => {
  const port = await freePort();
  const users = new GrpcUsers();
  const settings = { FAULT_PERCENT: '50', LAME_DUCK_MS: '100', VERSION: 'v7', POD_NAME: 'web-1' };
  const code = runDemoApp({ PORT: String(port), ...settings }, []);
  await until('it to listen', () => fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok));
  const answers: Answer[] = [];
  for (let n = 0; n < 10; n += 1) answers.push(await users.ask({ port, host: 'shop' }));
  expect(answers.filter((one) => one.code === 200)).toHaveLength(5);
  expect(answers.filter((one) => one.code === 14)).toHaveLength(5);
  expect(new Set(answers.map(({ version }) => version))).toEqual(new Set(['v7']));
  // One that has not said anything, and one that is kept for more calls: neither keeps it from going.
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toContain('http_requests_total{code="500"} 5');
  expect(metrics).toContain('grpc_server_handled_total{grpc_code="OK"} 5');
  expect(metrics).toContain('grpc_server_handled_total{grpc_code="Unavailable"} 5');
  expect(metrics).toContain('grpc_server_handling_seconds_count 10');
  process.emit('SIGTERM');
  expect(await code).toBe(0);
  users.stop();
});
