import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { FakeClock } from '../../kube/fake-clock.ts';
import type { WatchEvent } from '../../ports/kube.ts';
import { serviceAccountUser } from './access/tokens.ts';
import {
  CONFIG_MAP,
  configMap,
  deployment,
  DEPLOYMENT,
  pod,
  POD,
  testServer,
  widget,
  WIDGET,
  widgets,
  type TestServer,
} from './testing/server.ts';

const clock = new FakeClock();
let server: TestServer;
let count = 0;
let name = '';
beforeAll(async () => {
  await clock.advance(Date.now() - clock.now());
  server = await testServer({ clock, watchWindow: 5 });
  await server.admin.create(widgets());
});
afterAll(() => server.close());
beforeEach(() => {
  count += 1;
  name = `t${count}`;
});

const at = (kind: { group: string; kind: string }) => ({ ...kind, namespace: 'default', name });

function merge(body: unknown) {
  return { type: 'merge' as const, body };
}

describe('writes', () => {
  test('a stale resourceVersion is a conflict, none is not', async () => {
    const first = await server.admin.create(deployment(name));
    const second = await server.admin.patch(at(DEPLOYMENT), merge({ spec: { replicas: 2 } }));
    expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(
      Number(first.metadata.resourceVersion),
    );
    await expect(server.admin.replace(first)).rejects.toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    const { resourceVersion: _, ...metadata } = first.metadata;
    const replaced = await server.admin.replace({ ...first, metadata });
    expect(replaced['spec']).toMatchObject({ replicas: 1 });
  });

  test('generation counts changes of spec, not of labels or status', async () => {
    await server.admin.create(deployment(name));
    const steps = [
      { patch: merge({ metadata: { labels: { a: 'b' } } }), generation: 1 },
      { patch: merge({ status: { replicas: 3 } }), status: true, generation: 1 },
      { patch: merge({ spec: { paused: true } }), generation: 2 },
      { patch: merge({ metadata: { annotations: { a: 'b' } } }), generation: 3 },
      { patch: merge({ spec: { paused: true } }), generation: 3 },
    ];
    for (const { patch, status, generation } of steps) {
      const options = status === true ? { subresource: 'status' } : {};
      const written = await server.admin.patch(at(DEPLOYMENT), patch, options);
      expect(written.metadata.generation).toBe(generation);
    }
  });

  test('status is written by its subresource only, spec only without', async () => {
    await server.admin.create({ ...deployment(name), status: { replicas: 9 } });
    const main = await server.admin.patch(at(DEPLOYMENT), merge({ status: { replicas: 9 } }));
    expect(main['status']).toEqual({});
    const status = await server.admin.patch(
      at(DEPLOYMENT),
      merge({ spec: { replicas: 9 }, status: { replicas: 3 } }),
      { subresource: 'status' },
    );
    expect(status).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 3 } });
  });

  test('a write that changes nothing writes nothing', async () => {
    const first = await server.admin.create(deployment(name));
    const again = await server.admin.patch(at(DEPLOYMENT), merge({ spec: { replicas: 1 } }));
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('a dry run answers and stores nothing', async () => {
    const made = await server.admin.create(deployment(name), { dryRun: true });
    expect(made['spec']).toMatchObject({ replicas: 1 });
    expect(await server.admin.get(at(DEPLOYMENT))).toBeUndefined();
  });

  test('templates of a Deployment and of a ReplicaSet made from it are equal', async () => {
    const made = await server.admin.create(deployment(name, { replicas: 0 }));
    const { selector, template } = made['spec'] as Record<string, unknown>;
    const set = await server.admin.create({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name, namespace: 'default' },
      spec: { selector, template },
    });
    expect(set['spec']).toMatchObject({ template });
    expect((set['spec'] as Record<string, unknown>)['template']).toEqual(template);
  });

  test('generateName, AlreadyExists, NotServed and a missing namespace', async () => {
    const metadata = { name: '', generateName: 'gen-', namespace: 'default' };
    const made = await server.admin.create({ ...configMap(''), metadata });
    expect(made.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/);
    await expect(server.admin.create(configMap(made.metadata.name))).rejects.toMatchObject({
      reason: 'AlreadyExists',
    });
    const nothing = { apiVersion: 'no.dev/v1', kind: 'No', metadata: { name } };
    await expect(server.admin.create(nothing)).rejects.toMatchObject({ reason: 'NotServed' });
    const lost = configMap(name);
    lost.metadata.namespace = 'nowhere';
    await expect(server.admin.create(lost)).rejects.toThrow('namespaces "nowhere" not found');
  });
});

describe('validity', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'a selector that misses the template',
      { selector: { matchLabels: { a: 'b' } } },
      'spec.template.metadata.labels',
    ],
    ['a negative count', { replicas: -1 }, 'spec.replicas'],
    [
      'no surge and no unavailable',
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      'spec.strategy.rollingUpdate.maxUnavailable',
    ],
  ])('%s is refused', async (_what, spec, field) => {
    await expect(server.admin.create(deployment(name, spec))).rejects.toMatchObject({
      code: 422,
      reason: 'Invalid',
      body: { details: { causes: [expect.objectContaining({ field })] } },
    });
  });

  test('the selector of a Deployment is for life', async () => {
    await server.admin.create(deployment(name));
    const selector = { matchLabels: { app: name, more: 'x' } };
    const template = { metadata: { labels: { more: 'x' } } };
    await expect(
      server.admin.patch(at(DEPLOYMENT), merge({ spec: { selector, template } })),
    ).rejects.toThrow(/spec.selector: Invalid value: .*field is immutable/);
  });

  test('a loopback endpoint is refused', async () => {
    const slice: KubeObject = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace: 'default' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'] }],
      ports: [],
    };
    await expect(server.admin.create(slice)).rejects.toThrow(/may not be in the loopback range/);
  });

  test('wrong types are a bad request', async () => {
    await expect(server.admin.create(deployment(name, { replicas: 'x' }))).rejects.toThrow(
      /cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
    );
  });
});

describe('Services', () => {
  const SERVICE = { group: '', kind: 'Service' };
  const service = (spec: Record<string, unknown>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  });

  test('an address is given, kept, and cannot be changed', async () => {
    const made = await server.admin.create(service({}));
    const { clusterIP } = made['spec'] as { clusterIP: string };
    expect(clusterIP).toMatch(/^10\.96\.\d+\.\d+$/);
    const replaced = await server.admin.replace(service({ selector: { app: 'api' } }));
    expect(replaced['spec']).toMatchObject({ clusterIP, selector: { app: 'api' } });
    await expect(
      server.admin.patch(at(SERVICE), merge({ spec: { clusterIP: '10.96.200.200' } })),
    ).rejects.toThrow(/may not change once set/);
  });

  test('node ports are given, checked, and dropped with the type', async () => {
    const made = await server.admin.create(service({ type: 'NodePort' }));
    const [port] = (made['spec'] as { ports: { nodePort: number }[] }).ports;
    expect(port?.nodePort).toBeGreaterThanOrEqual(30_000);
    const twice = service({ type: 'NodePort', ports: [{ port: 80, nodePort: port?.nodePort }] });
    twice.metadata.name = `${name}-twice`;
    await expect(server.admin.create(twice)).rejects.toThrow(/port is already allocated/);
    const back = await server.admin.patch(at(SERVICE), merge({ spec: { type: 'ClusterIP' } }));
    expect((back['spec'] as { ports: unknown[] }).ports).toEqual([
      { port: 80, protocol: 'TCP', targetPort: 80 },
    ]);
  });
});

describe('deletion', () => {
  test('finalizers hold an object, and none can be added', async () => {
    const held = configMap(name);
    held.metadata.finalizers = ['ex.dev/a'];
    await server.admin.create(held);
    const marked = await server.admin.delete(at(CONFIG_MAP));
    expect(marked?.metadata.deletionTimestamp).toBeDefined();
    const more = merge({ metadata: { finalizers: ['ex.dev/a', 'ex.dev/b'] } });
    await expect(server.admin.patch(at(CONFIG_MAP), more)).rejects.toThrow(/no new finalizers/);
    await server.admin.patch(at(CONFIG_MAP), merge({ metadata: { finalizers: null } }));
    expect(await server.admin.get(at(CONFIG_MAP))).toBeUndefined();
    expect(await server.admin.delete(at(CONFIG_MAP))).toBeUndefined();
  });

  test('a pod on a node is given its grace; the node ends it', async () => {
    await server.admin.create(pod(name, { nodeName: 'n', terminationGracePeriodSeconds: 7 }));
    const marked = await server.admin.delete(at(POD));
    expect(marked?.metadata['deletionGracePeriodSeconds']).toBe(7);
    expect(Date.parse(marked?.metadata.deletionTimestamp ?? '') / 1_000).toBeCloseTo(
      clock.now() / 1_000 + 7,
      -1,
    );
    await server.admin.delete(at(POD), { gracePeriodSeconds: 0 });
    expect(await server.admin.get(at(POD))).toBeUndefined();
  });

  test('a pod without a node goes at once', async () => {
    await server.admin.create(pod(name));
    await server.admin.delete(at(POD));
    expect(await server.admin.get(at(POD))).toBeUndefined();
  });

  test('preconditions, and the finalizers of propagation', async () => {
    const made = await server.admin.create(configMap(name));
    await expect(server.admin.delete(at(CONFIG_MAP), { uid: 'other' })).rejects.toMatchObject({
      reason: 'Conflict',
    });
    const marked = await server.admin.delete(at(CONFIG_MAP), {
      propagation: 'Foreground',
      uid: made.metadata.uid ?? '',
    });
    expect(marked?.metadata.finalizers).toEqual(['foregroundDeletion']);
  });

  test('a namespace goes when it is empty, and takes no new objects before', async () => {
    await server.admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const inside = configMap('held');
    inside.metadata.namespace = name;
    inside.metadata.finalizers = ['ex.dev/a'];
    await server.admin.create(inside);
    const namespace = { group: '', kind: 'Namespace', name };
    const going = await server.admin.delete(namespace);
    expect(going?.['status']).toEqual({ phase: 'Terminating' });
    const late = configMap('late');
    late.metadata.namespace = name;
    await expect(server.admin.create(late)).rejects.toThrow(/because it is being terminated/);
    const held = { ...CONFIG_MAP, namespace: name, name: 'held' };
    await server.admin.patch(held, merge({ metadata: { finalizers: null } }));
    expect(await server.admin.get(namespace)).toBeUndefined();
    expect((await server.admin.list(CONFIG_MAP, { namespace: name })).items).toEqual([]);
  });
});

async function take(events: AsyncIterable<WatchEvent>, wanted: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) {
    if (event.type !== 'BOOKMARK') seen.push(`${event.type} ${event.object.metadata.name}`);
    if (seen.length === wanted) break;
  }
  return seen;
}

describe('watch', () => {
  test('continues where a list ended', async () => {
    const { resourceVersion } = await server.admin.list(CONFIG_MAP);
    await server.admin.create(configMap(name));
    await server.admin.patch(at(CONFIG_MAP), merge({ data: { a: 'b' } }));
    await server.admin.delete(at(CONFIG_MAP));
    const seen = await take(server.admin.watch(CONFIG_MAP, { resourceVersion }), 3);
    expect(seen).toEqual([`ADDED ${name}`, `MODIFIED ${name}`, `DELETED ${name}`]);
  });

  test('objects come into a selector and go out of it', async () => {
    const { resourceVersion } = await server.admin.list(CONFIG_MAP);
    const events = server.admin.watch(CONFIG_MAP, {
      resourceVersion,
      labelSelector: `of=${name}`,
    });
    const seen = take(events, 3);
    await server.admin.create(configMap(name));
    const label = (value: string | null) => merge({ metadata: { labels: { of: value } } });
    await server.admin.patch(at(CONFIG_MAP), label(name));
    await server.admin.patch(at(CONFIG_MAP), merge({ data: { a: 'b' } }));
    await server.admin.patch(at(CONFIG_MAP), label(null));
    expect(await seen).toEqual([`ADDED ${name}`, `MODIFIED ${name}`, `DELETED ${name}`]);
  });

  test('without a resourceVersion it begins with what there is', async () => {
    await server.admin.create(configMap(name));
    const fieldSelector = `metadata.name=${name}`;
    const events = server.admin.watch(CONFIG_MAP, { resourceVersion: '', fieldSelector });
    expect(await take(events, 1)).toEqual([`ADDED ${name}`]);
  });

  test('a past that is gone is Expired', async () => {
    const { resourceVersion } = await server.admin.list(CONFIG_MAP);
    for (let i = 0; i < 12; i += 1) await server.admin.create(configMap(`${name}-${i}`));
    await expect(
      take(server.admin.watch(CONFIG_MAP, { resourceVersion }), 1),
    ).rejects.toMatchObject({ code: 410, reason: 'Expired' });
  });

  test('ends when its signal aborts', async () => {
    const abort = new AbortController();
    const { resourceVersion } = await server.admin.list(CONFIG_MAP);
    const { signal } = abort;
    const events = take(server.admin.watch(CONFIG_MAP, { resourceVersion, signal }), 1);
    abort.abort();
    expect(await events).toEqual([]);
  });
});

describe('rights', () => {
  test('a ServiceAccount may do what its roles say, and is told what they do not', async () => {
    const account = await server.admin.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: 'default' },
    });
    const user = serviceAccountUser('default', name, account.metadata.uid ?? '');
    const client = server.client(user);
    await expect(client.list(CONFIG_MAP, { namespace: 'default' })).rejects.toThrow(
      `configmaps is forbidden: User "system:serviceaccount:default:${name}" cannot list resource "configmaps" in API group "" in the namespace "default"`,
    );
    const rbac = 'rbac.authorization.k8s.io';
    await server.admin.create({
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name, namespace: 'default' },
      rules: [
        { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get'], resourceNames: ['one'] },
        { apiGroups: ['apps'], resources: ['deployments/status'], verbs: ['patch'] },
      ],
    });
    await server.admin.create({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace: 'default' },
      roleRef: { kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
    });
    await expect(client.list(CONFIG_MAP, { namespace: 'default' })).resolves.toBeDefined();
    await expect(client.list(CONFIG_MAP)).rejects.toThrow(/at the cluster scope/);
    const one = { ...CONFIG_MAP, namespace: 'default', name: 'one' };
    await expect(client.get(one)).resolves.toBeUndefined();
    await expect(client.get({ ...one, name: 'two' })).rejects.toMatchObject({ code: 403 });
    await server.admin.create(deployment(name));
    const status = merge({ status: { replicas: 1 } });
    await expect(client.patch(at(DEPLOYMENT), status)).rejects.toMatchObject({ code: 403 });
    await client.patch(at(DEPLOYMENT), status, { subresource: 'status' });
  });
});

describe('custom resources', () => {
  test('are defaulted, pruned, validated and served', async () => {
    expect(await server.admin.resolve(WIDGET)).toMatchObject({
      resource: 'widgets',
      version: 'v1',
    });
    const made = await server.admin.create(widget(name, { unknown: 1 }));
    expect(made['spec']).toEqual({ mode: 'A', replicas: 1 });
    await expect(
      server.admin.patch(at(WIDGET), merge({ spec: { mode: 'C' } })),
    ).rejects.toMatchObject({ reason: 'Invalid' });
    await expect(
      server.admin.patch(at(WIDGET), { type: 'strategic', body: {} }),
    ).rejects.toMatchObject({ reason: 'UnsupportedMediaType' });
    const scale = await server.admin.patch(at(WIDGET), merge({ spec: { replicas: 4 } }), {
      subresource: 'scale',
    });
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } });
    expect(await server.admin.get(at(WIDGET))).toMatchObject({ spec: { replicas: 4 } });
  });

  test('have their keys in order, not in that of the writer', async () => {
    const given = widget(name, { replicas: 2, mode: 'A' });
    expect(Object.keys((await server.admin.create(given))['spec'] as object)).toEqual([
      'mode',
      'replicas',
    ]);
  });

  test('go with their definition', async () => {
    const other = await testServer({ clock });
    await other.admin.create(widgets());
    await other.admin.create(widget(name));
    const crd = {
      group: 'apiextensions.k8s.io',
      kind: 'CustomResourceDefinition',
      name: 'widgets.ex.dev',
    };
    expect(await other.admin.get(crd)).toMatchObject({
      status: { conditions: [{ type: 'NamesAccepted' }, { type: 'Established', status: 'True' }] },
    });
    await other.admin.delete(crd);
    expect(await other.admin.get(crd)).toBeUndefined();
    expect(await other.admin.resolve(WIDGET)).toBeUndefined();
    await other.close();
  });
});
