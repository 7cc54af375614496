/** Decisions with no release in progress, a row for each situation. */
import { expect, test } from 'vitest';
import { policy, setOf, snapshot, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const ready = (decision: ReturnType<typeof step>) =>
  decision.policyStatus?.conditions?.find((c) => c.type === 'Ready');

test('a held target without news is Ready, and nothing more is written about it', () => {
  const first = step(snapshot());
  expect(ready(first)).toMatchObject({ status: 'True', reason: 'Held' });
  expect(first.create).toBeUndefined();
  const second = step(snapshot({ policy: { ...policy(), status: first.policyStatus ?? {} } }));
  expect(second.policyStatus).toBeUndefined();
  expect(second.events).toEqual([]);
});

test('the finalizer comes before anything is touched', () => {
  const decision = step(snapshot({ policy: { ...policy(), finalizer: false } }));
  expect(decision).toEqual({ finalizer: 'Add', handled: [], events: [] });
});

test('a target in the middle of its own rollout is waited for', () => {
  const rolling = workload('v2', { held: false, settled: false, unsettledBecause: '2 of 4 pods' });
  const decision = step(snapshot({ workload: rolling }));
  expect(ready(decision)).toMatchObject({
    reason: 'NativeRollout',
    message:
      '2 of 4 pods; it is held once that is over; if its pods do not become ready, mend its template',
  });
  expect(decision.workload).toBeUndefined();
});

test('a settled target is held', () => {
  expect(step(snapshot({ workload: workload('v1', { held: false }) })).workload).toMatchObject({
    held: true,
  });
});

test('a target made paused with nothing running is let go for its first deploy', () => {
  const fresh = workload('v1', {
    running: undefined,
    runningTemplateHash: undefined,
    stable: undefined,
    owned: [],
  });
  expect(step(snapshot({ workload: fresh })).workload).toMatchObject({ held: false });
  // Its controller may have started something that is not seen yet.
  const unseen = { ...fresh, settled: false, unsettledBecause: 'generation 2 is not seen' };
  expect(step(snapshot({ workload: unseen })).workload).toBeUndefined();
  // Which of two sets users have is not known; that is no first deploy.
  const two = { ...fresh, owned: [setOf('v1'), setOf('v2')] };
  expect(step(snapshot({ workload: two })).workload).toBeUndefined();
});

test('where all that ran is gone the target is let go, and nobody is said to have taken its hold', () => {
  const gone = { owned: [], running: undefined, runningTemplateHash: undefined, held: true };
  const status = { target: { observedGeneration: 2, name: 'web', stableHash: 'v1' } };
  const seen = step(snapshot({ policy: { ...policy(), status }, workload: workload('v1', gone) }));
  expect(seen.workload).toMatchObject({ held: false });
  expect(seen.policyStatus?.target).toEqual({ observedGeneration: 2, name: 'web' });
  const running = workload('v1', { held: false, generation: 3 });
  const after = { ...policy(), status: seen.policyStatus ?? {} };
  const next = step(snapshot({ policy: after, workload: running }));
  expect(ready(next)).toMatchObject({ reason: 'Holding' });
  expect(next.policyStatus?.target?.resumed).toBeUndefined();
});

test('nor is a template that was taken back deployed where the running set was deleted', () => {
  const gone = workload('v2', {
    running: undefined,
    runningTemplateHash: undefined,
    stable: undefined,
    owned: [],
  });
  const status = { target: { name: 'web', rejected: gone.templateHash } };
  const decision = step(snapshot({ workload: gone, policy: { ...policy(), status } }));
  expect(ready(decision)).toMatchObject({ reason: 'NothingRuns' });
  expect(decision.workload).toBeUndefined();
  expect(decision.policyStatus?.target?.rejected).toBe(gone.templateHash);
  const requests = [retry()];
  const asked = step(snapshot({ workload: gone, policy: { ...policy(), status }, requests }));
  expect(asked.handled).toEqual(['r1']);
  expect(asked.create).toBeUndefined();
});

test('a changed template begins a release with everything in it', () => {
  const decision = step(snapshot({ workload: workload('v2'), lastNumber: 6 }));
  expect(decision.create?.name).toBe('web-7');
  expect(decision.create?.spec).toMatchObject({
    strategy: 'canary',
    number: 7,
    stable: { images: ['v1'], replicaSet: 'web-v1' },
    candidate: { images: ['v2'], replicaSet: 'web-v2' },
    traffic: { services: ['web'], routers: [{ name: 'gatewayAPI' }] },
  });
  expect(decision.create?.spec.plan.stages.map((s) => s.weight)).toEqual([5, 50, 100]);
  expect(decision.policyStatus).toMatchObject({ release: 'web-7', releases: 7 });
});

test('with nothing running there is nothing to compare with: released at once', () => {
  const empty = setOf('v1', { replicas: 0 });
  const decision = step(
    snapshot({ workload: workload('v2', { replicas: 0, running: empty, stable: empty }) }),
  );
  expect(decision.create?.spec).toMatchObject({
    strategy: 'none',
    plan: { stages: [], bakeMs: 0 },
  });
  expect(decision.create?.spec.traffic).toBeUndefined();
});

test('a template that was taken back is not tried again until it changes', () => {
  const rejected = { target: { rejected: 'template-v2' }, lastRelease: 'web-1' };
  const after = { ...policy(), status: rejected };
  const decision = step(snapshot({ policy: after, workload: workload('v2') }));
  expect(decision.create).toBeUndefined();
  expect(ready(decision)?.reason).toBe('ReleaseAborted');
  expect(decision.workload?.failureMessage).toMatch(/web-1/);
  expect(step(snapshot({ policy: after, workload: workload('v3') })).create).toBeDefined();
  // Put back, the failure is taken off and the memory of it goes.
  const back = step(snapshot({ policy: after, workload: workload('v1') }));
  expect(back.workload?.failureMessage).toBe('');
  expect(back.policyStatus?.target?.rejected).toBeUndefined();
});

test('an invalid policy touches nothing and says what to mend', () => {
  const broken = policy({ strategy: { canary: { stages: [{ weight: 0 }], timeout: '1m' } } });
  const decision = step(snapshot({ policy: broken, workload: workload('v2') }));
  expect(decision.workload).toBeUndefined();
  expect(decision.create).toBeUndefined();
  expect(decision.policyStatus?.conditions?.find((c) => c.type === 'Valid')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('spec.strategy.canary.stages[0].weight'),
  });
});

test('a deleted policy unpauses only what would not roll', () => {
  const leaving = { ...policy(), deleting: true };
  expect(step(snapshot({ policy: leaving })).workload).toMatchObject({ held: false });
  const differs = step(snapshot({ policy: leaving, workload: workload('v2') }));
  expect(differs.workload).toMatchObject({ held: true, template: setOf('v1').template });
  expect(differs.events[0]?.reason).toBe('TemplateRestored');
  const free = step(snapshot({ policy: leaving, workload: workload('v1', { held: false }) }));
  expect(free.finalizer).toBe('Remove');
  expect(step(snapshot({ policy: leaving, workload: undefined })).finalizer).toBe('Remove');
});

test('a request with nothing in progress is removed and answered', () => {
  const request = {
    name: 'r1',
    uid: 'u1',
    spec: { policy: 'web', action: 'Promote' as const },
  };
  const decision = step(snapshot({ requests: [request] }));
  expect(decision.handled).toEqual(['r1']);
  expect(decision.events[0]).toMatchObject({ reason: 'RequestRefused' });
});

test.each<[string, Partial<Parameters<typeof snapshot>[0]>]>([
  ['invalid', { problems: [{ field: 'Service web', message: 'it is gone', fix: 'make it' }] }],
  ['new', { policy: { ...policy(), finalizer: false } }],
  ['being deleted', { policy: { ...policy(), deleting: true } }],
])('a request to a policy that is %s is answered too', (_, state) => {
  const request = { name: 'r1', uid: 'u1', spec: { policy: 'web', action: 'Abort' as const } };
  const decision = step(snapshot({ ...state, requests: [request] }));
  expect(decision.handled).toEqual(['r1']);
  expect(decision.events.map((event) => event.reason)).toContain('RequestRefused');
});

test('a Release that was announced and is not seen yet is not made under another name', () => {
  const announced = { ...policy(), status: { release: 'web-3', releases: 3 } };
  const again = step(snapshot({ policy: announced, workload: workload('v2'), lastNumber: 2 }));
  expect(again.create?.name).toBe('web-3');
  expect(again.policyStatus?.releases ?? 3).toBe(3);
  const ended = { ...policy(), status: { lastRelease: 'web-3', releases: 3 } };
  const next = step(snapshot({ policy: ended, workload: workload('v2'), lastNumber: 3 }));
  expect(next.create?.name).toBe('web-4');
});

test('scaled by an autoscaler a held target stays Ready', () => {
  const before = step(snapshot()).policyStatus ?? {};
  const scaled = workload('v1', {
    replicas: 9,
    settled: false,
    unsettledBecause: 'generation 2 was not seen',
  });
  const decision = step(snapshot({ policy: { ...policy(), status: before }, workload: scaled }));
  expect(decision.policyStatus).toBeUndefined();
});

test('a rejected template stays rejected, and a new one waits, until the target is seen again', () => {
  const unseen = { settled: false, unsettledBecause: 'generation 2 was not seen' };
  const rejected = workload('v2');
  const aborted = { ...policy(), status: { target: { rejected: rejected.templateHash } } };
  const before = step(snapshot({ policy: aborted, workload: rejected })).policyStatus ?? {};
  const scaled = snapshot({
    policy: { ...policy(), status: before },
    workload: workload('v2', { replicas: 9, ...unseen }),
  });
  expect(step(scaled).policyStatus).toBeUndefined();
  const newer = snapshot({
    policy: { ...policy(), status: before },
    workload: workload('v3', unseen),
  });
  expect(step(newer)).toEqual({ handled: [], events: [] });
});

test('a policy that another one on the target goes before leaves without touching the target', () => {
  const decision = step(
    snapshot({
      policy: { ...policy(), deleting: true },
      contested: true,
      workload: workload('v2'),
    }),
  );
  expect(decision).toMatchObject({ finalizer: 'Remove' });
  expect(decision.workload).toBeUndefined();
});

test('a name that is too long for a label is refused before anything is touched', () => {
  const long = { ...policy(), name: 'w'.repeat(64) };
  const decision = step(snapshot({ policy: long, workload: workload('v2') }));
  expect(ready(decision)).toMatchObject({ reason: 'Invalid' });
  expect(ready(decision)?.message).toContain('metadata.name');
  expect(decision.create).toBeUndefined();
});

test('a policy that holds a workload does not go on to another one', () => {
  const moved = {
    ...policy({ targetRef: { group: 'apps', kind: 'Deployment', name: 'other' } }),
    status: { target: { name: 'web' } },
  };
  const decision = step(snapshot({ policy: moved, workload: workload('v2') }));
  expect(decision.create).toBeUndefined();
  expect(decision.policyStatus?.conditions?.[0]?.message).toBe(
    'spec.targetRef.name: cannot change to other: Deployment web is held by this policy; ' +
      'put web back; for other make a policy of its own',
  );
});

const retry = (name = 'r1', release?: string) => ({
  name,
  uid: name,
  spec: { policy: 'web', action: 'Retry' as const, ...(release !== undefined && { release }) },
});
const takenBack = {
  ...policy(),
  status: { target: { rejected: 'template-v2' }, lastRelease: 'web-1', releases: 1 },
};

test('a person may have what was taken back tried again; the request waits for the release', () => {
  const state = { policy: takenBack, workload: workload('v2'), lastNumber: 1 };
  const decision = step(snapshot({ ...state, requests: [retry(), retry('r2')] }));
  expect(decision.create).toMatchObject({ name: 'web-2', spec: { retryOf: 'web-1' } });
  expect(decision.handled).toEqual(['r2']);
  // Killed before the release was made: the same again.
  const announced = { ...policy(), status: decision.policyStatus ?? {} };
  const again = step(snapshot({ ...state, policy: announced, requests: [retry()] }));
  expect(again.create).toEqual(decision.create);
  const made = {
    name: 'web-2',
    uid: 'u2',
    deleting: false,
    status: {},
    spec: decision.create?.spec as NonNullable<typeof decision.create>['spec'],
  };
  const answered = step(
    snapshot({ ...state, policy: announced, release: made, requests: [retry(), retry('r3')] }),
  );
  expect(answered.handled).toEqual(['r1', 'r3']);
  expect(answered.release?.status.requests?.map(({ answer }) => answer)).toEqual([
    'releasing again what web-1 took back',
    'refused: it is being tried again already, as web-2',
  ]);
});

test.each([
  ['nothing was taken back', policy(), 'v1', retry()],
  ['the template has changed since', takenBack, 'v1', retry()],
  ['another release is meant', takenBack, 'v2', retry('r1', 'web-7')],
])('a retry is refused when %s', (_, given, image, request) => {
  const decision = step(
    snapshot({ policy: given, workload: workload(image), requests: [request] }),
  );
  expect(decision.create).toBeUndefined();
  expect(decision.handled).toEqual(['r1']);
  expect(decision.events).toContainEqual(expect.objectContaining({ reason: 'RequestRefused' }));
});
