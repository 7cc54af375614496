/** A lock file: one process at a time has a data directory, and a dead one's lock is taken over. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

export const LOCK_FILE = 'lock';

interface Owner {
  pid: number;
  host: string;
  /** Tells a process from a later one with the same id; '' where this machine does not say. */
  birth: string;
}

const TRIES = 5;

/** Takes the lock and returns what gives it back; throws an Error that says who has it. */
export function takeLock(dir: string): () => void {
  const path = join(dir, LOCK_FILE);
  const own: Owner = { pid: process.pid, host: hostname(), birth: birthOf(process.pid) };
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tryLock(path, JSON.stringify(own))) return () => rmSync(path, { force: true });
    const text = readLock(path);
    if (text === undefined) continue;
    refuseWhileAlive(dir, path, text);
    removeStale(path, text);
  }
  throw new Error(`${path}: other sandboxes are starting with this directory; try again`);
}

/** Whole or not at all: nobody reads a lock that is half written. */
function tryLock(path: string, text: string): boolean {
  const own = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(own, text, { mode: 0o600 });
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function refuseWhileAlive(dir: string, path: string, text: string): void {
  const owner = ownerOf(path, text);
  const remove = `if it does not run any more, remove ${path}`;
  if (owner.host !== hostname())
    throw new Error(`${dir} is used by process ${owner.pid} on ${owner.host}; ${remove}`);
  if (isAlive(owner))
    throw new Error(`${dir} is used by process ${owner.pid}; stop that, or use another directory`);
}

function ownerOf(path: string, text: string): Owner {
  try {
    const { pid, host, birth } = JSON.parse(text) as Owner;
    if (Number.isInteger(pid) && typeof host === 'string') return { pid, host, birth };
  } catch {
    // told below
  }
  throw new Error(`${path} is not a lock of a sandbox; remove it if no sandbox runs here`);
}

/** Moved away first, so that a lock which somebody took meanwhile is noticed and put back. */
function removeStale(path: string, text: string): void {
  const away = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(away, 'utf8') === text) rmSync(away);
  else renameSync(away, path);
}

function isAlive({ pid, birth }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return birth === '' || birth === birthOf(pid);
}

const STAT_START_TIME = 19;

/** Boot and start time of a process, as Linux has them in /proc. */
function birthOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program is in parentheses and may hold spaces; field 3 comes after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot}/${fields[STAT_START_TIME] ?? ''}`;
  } catch {
    return '';
  }
}
