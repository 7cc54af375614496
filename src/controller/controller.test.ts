/** The controller against an API server in memory: crashes between two writes, caches that are
 * behind, objects that vanish. */
import { afterEach, describe, expect, test } from 'vitest';
import { FINALIZER } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { PolicyStatus } from '../api/policy.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { KubeError } from '../ports/kube.ts';
import {
  ControllerWorld,
  deployment,
  policyObject,
  replicaSet,
  service,
} from '../testing/controller-world.ts';

let world = new ControllerWorld();
afterEach(() => world.stop());

const checks = [
  { name: 'errors', scrape: { pods: { port: 80 }, total: 'a', bad: 'b' }, max: 0.01 } as const,
];

/** Everything at 100 % on stable again, the last step still to come. */
const ENDING = {
  step: 'CleanUp',
  towards: 'Aborted',
  reason: 'AbortRequested',
  startedAt: '1970-01-01T00:00:00Z',
  traffic: { dedicated: false, route: 'Service', weight: 0 },
  journal: { strategy: { type: 'RollingUpdate' }, routers: [{ refs: [] }] },
} satisfies ReleaseStatus;

const IN_STAGE: ReleaseStatus = {
  startedAt: ENDING.startedAt,
  journal: ENDING.journal,
  step: 'Stage',
  stepSince: '1970-01-01T00:16:39Z',
  gateSince: '1970-01-01T00:16:39Z',
  stage: 0,
  stageReplicas: 2,
  traffic: { dedicated: true, route: 'Split', weight: 5, readBackAt: '1970-01-01T00:16:39Z' },
};

async function releasing(spec: ConstructorParameters<typeof ControllerWorld>[0] = {}) {
  world = new ControllerWorld(spec);
  await world.start();
  world.setImage('v2');
  await world.pass();
  return world;
}

test('a policy at rest costs no write, however long', async () => {
  world = new ControllerWorld();
  await world.start();
  await world.pass();
  const before = world.api.writes.length;
  await world.pass(3_600_000);
  expect(world.api.writes.length).toBe(before);
  expect(world.errors()).toEqual([]);
});

test('a new template begins a release: its status first, then its Services', async () => {
  await releasing();
  expect(world.release()?.status.step).toBe('Prepare');
  const kinds = world.api.writes.map((write) => `${write.verb} ${write.kind}`);
  const status = kinds.indexOf('patch Release');
  expect(status).toBeGreaterThan(kinds.indexOf('create Release'));
  expect(kinds.indexOf('create Service')).toBeGreaterThan(status);
  expect(world.errors()).toEqual([]);
});

describe('a crash', () => {
  test.each([true, false])(
    'between the end and the finalizer leaves no Release that cannot be deleted (policy: %s)',
    async (policyStays) => {
      await releasing();
      await world.stop();
      world.setStatus(ENDING);
      world.api.before = (write) => {
        if (write.kind === 'Release' && write.subresource === undefined)
          throw new KubeError('no answer', { code: 0, reason: 'Unreachable' });
      };
      for (const name of ['web-stable', 'web-candidate']) world.api.drop('Service', name);
      await world.start();
      await world.pass();
      expect(world.release()?.status.step).toBe('Done');
      expect(world.release()?.metadata.finalizers).toEqual([FINALIZER]);
      await world.stop();
      if (!policyStays) {
        world.api.edit('ReleasePolicy', 'web', (o) => void (o.metadata.finalizers = []));
        world.api.drop('ReleasePolicy', 'web');
      }
      world.api.before = () => {};
      await world.start();
      expect(world.release()?.metadata.finalizers).toEqual([]);
    },
  );

  test('between the policy and its Release makes one Release, under the name announced', async () => {
    world = new ControllerWorld();
    await world.start();
    world.api.before = (write) => {
      if (write.verb === 'create' && write.kind === 'Release')
        throw new KubeError('no answer', { code: 0, reason: 'Unreachable' });
    };
    world.setImage('v2');
    await world.pass();
    await world.stop();
    world.api.before = () => {};
    await world.start();
    expect(world.release('web-1')).toBeDefined();
    expect(world.release('web-2')).toBeUndefined();
  });
});

test('a create whose answer was lost makes no second Release while the watch is behind', async () => {
  world = new ControllerWorld();
  await world.start();
  world.api.hold('Release');
  let lost = false;
  world.api.after = (write) => {
    if (lost || write.verb !== 'create' || write.kind !== 'Release') return;
    lost = true;
    throw new KubeError('no answer', { code: 0, reason: 'Unreachable' });
  };
  world.setImage('v2');
  await world.pass(5_000);
  expect(world.release('web-1')).toBeDefined();
  expect(world.release('web-2')).toBeUndefined();
  world.api.letGo('Release');
  await world.pass();
  expect(world.release('web-1')?.status.step).toBe('Prepare');
});

test('a write that is refused again and again is tried later and later, without an error', async () => {
  await releasing();
  let refused = 0;
  world.api.before = (write) => {
    if (write.kind !== 'Service') return;
    refused++;
    throw new KubeError('it changed', { code: 409, reason: 'Conflict' });
  };
  for (const name of ['web-stable', 'web-candidate']) world.api.drop('Service', name);
  await world.pass(60_000);
  expect(refused).toBeGreaterThan(3);
  expect(refused).toBeLessThan(20);
  expect(world.errors()).toEqual([]);
  world.api.before = () => {};
  await world.pass(30_000);
  expect(world.api.find('Service', 'web-stable')).toBeDefined();
});

test('a write that is not allowed is told on the policy and by one event, until it is', async () => {
  await releasing();
  world.api.before = (write) => {
    if (write.kind !== 'HTTPRoute') return;
    const message =
      'httproutes "web" is forbidden: User "segue" cannot patch resource "httproutes"';
    throw new KubeError(message, { code: 403, reason: 'Forbidden' });
  };
  const ready = () => {
    const status = world.api.find('ReleasePolicy', 'web')?.['status'] as PolicyStatus | undefined;
    return status?.conditions?.find(({ type }) => type === 'Ready');
  };
  const told = () => world.api.all('Event').filter(({ reason }) => reason === 'WriteRefused');
  const traffic = { dedicated: true, route: 'Split' as const, weight: 50 };
  world.setStatus({ ...IN_STAGE, traffic });
  await world.pass(30_000);
  const text =
    'patch HTTPRoute web: httproutes "web" is forbidden: User "segue" cannot patch resource ' +
    '"httproutes"; apply all that `segue install` prints';
  expect(ready()).toMatchObject({ status: 'False', reason: 'WriteRefused', message: text });
  expect(told()).toMatchObject([
    { type: 'Warning', message: text, involvedObject: { name: 'web-1' } },
  ]);
  const writes = world.writesOf('ReleasePolicy');
  await world.pass(120_000);
  expect(told()).toHaveLength(1);
  expect(world.writesOf('ReleasePolicy')).toBe(writes);
  world.api.before = () => {};
  await world.pass(60_000);
  expect(ready()).toMatchObject({ status: 'False', reason: 'Releasing' });
});

test('a write that was refused once, for what it did not know yet, is not told of', async () => {
  await releasing();
  let refused = 0;
  world.api.before = (write) => {
    if (write.kind !== 'Service' || refused > 0) return;
    refused++;
    throw new KubeError('the patch does not fit', { code: 422, reason: 'Invalid' });
  };
  for (const name of ['web-stable', 'web-candidate']) world.api.drop('Service', name);
  await world.pass(60_000);
  expect(refused).toBe(1);
  expect(world.api.find('Service', 'web-stable')).toBeDefined();
  expect(world.api.all('Event').filter(({ reason }) => reason === 'WriteRefused')).toEqual([]);
});

test('a deletion that the watch has not told yet is not repeated without end', async () => {
  world = new ControllerWorld();
  await world.start();
  world.api.hold('ReleaseRequest');
  world.api.letGo('ReleaseRequest');
  world.api.put({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleaseRequest',
    metadata: { name: 'r', namespace: 'shop' },
    spec: { policy: 'web', action: 'Abort' },
  });
  world.api.before = (write) => {
    if (write.verb === 'delete') world.api.hold('ReleaseRequest');
  };
  await world.pass();
  expect(world.writesOf('ReleaseRequest')).toBeLessThanOrEqual(2);
  world.api.letGo('ReleaseRequest');
  await world.pass();
  expect(world.writesOf('ReleaseRequest')).toBeLessThanOrEqual(2);
});

test('pods that cannot be listed stop no release: they are only for the message', async () => {
  await releasing();
  world.api.onList = (kind) => {
    if (kind === 'Pod') throw new KubeError('not allowed', { code: 403, reason: 'Forbidden' });
  };
  const candidate = candidateName();
  world.api.put({
    ...replicaSet(candidate, 'v2', { kind: 'Release', uid: world.release()?.metadata.uid ?? '' }),
    status: { replicas: 2 },
  });
  world.setStatus(IN_STAGE);
  await world.pass();
  expect(world.errors()).toEqual([]);
  expect(world.release()?.status.step).toBe('Stage');
});

function candidateName(): string {
  const spec = world.api.find('Release', 'web-1')?.['spec'] as {
    candidate: { replicaSet: string };
  };
  return spec.candidate.replicaSet;
}

/** In the first stage with its pods, held for ever by its hold. */
async function inStage(): Promise<void> {
  await releasing({
    checks: checks as never,
    strategy: { canary: { stages: [{ weight: 5, hold: '1000h' }] } },
  });
  const uid = world.release()?.metadata.uid ?? '';
  const set = replicaSet(candidateName(), 'v2', { kind: 'Release', uid });
  world.api.put(set);
  for (const name of ['web-stable', 'web-candidate'])
    world.api.put({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, labels: { 'kubernetes.io/service-name': name } },
      endpoints: [1, 2].map((n) => ({
        addresses: [`10.0.0.${n}`],
        targetRef: { uid: `${name}${n}` },
      })),
    });
  await world.pass();
  await world.pass(5_000);
}

test('a release that vanishes is not measured any more', async () => {
  let measured = 0;
  await inStage();
  await world.stop();
  world.provider = {
    name: 'scrape',
    measure: () => {
      measured++;
      return Promise.resolve({ kind: 'Missing', because: 'a test' });
    },
  };
  await world.start();
  await world.pass(30_000);
  expect(measured).toBeGreaterThan(2);
  world.api.edit('Release', 'web-1', (object) => void (object.metadata.finalizers = []));
  world.api.drop('Release', 'web-1');
  await world.pass(1_000);
  const before = measured;
  await world.pass(60_000);
  expect(measured).toBe(before);
});

test('what a restart finds out again is written after minutes, once, and not while it stands', async () => {
  await inStage();
  expect(world.release()?.status).toMatchObject({ step: 'Stage', stage: 0 });
  const before = world.writesOf('Release');
  await world.pass(290_000);
  expect(world.writesOf('Release')).toBe(before);
  for (let minute = 0; minute < 30; minute++) await world.pass(60_000);
  // The verdict says each time how long the evidence has been missing: one write in five minutes.
  expect(world.writesOf('Release') - before).toBeLessThanOrEqual(7);
});

test('what has changed while the watch is behind is read when a write is refused for it', async () => {
  world = new ControllerWorld();
  await world.start();
  world.api.hold('ReleasePolicy');
  const found = world.api.find('ReleasePolicy', 'web') as KubeObject;
  const metadata = { ...found.metadata, annotations: { note: 'written by somebody' } };
  world.api.put({ ...found, metadata });
  world.setImage('v2');
  await world.pass(1_000);
  expect(world.release()).toBeDefined();
  expect(world.errors()).toEqual([]);
});

test('a set that looks started under the hold is not deleted when the hold is not there any more', async () => {
  await inStage();
  world.api.hold('Deployment');
  const found = world.api.find('Deployment', 'web') as KubeObject;
  const metadata = { ...found.metadata, generation: 9 };
  const spec = { ...(found['spec'] as object), paused: false };
  world.api.put({ ...found, metadata, spec, status: { observedGeneration: 9 } });
  const rogue = replicaSet('web-rogue', 'v2', { kind: 'Deployment', uid: 'uid-web' });
  const writes: string[] = [];
  world.api.before = ({ verb, kind }) => {
    if (['Deployment', 'ReplicaSet'].includes(kind)) writes.push(`${verb} ${kind}`);
  };
  world.api.put(rogue);
  await world.pass();
  expect(writes.slice(0, 2)).toEqual(['patch Deployment', 'delete ReplicaSet']);
  expect(world.api.find('Deployment', 'web')).toMatchObject({ spec: { paused: true } });
});

test('a set that goes with its Deployment is not the reason, however late that is seen', async () => {
  await inStage();
  const { replicaSet: name } = (world.api.find('Release', 'web-1')?.['spec'] as ReleaseSpec)
    .candidate;
  world.api.hold('Deployment');
  const found = world.api.find('Deployment', 'web') as KubeObject;
  const metadata = { ...found.metadata, generation: 9, deletionTimestamp: '2026-01-01T00:00:00Z' };
  world.api.put({ ...found, metadata: { ...metadata, finalizers: ['orphan'] } });
  world.api.put(replicaSet(name, 'v2', { kind: 'Deployment', uid: 'uid-of-nobody' }));
  await world.pass();
  expect(world.release()?.status).toMatchObject({ towards: 'Aborted', reason: 'TargetDeleted' });
});

test('a Deployment made anew under the name is not touched by the release of the old one', async () => {
  await inStage();
  world.api.drop('Deployment', 'web');
  const fresh = deployment('v1', 'uid-of-the-new-one');
  Object.assign(fresh['spec'] as object, { paused: false });
  fresh['status'] = {};
  world.api.put(fresh);
  const before = world.writesOf('Deployment');
  await world.pass();
  expect(world.release()?.status).toMatchObject({ towards: 'Aborted', reason: 'TargetDeleted' });
  expect(world.writesOf('Deployment')).toBe(before);
});

test('a second policy waits for the release in progress on the target, and is woken by its end', async () => {
  await releasing();
  world.api.put(policyObject('other', { traffic: { services: [{ name: 'other' }] } as never }));
  world.api.put(service('other'));
  world.api.edit('ReleasePolicy', 'web', (object) => void (object.metadata.finalizers = []));
  world.api.drop('ReleasePolicy', 'web');
  await world.pass(200);
  const message = () =>
    (
      world.api.find('ReleasePolicy', 'other')?.['status'] as {
        conditions: { type: string; message: string }[];
      }
    ).conditions.find((condition) => condition.type === 'Valid')?.message;
  expect(message()).toContain('web-1');
  await world.pass(20_000);
  expect(world.release()?.status.step).toBe('Done');
  expect(message()).not.toContain('web-1');
});
