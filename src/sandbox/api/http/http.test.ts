import * as k8s from '@kubernetes/client-node';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FakeClock } from '../../../kube/fake-clock.ts';
import type { Fields } from '../schema.ts';
import {
  configMap,
  deployment,
  pod,
  testServer,
  widget,
  widgets,
  type TestServer,
} from '../testing/server.ts';

const clock = new FakeClock();
let server: TestServer;
let agent: Agent;
let token = '';
beforeAll(async () => {
  await clock.advance(Date.now() - clock.now());
  server = await testServer({ clock });
  agent = new Agent({ connect: { ca: server.caPem } });
  const { users } = parse(server.kubeconfig) as { users: { user: { token: string } }[] };
  token = users[0]?.user.token ?? '';
  await server.admin.create(widgets());
});
afterAll(async () => {
  await agent.close();
  await server.close();
});

interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string | Buffer;
}

function send(path: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  return request(`${server.url}${path}`, {
    dispatcher: agent,
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

async function ask(path: string, asked?: Asked) {
  const { statusCode, headers, body } = await send(path, asked);
  const text = await body.text();
  const json = text.startsWith('{') ? (JSON.parse(text) as Fields) : {};
  return { statusCode, headers, text, json };
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

describe('who asks', () => {
  test('strangers see the version and no more, bad tokens nothing', async () => {
    const stranger = { headers: { authorization: '' } };
    const bad = { headers: { authorization: 'Bearer nonsense' } };
    const anonymous = await request(`${server.url}/version`, { dispatcher: agent });
    expect(anonymous.statusCode).toBe(200);
    await anonymous.body.dump();
    expect((await ask(CONFIG_MAPS, bad)).json).toMatchObject({ code: 401 });
    expect((await ask(CONFIG_MAPS, stranger)).statusCode).toBe(403);
  });

  test('a token of a ServiceAccount works until it expires', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const body = JSON.stringify({ spec: { expirationSeconds: 600 } });
    const issued = await ask(path, { method: 'POST', body });
    const { status } = issued.json as { status: { token: string } };
    const as = { headers: { authorization: `Bearer ${status.token}` } };
    expect((await ask(CONFIG_MAPS, as)).json).toMatchObject({ code: 403, reason: 'Forbidden' });
    await clock.advance(601_000);
    expect((await ask(CONFIG_MAPS, as)).statusCode).toBe(401);
  });
});

describe('discovery', () => {
  test('groups and resources, one by one and all at once', async () => {
    expect((await ask('/api')).json).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = (await ask('/apis')).json['groups'] as { name: string }[];
    expect(groups.map((group) => group.name)).toContain('ex.dev');
    const apps = (await ask('/apis/apps/v1')).json['resources'] as Fields[];
    const names = apps.map((one) => one['name']);
    expect(names).toContain('deployments/scale');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const all = await ask('/apis', { headers: { accept } });
    expect(all.headers['content-type']).toBe(accept);
    expect(all.json).toMatchObject({ kind: 'APIGroupDiscoveryList' });
    expect((await ask('/apis/nope/v1')).statusCode).toBe(404);
  });

  test('OpenAPI documents name kinds, merge keys and query parameters', async () => {
    const index = (await ask('/openapi/v3')).json['paths'] as Record<string, Fields>;
    const url = String(index['apis/apps/v1']?.['serverRelativeURL']);
    const document = (await ask(url)).json as {
      components: { schemas: Record<string, { properties: Record<string, Fields> }> };
      paths: Record<string, { patch: { parameters: Fields[] } }>;
    };
    const spec = document.components.schemas['io.k8s.api.core.v1.PodSpec'];
    expect(spec?.properties['containers']).toMatchObject({
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    const path = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}';
    const parameters = document.paths[path]?.patch.parameters.map((one) => one['name']);
    expect(parameters).toContain('fieldValidation');
    expect((await ask('/openapi/v2')).json).toHaveProperty('definitions');
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const encoded = await ask('/openapi/v2', { headers: { accept } });
    // `swagger: "2.0"`, and the definitions somewhere behind it.
    expect(encoded.text.slice(0, 5)).toBe('\n\u00032.0');
    expect(encoded.text).toContain('#/definitions/io.k8s.api.core.v1.PodTemplateSpec');
  });
});

describe('answers', () => {
  test('tables, metadata only, YAML and pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await server.admin.create(configMap(name));
    const table = await ask(`${CONFIG_MAPS}?fieldSelector=metadata.name=page-a`, {
      headers: TABLE,
    });
    expect(table.json).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
      rows: [
        { cells: ['page-a', 0, expect.any(String)], object: { kind: 'PartialObjectMetadata' } },
      ],
    });
    const partial = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
    const list = await ask(CONFIG_MAPS, { headers: partial });
    expect(list.json).toMatchObject({ kind: 'PartialObjectMetadataList' });
    const yaml = await ask(`${CONFIG_MAPS}/page-a`, { headers: { accept: 'application/yaml' } });
    expect(parse(yaml.text)).toMatchObject({ kind: 'ConfigMap' });
    const names: string[] = [];
    let next = '';
    do {
      const page = (await ask(`${CONFIG_MAPS}?limit=2&continue=${next}`)).json as {
        items: { metadata: { name: string } }[];
        metadata: { continue?: string };
      };
      expect(page.items.length).toBeLessThanOrEqual(2);
      names.push(...page.items.map((item) => item.metadata.name));
      next = page.metadata.continue ?? '';
    } while (next !== '');
    expect(names).toEqual([...names].sort());
    expect(names).toContain('page-c');
  });

  test('unknown fields: refused, warned of, or dropped in silence', async () => {
    const body = JSON.stringify(widget('typo', { mod: 'A' }));
    const path = '/apis/ex.dev/v1/namespaces/default/widgets?dryRun=All&fieldValidation=';
    const post = (how: string) => ask(path + how, { method: 'POST', body });
    expect((await post('Strict')).json).toMatchObject({
      reason: 'BadRequest',
      message: expect.stringContaining('strict decoding error: unknown field "spec.mod"'),
    });
    expect((await post('Warn')).headers['warning']).toBe('299 - "unknown field \\"spec.mod\\""');
    const ignored = await post('Ignore');
    expect(ignored.headers['warning']).toBeUndefined();
    expect(ignored.json['spec']).toEqual({ mode: 'A', replicas: 1 });
  });

  test('bodies that cannot be read are refused by their type', async () => {
    const bad = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } };
    expect((await ask(CONFIG_MAPS, bad as Asked)).statusCode).toBe(400);
    const strange: Asked = { method: 'PATCH', body: '{}', headers: { 'content-type': 'text/x' } };
    expect((await ask(`${CONFIG_MAPS}/page-a`, strange)).statusCode).toBe(415);
  });

  test('a Deployment in protobuf is the same as in JSON', async () => {
    // What kubectl 1.32 sends for: create deployment web --image=segue-demo:v1 --port 8080 --replicas=2
    const hex = `6b3873000a150a07617070732f7631120a4465706c6f796d656e7412c6010a1f0a037765621200
      1a0022002a003200380042005a0a0a0361707012037765621294010802120c0a0a0a03617070120377
      65621a7a0a1c0a0012001a0022002a003200380042005a0a0a036170701203776562125a123c0a0a73
      656775652d64656d6f120d73656775652d64656d6f3a76312a00320b0a00100018903f22002a004200
      6a00720080010088010090010 0a201001a00320042004a00520058006000680082010 08a01009a0100
      c2010022020a002800380 01a0c0800100018002000280038001a002200`.replaceAll(/\s/g, '');
    const made = await ask('/apis/apps/v1/namespaces/default/deployments', {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: Buffer.from(hex, 'hex'),
    });
    expect(made.statusCode).toBe(201);
    const spec = {
      replicas: 2,
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            { name: 'segue-demo', image: 'segue-demo:v1', ports: [{ containerPort: 8_080 }] },
          ],
        },
      },
    };
    const json = await server.admin.create(
      deployment('web2', { ...spec, selector: { matchLabels: { app: 'web' } } }),
    );
    expect(made.json['spec']).toEqual(json['spec']);
  });
});

async function lines(body: AsyncIterable<Buffer>, wanted: number): Promise<Fields[]> {
  const read: Fields[] = [];
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    read.push(...parts.map((line) => JSON.parse(line) as Fields));
    if (read.length >= wanted) break;
  }
  return read;
}

describe('watches', () => {
  test('send what there is first, then a bookmark, when asked to', async () => {
    const query =
      'watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const { body } = await send(`${CONFIG_MAPS}?${query}&fieldSelector=metadata.name=page-a`);
    const [first, second] = await lines(body, 2);
    expect(first).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'page-a' } } });
    expect(second).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  test('bookmark from time to time, and end when their time is over', async () => {
    const { metadata } = (await ask(CONFIG_MAPS)).json as { metadata: { resourceVersion: string } };
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=100&resourceVersion=${metadata.resourceVersion}`;
    const { body } = await send(`${CONFIG_MAPS}?${query}`);
    const all = lines(body, 99);
    await clock.advance(61_000);
    await clock.advance(61_000);
    expect(await all).toMatchObject([{ type: 'BOOKMARK' }]);
  });

  test('tell of a past that is gone in the stream', async () => {
    server.compact();
    const { body } = await send(`${CONFIG_MAPS}?watch=1&resourceVersion=1`);
    expect(await lines(body, 1)).toMatchObject([
      { type: 'ERROR', object: { code: 410, reason: 'Expired' } },
    ]);
  });

  test('name the columns of a table once', async () => {
    const { body } = await send(`${CONFIG_MAPS}?watch=1`, { headers: TABLE });
    const [first, second] = await lines(body, 2);
    expect(first).toMatchObject({ object: { columnDefinitions: expect.any(Array) } });
    expect(second).toMatchObject({ object: { columnDefinitions: null } });
  });
});

test('a binding, an eviction against a budget, and what is left out', async () => {
  await server.admin.create(pod('bound'));
  const path = '/api/v1/namespaces/default/pods/bound';
  const post = (sub: string, body: Fields) =>
    ask(`${path}/${sub}`, { method: 'POST', body: JSON.stringify(body) });
  expect((await post('binding', { target: { kind: 'Node', name: 'n1' } })).statusCode).toBe(201);
  expect((await ask(path)).json).toMatchObject({ spec: { nodeName: 'n1' } });
  expect((await post('binding', { target: { name: 'n2' } })).json).toMatchObject({ code: 409 });
  expect((await post('exec', {})).json).toMatchObject({
    message: 'kubectl exec is not in the sandbox',
  });
  await server.admin.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'all', namespace: 'default' },
    spec: { minAvailable: 1, selector: {} },
  });
  const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const at = { group: '', kind: 'Pod', namespace: 'default', name: 'bound' };
  const patch = { type: 'merge' as const, body: { status: ready } };
  await server.admin.patch(at, patch, { subresource: 'status' });
  expect((await post('eviction', {})).json).toMatchObject({ code: 429 });
  const budget = {
    group: 'policy',
    kind: 'PodDisruptionBudget',
    namespace: 'default',
    name: 'all',
  };
  await server.admin.patch(budget, { type: 'merge', body: { spec: { minAvailable: 0 } } });
  const other = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { selector: {} } };
  await server.admin.create({ ...other, metadata: { name: 'other', namespace: 'default' } });
  expect((await post('eviction', {})).json).toMatchObject({ code: 500 });
  await server.admin.delete({ ...budget, name: 'other' });
  // A budget of what the controller could not count protects every pod.
  const conditions = [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed' }];
  const told = (reason: unknown[]) => ({
    type: 'merge' as const,
    body: { status: { observedGeneration: 2, conditions: reason } },
  });
  await server.admin.patch(budget, told(conditions), { subresource: 'status' });
  expect((await post('eviction', {})).json).toMatchObject({ code: 429 });
  await server.admin.patch(budget, told([]), { subresource: 'status' });
  expect((await post('eviction', {})).statusCode).toBe(201);
});

test('an independent client works with it', async () => {
  const config = new k8s.KubeConfig();
  config.loadFromString(server.kubeconfig);
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const body = deployment('independent') as unknown as k8s.V1Deployment;
  const made = await apps.createNamespacedDeployment({ namespace: 'default', body });
  expect(made.spec?.strategy?.rollingUpdate?.maxSurge).toBe('25%');
  const list = await apps.listNamespacedDeployment({ namespace: 'default' });
  expect(list.items.map((item) => item.metadata?.name)).toContain('independent');
  const missing = apps.readNamespacedDeployment({ namespace: 'default', name: 'missing' });
  await expect(missing).rejects.toMatchObject({ code: 404 });
});
