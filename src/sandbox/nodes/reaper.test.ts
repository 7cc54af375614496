import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startReaper } from './reaper.ts';

function group(): ChildProcess & { pid: number } {
  const options = { detached: true, stdio: 'ignore' } as const;
  return spawn('sleep', ['300'], options) as ChildProcess & { pid: number };
}

test('what is left at the end is killed, and the folder removed; what was let go is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'segue-reaper-'));
  const reaper = startReaper(folder);
  const [left, other, done] = [group(), group(), group()];
  for (const { pid } of [left, done, other]) reaper.add(pid);
  reaper.remove(done.pid);
  const ends = Promise.all([once(left, 'exit'), once(other, 'exit')]);
  await reaper.close();
  expect((await ends).map(([, signal]) => signal as string)).toEqual(['SIGKILL', 'SIGKILL']);
  expect(existsSync(folder)).toBe(false);
  expect(done.exitCode ?? done.signalCode).toBeNull();
  done.kill('SIGKILL');
  await once(done, 'exit');
});
