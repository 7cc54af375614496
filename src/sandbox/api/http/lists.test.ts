/** Lists in pages and of the past, what bodies say twice, and what definitions need not say. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeClock } from '../../../kube/fake-clock.ts';
import type { Fields } from '../schema.ts';
import { asker, type Answer, type Asker } from '../testing/http.ts';
import {
  CONFIG_MAP,
  configMap,
  testServer,
  widget,
  widgets,
  type TestServer,
} from '../testing/server.ts';

const clock = new FakeClock();
let server: TestServer;
let ask: Asker;
beforeAll(async () => {
  await clock.advance(Date.now() - clock.now());
  server = await testServer({ clock });
  ask = asker(server);
  for (const name of ['a', 'b', 'c', 'd'])
    await server.admin.create({ ...configMap(name), metadata: meta(name) });
});
afterAll(async () => {
  await ask.close();
  await server.close();
});

function meta(name: string) {
  return { name, namespace: 'default', labels: { of: 'lists' } };
}

const LIST = '/api/v1/namespaces/default/configmaps?labelSelector=of%3Dlists';

function namesOf({ json }: Answer): string[] {
  return (json['items'] as { metadata: { name: string } }[]).map((one) => one.metadata.name);
}

function metaOf({ json }: Answer): Record<string, string> {
  return json['metadata'] as Record<string, string>;
}

async function remove(name: string): Promise<void> {
  await server.admin.delete({ ...CONFIG_MAP, namespace: 'default', name });
}

test('a list in pages shows one moment, whatever is written between them', async () => {
  const first = await ask(`${LIST}&limit=2`);
  expect(namesOf(first)).toEqual(['a', 'b']);
  expect(metaOf(first)).not.toHaveProperty('remainingItemCount');
  await remove('c');
  await server.admin.create({ ...configMap('bb'), metadata: meta('bb') });
  const { continue: token = '', resourceVersion = '' } = metaOf(first);
  const second = await ask(`${LIST}&limit=2&continue=${token}`);
  expect(namesOf(second)).toEqual(['c', 'd']);
  expect(metaOf(second)['resourceVersion']).toBe(resourceVersion);
  const exact = `${LIST}&resourceVersionMatch=Exact&resourceVersion=${resourceVersion}`;
  expect(namesOf(await ask(exact))).toEqual(['a', 'b', 'c', 'd']);
  expect(namesOf(await ask(LIST))).toEqual(['a', 'b', 'bb', 'd']);
  expect((await ask(`${LIST}&resourceVersionMatch=Exact`)).status).toBe(422);

  server.compact();
  const late = await ask(`${LIST}&limit=2&continue=${token}`);
  expect(late).toMatchObject({ status: 410, json: { reason: 'Expired', code: 410 } });
  const rest = await ask(`${LIST}&limit=2&continue=${metaOf(late)['continue'] ?? ''}`);
  expect(namesOf(rest)).toEqual(['bb', 'd']);
  expect((await ask(exact)).status).toBe(410);
  expect((await ask(`${LIST}&continue=nonsense`)).status).toBe(400);
});

test('what a body says twice is refused, told of, or ignored', async () => {
  const path = '/api/v1/namespaces/default/configmaps?dryRun=All&fieldValidation=';
  const body = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"},"dat":{}}';
  const post = (how: string) => ask(path + how, { method: 'POST', body });
  expect((await post('Strict')).json['message']).toContain(
    'strict decoding error: duplicate field "data.a", unknown field "dat"',
  );
  expect((await post('Warn')).headers['warning']).toContain(String.raw`duplicate field \"data.a\"`);
  const ignored = await post('Ignore');
  expect(ignored.headers['warning']).toBeUndefined();
  expect((ignored.json as { data: Fields }).data).toEqual({ a: '2' });
  const yaml = 'metadata: {name: twice}\ndata:\n  a: "1"\n  a: "2"\n';
  const refused = await ask(`${path}Strict`, {
    method: 'POST',
    type: 'application/yaml',
    body: yaml,
  });
  expect(refused.json['message']).toContain('line 4: key already set in map');
});

test('custom resources have apiVersion and kind, whether their schema says so or not', async () => {
  await server.admin.create(widgets());
  const path = '/apis/ex.dev/v1/namespaces/default/widgets/applied?fieldManager=one';
  const type = 'application/apply-patch+yaml';
  const body = JSON.stringify(widget('applied', { mode: 'B' }));
  const applied = await ask(path, { method: 'PATCH', type, body });
  expect(applied).toMatchObject({ status: 201, json: { spec: { mode: 'B' } } });
});
