/** A release through an Ingress of the AWS Load Balancer Controller, whose Events are read; on an API server in memory. */
import { afterEach, expect, test } from 'vitest';
import { FIELD_MANAGER } from '../api/group.ts';
import { KubeError } from '../ports/kube.ts';
import { ControllerWorld } from '../testing/controller-world.ts';

let world = new ControllerWorld();
afterEach(() => world.stop());

const traffic = {
  services: [{ name: 'web' }],
  routers: [{ alb: { ingress: 'web' } }],
  settle: '30s',
};

/** As the API server records who wrote. */
function managed(): void {
  const time = new Date(world.clock.now()).toISOString();
  const fieldsV1 = { 'f:spec': { 'f:rules': {} } };
  world.api.edit('Ingress', 'web', ({ metadata }) =>
    Object.assign(metadata, { managedFields: [{ manager: FIELD_MANAGER, time, fieldsV1 }] }),
  );
}

function says(reason: string, message: string): void {
  const name = `web.${reason}`;
  const lastTimestamp = new Date(world.clock.now()).toISOString();
  const event = { apiVersion: 'v1', kind: 'Event', metadata: { name, namespace: 'shop' } };
  world.api.put({ ...event, reason, message, lastTimestamp });
}

/** A release that has named the Services of each version in the Ingress, and waits for it to count. */
async function announced(before: () => void = () => {}): Promise<void> {
  world = new ControllerWorld({ traffic });
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const paths = [{ path: '/', pathType: 'Prefix', backend }];
  world.api.put({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-ingress', generation: 1 },
    spec: { ingressClassName: 'alb', rules: [{ http: { paths } }] },
  });
  world.api.after = ({ kind, verb }) => {
    if (kind === 'Ingress' && verb === 'patch') managed();
  };
  world.api.put({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-stable', labels: { 'kubernetes.io/service-name': 'web-stable' } },
    endpoints: [1, 2].map((n) => ({ addresses: [`10.0.0.${n}`], targetRef: { uid: `pod-${n}` } })),
  });
  before();
  await world.start();
  world.setImage('v2');
  await world.pass();
  expect(world.writesOf('Ingress')).toBe(1);
}

const release = () => world.release()?.status ?? {};
/** The second write leads all requests by the Services of each version, once it counts that they are named. */
const isSplit = () => world.writesOf('Ingress') > 1;

test('what the load balancer refuses does not count, and the release says why', async () => {
  await announced();
  says('FailedDeployModel', 'Failed deploy model due to TooManyTargetGroups');
  await world.pass(4_000);
  const message = 'Ingress web: FailedDeployModel: Failed deploy model due to TooManyTargetGroups';
  expect(release().message).toBe(message);
  const accepted = () => release().conditions?.find(({ type }) => type === 'RouteAccepted');
  expect(accepted()).toMatchObject({ status: 'False', reason: 'RouteRefused', message });
  const told = () => world.api.all('Event').filter(({ reason }) => reason === 'RouteRefused');
  expect(told()).toMatchObject([{ type: 'Warning', message, involvedObject: { name: 'web-1' } }]);
  for (let minute = 0; minute < 5; minute++) await world.pass(60_000);
  expect(isSplit()).toBe(false);
  expect(told()).toHaveLength(1);
  says('SuccessfullyReconciled', 'Successfully reconciled');
  await world.pass(4_000);
  expect(isSplit()).toBe(false);
  await world.pass(31_000);
  expect(isSplit()).toBe(true);
  expect(accepted()).toMatchObject({ status: 'True', reason: 'TakenUp' });
});

test('Events are asked for now and then, and only while a release waits', async () => {
  let asked = 0;
  await announced(() => {
    world.api.onList = (kind) => {
      if (kind === 'Event') asked++;
    };
  });
  expect(asked).toBeGreaterThan(0);
  asked = 0;
  for (let second = 0; second < 30; second++) await world.pass();
  expect(asked).toBeGreaterThanOrEqual(9);
  expect(asked).toBeLessThanOrEqual(11);
});

test('where nobody says anything it counts after a minute, and settles then', async () => {
  await announced();
  for (let second = 0; second < 88; second++) await world.pass();
  expect(isSplit()).toBe(false);
  for (let second = 0; second < 8; second++) await world.pass();
  expect(isSplit()).toBe(true);
});

test('where Events may not be read it counts as it is stored, and the log says so once', async () => {
  await announced(() => {
    world.api.onList = (kind) => {
      if (kind === 'Event') throw new KubeError('no', { code: 403, reason: 'Forbidden' });
    };
  });
  await world.pass(32_000);
  await world.pass(32_000);
  expect(isSplit()).toBe(true);
  const told = world.lines.filter(({ message }) => message.includes('Events'));
  expect(told).toHaveLength(1);
});

test('what was said is not forgotten where Events cannot be read for a while', async () => {
  await announced();
  says('FailedBuildModel', 'no');
  await world.pass(4_000);
  world.api.onList = (kind) => {
    if (kind === 'Event') throw new KubeError('late', { code: 504, reason: 'Timeout' });
  };
  for (let minute = 0; minute < 4; minute++) await world.pass(60_000);
  expect(isSplit()).toBe(false);
});
