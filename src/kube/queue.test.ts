import { array, assert, constantFrom, nat, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { DueHeap } from './due-heap.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { KeyedQueue } from './queue.ts';
import { type LogLine, recordingLog } from './recording-log.ts';

function start(workers = 2, handle?: (key: string) => Promise<void>) {
  const clock = new FakeClock();
  const lines: LogLine[] = [];
  const queue = new KeyedQueue({ clock, log: recordingLog(lines), random: () => 1 });
  const begun: string[] = [];
  const underWay: { key: string; finish: (error?: Error) => void }[] = [];
  const controller = new AbortController();
  const run = queue.run({
    workers,
    signal: controller.signal,
    handle: (key) => {
      begun.push(key);
      if (handle) return handle(key);
      return new Promise((resolve, reject) => {
        underWay.push({ key, finish: (error) => (error ? reject(error) : resolve()) });
      });
    },
  });
  const finish = async (key: string, error?: Error) => {
    const index = underWay.findIndex((work) => work.key === key);
    underWay.splice(index, 1)[0]?.finish(error);
    await settle();
  };
  return { queue, clock, begun, finish, controller, run, lines };
}

test('a key is worked on by one worker at a time, and once more after what came meanwhile', async () => {
  const { queue, begun, finish, controller, run } = start();
  queue.add('a');
  queue.add('a');
  queue.add('a');
  await settle();
  expect(begun).toEqual(['a']);
  await finish('a');
  expect(begun).toEqual(['a', 'a']);
  await finish('a');
  expect(begun).toEqual(['a', 'a']);
  expect(queue.depth).toBe(0);
  controller.abort();
  await run;
});

test('no more keys than workers are in work; the others wait their turn', async () => {
  const { queue, begun, finish } = start(2);
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  expect(begun).toEqual(['a', 'b']);
  expect(queue.depth).toBe(4);
  await finish('b');
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('the earlier of two times counts', async () => {
  const { queue, clock, begun, finish } = start();
  queue.addAfter('a', 5_000);
  queue.addAfter('a', 1_000);
  queue.addAfter('a', 9_000);
  queue.addAfter('b', 3_000);
  queue.addAfter('now', 0);
  expect(begun).toEqual(['now']);
  await clock.advance(999);
  expect(begun).toEqual(['now']);
  await clock.advance(1);
  expect(begun).toEqual(['now', 'a']);
  await finish('a');
  await clock.advance(10_000);
  expect(begun).toEqual(['now', 'a', 'b']);
});

test('a key that comes due while in work is worked on once more', async () => {
  const { queue, clock, begun, finish } = start();
  queue.add('a');
  queue.addAfter('a', 100);
  await clock.advance(100);
  expect(begun).toEqual(['a']);
  await finish('a');
  expect(begun).toEqual(['a', 'a']);
});

test('a key that fails is logged and retried later and later, up to half a minute', async () => {
  let fail = true;
  const { queue, clock, begun, lines } = start(1, () =>
    fail ? Promise.reject(new Error('no')) : Promise.resolve(),
  );
  queue.add('a');
  await settle();
  expect(lines[0]).toMatchObject({ level: 'error', fields: { key: 'a', failures: 1 } });
  await clock.advance(49);
  expect(begun).toHaveLength(1);
  await clock.advance(1 + 100 + 200 + 400);
  expect(begun).toHaveLength(5);
  await clock.advance(300_000);
  const before = begun.length;
  await clock.advance(30_000);
  expect(begun.length).toBe(before + 1);
  fail = false;
  await clock.advance(30_000);
  fail = true;
  const healed = begun.length;
  queue.add('a');
  await clock.advance(50);
  expect(begun.length).toBe(healed + 2);
});

test('a key that puts itself back waits longer each time, without an error, until it succeeds', async () => {
  let fail = true;
  const { queue, clock, begun, lines } = start(1, (key) => {
    if (fail) queue.addRateLimited(key);
    return Promise.resolve();
  });
  queue.add('a');
  await clock.advance(50 + 100 + 200 - 1);
  expect(begun).toHaveLength(3);
  await clock.advance(1);
  expect(begun).toHaveLength(4);
  fail = false;
  await clock.advance(400);
  expect(begun).toHaveLength(5);
  fail = true;
  queue.add('a');
  await clock.advance(50);
  expect(begun).toHaveLength(7);
  expect(lines).toEqual([]);
});

test('stopping lets work under way finish, and starts nothing more', async () => {
  const { queue, clock, begun, finish, controller, run } = start(1);
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 10);
  controller.abort();
  let ended = false;
  void run.then(() => (ended = true));
  await clock.advance(1_000);
  expect(ended).toBe(false);
  await finish('a');
  await run;
  expect(begun).toEqual(['a']);
  expect(clock.sleeping).toBe(0);
});

test('keys added before the work begins are not lost', async () => {
  const clock = new FakeClock();
  const queue = new KeyedQueue({ clock, log: recordingLog(), random: () => 0 });
  queue.add('a');
  queue.addAfter('b', 100);
  const done: string[] = [];
  const controller = new AbortController();
  const run = queue.run({
    workers: 1,
    signal: controller.signal,
    handle: (key) => Promise.resolve(void done.push(key)),
  });
  await clock.advance(100);
  expect(done).toEqual(['a', 'b']);
  controller.abort();
  await run;
});

test('due keys come out once each, in the order of their earliest times', () => {
  const entry = tuple(constantFrom('a', 'b', 'c', 'd', 'e', 'f'), nat(50));
  assert(
    property(array(entry), (entries) => {
      const heap = new DueHeap();
      const earliest = new Map<string, number>();
      for (const [key, atMs] of entries) {
        heap.add(key, atMs);
        earliest.set(key, Math.min(atMs, earliest.get(key) ?? Infinity));
      }
      const taken: string[] = [];
      for (let key = heap.take(50); key !== undefined; key = heap.take(50)) taken.push(key);
      expect([...taken].sort()).toEqual([...earliest.keys()].sort());
      const times = taken.map((key) => earliest.get(key) as number);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(heap.nextMs).toBeUndefined();
    }),
  );
});
