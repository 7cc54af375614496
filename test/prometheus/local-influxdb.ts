/** A real InfluxDB on free loopback ports, with a database and a user who must say a password. Takes the binary
 * `influxd` from the PATH. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { freePort } from '../../src/testing/example-shop.ts';
import { ended, untilReady } from './local-server.ts';

const INFLUXD = 'influxd';
export const USER = 'reader';
export const PASSWORD = 'correct horse';
export const DATABASE = 'shop';

const AUTHORIZATION = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

export interface LocalInfluxdb {
  url: string;
  stop(): Promise<void>;
}

/** @param lines in the line protocol, with times in seconds */
export async function startInfluxdb(lines: readonly string[]): Promise<LocalInfluxdb> {
  const directory = await mkdtemp(join(tmpdir(), 'segue-influxdb-'));
  const [port, backup] = [await freePort(), await freePort()];
  const config = join(directory, 'influxdb.conf');
  await writeFile(config, configOf(directory, { port, backup }));
  const child = spawn(INFLUXD, ['-config', config]);
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await ended(child);
    await rm(directory, { recursive: true });
  };
  try {
    await untilReady(`${url}/ping`, child);
    await query(url, `CREATE USER ${USER} WITH PASSWORD '${PASSWORD}' WITH ALL PRIVILEGES`);
    await query(url, `CREATE DATABASE ${DATABASE}`);
    // On a busy machine it may not know its database yet.
    const write = `${url}/write?db=${DATABASE}&precision=s`;
    await vi.waitFor(() => post(write, lines.join('\n')), { timeout: 10_000 });
    return { url, stop };
  } catch (error) {
    await stop();
    throw missingBinary(error);
  }
}

function configOf(directory: string, { port, backup }: { port: number; backup: number }): string {
  const at = (name: string) => JSON.stringify(join(directory, name));
  return [
    'reporting-disabled = true',
    `bind-address = "127.0.0.1:${backup}"`,
    '[meta]',
    `dir = ${at('meta')}`,
    '[data]',
    `dir = ${at('data')}`,
    `wal-dir = ${at('wal')}`,
    '[monitor]',
    'store-enabled = false',
    '[http]',
    `bind-address = "127.0.0.1:${port}"`,
    'auth-enabled = true',
    'log-enabled = false',
    '',
  ].join('\n');
}

/** What went wrong stands in an answer with a 200. */
async function query(url: string, q: string): Promise<void> {
  const text = await post(`${url}/query`, new URLSearchParams({ q }));
  if (text.includes('"error"')) throw new Error(`${q}: ${text}`);
}

async function post(url: string, body: string | URLSearchParams): Promise<string> {
  const headers = { authorization: AUTHORIZATION };
  const answer = await fetch(url, { method: 'POST', body, headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return text;
}

function missingBinary(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  return new Error(
    'NOT TESTED: influxd is not on the PATH; on Debian it comes with `apt-get install influxdb`',
    { cause: error },
  );
}
