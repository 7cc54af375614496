import { expect, test } from 'vitest';
import { KubeError } from '../ports/kube.ts';
import { Contact } from './contact.ts';
import { FakeClock } from './fake-clock.ts';
import { type LogLine, recordingLog } from './recording-log.ts';

function start() {
  const clock = new FakeClock();
  const lines: LogLine[] = [];
  const contact = new Contact(clock, recordingLog(lines));
  const fail = (reason = 'ConnectionFailed') =>
    contact.failed(new KubeError('GET /: refused', { code: 0, reason }));
  return { clock, lines, contact, fail };
}

test('an outage is told once, and its end', async () => {
  const { clock, lines, contact, fail } = start();
  const sinceMs = clock.now();
  for (let second = 0; second < 20; second++) {
    fail();
    await clock.advance(1_000);
  }
  expect(contact.outage).toEqual({ sinceMs, because: 'GET /: refused' });
  expect(lines.map(({ level }) => level)).toEqual(['warn']);
  contact.answered();
  contact.answered();
  expect(contact.outage).toBeUndefined();
  expect(lines[1]).toMatchObject({ level: 'info', fields: { afterMs: 20_000 } });
  expect(lines).toHaveLength(2);
});

test('a connection that breaks once in a while is no outage', async () => {
  const { clock, lines, contact, fail } = start();
  for (let i = 0; i < 10; i++) {
    fail();
    await clock.advance(2_000);
    contact.answered();
    await clock.advance(2_000);
  }
  expect(lines).toEqual([]);
});

test('a request that its sender ended says nothing about the server', async () => {
  const { clock, contact, fail } = start();
  fail('Aborted');
  await clock.advance(60_000);
  fail('Aborted');
  expect(contact.outage).toBeUndefined();
});
