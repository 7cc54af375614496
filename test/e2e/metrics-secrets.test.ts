/** What a Prometheus is asked with is read where somebody allows it, and is shown nowhere: not even when the Prometheus
 * says it back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { FakePrometheus } from '../../src/testing/fake-prometheus.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

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

const AUTH = {
  basic: { secretRef: { name: 'login', usernameKey: 'username', passwordKey: 'password' } },
};

/** What the policy says of a check that cannot be asked. */
async function refused(shop: Shop, words: RegExp): Promise<string> {
  return await until(`the policy to say ${words}`, async () => {
    const { status, message = '' } = (await shop.condition('Valid')) ?? {};
    return status === 'False' && words.test(message) && message;
  });
}

test('what a check lacks is told before a release, which waits for it; read, it is shown nowhere', async () => {
  const shop = await openShop(lab, { name: 'secretive', route: true });
  await shop.attach(shop.canary([{ weight: 25, timeout: '2s' }]));
  await shop.held();
  source.behave({ is: 'Echoes' });
  const checks = [source.check({}, { auth: AUTH })];
  await shop.patch(KINDS.releasePolicy, { spec: { checks } });
  expect(await refused(shop, /may not be read/)).toMatch(
    /^check errors: Secret login of namespace \S+ may not be read; allow the controller `get`/,
  );
  const { output } = await lab.segue('install', '--no-controller', '--secrets', shop.namespace);
  await lab.apply(output);
  expect(await refused(shop, /does not exist/)).toMatch(
    /^check errors: Secret login of namespace \S+ does not exist; create it, or correct the name$/,
  );
  await shop.setImage('segue-demo:v2');
  // When it has answered a request it has looked at the new version.
  await shop.ask('Resume');
  const answered = async () => (await shop.events('RequestRefused')).length > 0;
  await until('the request to be answered', answered);
  expect(await shop.exists(KINDS.release, `${shop.name}-1`)).toBe(false);
  await lab.client.create({ ...login, metadata: { ...login.metadata, namespace: shop.namespace } });
  const { paused } = await shop.reach(1, 'the pause', ({ paused }) => paused !== undefined);
  expect(paused?.message).toMatch(/status 401.*credentials are missing or not valid.*\*\*\*/);
  expect(source.headers.authorization).toBe(`Basic ${base64(`${USER}:${PASSWORD}`)}`);
  const status = await lab.segue('status', '-n', shop.namespace, shop.name, '-o', 'json');
  const all = (await shop.told()) + status.output;
  expect(all).toContain('status 401');
  for (const secret of [PASSWORD, 'battery', USER, base64(`${USER}:${PASSWORD}`), base64(PASSWORD)])
    expect(all).not.toContain(secret);
  source.behave({ is: 'Good' });
  await shop.ask('Resume');
  await shop.end(1, 'Promoted');
  expect(await shop.told()).not.toContain('battery');
}, 180_000);
