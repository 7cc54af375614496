/** The directory in which a sandbox outlives its process: who it is, its lock and its objects. */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store, StorePast } from '../store.ts';
import type { ServingCertificate } from '../tls.ts';
import { Journal, JOURNAL_FILE, syncDirectory } from './journal.ts';
import { LOCK_FILE, takeLock } from './lock.ts';

/** What clients know a server by. */
export interface Identity {
  port: number;
  adminToken: string;
  /** Of the signatures of ServiceAccount tokens, in base64. */
  tokenKey: string;
  certificate: ServingCertificate;
}

export interface DataDirectory {
  /** Of the sandbox that was here before, if any. */
  identity: Identity | undefined;
  past: StorePast;
  /** What a user should know of how the directory was found. */
  notes: string[];
  /** From now on every change of the store is kept. */
  keep(store: Store): void;
  saveIdentity(identity: Identity): void;
  close(): void;
}

const FORMAT = 1;
const IDENTITY_FILE = 'sandbox.json';

/**
 * Makes the directory if there is none. Throws an Error and leaves everything as it was when it is
 * in use, when it is not a sandbox's, when a newer Segue wrote it, or when it cannot be read.
 */
export function openDataDirectory(dir: string): DataDirectory {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // Before the lock too: a directory of somebody else's is not to get a file of ours.
  readIdentity(dir);
  const release = takeLock(dir);
  try {
    const identity = readIdentity(dir);
    const journal = new Journal(dir);
    return {
      identity,
      past: journal.past,
      notes: journal.notes,
      keep: (store) => store.keepWith((event) => journal.append(event, store)),
      saveIdentity: (one) => writeIdentity(dir, one),
      close: () => {
        journal.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

function readIdentity(dir: string): Identity | undefined {
  const files = readdirSync(dir);
  const path = join(dir, IDENTITY_FILE);
  if (!files.includes(IDENTITY_FILE)) {
    const foreign = files.find((name) => !isFromStart(dir, name));
    if (foreign === undefined) return undefined;
    throw new Error(
      `${dir} is not empty and has no ${IDENTITY_FILE}, so it is not a sandbox's: use an empty directory, or one that does not exist yet`,
    );
  }
  const read = parse(readFileSync(path, 'utf8'));
  const { format } = read;
  if (typeof format === 'number' && format > FORMAT)
    throw new Error(
      `${dir} was written by a newer Segue (format ${format}, this one reads up to ${FORMAT}): use that one, or another directory`,
    );
  const { port, adminToken, tokenKey, certificate } = read as Partial<Identity>;
  if (format !== FORMAT || port === undefined || !adminToken || !tokenKey || !certificate)
    throw new Error(
      `${path} cannot be read. Nothing was changed; restore it, or use another directory`,
    );
  return { port, adminToken, tokenKey, certificate };
}

/** What a sandbox leaves that was killed at its very start. */
function isFromStart(dir: string, name: string): boolean {
  if (name === JOURNAL_FILE) return statSync(join(dir, name)).size === 0;
  return name.startsWith(LOCK_FILE) || name === `${IDENTITY_FILE}.new`;
}

function parse(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function writeIdentity(dir: string, identity: Identity): void {
  const path = join(dir, IDENTITY_FILE);
  const text = JSON.stringify({ format: FORMAT, ...identity }, undefined, 2);
  writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  syncDirectory(dir);
}
