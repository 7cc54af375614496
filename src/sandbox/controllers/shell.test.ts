import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Informer } from '../../ports/informer.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';
import type { Log } from '../../ports/log.ts';
import type { QueueWork, WorkQueue } from '../../ports/queue.ts';
import { createApplier } from './applier.ts';
import { createCaches } from './caches.ts';
import { createEventRecorder } from './events.ts';
import { prepare, RetryLater } from './loop.ts';
import { podCollector } from './pod-gc.ts';
import { aDeployment, aPod, aSet, NOW } from './testing/objects.ts';
import { nameOf, type EventWrite } from './write.ts';

const clock = { now: () => NOW, sleep: async () => {} };
const log: Log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log };

/** A client that answers every write with a new version, and remembers what it was sent. */
function recordingClient(refuse: (verb: string) => KubeError | undefined = () => undefined): {
  client: KubeClient;
  sent: { verb: string; object: KubeObject | undefined; body: unknown }[];
} {
  const sent: { verb: string; object: KubeObject | undefined; body: unknown }[] = [];
  const answer = (verb: string, object: KubeObject | undefined, body?: unknown): KubeObject => {
    sent.push({ verb, object, body });
    const refusal = refuse(verb);
    if (refusal) throw refusal;
    const given = object ?? aPod('patched');
    return { ...given, metadata: { ...given.metadata, resourceVersion: `${100 + sent.length}` } };
  };
  const client = {
    create: async (object: KubeObject) => answer('create', object),
    replace: async (object: KubeObject, options?: { subresource?: string }) =>
      answer(`replace ${options?.subresource ?? ''}`.trim(), object),
    patch: async (_: unknown, patch: { body: unknown }) => answer('patch', undefined, patch.body),
    delete: async () => answer('delete', undefined),
  };
  return { client: client as unknown as KubeClient, sent };
}

function cachesOf(seen: KubeObject[] = []): ReturnType<typeof createCaches> {
  const informer = { observe: (object: KubeObject) => seen.push(object) } as unknown as Informer;
  return createCaches({ informer: () => informer } as unknown as Cluster);
}

describe('the applier', () => {
  test('gives the second write of an object the version the first one left', async () => {
    const { client, sent } = recordingClient();
    const applier = createApplier({ client, caches: cachesOf(), clock, log });
    const set = aSet('a', { image: 'web:1', replicas: 1 });
    await applier.apply(
      [
        { op: 'Update', object: set },
        { op: 'UpdateStatus', object: aDeployment() },
        { op: 'UpdateStatus', object: set },
      ],
      'test',
    );
    expect(sent.map(({ verb, object }) => [verb, object?.metadata.resourceVersion])).toEqual([
      ['replace', '5'],
      ['replace status', '10'],
      ['replace status', '101'],
    ]);
  });

  test('shows the answers to the caches', async () => {
    const seen: KubeObject[] = [];
    const applier = createApplier({
      client: recordingClient().client,
      caches: cachesOf(seen),
      clock,
      log,
    });
    await applier.apply([{ op: 'Create', object: aPod('a') }], 'test');
    expect(seen.map(({ metadata }) => metadata.resourceVersion)).toEqual(['101']);
  });

  test('stops at the first refusal', async () => {
    const conflict = new KubeError('changed', { code: 409, reason: 'Conflict' });
    const { client, sent } = recordingClient((verb) => (verb === 'replace' ? conflict : undefined));
    const applier = createApplier({ client, caches: cachesOf(), clock, log });
    const writes = [
      { op: 'Update', object: aPod('a') },
      { op: 'Create', object: aPod('b') },
    ] as const;
    await expect(applier.apply([...writes], 'test')).rejects.toBe(conflict);
    expect(sent).toHaveLength(1);
  });

  test('knows what it deleted before the cache does', async () => {
    const { client } = recordingClient();
    const applier = createApplier({ client, caches: cachesOf(), clock, log });
    const pod = aPod('a');
    expect(applier.isDeleted(pod)).toBe(false);
    await applier.delete({ op: 'Delete', target: nameOf(pod), uid: 'a-uid' });
    expect(applier.isDeleted(pod)).toBe(true);
    expect(applier.isDeleted(aPod('a', { deleting: true }))).toBe(false);
  });
});

describe('events', () => {
  const event = (message: string): EventWrite => ({
    op: 'Event',
    about: aPod('a'),
    type: 'Warning',
    reason: 'FailedCreate',
    message,
  });

  test('a repeated one counts up the first', async () => {
    const { client, sent } = recordingClient();
    const events = createEventRecorder({ client, clock, log });
    for (const message of ['quota', 'quota', 'other', 'quota'])
      events.record(event(message), 'test');
    await events.drained();
    expect(sent.map(({ verb, body }) => (verb === 'patch' ? body : verb))).toEqual([
      'create',
      { count: 2, lastTimestamp: '2030-01-01T12:00:00Z' },
      'create',
      { count: 3, lastTimestamp: '2030-01-01T12:00:00Z' },
    ]);
  });

  test('one that expired on the server is written anew', async () => {
    const gone = new KubeError('gone', { code: 404, reason: 'NotFound' });
    const { client, sent } = recordingClient((verb) => (verb === 'patch' ? gone : undefined));
    const events = createEventRecorder({ client, clock, log });
    events.record(event('quota'), 'test');
    events.record(event('quota'), 'test');
    await events.drained();
    expect(sent.map(({ verb }) => verb)).toEqual(['create', 'patch', 'create']);
  });

  test('one that cannot be written stops nothing', async () => {
    const down = new KubeError('down', { code: 500, reason: 'InternalError' });
    const { client } = recordingClient(() => down);
    const events = createEventRecorder({ client, clock, log });
    events.record(event('quota'), 'test');
    await expect(events.drained()).resolves.toBeUndefined();
  });
});

describe('the loop', () => {
  /** Runs one key through a controller whose sync does as told; gives what the queue was asked. */
  async function handle(sync: () => Promise<number | undefined>): Promise<string[]> {
    const asked: string[] = [];
    let work: QueueWork | undefined;
    const queue = {
      addAfter: (key: string, ms: number) => asked.push(`${key} after ${ms}`),
      run: async (given: QueueWork) => {
        work = given;
      },
    } as unknown as WorkQueue;
    const environment = {
      cluster: { queue: () => queue },
      signal: new AbortController().signal,
    } as unknown as Parameters<typeof prepare>[0];
    await prepare(environment, { name: 'test', workers: 1, wire: () => {}, sync })();
    await work?.handle('a/b');
    await work?.handle('a/b').catch((error: unknown) => asked.push(String(error)));
    return asked;
  }

  test('looks again when the sync says', async () => {
    expect(await handle(async () => 5)).toEqual(['a/b after 5', 'a/b after 5']);
  });

  test.each([
    ['a lost race', new KubeError('changed', { code: 409, reason: 'Conflict' })],
    ['a refusal that was told of', new RetryLater('quota')],
    [
      'a namespace going away',
      new KubeError('no, because it is being terminated', { code: 403, reason: 'Forbidden' }),
    ],
  ])('tries again without a word after %s, ever later', async (_, error) => {
    const asked = await handle(() => Promise.reject(error));
    expect(asked).toEqual(['a/b after 40', 'a/b after 80']);
  });

  test('leaves any other error to the queue', async () => {
    const broken = handle(() => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
  });
});

describe('pods of a node that is gone', () => {
  /** The collector's answer for one pod after so many seconds without its node. */
  async function collected(
    seconds: number,
  ): Promise<{ waitMs: number | undefined; sent: string[] }> {
    let nowMs = NOW;
    const pod = aPod('a', { node: 'gone' });
    const { client, sent } = recordingClient();
    const caches = createCaches({
      informer: () => ({
        get: (namespace: string) => (namespace === 'shop' ? pod : undefined),
        observe: () => {},
      }),
    } as unknown as Cluster);
    const moving = { ...clock, now: () => nowMs };
    const applier = createApplier({ client, caches, clock: moving, log });
    const cluster = { client: { get: async () => undefined } } as unknown as Cluster;
    const collector = podCollector({
      cluster,
      caches,
      applier,
      clock: moving,
      log,
      random: () => 0,
      signal: new AbortController().signal,
    });
    await collector.sync('shop/a');
    nowMs += seconds * 1_000;
    return { waitMs: await collector.sync('shop/a'), sent: sent.map(({ verb }) => verb) };
  }

  test('are waited for, as the node may come back', async () => {
    expect(await collected(39)).toEqual({ waitMs: 1_000, sent: [] });
  });

  test('are deleted after forty seconds', async () => {
    expect(await collected(40)).toEqual({ waitMs: undefined, sent: ['delete'] });
  });
});
