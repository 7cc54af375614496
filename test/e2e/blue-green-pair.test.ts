/** Two Deployments that take turns: the example under load, and the procedure of a hand-written one, on
 * whatever cluster the lab is. */
import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ nodes: 1, gateway: true });
}, 180_000);
afterAll(() => lab?.stop());

/** A user's pair: the policy and the Service have one name, each Deployment another. */
class PairShop extends Shop {
  async side(name: string) {
    const deployment = await this.get(KINDS.deployment, name);
    const { replicas, paused = false } = deployment['spec'] as {
      replicas: number;
      paused?: boolean;
    };
    const { availableReplicas: available = 0 } = (deployment['status'] ?? {}) as {
      availableReplicas?: number;
    };
    return { replicas, paused, available };
  }

  async writeImage(name: string, image: string, container = 'app'): Promise<void> {
    await this.lab.client.patch(
      { ...KINDS.deployment, namespace: this.namespace, name },
      {
        type: 'strategic',
        body: { spec: { template: { spec: { containers: [{ name: container, image }] } } } },
      },
    );
  }

  async selector(): Promise<Record<string, string>> {
    return ((await this.get(KINDS.service))['spec'] as { selector: Record<string, string> })
      .selector;
  }
}

async function open(name: string, yaml: string): Promise<PairShop> {
  const namespace = `pair-${name}`;
  await lab.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await lab.apply(yaml, namespace);
  return new PairShop(lab, name, namespace);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const routed = (port: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: myapp}
spec:
  gatewayClassName: segue
  listeners: [{name: http, protocol: HTTP, port: ${port}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: myapp}
spec:
  parentRefs: [{name: myapp}]
  hostnames: [myapp.example.com]
  rules: [{backendRefs: [{name: myapp, port: 80}]}]
`;

interface Answer {
  code: number | undefined;
  version: string;
}

function ask(port: number, agent?: Agent): Promise<Answer> {
  const headers = { host: 'myapp.example.com' };
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, headers, ...(agent && { agent }) }, (response) => {
      const { statusCode: code, headers: answered } = response;
      const version = String(answered['x-segue-version']);
      response.resume().on('end', () => resolve({ code, version }));
    }).on('error', reject);
  });
}

/** Requests a second, never tried again, half of them on connections of their own. */
function load(port: number, perSecond: number) {
  const agent = new Agent({ keepAlive: true });
  const answers: Record<string, number> = {};
  const count = (what: string) => (answers[what] = (answers[what] ?? 0) + 1);
  let sent = 0;
  const timer = setInterval(() => {
    ask(port, sent++ % 2 === 0 ? agent : undefined).then(
      ({ code }) => count(String(code)),
      (error: unknown) => count(String(error)),
    );
  }, 1_000 / perSecond);
  return {
    answers,
    stop() {
      clearInterval(timer);
      agent.destroy();
    },
  };
}

test('the example: into green, back to blue during the bake, into green again; no request is lost', async () => {
  const port = await freePort();
  const example = await readFile('examples/blue-green-pair.yaml', 'utf8');
  const shop = await open('myapp', `${example.replace('bake: 20s', 'bake: 3s')}---${routed(port)}`);
  await shop.held();
  const answers = async () => (await ask(port).catch(() => undefined))?.version;
  await until('the gateway to route', async () => (await answers()) === 'v1');
  expect(await shop.side('myapp-blue')).toEqual({ replicas: 3, paused: true, available: 3 });
  const traffic = load(port, 100);
  try {
    await shop.writeImage('myapp-green', 'segue-demo:v2');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking' && s.gateSince !== undefined);
    expect(await shop.selector()).toEqual({ app: 'myapp', version: 'green' });
    await until('users to see it', async () => (await answers()) === 'v2');
    await shop.ask('Abort', 'users complain');
    await shop.end(1, 'Aborted');
    expect(await shop.selector()).toEqual({ app: 'myapp', version: 'blue' });
    await until('users to be back', async () => (await answers()) === 'v1');
    expect(await shop.side('myapp-green')).toMatchObject({ replicas: 0, paused: false });

    await shop.writeImage('myapp-green', 'segue-demo:v3');
    await shop.end(2, 'Promoted');
    await shop.held();
    expect(await shop.selector()).toEqual({ app: 'myapp', version: 'green' });
    expect(await shop.side('myapp-green')).toEqual({ replicas: 3, paused: true, available: 3 });
    expect(await shop.side('myapp-blue')).toMatchObject({ replicas: 0, paused: false });

    // The way back when it is over: what blue has is released again.
    await shop.patch(
      KINDS.deployment,
      {
        spec: {
          template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } },
        },
      },
      'myapp-blue',
    );
    await shop.end(3, 'Promoted');
    await until('users to have the first one', async () => (await answers()) === 'v1');
    expect(traffic.answers).toEqual({ 200: expect.any(Number) });
  } finally {
    traffic.stop();
  }
}, 120_000);

const hexo = (version: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: hexo-${version}}
spec:
  selector: {matchLabels: {app: hexo-server, version: ${version}}}
  replicas: 6
  template:
    metadata: {labels: {app: hexo-server, version: ${version}}}
    spec:
      containers:
      - name: hexo
        image: segue-demo:${version.slice(0, 2)}
        imagePullPolicy: IfNotPresent
        ports: [{containerPort: 8080, name: hexo-nginx}]
`;

const hexoService = `
apiVersion: v1
kind: Service
metadata: {name: hexo}
spec:
  type: NodePort
  sessionAffinity: ClientIP
  selector: {app: hexo-server, version: v1.0}
  ports: [{port: 80, targetPort: 8080, nodePort: 32080}]
`;

test('as written by hand: a second Deployment of another version label, and the old one deleted', async () => {
  const shop = await open('hexo', `${hexo('v1.0')}---${hexoService}`);
  const service = (await shop.get(KINDS.service))['spec'] as Record<string, unknown>;
  await lab.client.create({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleasePolicy',
    metadata: { name: 'hexo', namespace: shop.namespace },
    spec: {
      targetRef: { name: 'hexo-v1.0' },
      pairRef: { name: 'hexo-v2.0' },
      traffic: { services: [{ name: 'hexo' }], settle: '100ms', drain: '100ms' },
      strategy: { blueGreen: {} },
      bake: '10m',
    },
  });
  await shop.held();
  expect((await shop.condition('Ready'))?.message).toContain('which does not exist yet');
  await lab.apply(hexo('v2.0'), shop.namespace);
  await shop.reach(1, 'the bake', (s) => s.phase === 'Baking' && s.gateSince !== undefined);
  expect(await shop.side('hexo-v1.0')).toMatchObject({ paused: true, available: 6 });
  await shop.delete(KINDS.deployment, 'hexo-v1.0');
  await shop.end(1, 'Promoted');
  await shop.held();
  // Nothing of the Service but the one label.
  expect((await shop.get(KINDS.service))['spec']).toEqual({
    ...service,
    selector: { app: 'hexo-server', version: 'v2.0' },
  });
  expect(await shop.side('hexo-v2.0')).toEqual({ replicas: 6, paused: true, available: 6 });
}, 120_000);

test('what was written into the one with the traffic is held and said; the policy deleted leaves both', async () => {
  const text = await readFile('examples/blue-green-pair.yaml', 'utf8');
  const shop = await open('myapp-held', text.replaceAll('myapp', 'myapp-held'));
  await shop.held();
  await shop.writeImage('myapp-held-blue', 'segue-demo:v2');
  await until('the policy to say so', async () => {
    return (await shop.condition('Ready'))?.reason === 'WrittenIntoLive';
  });
  expect(await shop.side('myapp-held-blue')).toEqual({ replicas: 3, paused: true, available: 3 });
  const { code, output } = await lab.segue('-n', shop.namespace, 'detach', 'myapp-held');
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain('Deployment myapp-held-blue rolls out by itself again');
  expect(await shop.side('myapp-held-blue')).toMatchObject({ replicas: 3, paused: false });
  const { items } = await lab.client.list(KINDS.replicaSet, { namespace: shop.namespace });
  expect(items.filter((set) => JSON.stringify(set['spec']).includes('segue-demo:v2'))).toEqual([]);
});
