/** Pods that run commands of this machine, released as any others, through a gateway that routes. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab({ nodes: 1, gateway: true, runCommands: true });
}, 180_000);
afterAll(() => lab?.stop());

const SERVER = `
  const { createServer } = require('node:http');
  const server = createServer((_, response) => response.end(process.env.SEGUE_IMAGE));
  server.listen(8080, process.env.HOST ?? process.env.POD_IP);
  process.once('SIGTERM', () => server.close());
`;
const CONTAINER = { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } };
const COMMAND = [process.execPath, '-e', SERVER];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What the gateway answers for the host of the shop's route. */
async function asker(shop: Shop): Promise<() => Promise<string>> {
  const port = await freePort();
  // The route of a shop leads there too, and one that leads nowhere is not accepted.
  await lab.client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'other', namespace: shop.namespace },
    spec: { selector: { app: 'other' }, ports: [{ port: 80, protocol: 'TCP' }] },
  });
  await lab.client.create({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace: shop.namespace },
    spec: {
      gatewayClassName: 'segue',
      listeners: [{ name: 'http', protocol: 'HTTP', port }],
    },
  });
  const host = `${shop.name}.example.com`;
  const ask = async (): Promise<string> => {
    const sent = request({ host: '127.0.0.1', port, headers: { host }, agent: false });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return text;
  };
  await until('an answer', async () => (await ask()).startsWith('web:'));
  return ask;
}

async function answers(ask: () => Promise<string>, count: number): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let n = 0; n < count; n += 1) seen.add(await ask());
  return seen;
}

test('a server of the user is released by canary, and answers all the time', async () => {
  const shop = await openShop(lab, {
    name: 'web',
    image: 'web:v1',
    replicas: 2,
    route: true,
    command: COMMAND,
    container: CONTAINER,
  });
  const ask = await asker(shop);
  await shop.attach(shop.canary([{ weight: 50, approval: {} }]));
  await shop.held();
  expect(await answers(ask, 10)).toEqual(new Set(['web:v1']));
  await shop.setImage('web:v2');
  await shop.reach(1, 'the stage', atGates(0));
  expect(await answers(ask, 60)).toEqual(new Set(['web:v1', 'web:v2']));
  await shop.ask('Promote');
  await shop.end(1, 'Promoted');
  expect(await answers(ask, 20)).toEqual(new Set(['web:v2']));
});

test('a version that listens on all addresses cannot, and the release says what is wrong', async () => {
  const shop = await openShop(lab, {
    name: 'all',
    image: 'web:v1',
    route: true,
    command: COMMAND,
    container: CONTAINER,
  });
  const ask = await asker(shop);
  await shop.attach(shop.canary([{ weight: 50, approval: {} }]));
  await shop.held();
  await shop.patch(KINDS.deployment, {
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: 'web',
              image: 'web:v2',
              command: COMMAND,
              ...CONTAINER,
              env: [{ name: 'HOST', value: '0.0.0.0' }],
            },
          ],
        },
      },
    },
  });
  const pods = async () =>
    (await lab.client.list({ group: '', kind: 'Pod' }, { namespace: shop.namespace })).items;
  const ended = await until('a pod that cannot listen', async () =>
    (await pods()).map(lastEnd).find((last) => last?.reason === 'AddressInUse'),
  );
  expect(ended.message).toContain("listen on the pod's own address $POD_IP (127.");
  expect(await answers(ask, 10)).toEqual(new Set(['web:v1']));
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
});

function lastEnd(pod: KubeObject): { reason: string; message: string } | undefined {
  const status = pod['status'] as {
    containerStatuses?: { lastState?: { terminated?: { reason: string; message: string } } }[];
  };
  return status.containerStatuses?.[0]?.lastState?.terminated;
}

test('jobs complete and fail as their commands do', async () => {
  const job = (name: string, script: string) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: {
      backoffLimit: 1,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'job', image: 'any', command: ['sh', '-c', script] }],
        },
      },
    },
  });
  await lab.client.create(job('good', 'exit 0'));
  await lab.client.create(job('bad', 'echo broken; exit 3'));
  const condition = async (name: string) => {
    const found = await lab.client.get({ group: 'batch', kind: 'Job', namespace: 'default', name });
    const status = found?.['status'] as
      { conditions?: { type: string; status: string; reason?: string }[] } | undefined;
    return status?.conditions?.find(
      (one) => one.status === 'True' && ['Complete', 'Failed'].includes(one.type),
    );
  };
  expect(await until('the good job', () => condition('good'))).toMatchObject({ type: 'Complete' });
  expect(await until('the bad job', () => condition('bad'), 60_000)).toMatchObject({
    type: 'Failed',
    reason: 'BackoffLimitExceeded',
  });
});
