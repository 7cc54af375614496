/** Somebody resumed the target while no release was in progress. */
import { expect, test } from 'vitest';
import type { PolicyStatus } from '../api/policy.ts';
import type { SetState, WorkloadState } from '../ports/workload.ts';
import { policy, setOf, snapshot, START_MS, workload, wrote } from '../testing/snapshots.ts';
import { step } from './step.ts';

const MINUTE_MS = 60_000;
type Target = NonNullable<PolicyStatus['target']>;

const rogue = (state: Partial<SetState> = {}) => setOf('v2', { replicas: 1, ...state });
const beside = (...sets: SetState[]): Partial<WorkloadState> => ({
  running: undefined,
  settled: false,
  owned: [setOf('v1', { replicas: 3 }), ...sets],
});
const lost: Partial<WorkloadState> = { held: false, generation: 3, by: wrote('kubectl') };

function see(
  target: Target,
  state: Partial<WorkloadState>,
  { image = 'v2', deleting = false, ms = 0 } = {},
) {
  const status = { target: { name: 'web', stableHash: 'v1', ...target } };
  return step(
    snapshot({
      now: START_MS + ms,
      policy: { ...policy(), status, deleting },
      workload: workload(image, state),
    }),
  );
}

const ready = (decision: ReturnType<typeof step>) =>
  decision.policyStatus?.conditions?.find((c) => c.type === 'Ready');
const resumed = (times: number, generation = 2) => ({
  times,
  generation,
  at: new Date(START_MS).toISOString(),
});

test('paused again by a policy that is not valid at the moment, too', () => {
  const status = { target: { name: 'web', stableHash: 'v1' } };
  const decision = step(
    snapshot({
      policy: { ...policy(), status },
      workload: workload('v2', { ...lost, ...beside(rogue()) }),
      problems: [{ field: 'HTTPRoute web', message: 'it does not exist', fix: 'create it' }],
    }),
  );
  expect(ready(decision)).toMatchObject({ reason: 'Invalid' });
  expect(decision.workload).toMatchObject({ held: true, keep: { set: 'web-v1' } });
});

test('paused again, said once with the name of who did it', () => {
  const first = see({ rejected: 'template-v2' }, { ...lost, ...beside(rogue()) });
  expect(first.workload).toMatchObject({
    held: true,
    keep: {
      set: 'web-v1',
      owner: { name: 'web', uid: 'uid-policy-web' },
      rejected: 'template-v2',
    },
  });
  // In the write that pauses: whatever comes next goes back to v1.
  expect(first.workload?.template).toEqual(setOf('v1').template);
  expect(first.create).toBeUndefined();
  expect(first.events.map((event) => event.reason)).toEqual(['HoldLost', 'TemplateRestored']);
  expect(first.events[0]?.message).toMatch(/^Deployment web was resumed by kubectl; spec\.paused/);
  expect(ready(first)).toMatchObject({ reason: 'HoldLost' });
  const seen = first.policyStatus?.target ?? {};
  expect(seen).toMatchObject({
    rejected: 'template-v2',
    resumed: { times: 1, generation: 3, restored: true },
  });
  expect(see(seen, { ...lost, ...beside(rogue()) }).events).toEqual([]);
});

test('who wrote before the target was held is not named; who is named stays so', () => {
  const condition = { type: 'Ready', status: 'True' as const, reason: 'Held', message: '' };
  const target = { name: 'web', stableHash: 'v1' };
  const look = (time: string, status: PolicyStatus) =>
    step(
      snapshot({
        policy: { ...policy(), status },
        workload: workload('v2', { ...lost, ...beside(rogue()), by: wrote('helm', time) }),
      }),
    );
  const lastTransitionTime = '2026-01-01T00:00:05.500Z';
  const held = { target, conditions: [{ ...condition, lastTransitionTime }] };
  const nobody = look('2026-01-01T00:00:05Z', held);
  expect(nobody.events[0]?.message).toMatch(/^Deployment web was resumed by somebody;/);
  expect(ready(nobody)?.message).toMatch(/^Deployment web was resumed by somebody:/);
  const helm = look('2026-01-01T00:00:06Z', held);
  expect(helm.events[0]?.message).toMatch(/^Deployment web was resumed by helm;/);
  // Not ready since then.
  const next = look('2026-01-01T00:00:06Z', helm.policyStatus ?? {});
  expect(ready({ ...helm, ...next })?.message).toMatch(/^Deployment web was resumed by helm:/);
});

test('what started is taken back before anything is released, also of a new template', () => {
  for (const target of [{ rejected: 'template-v2' }, {}]) {
    const decision = see(target, beside(rogue()));
    expect(decision.workload).toMatchObject({ held: true, keep: { set: 'web-v1' } });
    expect(decision.create).toBeUndefined();
  }
  const stray = setOf('v2', { owner: 'Policy' });
  expect(see({}, { strays: [stray] }).create).toBeUndefined();
  expect(see({}, {}).create).toBeDefined();
});

test('an empty set of the rejected template goes, so that nothing fills it again', () => {
  const empty = { replicas: 0, owned: [setOf('v1', { replicas: 0 }), rogue({ replicas: 0 })] };
  const at = { ...empty, running: rogue({ replicas: 0 }) };
  expect(see({ rejected: 'template-v2' }, at).workload?.keep).toMatchObject({ set: 'web-v1' });
});

test('a rollout that is over is what runs', () => {
  const running = setOf('v2');
  const over = { running, owned: [setOf('v1', { replicas: 0 }), running] };
  const decision = see({ rejected: 'template-v2' }, over);
  expect(ready(decision)).toMatchObject({ status: 'True', reason: 'Held' });
  expect(decision.policyStatus?.target?.rejected).toBeUndefined();
});

test('resumed again and again with nothing at stake: left alone, longer each time', () => {
  const again = see({ resumed: resumed(2) }, lost, { image: 'v1', ms: MINUTE_MS });
  expect(again.workload).toBeUndefined();
  expect(ready(again)).toMatchObject({ reason: 'HoldContested' });
  expect(ready(again)?.message).toMatch(/resumed 3 times, last by kubectl/);
  expect(again.wakeAtMs).toBe(START_MS + 2 * MINUTE_MS);
  const counted = { resumed: resumed(5, 3) };
  expect(see(counted, lost, { image: 'v1', ms: 3 * MINUTE_MS }).workload).toBeUndefined();
  expect(see(counted, lost, { image: 'v1', ms: 4 * MINUTE_MS }).workload?.held).toBe(true);
  // A template that would go out by itself is not left alone.
  expect(see(counted, lost, { image: 'v2' }).workload).toMatchObject({ held: true });
  expect(see(counted, lost, { image: 'v2' }).workload?.template).toBeUndefined();
});

test('a rejected template that was put back is not forgotten, and not released', () => {
  const target = { rejected: 'template-v2', resumed: { ...resumed(1), restored: true } };
  const after = see(target, {}, { image: 'v1' });
  expect(ready(after)).toMatchObject({ status: 'True' });
  expect(after.policyStatus?.target).toMatchObject(target);
  expect(see(target, {}).create).toBeUndefined();
  const later = see(target, {}, { image: 'v1', ms: 31 * MINUTE_MS });
  expect(later.policyStatus?.target).not.toHaveProperty('resumed');
});

test('that it was resumed long ago is left out with the next change, and not by a write of its own', () => {
  const told = { rejected: 'template-v2', resumed: { ...resumed(1), restored: true } };
  const { policyStatus } = see(told, {}, { image: 'v1' });
  const at = (ms: number, generation?: number) =>
    step(
      snapshot({
        now: START_MS + ms,
        policy: { ...policy(), status: policyStatus ?? {} },
        workload: workload('v1', generation === undefined ? {} : { generation }),
      }),
    );
  expect(at(31 * MINUTE_MS).policyStatus).toBeUndefined();
  const target = at(31 * MINUTE_MS, 77).policyStatus?.target;
  expect(target).toMatchObject({ observedGeneration: 77 });
  expect(target).not.toHaveProperty('resumed');
  expect(target).not.toHaveProperty('rejected');
});

test('a policy that is deleted ends what it began, and begins nothing', () => {
  const going = see({}, beside(rogue()), { deleting: true });
  expect(going.workload).toMatchObject({ held: true, keep: { set: 'web-v1' } });
  expect(going.finalizer).toBeUndefined();
  expect(see({}, { ...lost, ...beside(rogue()) }, { deleting: true }).finalizer).toBe('Remove');
});

test('a target that was never held is left to its own rollout', () => {
  const decision = step(snapshot({ workload: workload('v2', { ...lost, ...beside(rogue()) }) }));
  expect(decision.workload).toBeUndefined();
  expect(ready(decision)?.reason).toBe('NativeRollout');
});
