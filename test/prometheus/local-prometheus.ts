/** A real Prometheus on a free loopback port: filled with an hour of history in advance, so that nothing has to wait for
 * a scrape, or scraping what it is told to. Takes the binaries `prometheus` and `promtool` from the PATH. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { freePort } from '../../src/testing/example-shop.ts';
import { ended, untilReady } from './local-server.ts';

const PROMETHEUS = 'prometheus';
const PROMTOOL = 'promtool';
const run = promisify(execFile);

/** A counter that grows evenly. */
export interface History {
  /** Name and labels, `requests_total{code="200"}`. */
  series: string;
  perSecond: number;
}

const STEP_S = 15;
const HISTORY_S = 3_600;

export interface LocalPrometheus {
  url: string;
  /** Stands still as it is, and goes on: its port takes connections and nobody answers. A thread that runs when the
   * signal comes may answer once more, so that it is waited for. */
  freeze(): Promise<void>;
  thaw(): void;
  stop(): Promise<void>;
}

/** @param scrapes `scrape_configs`, all every second */
export async function startPrometheus(
  history: readonly History[],
  scrapes: readonly object[] = [],
): Promise<LocalPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'segue-prometheus-'));
  try {
    if (history.length > 0) await fill(directory, history);
    const config = join(directory, 'prometheus.yml');
    const every = { scrape_interval: '1s', scrape_timeout: '1s' };
    await writeFile(config, JSON.stringify({ global: every, scrape_configs: scrapes }));
    const port = await freePort();
    const child = spawn(PROMETHEUS, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${directory}`,
      '--storage.tsdb.retention.time=1d',
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const url = `http://127.0.0.1:${port}`;
    const thaw = () => void child.kill('SIGCONT');
    const stop = async () => {
      thaw();
      await ended(child);
      await rm(directory, { recursive: true });
    };
    await untilReady(`${url}/-/ready`, child).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { url, freeze: () => frozen(child), thaw, stop };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw missingBinary(error);
  }
}

async function fill(directory: string, history: readonly History[]): Promise<void> {
  const page = join(directory, 'history.txt');
  await writeFile(page, openMetrics(history, Date.now() / 1_000));
  await run(PROMTOOL, ['tsdb', 'create-blocks-from', 'openmetrics', page, directory]);
}

async function frozen(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  const tasks = `/proc/${child.pid}/task`;
  const threads = await readdir(tasks).catch(() => []);
  await vi.waitFor(async () => {
    for (const thread of threads) {
      const status = await readFile(join(tasks, thread, 'status'), 'utf8').catch(() => 'State:\tT');
      if (!/^State:\s+T/m.test(status)) throw new Error(`thread ${thread} still runs`);
    }
  });
}

function openMetrics(history: readonly History[], untilS: number): string {
  const lines: string[] = [];
  for (const { series, perSecond } of history)
    for (let second = 0; second <= HISTORY_S; second += STEP_S)
      lines.push(`${series} ${perSecond * second} ${(untilS - HISTORY_S + second).toFixed(3)}`);
  return `${lines.join('\n')}\n# EOF\n`;
}

function missingBinary(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  return new Error(
    'NOT TESTED: prometheus and promtool are not on the PATH; ' +
      'on Debian they come with `apt-get install prometheus`',
    { cause: error },
  );
}
