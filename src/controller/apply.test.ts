/** What a write remembers of the one before it, while the watch is behind, and of one that was refused. */
import { expect, test } from 'vitest';
import { type DeleteOptions, type KubeClient, KubeError } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { DeleteWrite, PatchWrite } from '../ports/write.ts';
import { Writer } from './apply.ts';
import type { Caches } from './caches.ts';

const log = { info: () => {}, debug: () => {} } as unknown as Log;

function writer(answers: unknown[]) {
  const asked: (string | undefined)[] = [];
  const client = {
    delete: (_: unknown, { uid }: DeleteOptions) => {
      asked.push(uid);
      return Promise.resolve(answers.shift());
    },
  } as unknown as KubeClient;
  return { asked, writer: new Writer(client, {} as Caches, log) };
}

function deletion(uid: string): DeleteWrite {
  const target = { group: '', kind: 'Service', namespace: 'shop', name: 'web-stable' };
  return { op: 'Delete', target, uid, because: 'it is not needed any more' };
}

test.each([
  ['was gone already', undefined, 0],
  ['went at once', { metadata: { name: 'web-stable' } }, 1],
])('what %s is not deleted again; another of its name is', async (_, answer, written) => {
  const at = writer([answer, answer]);
  await at.writer.send([deletion('one')]);
  await at.writer.send([deletion('one')]);
  await at.writer.send([deletion('two')]);
  expect(at.asked).toEqual(['one', 'two']);
  expect(at.writer.written).toBe(written * 2);
});

function eviction(name: string): DeleteWrite {
  const target = { group: '', kind: 'Pod', namespace: 'shop', name };
  return { op: 'Delete', target, uid: `uid-${name}`, evict: true, because: `ask ${name} to go` };
}

test('where a budget refuses the first pod the others are not asked in the same turn', async () => {
  const asked: string[] = [];
  let allowed = 1;
  const client = {
    evict({ name }: { name: string }) {
      asked.push(name);
      if (allowed-- > 0) return Promise.resolve(true);
      return Promise.reject(new KubeError('no', { code: 429, reason: 'TooManyRequests' }));
    },
    get: () => Promise.resolve(undefined),
  } as unknown as KubeClient;
  const writer = new Writer(client, {} as Caches, log);
  await writer.send(['a', 'b', 'c', 'd'].map(eviction));
  expect(asked).toEqual(['a', 'b']);
  expect([...writer.refusedEvictions.keys()]).toEqual(['uid-b']);
  // They may be asked in the next one.
  await writer.send(['b', 'c'].map(eviction));
  expect(asked).toEqual(['a', 'b', 'b']);
});

test('a patch that goes by another object is not sent when that has changed since', async () => {
  const patched: string[] = [];
  const found = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', generation: 5 },
  };
  const client = {
    get: () => Promise.resolve(found),
    patch({ name }: { name: string }) {
      patched.push(name);
      return Promise.resolve(found);
    },
  } as unknown as KubeClient;
  const kind = { group: 'apps', kind: 'ReplicaSet', namespace: 'shop' };
  const refill = (generation: number): PatchWrite => ({
    op: 'Patch',
    type: 'merge',
    target: { ...kind, name: 'web-old' },
    body: { spec: { replicas: 3 } },
    seen: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web', generation },
    because: 'pods for it',
  });
  const writer = new Writer(
    client,
    { routes: new Map(), custom: { of: () => undefined } } as unknown as Caches,
    log,
  );
  await expect(writer.send([refill(4)])).rejects.toMatchObject({ reason: 'Conflict' });
  expect(patched).toEqual([]);
  await writer.send([refill(5)]);
  expect(patched).toEqual(['web-old']);
});

test('what it managed of an object is given up as it is stored then, and nothing where it manages nothing', async () => {
  const sent: unknown[] = [];
  const target = { group: 'g', kind: 'Route', namespace: 'shop', name: 'web' };
  const managed = (...managers: object[]) => ({
    apiVersion: 'g/v1',
    kind: 'Route',
    metadata: { name: 'web', namespace: 'shop', resourceVersion: '7', managedFields: managers },
  });
  const stored = [
    managed({ manager: 'segue' }, { manager: 'git' }, { manager: 'segue', operation: 'Apply' }),
    managed({ manager: 'git' }, { manager: 'segue', subresource: 'status' }),
    undefined,
    managed({ manager: 'segue' }),
  ];
  const client = {
    get: () => Promise.resolve(stored.shift()),
    patch: (_: unknown, { body }: { body: unknown }) => {
      sent.push(body);
      return Promise.resolve(managed());
    },
  } as unknown as KubeClient;
  const writer = new Writer(
    client,
    { routes: new Map(), custom: { of: () => undefined } } as unknown as Caches,
    log,
  );
  const write: PatchWrite = {
    op: 'Patch',
    target,
    type: 'json',
    body: [],
    disowns: true,
    because: 'it is its user’s alone again',
  };
  for (let i = 0; i < 4; i += 1) await writer.send([write]);
  expect(sent).toEqual([
    [
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'remove', path: '/metadata/managedFields/2' },
      { op: 'remove', path: '/metadata/managedFields/0' },
    ],
    [
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'replace', path: '/metadata/managedFields', value: [{}] },
    ],
  ]);
});
