/** What a Prometheus is asked with is read where somebody allows it, and is shown nowhere: not even when the Prometheus
 * says it back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { FakePrometheus } from '../../src/testing/fake-prometheus.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';

let lab: Lab;
let source: FakePrometheus;
beforeAll(async () => {
  lab = await startRouteLab();
  source = await FakePrometheus.open();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await source?.close();
});

const PASSWORD = 'horse"battery/staple';
const USER = 'metrics-reader-7';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const login = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'login' },
  data: { username: base64(USER), password: base64(PASSWORD) },
};

/** All that the release wrote and said, to whomever. */
async function told(shop: Shop): Promise<string> {
  const kinds = [
    KINDS.release,
    KINDS.releasePolicy,
    KINDS.event,
    KINDS.deployment,
    KINDS.replicaSet,
  ];
  const { namespace } = shop;
  const lists = await Promise.all(kinds.map((kind) => lab.client.list(kind, { namespace })));
  const shown = await lab.segue('status', '-n', namespace, shop.name, '-o', 'json');
  return JSON.stringify([lists.map(({ items }) => items), shown]) + (lab.controller?.output ?? '');
}

test('a Secret that may not be read is told of; read, it is shown nowhere', async () => {
  const shop = await openShop(lab, { name: 'secretive', route: true, before: [login] });
  const auth = {
    basic: { secretRef: { name: 'login', usernameKey: 'username', passwordKey: 'password' } },
  };
  const checks = [source.check({}, { auth })];
  source.behave({ is: 'Echoes' });
  await shop.attach(shop.canary([{ weight: 25, timeout: '2s' }], { checks }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  /** What the next pause says of the check. */
  const because = async (words: RegExp): Promise<string> => {
    const paused = await shop.reach(1, 'the pause', (s) => s.paused !== undefined);
    const { message = '', since } = paused.paused ?? {};
    if (words.test(message)) return message;
    await shop.ask('Resume');
    await shop.reach(1, 'the release to go on', (s) => s.paused?.since !== since);
    return await because(words);
  };
  expect(await because(/may not be read/)).toMatch(
    /errors: Prometheus at \S+ was not asked: Secret login of namespace \S+ may not be read: allow the controller `get`/,
  );
  expect(source.asked).toBe(0);
  const { output } = await lab.segue('install', '--no-controller', '--secrets', shop.namespace);
  await lab.apply(output);
  await shop.ask('Resume');
  expect(await because(/status 401/)).toMatch(/credentials are missing or not valid.*\*\*\*/);
  expect(source.headers.authorization).toBe(`Basic ${base64(`${USER}:${PASSWORD}`)}`);
  const all = await told(shop);
  expect(all).toContain('status 401');
  for (const secret of [PASSWORD, 'battery', USER, base64(`${USER}:${PASSWORD}`), base64(PASSWORD)])
    expect(all).not.toContain(secret);
  source.behave({ is: 'Good' });
  await shop.ask('Resume');
  await shop.end(1, 'Promoted');
  expect(await told(shop)).not.toContain('battery');
});
