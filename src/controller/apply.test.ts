/** What a write remembers of the one before it, while the watch is behind. */
import { expect, test } from 'vitest';
import type { DeleteOptions, KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { DeleteWrite } from '../ports/write.ts';
import { Writer } from './apply.ts';
import type { Caches } from './caches.ts';

function writer(answers: unknown[]) {
  const asked: (string | undefined)[] = [];
  const client = {
    delete: (_: unknown, { uid }: DeleteOptions) => {
      asked.push(uid);
      return Promise.resolve(answers.shift());
    },
  } as unknown as KubeClient;
  const log = { info: () => {}, debug: () => {} } as unknown as Log;
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
