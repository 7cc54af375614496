/**
 * Keeps a store in two files of a directory: `snapshot.jsonl` is all objects at one revision,
 * `journal.jsonl` every change since, one a line, written before it happens. A line that a crash
 * tore is dropped. When the journal has grown, a new snapshot is written beside the old one and
 * renamed over it; a journal that is still there after that only repeats what the snapshot has.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../../api/object.ts';
import type { Store, StoredObject, StoreEvent, StorePast } from '../store.ts';

const SNAPSHOT_FILE = 'snapshot.jsonl';
export const JOURNAL_FILE = 'journal.jsonl';
const NEW_SUFFIX = '.new';

export interface JournalOptions {
  /** A journal of fewer bytes is not worth a snapshot. */
  compactBytes?: number;
}

const COMPACT_BYTES = 4 * 1024 * 1024;
const CHUNK_CHARS = 1024 * 1024;

type Change = StorePast['events'][number];

interface ReadJournal {
  past: StorePast;
  /** Up to here the journal's lines are whole. */
  wholeBytes: number;
  snapshotBytes: number;
  /** What was dropped, in words. */
  notes: string[];
}

export class Journal {
  readonly past: StorePast;
  readonly notes: string[];
  readonly #dir: string;
  readonly #compactBytes: number;
  #fd: number;
  #bytes: number;
  #compactAt: number;
  #broken: Error | undefined;

  /** Reads what is there; throws, without having changed anything, when it makes no sense. */
  constructor(dir: string, { compactBytes = COMPACT_BYTES }: JournalOptions = {}) {
    const { past, wholeBytes, snapshotBytes, notes } = readJournal(dir);
    this.past = past;
    this.notes = notes;
    this.#dir = dir;
    this.#compactBytes = compactBytes;
    this.#compactAt = Math.max(compactBytes, 2 * snapshotBytes);
    this.#bytes = wholeBytes;
    const { O_RDWR, O_CREAT, O_APPEND } = constants;
    this.#fd = openSync(join(dir, JOURNAL_FILE), O_RDWR | O_CREAT | O_APPEND, 0o600);
    if (fstatSync(this.#fd).size > wholeBytes) ftruncateSync(this.#fd, wholeBytes);
  }

  /** Writes a change that `store` is about to make. Throws when it cannot be kept. */
  append({ type, storage, object }: StoreEvent, store: Store): void {
    if (this.#broken) throw this.#broken;
    if (this.#bytes >= this.#compactAt) this.#compact(store);
    const change: Change = { type, storage, object };
    const line = Buffer.from(`${JSON.stringify(change)}\n`);
    try {
      writeAll(this.#fd, line);
    } catch (error) {
      this.#undo(error as Error);
      throw error;
    }
    this.#bytes += line.length;
  }

  /** Also across a loss of power, what was written is there from now on. */
  close(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  /** Half a line in front of the next one would be worse than no line. */
  #undo(because: Error): void {
    try {
      ftruncateSync(this.#fd, this.#bytes);
    } catch {
      this.#broken = new Error(`the data directory cannot be written any more: ${because.message}`);
    }
  }

  #compact(store: Store): void {
    const path = join(this.#dir, SNAPSHOT_FILE);
    const bytes = writeSnapshot(path + NEW_SUFFIX, store);
    renameSync(path + NEW_SUFFIX, path);
    syncDirectory(this.#dir);
    ftruncateSync(this.#fd, 0);
    this.#bytes = 0;
    this.#compactAt = Math.max(this.#compactBytes, 2 * bytes);
  }
}

interface SnapshotHeader {
  revision: number;
  objects: number;
}

/** Returns its size. */
function writeSnapshot(path: string, store: Store): number {
  const objects = [...store.everything()];
  const header: SnapshotHeader = { revision: store.revision, objects: objects.length };
  const fd = openSync(path, 'w', 0o600);
  try {
    let chunk = `${JSON.stringify(header)}\n`;
    for (const { storage, object } of objects) {
      chunk += `${JSON.stringify({ storage, object })}\n`;
      if (chunk.length < CHUNK_CHARS) continue;
      writeAll(fd, Buffer.from(chunk));
      chunk = '';
    }
    writeAll(fd, Buffer.from(chunk));
    fsyncSync(fd);
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/** A rename is kept for certain when its directory is. Not every system can. */
export function syncDirectory(dir: string): void {
  try {
    const fd = openSync(dir, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    // the rename is then as durable as the system makes it
  }
}

function readJournal(dir: string): ReadJournal {
  const snapshot = readSnapshot(join(dir, SNAPSHOT_FILE));
  const path = join(dir, JOURNAL_FILE);
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const { changes, wholeBytes } = readChanges(path, bytes);
  const { revision } = snapshot;
  const events = changes.filter(({ object }) => revisionOf(object) > revision);
  for (const [index, { object }] of events.entries())
    if (revisionOf(object) !== revision + 1 + index)
      throw unreadable(path, `resourceVersion ${revision + 1 + index} is missing`);
  const dropped = bytes.length - wholeBytes;
  const notes =
    dropped > 0
      ? [`${path}: the last line was torn when the sandbox ended; dropped its ${dropped} bytes`]
      : [];
  const past = { revision, objects: snapshot.objects, events };
  return { past, wholeBytes, snapshotBytes: snapshot.bytes, notes };
}

/** Revision 1 is that of an empty store. */
const EMPTY_REVISION = 1;

function readSnapshot(path: string): { revision: number; objects: StoredObject[]; bytes: number } {
  if (!existsSync(path)) return { revision: EMPTY_REVISION, objects: [], bytes: 0 };
  const bytes = readFileSync(path);
  const lines = linesOf(bytes).map(({ text }) => text);
  const [header, ...objects] = lines.map((text, index) => {
    const read = parse(text);
    if (read === undefined) throw unreadable(path, `line ${index + 1} is not JSON`);
    return read;
  });
  const { revision, objects: count } = (header ?? {}) as Partial<SnapshotHeader>;
  if (typeof revision !== 'number' || count !== objects.length)
    throw unreadable(path, `${objects.length} objects where its first line says ${count}`);
  for (const [index, object] of objects.entries())
    if (!isStored(object)) throw unreadable(path, `line ${index + 2} is not an object`);
  return { revision, objects: objects as StoredObject[], bytes: bytes.length };
}

function readChanges(path: string, bytes: Buffer): { changes: Change[]; wholeBytes: number } {
  const lines = linesOf(bytes);
  const changes: Change[] = [];
  let wholeBytes = 0;
  for (const [index, { text, endByte }] of lines.entries()) {
    const change = parse(text);
    if (isStored(change) && typeof (change as Partial<Change>).type === 'string')
      changes.push(change as Change);
    else if (index === lines.length - 1) break;
    else throw unreadable(path, `line ${index + 1} is not a change`);
    wholeBytes = endByte;
  }
  return { changes, wholeBytes };
}

const NEWLINE = 0x0a;

/** What ends in a newline; the rest was never finished. */
function linesOf(bytes: Buffer): { text: string; endByte: number }[] {
  const lines = [];
  for (let start = 0; ;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return lines;
    lines.push({ text: bytes.toString('utf8', start, end), endByte: end + 1 });
    start = end + 1;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isStored(value: unknown): value is StoredObject {
  const { storage, object } = (value ?? {}) as Partial<StoredObject>;
  return typeof storage === 'string' && typeof object?.metadata?.name === 'string';
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion);
}

function unreadable(path: string, what: string): Error {
  return new Error(
    `${path} cannot be read: ${what}. Nothing was changed; restore the directory, or use another`,
  );
}
