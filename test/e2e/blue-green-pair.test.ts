/** Two Deployments that take turns: the example under load, on whatever cluster the lab is. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { freePort } from '../../src/testing/example-shop.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { answerOf, Load } from '../../src/testing/load.ts';
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

  async writeImage(name: string, image: string): Promise<void> {
    await this.lab.client.patch(
      { ...KINDS.deployment, namespace: this.namespace, name },
      {
        type: 'strategic',
        body: { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } },
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

test('the example: into green, back to blue during the bake, into green again; no request is lost', async () => {
  const port = await freePort();
  const example = await readFile('examples/blue-green-pair.yaml', 'utf8');
  const shop = await open('myapp', `${example.replace('bake: 20s', 'bake: 3s')}---${routed(port)}`);
  await shop.held();
  const entrance = { port, host: 'myapp.example.com' };
  const answers = async () => (await answerOf(entrance).catch(() => undefined))?.version;
  await until('the gateway to route', async () => (await answers()) === 'v1');
  expect(await shop.side('myapp-blue')).toEqual({ replicas: 3, paused: true, available: 3 });
  const traffic = new Load({ ...entrance, perSecond: 100 });
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
