import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeClock } from '../../../kube/fake-clock.ts';
import { configMap, CONFIG_MAP, testServer, widgets, type TestServer } from '../testing/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ clock: new FakeClock() });
});
afterAll(() => server.close());

test('a definition can be changed, whose own finalizer has no prefix; other kinds need one', async () => {
  await server.admin.create(widgets());
  const target = {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    name: 'widgets.ex.dev',
  };
  const body = { spec: { names: { shortNames: ['wdg'] } } };
  const changed = await server.admin.patch(target, { type: 'merge', body });
  expect(changed['spec']).toMatchObject({ names: { shortNames: ['wdg'] } });
  await server.admin.create(configMap('plain'));
  const plain = { ...CONFIG_MAP, namespace: 'default', name: 'plain' };
  const metadata = { finalizers: ['cleanup'] };
  await expect(server.admin.patch(plain, { type: 'merge', body: { metadata } })).rejects.toThrow(
    'neither a standard finalizer name nor is it fully qualified',
  );
});
