/** ResourceQuotas: counted and enforced as a real server does. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../kube/fake-clock.ts';
import type { Fields } from './schema.ts';
import { CONFIG_MAP, configMap, pod, POD, testServer, type TestServer } from './testing/server.ts';

const QUOTA = { group: '', kind: 'ResourceQuota' };
let server: TestServer;
beforeAll(async () => {
  server = await testServer({ clock: new FakeClock() });
});
afterAll(() => server.close());
let namespace = '';
let count = 0;
beforeEach(async () => {
  namespace = `quota-${++count}`;
  await create('Namespace', { name: namespace });
});

function create(kind: string, metadata: { name: string; namespace?: string }, rest: Fields = {}) {
  return server.admin.create({ apiVersion: 'v1', kind, metadata, ...rest });
}

const limit = (hard: Fields, rest: Fields = {}) =>
  create('ResourceQuota', { name: 'few', namespace }, { spec: { hard, ...rest } });

async function status() {
  return (await server.admin.get({ ...QUOTA, namespace, name: 'few' }))?.['status'];
}

function asking(name: string, resources: Fields, init?: Fields) {
  const containers = [{ name: 'app', image: 'a', resources }];
  const inits = init && [{ name: 'init', image: 'a', resources: init }];
  const object = pod(name, { containers, ...(inits && { initContainers: inits }) });
  return server.admin.create({ ...object, metadata: { name, namespace } });
}

test('counts what is there, and refuses the pod that is too many', async () => {
  await asking('one', {});
  await limit({ pods: '2' });
  expect(await status()).toEqual({ hard: { pods: '2' }, used: { pods: '1' } });
  await asking('two', {});
  await expect(asking('three', {})).rejects.toMatchObject({
    code: 403,
    reason: 'Forbidden',
    message:
      'pods "three" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2',
  });
  await server.admin.delete({ ...POD, namespace, name: 'one' });
  expect(await status()).toMatchObject({ used: { pods: '1' } });
  await asking('three', {});
});

test('a pod that has ended counts as an object only', async () => {
  await limit({ pods: '1', 'count/pods': '5' });
  await asking('done', {});
  const ended = { type: 'merge', body: { status: { phase: 'Succeeded' } } } as const;
  const name = { ...POD, namespace, name: 'done' };
  await server.admin.patch(name, ended, { subresource: 'status' });
  expect(await status()).toMatchObject({ used: { pods: '0', 'count/pods': '1' } });
  await asking('next', {});
});

test('adds up what containers ask for, and demands that they say it', async () => {
  await limit({ 'requests.cpu': '1', 'limits.memory': '1Gi', cpu: '1' });
  const limits = { memory: '512Mi' };
  await asking('one', { requests: { cpu: '500m' }, limits }, { requests: { cpu: '600m' }, limits });
  expect(await status()).toMatchObject({
    used: { 'requests.cpu': '600m', 'limits.memory': '512Mi', cpu: '600m' },
  });
  await expect(asking('two', { requests: { cpu: '500m' }, limits })).rejects.toThrow(
    'exceeded quota: few, requested: cpu=500m,requests.cpu=500m, used: cpu=600m,requests.cpu=600m, limited: cpu=1,requests.cpu=1',
  );
  await expect(asking('two', { requests: { cpu: '100m' } })).rejects.toThrow(
    'pods "two" is forbidden: failed quota: few: must specify limits.memory for: app',
  );
  await asking('two', { requests: { cpu: '400m' }, limits });
  expect(await status()).toMatchObject({ used: { 'requests.cpu': '1', 'limits.memory': '1Gi' } });
});

test('counts objects of any kind, by both names', async () => {
  await limit({ configmaps: '2', 'count/deployments.apps': '0' });
  // Every namespace has the certificate of the server in one.
  await server.admin.create({ ...configMap('a'), metadata: { name: 'a', namespace } });
  const metadata = { name: 'b', namespace };
  await expect(server.admin.create({ ...configMap('b'), metadata })).rejects.toThrow(
    'configmaps "b" is forbidden: exceeded quota: few, requested: configmaps=1, used: configmaps=2, limited: configmaps=2',
  );
  await server.admin.delete({ ...CONFIG_MAP, namespace, name: 'a' });
  await server.admin.create({ ...configMap('b'), metadata });
});

test('of the pods in its scope only', async () => {
  await limit({ pods: '0' }, { scopes: ['BestEffort'] });
  await asking('modest', { requests: { cpu: '1m' } });
  await expect(asking('greedy', {})).rejects.toThrow('exceeded quota: few');
});

test('what is changed is counted anew, and a dry run counts for nothing', async () => {
  await limit({ pods: '1' });
  const dry = { ...pod('dry'), metadata: { name: 'dry', namespace } };
  await server.admin.create(dry, { dryRun: true });
  expect(await status()).toMatchObject({ used: { pods: '0' } });
  const more = { type: 'merge', body: { spec: { hard: { pods: '0' } } } } as const;
  await server.admin.patch({ ...QUOTA, namespace, name: 'few' }, more);
  expect(await status()).toEqual({ hard: { pods: '0' }, used: { pods: '0' } });
  await expect(asking('any', {})).rejects.toThrow('limited: pods=0');
});
