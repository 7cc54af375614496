/** What the servers of these tests have in common: they are processes that are ready when they answer. */
import type { ChildProcess } from 'node:child_process';
import { vi } from 'vitest';
import type { VersionContext } from '../../src/ports/metric-provider.ts';

/** @param url answered with a 2xx as soon as it is ready
 * @throws Error with what it has said, where it ends before */
export async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const name = child.spawnfile;
  let failed: Error | undefined;
  let said = '';
  child.once('error', (error) => (failed = error));
  child.stderr?.on('data', (chunk) => (said += String(chunk)));
  await vi.waitFor(
    async () => {
      if (failed) return;
      if (child.exitCode !== null) throw new Error(`${name} ended: ${said.slice(-2_000)}`);
      const { ok } = await fetch(url);
      if (!ok) throw new Error(`${name} is not ready`);
    },
    { timeout: 30_000 },
  );
  if (failed) throw failed;
}

export async function ended(child: ChildProcess): Promise<void> {
  // One that never began has no end.
  if (child.exitCode !== null || child.pid === undefined) return;
  const exit = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await exit;
}

/** The candidate of this hash, without pods. */
export function candidate(hash: string): VersionContext {
  const role = 'Candidate';
  return { role, namespace: 'shop', service: 'web', hash, pods: [], window: '1m' };
}
