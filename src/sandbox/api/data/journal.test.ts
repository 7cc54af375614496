import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { KubeObject } from '../../../api/object.ts';
import { Store, type StoredObject } from '../store.ts';
import { Journal, JOURNAL_FILE } from './journal.ts';

const SNAPSHOT_FILE = 'snapshot.jsonl';
const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'segue-journal-'));
  dirs.push(dir);
  return dir;
}

function copyOf(dir: string): string {
  const copy = newDir();
  for (const file of [SNAPSHOT_FILE, JOURNAL_FILE])
    if (existsSync(join(dir, file))) copyFileSync(join(dir, file), join(copy, file));
  return copy;
}

interface Opened {
  store: Store;
  journal: Journal;
}

function open(dir: string, compactBytes?: number): Opened {
  const journal = new Journal(dir, compactBytes === undefined ? {} : { compactBytes });
  const store = new Store(100);
  store.restore(journal.past);
  store.keepWith((event) => journal.append(event, store));
  return { store, journal };
}

function named(name: string, namespace: string, text = ''): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { text } };
}

/** Everything in the store, as text that equals for equal contents only. */
function contents(store: Store): string {
  const lines = [...store.everything()].map((one: StoredObject) => JSON.stringify(one));
  return [store.revision, ...lines.sort()].join('\n');
}

const write = fc.record({
  storage: fc.constantFrom('/configmaps', 'apps/deployments'),
  namespace: fc.constantFrom('a', 'b'),
  name: fc.constantFrom('x', 'y', 'z'),
  remove: fc.boolean(),
  text: fc.string({ unit: 'binary', maxLength: 40 }),
});

type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

function carryOut(store: Store, { storage, namespace, name, remove, text }: Write): void {
  const found = store.get(storage, namespace, name);
  if (remove && found) store.remove(storage, found);
  else store.put(storage, named(name, namespace, text));
}

test('killed at any byte of any write, what is read again is exactly the writes that were whole', () => {
  fc.assert(
    fc.property(
      fc.array(write, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 200, max: 3_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (writes, compactBytes, where) => {
        const dir = newDir();
        const { store, journal } = open(dir, compactBytes);
        const path = join(dir, JOURNAL_FILE);
        let lastWhole = contents(store);
        for (const one of writes) {
          const before = readFileSync(path);
          carryOut(store, one);
          const after = readFileSync(path);
          // The line alone when the journal had been put into a snapshot first.
          const start = after.subarray(0, before.length).equals(before) ? before.length : 0;
          const cut = start + Math.floor((after.length - start) * where);
          const copy = copyOf(dir);
          truncateSync(join(copy, JOURNAL_FILE), cut);
          const again = open(copy);
          expect(contents(again.store)).toBe(cut === after.length ? contents(store) : lastWhole);
          expect(again.journal.notes).toHaveLength(cut > start && cut < after.length ? 1 : 0);
          again.journal.close();
          lastWhole = contents(store);
        }
        journal.close();
      },
    ),
    { numRuns: 60 },
  );
});

test('after a torn line it is written on as if nothing had been', () => {
  const dir = newDir();
  const first = open(dir);
  first.store.put('/configmaps', named('x', 'a'));
  first.store.put('/configmaps', named('y', 'a'));
  first.journal.close();
  const path = join(dir, JOURNAL_FILE);
  truncateSync(path, readFileSync(path).length - 10);
  const second = open(dir);
  expect(second.journal.notes[0]).toContain('the last line was torn');
  second.store.put('/configmaps', named('z', 'a'));
  second.journal.close();
  const third = open(dir);
  expect(third.store.list('/configmaps').map(({ metadata }) => metadata.name)).toEqual(['x', 'z']);
  expect(third.store.revision).toBe(3);
  third.journal.close();
});

test('killed between the new snapshot and the emptied journal, nothing is there twice', () => {
  const dir = newDir();
  const { store, journal } = open(dir, 1_000);
  const path = join(dir, JOURNAL_FILE);
  let compacted = 0;
  for (let n = 0; n < 40; n += 1) {
    const before = { journal: readFileSync(path), contents: contents(store) };
    store.put('/configmaps', named(`x${n % 3}`, 'a', 'text'));
    if (readFileSync(path).length > before.journal.length) continue;
    compacted += 1;
    const copy = copyOf(dir);
    writeFileSync(join(copy, JOURNAL_FILE), before.journal);
    const again = open(copy);
    expect(contents(again.store)).toBe(before.contents);
    again.journal.close();
  }
  expect(compacted).toBeGreaterThan(2);
  journal.close();
});

test('watches continue from the last snapshot on, and are told to list again before it', async () => {
  const dir = newDir();
  const { store, journal } = open(dir, 400);
  let n = 0;
  while (!existsSync(join(dir, SNAPSHOT_FILE)))
    store.put('/configmaps', named('x', 'a', String((n += 1))));
  const { revision } = store;
  store.put('/configmaps', named('x', 'a', 'new'));
  const removed = store.get('/configmaps', 'a', 'x') as KubeObject;
  store.remove('/configmaps', removed);
  journal.close();
  const again = open(dir);
  const stream = again.store.watch('/configmaps', revision);
  stream.end();
  const seen = [];
  for await (const event of stream) seen.push(event);
  expect(seen).toMatchObject([
    {
      type: 'MODIFIED',
      revision: revision + 1,
      object: { data: { text: 'new' } },
      previous: { data: { text: String(n) } },
    },
    { type: 'DELETED', revision: revision + 2, object: { metadata: { name: 'x' } } },
  ]);
  for (const storage of ['/configmaps', '/secrets'])
    expect(() => again.store.watch(storage, 2)).toThrow('too old resource version');
  again.journal.close();
});

test('a change that cannot be kept does not happen', () => {
  const { store, journal } = open(newDir());
  store.put('/configmaps', named('x', 'a'));
  const before = contents(store);
  journal.close();
  expect(() => store.put('/configmaps', named('y', 'a'))).toThrow('bad file descriptor');
  expect(contents(store)).toBe(before);
});

test('damage that is not at the end is refused, with its place, and left as it is', () => {
  const dir = newDir();
  const { store, journal } = open(dir);
  for (const name of ['x', 'y', 'z']) store.put('/configmaps', named(name, 'a'));
  journal.close();
  const path = join(dir, JOURNAL_FILE);
  const lines = readFileSync(path, 'utf8').split('\n');
  for (const [damaged, message] of [
    [[lines[0], '{"type":', lines[2], ''], 'line 2 is not a change'],
    [[lines[0], lines[2], ''], 'resourceVersion 3 is missing'],
  ] as const) {
    const text = damaged.join('\n');
    writeFileSync(path, text);
    expect(() => open(dir)).toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
  writeFileSync(path, lines.join('\n'));
  writeFileSync(join(dir, SNAPSHOT_FILE), '{"revision":9,"objects":2}\n');
  appendFileSync(join(dir, SNAPSHOT_FILE), '{"storage":"/configmaps","object":{}}\n');
  expect(() => open(dir)).toThrow('1 objects where its first line says 2');
});
