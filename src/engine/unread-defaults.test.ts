import { expect, test } from 'vitest';
import { policy, releaseSpec, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import type { PolicySnapshot, Snapshot } from './snapshot.ts';
import { step } from './step.ts';
import { untilDefaultsAreRead } from './unread-defaults.ts';

const UNREAD = 'releasedefaults.segue.dev is forbidden';
const ready = (decision: ReturnType<typeof step>) =>
  decision.policyStatus?.conditions?.find((c) => c.type === 'Ready');
const unread = (state: Partial<PolicySnapshot> = {}) => ({
  ...policy(),
  defaultsUnread: UNREAD,
  ...state,
});

test('no release begins while a freeze may be where nobody may look, and it says what to do', () => {
  const decision = step(snapshot({ policy: unread(), workload: workload('v2') }));
  expect(decision.create).toBeUndefined();
  expect(decision.workload).toMatchObject({ held: true });
  expect(ready(decision)).toMatchObject({ status: 'False', reason: 'DefaultsUnread' });
  expect(ready(decision)?.message).toMatch(/^v2 is held: .*is forbidden.*segue install/);
  expect(decision.policyStatus).not.toHaveProperty('release');
  expect(decision.wakeAtMs).toBeGreaterThan(START_MS);
  expect(step(snapshot({ policy: policy(), workload: workload('v2') })).create).toBeDefined();
});

test('a retry that was asked for is kept for the release that will come', () => {
  const status = { target: { name: 'web', rejected: 'template-v2' }, lastRelease: 'web-1' };
  const retry = {
    name: 'web-x',
    uid: 'uid-x',
    spec: { policy: 'web', action: 'Retry' as const },
  };
  const asked: Partial<Snapshot> = { workload: workload('v2'), requests: [retry] };
  const decision = step(snapshot({ ...asked, policy: unread({ status }) }));
  expect({ handled: decision.handled, create: decision.create }).toEqual({ handled: [] });
  expect(decision.policyStatus?.target?.rejected).toBe('template-v2');
});

test('where nothing is new nothing waits', () => {
  const decision = step(snapshot({ policy: unread() }));
  expect(ready(decision)).toMatchObject({ status: 'True', reason: 'Held' });
});

test('nor does going back inside of the rollback window of the policy', () => {
  const spec = releaseSpec();
  const found = { ready: 'False' as const, reason: 'Releasing', message: '' };
  const create = { name: 'web-2', spec: { ...spec, plan: { ...spec.plan, goesBack: 'near' } } };
  expect(untilDefaultsAreRead({ ...found, create }, unread(), START_MS)).toEqual({
    ...found,
    create,
  });
  const held = untilDefaultsAreRead(
    { ...found, create: { name: 'web-2', spec } },
    unread(),
    START_MS,
  );
  expect(held).not.toHaveProperty('create');
});
