import { afterEach, describe, expect, test } from 'vitest';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { Change, InformerOptions } from '../ports/informer.ts';
import { KubeError, type ListOptions, type WatchEvent, type WatchOptions } from '../ports/kube.ts';
import type { ListPage } from './client.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { CachingInformer } from './informer.ts';
import { type LogLine, recordingLog } from './recording-log.ts';
import { Reconnects } from './reconnects.ts';

const KIND = { group: '', kind: 'ConfigMap' };

function object(name: string, version: number, rest: Partial<KubeObject['metadata']> = {}) {
  const metadata = {
    namespace: 'shop',
    uid: `uid-${name}`,
    resourceVersion: `${version}`,
    ...rest,
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata } };
}

const expired = () => new KubeError('too old', { code: 410, reason: 'Expired' });

/** A watch that a test feeds. */
class Feed {
  readonly options: WatchOptions;
  readonly #events: (WatchEvent | Error | 'end')[] = [];
  #wake: () => void = () => undefined;

  constructor(options: WatchOptions) {
    this.options = options;
    options.signal?.addEventListener('abort', () => this.#wake());
  }

  async push(...events: (WatchEvent | Error | 'end')[]): Promise<void> {
    this.#events.push(...events);
    this.#wake();
    await settle();
  }

  change(type: 'ADDED' | 'MODIFIED' | 'DELETED', changed: KubeObject): Promise<void> {
    return this.push({ type, object: changed });
  }

  async *read(): AsyncIterable<WatchEvent> {
    while (!this.options.signal?.aborted) {
      const next = this.#events.shift();
      if (next === 'end') return;
      if (next instanceof Error) throw next;
      if (next) yield next;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

const stop: AbortController[] = [];
afterEach(() => stop.splice(0).forEach((controller) => controller.abort()));

interface World {
  clock?: FakeClock;
  reconnects?: Reconnects;
  /** Whether a watch is answered at all. */
  opens?: () => boolean;
}

function start(
  listed: () => KubeObject[] | Error,
  options: InformerOptions = {},
  { clock = new FakeClock(), reconnects = new Reconnects(clock), opens = () => true }: World = {},
) {
  const lines: LogLine[] = [];
  const feeds: Feed[] = [];
  const lists: (ListOptions | undefined)[] = [];
  let version = 100;
  const client = {
    async *listPages(_kind: GroupKind, list?: ListOptions): AsyncIterable<ListPage> {
      await Promise.resolve();
      lists.push(list);
      const answer = listed();
      if (answer instanceof Error) throw answer;
      version += 100;
      const page = { resourceVersion: `${version}` };
      yield { ...page, first: true, items: answer.slice(0, 1) };
      yield { ...page, first: false, items: answer.slice(1) };
    },
    watch(_kind: GroupKind, watch: WatchOptions): AsyncIterable<WatchEvent> {
      const feed = new Feed(watch);
      feeds.push(feed);
      if (opens()) watch.onOpen?.();
      return feed.read();
    },
  };
  const informer = new CachingInformer(KIND, options, {
    client,
    clock,
    log: recordingLog(lines),
    random: () => 1,
    reconnects,
  });
  const changes: string[] = [];
  informer.onChange((change) => changes.push(describeChange(change)));
  const controller = new AbortController();
  stop.push(controller);
  const run = informer.run(controller.signal);
  const feed = () => feeds.at(-1) as Feed;
  return { informer, clock, lines, feeds, feed, lists, changes, controller, run };
}

function describeChange({ old, object: now }: Change): string {
  const text = (o: KubeObject | undefined) =>
    o ? `${o.metadata.name}@${o.metadata.resourceVersion}` : '-';
  return `${text(old)}>${text(now)}`;
}

function names(objects: KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name).sort();
}

test('lists, watches from there, and tells of each change once', async () => {
  const { informer, feed, changes, controller, run } = start(
    () => [object('a', 1), object('b', 2)],
    {
      namespace: 'shop',
    },
  );
  expect(informer.synced).toBe(false);
  await informer.waitSynced(controller.signal);
  await settle();
  expect(feed().options).toMatchObject({ namespace: 'shop', resourceVersion: '200' });
  await feed().change('MODIFIED', object('a', 201));
  await feed().change('DELETED', object('b', 202));
  await feed().change('ADDED', object('c', 203));
  expect(changes).toEqual(['->a@1', '->b@2', 'a@1>a@201', 'b@2>-', '->c@203']);
  expect(names(informer.list())).toEqual(['a', 'c']);
  expect(informer.get('shop', 'a')?.metadata.resourceVersion).toBe('201');
  controller.abort();
  await run;
});

test('resumes where it stopped, bookmarks included, without listing', async () => {
  const { informer, feed, feeds, lists, controller } = start(() => []);
  await informer.waitSynced(controller.signal);
  await settle();
  await feed().push({ type: 'BOOKMARK', resourceVersion: '350' }, 'end');
  expect(feeds.map(({ options }) => options.resourceVersion)).toEqual(['200', '350']);
  expect(lists).toHaveLength(1);
});

test('a connection that breaks is waited out and resumed; the list stays', async () => {
  const { informer, feed, feeds, lists, clock, controller, lines } = start(() => [object('a', 1)]);
  await informer.waitSynced(controller.signal);
  await settle();
  await feed().push(new KubeError('reset', { code: 0, reason: 'ConnectionReset' }));
  expect(feeds).toHaveLength(1);
  expect(names(informer.list())).toEqual(['a']);
  await clock.advance(500);
  expect(feeds).toHaveLength(2);
  expect(lists).toHaveLength(1);
  expect(lines.map(({ level }) => level)).toEqual(['debug']);
});

test('a server that cannot be reached for long is told of once, not at every try', async () => {
  const { informer, feed, clock, controller, lines } = start(() => [object('a', 1)]);
  await informer.waitSynced(controller.signal);
  await settle();
  for (let i = 0; i < 8; i += 1) {
    await feed().push(new KubeError('refused', { code: 0, reason: 'ConnectionFailed' }));
    await clock.advance(Math.min(5_000, 500 * 2 ** i));
  }
  expect(lines).toHaveLength(8);
  expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

describe('behind', () => {
  const cut = () => new KubeError('reset', { code: 0, reason: 'ConnectionReset' });

  test('from a watch that failed until one is answered, though nothing has changed', async () => {
    let opens = true;
    const { informer, feed, clock } = start(() => [object('a', 1)], {}, { opens: () => opens });
    await settle();
    expect(informer.behind).toBe(false);
    opens = false;
    await feed().push(cut());
    expect(informer.behind).toBe(true);
    await clock.advance(500);
    expect(informer.behind).toBe(true);
    opens = true;
    await feed().push(cut());
    await clock.advance(1_000);
    expect(informer.behind).toBe(false);
  });

  test('a watch that the server ended in good order leaves it in touch', async () => {
    const { informer, feed } = start(() => [object('a', 1)]);
    await settle();
    await feed().push('end');
    expect(informer.behind).toBe(false);
  });

  test('the first that reaches the server wakes the others that could not', async () => {
    const clock = new FakeClock();
    const world = { clock, reconnects: new Reconnects(clock) };
    const [one, other] = [start(() => [], {}, world), start(() => [], {}, world)];
    await settle();
    for (let tries = 0; tries < 4; tries += 1) {
      await other.feed().push(cut());
      if (tries < 3) await clock.advance(5_000);
    }
    // It would wait for four seconds, the one for half of one.
    await one.feed().push(cut());
    expect([one.informer.behind, other.informer.behind]).toEqual([true, true]);
    await clock.advance(500);
    expect([one.informer.behind, other.informer.behind]).toEqual([false, false]);
  });

  test('one that was refused waits for its own time', async () => {
    const clock = new FakeClock();
    const world = { clock, reconnects: new Reconnects(clock) };
    const [one, other] = [start(() => [], {}, world), start(() => [], {}, world)];
    await settle();
    const busy = new KubeError('busy', { code: 429, reason: 'Busy', retryAfterSeconds: 7 });
    await other.feed().push(busy);
    await one.feed().push(cut());
    await clock.advance(500);
    expect([one.informer.behind, other.informer.behind]).toEqual([false, true]);
  });
});

test('too old a version lists anew and tells of what was missed, deletions too', async () => {
  let objects = [object('a', 1), object('b', 2), object('same', 3)];
  const { informer, feed, changes, controller, lists } = start(() => objects);
  await informer.waitSynced(controller.signal);
  await settle();
  changes.length = 0;
  const before = informer.get('shop', 'same');
  objects = [object('a', 150), object('same', 3), object('new', 160)];
  await feed().push(expired());
  await settle();
  expect(lists).toHaveLength(2);
  expect(changes.sort()).toEqual(['->new@160', 'a@1>a@150', 'b@2>-'].sort());
  expect(informer.get('shop', 'same')).toBe(before);
});

test('a server that keeps saying "too old" is not asked in a tight loop', async () => {
  const { informer, feed, clock, controller, lists } = start(() => []);
  await informer.waitSynced(controller.signal);
  await settle();
  for (let i = 0; i < 3; i += 1) {
    await feed().push(expired());
    await settle();
  }
  expect(lists.length).toBeLessThanOrEqual(2);
  await clock.advance(1_000);
  expect(lists).toHaveLength(3);
});

test('a list that fails is retried later and later, and the caller told', async () => {
  let fail = true;
  const { informer, clock, lists, lines } = start(() =>
    fail ? new KubeError('no', { code: 500, reason: 'InternalError' }) : [object('a', 1)],
  );
  await clock.advance(500 + 1_000 + 2_000 - 1);
  expect(lists).toHaveLength(3);
  expect(informer.synced).toBe(false);
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
  fail = false;
  await clock.advance(1);
  expect(informer.synced).toBe(true);
});

test('the server is obeyed when it says how long to wait', async () => {
  const { clock, lists } = start(
    () => new KubeError('no', { code: 429, reason: 'TooManyRequests', retryAfterSeconds: 7 }),
  );
  await clock.advance(6_999);
  expect(lists).toHaveLength(1);
  await clock.advance(1);
  expect(lists).toHaveLength(2);
});

test('a kind that is not served is an empty cache, asked for again slowly', async () => {
  let served = false;
  const { informer, clock, lists, controller } = start(() =>
    served ? [object('a', 1)] : new KubeError('no', { code: 404, reason: 'NotServed' }),
  );
  await informer.waitSynced(controller.signal);
  expect(informer.list()).toEqual([]);
  served = true;
  await clock.advance(9_000);
  expect(lists).toHaveLength(1);
  await clock.advance(2_000);
  expect(names(informer.list())).toEqual(['a']);
});

test('a kind that may not be read stops nobody where that is allowed for, and is told of once', async () => {
  let allowed = false;
  const forbidden = () => new KubeError('not yours', { code: 403, reason: 'Forbidden' });
  const { informer, clock, lines, feed, controller } = start(
    () => (allowed ? [object('a', 1)] : forbidden()),
    { mayBeRefused: 'others wait' },
  );
  await informer.waitSynced(controller.signal);
  expect(informer).toMatchObject({ refusal: 'not yours', behind: false });
  await clock.advance(60_000);
  expect(lines.map(({ message }) => message)).toEqual(['may not be read: others wait']);
  allowed = true;
  await clock.advance(30_000);
  expect(informer.refusal).toBeUndefined();
  expect(names(informer.list())).toEqual(['a']);
  // What was seen before the right was taken away is kept, and not believed to be all.
  allowed = false;
  await feed().push(forbidden());
  expect(informer.refusal).toBe('not yours');
  expect(names(informer.list())).toEqual(['a']);
});

test('elsewhere a kind that may not be read is waited for', async () => {
  const { informer, clock } = start(
    () => new KubeError('not yours', { code: 403, reason: 'Forbidden' }),
  );
  await clock.advance(60_000);
  expect(informer).toMatchObject({ synced: false, refusal: undefined });
});

test('a kind that is uninstalled empties the cache', async () => {
  let served = true;
  const { informer, feed, clock, changes, controller } = start(() =>
    served ? [object('a', 1)] : new KubeError('no', { code: 404, reason: 'NotServed' }),
  );
  await informer.waitSynced(controller.signal);
  await settle();
  served = false;
  await feed().push(new KubeError('no such path', { code: 404, reason: 'NotFound' }));
  await clock.advance(500);
  expect(informer.list()).toEqual([]);
  expect(changes.at(-1)).toBe('a@1>-');
});

test('waiting ends when it is stopped', async () => {
  const { informer, controller, run } = start(
    () => new KubeError('no', { code: 500, reason: 'InternalError' }),
  );
  const waiting = informer.waitSynced(controller.signal);
  controller.abort();
  await Promise.all([waiting, run]);
  expect(informer.synced).toBe(false);
});

test('what nobody reads is dropped before it is kept', async () => {
  const full = { ...object('a', 1, { managedFields: [{}] }), data: { big: 'x' } };
  const { informer, controller, feed } = start(() => [full], {
    trim: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }),
  });
  await informer.waitSynced(controller.signal);
  await settle();
  expect(informer.list()).toEqual([object('a', 1)]);
  await feed().change('MODIFIED', {
    ...full,
    metadata: { ...full.metadata, resourceVersion: '9' },
  });
  expect(informer.list()).toEqual([object('a', 9)]);
  informer.observe({ ...full, metadata: { ...full.metadata, resourceVersion: '999' } });
  expect(informer.list()).toEqual([object('a', 999)]);
});

test('indexes follow changes and deletions', async () => {
  const app = (o: KubeObject) => Object.values(o.metadata.labels ?? {});
  const { informer, controller, feed } = start(
    () => [object('a', 1, { labels: { x: 'web' } }), object('b', 2, { labels: { x: 'web' } })],
    { indexes: { app } },
  );
  await informer.waitSynced(controller.signal);
  await settle();
  expect(names(informer.byIndex('app', 'web'))).toEqual(['a', 'b']);
  await feed().change('MODIFIED', object('a', 201, { labels: { x: 'db', y: 'web' } }));
  expect(names(informer.byIndex('app', 'web'))).toEqual(['a', 'b']);
  await feed().change('MODIFIED', object('a', 202, { labels: { x: 'db' } }));
  await feed().change('DELETED', object('b', 203));
  expect(informer.byIndex('app', 'web')).toEqual([]);
  expect(names(informer.byIndex('app', 'db'))).toEqual(['a']);
  expect(() => informer.byIndex('nope', '')).toThrow('there is no index nope');
});

test('a listener that fails disturbs neither the cache nor the others', async () => {
  const { informer, controller, lines, changes } = start(() => [object('a', 1)]);
  informer.onChange(() => {
    throw new Error('oops');
  });
  await informer.waitSynced(controller.signal);
  expect(changes).toEqual(['->a@1']);
  expect(lines[0]?.message).toBe('a listener failed');
});

describe('observe', () => {
  async function synced(objects: KubeObject[], options?: InformerOptions) {
    let listed = objects;
    const setup = start(() => listed, options);
    await setup.informer.waitSynced(setup.controller.signal);
    await settle();
    setup.changes.length = 0;
    return { ...setup, setListed: (next: KubeObject[]) => (listed = next) };
  }

  test('a write of our own is read at once, and its echo is not a change', async () => {
    const { informer, feed, changes } = await synced([object('a', 1)]);
    informer.observe(object('a', 210));
    informer.observe(object('new', 211));
    expect(informer.get('shop', 'a')?.metadata.resourceVersion).toBe('210');
    await feed().change('MODIFIED', object('a', 205));
    await feed().change('MODIFIED', object('a', 210));
    await feed().change('ADDED', object('new', 211));
    expect(changes).toEqual(['a@1>a@210', '->new@211']);
  });

  test('versions are compared as numbers', async () => {
    const { informer } = await synced([object('a', 99)]);
    informer.observe(object('a', 1_000));
    expect(informer.get('shop', 'a')?.metadata.resourceVersion).toBe('1000');
    informer.observe(object('a', 999));
    expect(informer.get('shop', 'a')?.metadata.resourceVersion).toBe('1000');
  });

  test('an object that was deleted meanwhile is not put back', async () => {
    const { informer, feed } = await synced([object('a', 1)]);
    await feed().change('MODIFIED', object('a', 210));
    await feed().change('DELETED', object('a', 211));
    informer.observe(object('a', 210));
    expect(informer.list()).toEqual([]);
  });

  test('an object that a new list does not have any more is not put back', async () => {
    const { informer, feed, setListed } = await synced([object('a', 1)]);
    setListed([]);
    await feed().push(expired());
    await settle();
    informer.observe(object('a', 250));
    expect(informer.list()).toEqual([]);
  });

  test('a deletion of the former object leaves the one of the same name we made since', async () => {
    const { informer, feed } = await synced([object('a', 1)]);
    informer.observe(object('a', 215, { uid: 'second' }));
    await feed().change('DELETED', object('a', 210));
    expect(informer.get('shop', 'a')?.metadata.uid).toBe('second');
    await feed().change('ADDED', object('a', 215, { uid: 'second' }));
    await feed().change('DELETED', object('a', 216, { uid: 'second' }));
    expect(informer.list()).toEqual([]);
  });

  test('a write that came after a list stays through it, one that came before does not', async () => {
    const { informer, feed, setListed } = await synced([]);
    informer.observe(object('before', 250));
    informer.observe(object('after', 350));
    setListed([]);
    await feed().push(expired());
    await settle();
    expect(names(informer.list())).toEqual(['after']);
  });

  test('what the informer does not select is left out', async () => {
    const { informer } = await synced([], { namespace: 'shop', labelSelector: 'app=web' });
    informer.observe(object('a', 300));
    informer.observe(object('b', 300, { namespace: 'other', labels: { app: 'web' } }));
    informer.observe(object('c', 300, { labels: { app: 'web' } }));
    expect(names(informer.list())).toEqual(['c']);
    expect(() => informer.observe({ ...object('d', 1), kind: 'Scale' })).toThrow('given a Scale');
  });
});
