import { expect, test, vi } from 'vitest';
import { Deadline } from './deadline.ts';

const patient = new AbortController().signal;

test('what fails after the time is over fails nobody', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const early = new Deadline({ timeoutMs: 1_000, signal: AbortSignal.abort() });
  expect(await early.race(Promise.reject(new Error('too late')))).toBeUndefined();
  const stop = new AbortController();
  const given = new Deadline({ timeoutMs: 1_000, signal: stop.signal });
  let fail = (_error: Error) => {};
  const raced = given.race(new Promise<never>((_resolve, reject) => (fail = reject)));
  stop.abort();
  expect(await raced).toBeUndefined();
  fail(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  for (const deadline of [early, given]) deadline.end();
});

test('what is done in time is what it is', async () => {
  const deadline = new Deadline({ timeoutMs: 1_000, signal: patient });
  expect(await deadline.race(Promise.resolve(1))).toBe(1);
  await expect(deadline.race(Promise.reject(new Error('no')))).rejects.toThrow('no');
  deadline.end();
});

test('says why it was over', async () => {
  const late = new Deadline({ timeoutMs: 1, signal: patient });
  await vi.waitFor(() => expect(late.signal.aborted).toBe(true));
  expect(late.because).toBe('did not answer within 0.001 s');
  expect(new Deadline({ timeoutMs: 1, signal: AbortSignal.abort() }).because).toMatch(/given up/);
});
