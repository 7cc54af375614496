import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../testing/until.ts';
import { startLoad } from './load-process.ts';
import { emptyReport, tally } from './load-report.ts';

const ENTRY = `
import { systemClock } from '${import.meta.dirname}/../../kube/system-clock.ts';
import { runLoad } from '${import.meta.dirname}/load-child.ts';
process.exitCode = await runLoad(systemClock);
`;

let dir: string;
let entry: string[];
let server: Server;
let settings: Parameters<typeof startLoad>[1];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'segue-load-'));
  const outfile = join(dir, 'load.mjs');
  await build({
    stdin: { contents: ENTRY, resolveDir: import.meta.dirname, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  entry = [outfile];
  server = createServer((_request, response) => void response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  settings = { url, perSecond: 200, maxInFlight: 50, timeoutMs: 2_000 };
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

test('it reports by itself and when asked, and stops when told', async () => {
  const load = startLoad(entry, settings);
  try {
    let regular = 0;
    load.onReport(() => (regular += 1));
    await until('reports with requests', async () => {
      const { requests } = tally(emptyReport(0), await load.report());
      return regular > 1 && requests > 20;
    });
  } finally {
    await load.stop();
  }
});

test('an end that nobody asked for is told', async () => {
  const load = startLoad(['-e', 'process.exit(7)'], settings);
  await expect(load.failed).rejects.toThrow('the load process ended: exit 7');
  await expect(load.report()).rejects.toThrow('exit 7');
});

test('Ctrl-C is for the parent to answer: the load ends when told, or when its parent is gone', async () => {
  const pid = await orphan();
  await until('the orphan to be gone', async () => !isAlive(pid));
});

/** Starts a parent that starts the load, interrupts the load and kills the parent; the load's id. */
async function orphan(): Promise<number> {
  const script = `
    const { spawn } = require('node:child_process');
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'];
    const child = spawn(process.execPath, ${JSON.stringify(entry)}, { stdio });
    child.send({ load: ${JSON.stringify(settings)} });
    child.once('message', () => {
      child.kill('SIGINT');
      child.once('message', () => console.log(child.pid));
    });`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
  });
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
