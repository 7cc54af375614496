/** By an Ingress of a load balancer of AWS: its controller is a test here, which says in Events how it fared. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

const ACTION = 'alb.ingress.kubernetes.io/actions.web';

async function openEdge(): Promise<Shop> {
  const shop = await openShop(lab, { name: 'web' });
  const backend = { service: { name: 'web', port: { number: 80 } } };
  await lab.client.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web',
      namespace: shop.namespace,
      annotations: { 'alb.ingress.kubernetes.io/target-type': 'ip' },
    },
    spec: {
      ingressClassName: 'alb',
      rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  });
  const { traffic, ...rest } = shop.canary([{ weight: 20, approval: {} }]);
  const routers = [{ alb: { ingress: 'web' } }];
  await shop.attach({
    ...rest,
    traffic: { ...traffic, settle: '30s', routers },
  } as never);
  await shop.held();
  return shop;
}

/** As the recorder of client-go writes it. */
async function say(shop: Shop, reason: string, message: string): Promise<void> {
  const { uid, resourceVersion } = (await shop.get(KINDS.ingress)).metadata;
  const at = `${new Date().toISOString().slice(0, 19)}Z`;
  const { namespace } = shop;
  const about = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    namespace,
    name: 'web',
  };
  await lab.client.create({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `web.${reason.toLowerCase()}`, namespace },
    involvedObject: { ...about, uid, resourceVersion },
    type: reason === 'SuccessfullyReconciled' ? 'Normal' : 'Warning',
    reason,
    message,
    source: { component: 'ingress' },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  });
}

const actionOf = async (shop: Shop) =>
  (await shop.get(KINDS.ingress)).metadata.annotations?.[ACTION];

test('what a load balancer refuses is told, and does not count until it was taken up', async () => {
  const shop = await openEdge();
  await shop.setImage('segue-demo:v2');
  const announced = await until('the target groups of each version to be named', () =>
    actionOf(shop),
  );
  await say(shop, 'FailedDeployModel', 'Failed deploy model due to TooManyTargetGroups');
  const status = await until('the release to say so', async () => {
    const { status } = await shop.release(1);
    return status.conditions?.some(({ type }) => type === 'RouteAccepted') && status;
  });
  const message = 'Ingress web: FailedDeployModel: Failed deploy model due to TooManyTargetGroups';
  expect(status.message).toBe(message);
  expect(status.timeline?.at(-1)).toMatchObject({
    reason: 'RouteRefused',
    what: message,
  });
  expect(status.traffic?.route).toBe('Service');
  expect(await actionOf(shop)).toBe(announced);
  await say(shop, 'SuccessfullyReconciled', 'Successfully reconciled');
  // The settle time comes on top.
  await until(
    'requests to be led by the Services of each version',
    async () => (await actionOf(shop)) !== announced,
    60_000,
  );
  const { status: after } = await shop.release(1);
  expect(after.traffic).toMatchObject({ route: 'Split', weight: 0 });
  expect(after.conditions?.find(({ type }) => type === 'RouteAccepted')?.status).toBe('True');
}, 120_000);
