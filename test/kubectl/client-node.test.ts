/** `@kubernetes/client-node`, a client that has nothing to do with ours, on the sandbox. */
import * as k8s from '@kubernetes/client-node';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../src/testing/until.ts';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';
import { deployment } from './objects.ts';

let sandbox: Kubectl;
const config = new k8s.KubeConfig();
beforeAll(async () => {
  sandbox = await sandboxKubectl('--nodes=1');
  config.loadFromFile(sandbox.kubeconfig);
});
afterAll(() => sandbox?.stop());

const NAMESPACE = { namespace: 'default' };
const configMap = (name: string, data = {}): k8s.V1ConfigMap => ({
  metadata: { name, labels: { of: 'client-node' } },
  data,
});
const options = (type: k8s.PatchStrategy) => k8s.setHeaderOptions('Content-Type', type);

test('typed clients: create, read, list in pages, replace, delete, and failures', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  for (const name of ['one', 'three', 'two'])
    await core.createNamespacedConfigMap({ ...NAMESPACE, body: configMap(name) });
  const labelSelector = 'of=client-node';
  const first = await core.listNamespacedConfigMap({ ...NAMESPACE, labelSelector, limit: 2 });
  expect(first.items.map((one) => one.metadata?.name)).toEqual(['one', 'three']);
  const { _continue: token = '' } = first.metadata ?? {};
  const rest = await core.listNamespacedConfigMap({
    ...NAMESPACE,
    labelSelector,
    _continue: token,
  });
  expect(rest.items.map((one) => one.metadata?.name)).toEqual(['two']);
  const read = await core.readNamespacedConfigMap({ ...NAMESPACE, name: 'one' });
  expect(read.metadata?.creationTimestamp).toBeInstanceOf(Date);
  const body = { metadata: read.metadata ?? {}, data: { a: 'b' } };
  await core.replaceNamespacedConfigMap({ ...NAMESPACE, name: 'one', body });
  const stale = core.replaceNamespacedConfigMap({ ...NAMESPACE, name: 'one', body });
  await expect(stale).rejects.toMatchObject({ code: 409 });
  await core.deleteNamespacedConfigMap({ ...NAMESPACE, name: 'two' });
  const gone = core.readNamespacedConfigMap({ ...NAMESPACE, name: 'two' });
  await expect(gone).rejects.toMatchObject({ code: 404 });
});

test('patches of all four types, and the scale of a Deployment', async () => {
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const body = deployment('patched', {}, { replicas: 0 }) as k8s.V1Deployment;
  await apps.createNamespacedDeployment({ ...NAMESPACE, body });
  const patch = (type: k8s.PatchStrategy, change: unknown) =>
    apps.patchNamespacedDeployment(
      { ...NAMESPACE, name: 'patched', body: change, fieldManager: 'node' },
      options(type),
    );
  await patch(k8s.PatchStrategy.MergePatch, { metadata: { labels: { a: 'b' } } });
  await patch(k8s.PatchStrategy.JsonPatch, [
    { op: 'add', path: '/spec/minReadySeconds', value: 2 },
  ]);
  const container = { name: 'app', env: [{ name: 'A', value: '1' }] };
  await patch(k8s.PatchStrategy.StrategicMergePatch, {
    spec: { template: { spec: { containers: [container] } } },
  });
  const applied = await patch(k8s.PatchStrategy.ServerSideApply, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'patched', annotations: { by: 'apply' } },
  });
  expect(applied).toMatchObject({
    metadata: { labels: { a: 'b' }, annotations: { by: 'apply' } },
    spec: {
      minReadySeconds: 2,
      template: { spec: { containers: [{ image: 'segue-demo:v1', env: [{ name: 'A' }] }] } },
    },
  });
  const scale = await apps.readNamespacedDeploymentScale({ ...NAMESPACE, name: 'patched' });
  scale.spec = { replicas: 1 };
  await apps.replaceNamespacedDeploymentScale({ ...NAMESPACE, name: 'patched', body: scale });
  const read = await apps.readNamespacedDeployment({ ...NAMESPACE, name: 'patched' });
  expect(read.spec?.replicas).toBe(1);
});

test('KubernetesObjectApi: any kind by its apiVersion, custom ones too', async () => {
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'any', namespace: 'default' },
    spec: { hostnames: ['a.dev'] },
  };
  await objects.create(route);
  const changed = { ...route, spec: { hostnames: ['b.dev'] } };
  const { kind, apiVersion, metadata } = route;
  await objects.patch(
    changed,
    undefined,
    undefined,
    'node',
    true,
    k8s.PatchStrategy.ServerSideApply,
  );
  expect(await objects.read({ apiVersion, kind, metadata })).toMatchObject({ spec: changed.spec });
  const list = await objects.list(apiVersion, kind, 'default');
  expect(list.items).toHaveLength(1);
  await objects.delete(route);
  await expect(objects.read({ apiVersion, kind, metadata })).rejects.toMatchObject({ code: 404 });
  const custom = config.makeApiClient(k8s.CustomObjectsApi);
  const group = 'gateway.networking.k8s.io';
  const classes = (await custom.listClusterCustomObject({
    group,
    version: 'v1',
    plural: 'gatewayclasses',
  })) as { items: unknown[] };
  expect(classes.items).toHaveLength(1);
});

test('watches and informers follow what happens', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const seen: string[] = [];
  const path = '/api/v1/namespaces/default/configmaps';
  const note = (how: string, one: k8s.V1ConfigMap) => seen.push(`${how} ${one.metadata?.name}`);
  const watch = await new k8s.Watch(config).watch(
    path,
    { labelSelector: 'of=watch', allowWatchBookmarks: true },
    note,
    () => undefined,
  );
  const informer = k8s.makeInformer(config, path, () =>
    core.listNamespacedConfigMap({ ...NAMESPACE, labelSelector: 'of=watch' }),
  );
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, (one) => note(verb, one));
  informer.on('error', (error) => seen.push(`error ${String(error)}`));
  await informer.start();
  const body = { metadata: { name: 'seen', labels: { of: 'watch' } } };
  await core.createNamespacedConfigMap({ ...NAMESPACE, body });
  await core.replaceNamespacedConfigMap({
    ...NAMESPACE,
    name: 'seen',
    body: { ...body, data: { a: 'b' } },
  });
  await until(
    'the informer to have it',
    async () => informer.get('seen', 'default')?.data?.['a'] === 'b',
  );
  await core.deleteNamespacedConfigMap({ ...NAMESPACE, name: 'seen' });
  await until('the end', async () => seen.includes('DELETED seen') && seen.includes('delete seen'));
  expect(seen.filter((one) => one.startsWith(one.slice(0, 1).toUpperCase()))).toEqual([
    'ADDED seen',
    'MODIFIED seen',
    'DELETED seen',
  ]);
  expect(seen.filter((one) => one.startsWith('error'))).toEqual([]);
  await informer.stop();
  watch.abort();
});

test('logs, whole and followed; rights; the version', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  await sandbox('run', 'talker', '--image=segue-demo:v1', '--port=8080');
  await sandbox('wait', '--for=condition=Ready', 'pod/talker', '--timeout=60s');
  const whole = await core.readNamespacedPodLog({ ...NAMESPACE, name: 'talker' });
  expect(whole).toContain('listens');
  let followed = '';
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      followed += chunk.toString();
      done();
    },
  });
  const following = await new k8s.Log(config).log('default', 'talker', 'talker', into, {
    follow: true,
    tailLines: 1,
  });
  await until('a line', async () => followed !== '');
  following.abort();
  const rights = config.makeApiClient(k8s.AuthorizationV1Api);
  const review = await rights.createSelfSubjectAccessReview({
    body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
  });
  expect(review.status?.allowed).toBe(true);
  const version = await config.makeApiClient(k8s.VersionApi).getCode();
  expect(version.gitVersion).toBe('v1.34.0');
});
