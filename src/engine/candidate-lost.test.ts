/** The candidate is not there any more, or never was: somebody else has its name. */
import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import type { WorkloadState } from '../ports/workload.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import type { TrafficReading } from './snapshot.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();

function see(
  status: ReleaseStatus,
  state: Partial<WorkloadState>,
  traffic: Partial<TrafficReading> = {},
) {
  const before: ReleaseStatus = {
    stepSince: at(-60_000),
    stage: 0,
    stageReplicas: 4,
    startedAt: at(-90_000),
    ...status,
  };
  const decision = step(
    snapshot({
      release: release(before),
      workload: workload('v2', state),
      traffic: reading({ weight: 100, ...traffic }),
    }),
  );
  return { ...decision, status: decision.release?.status ?? {} };
}

const split = (weight: number) => ({
  dedicated: true,
  route: 'Split' as const,
  weight,
  readBackAt: at(-30_000),
});
const baking: ReleaseStatus = { step: 'Bake', gateSince: at(-30_000), traffic: split(100) };
const gone: Partial<WorkloadState> = {
  stable: setOf('v1', { owner: 'Release' }),
  candidate: undefined,
  carrier: 'Neither',
};

test('deleted in the bake: stable has the traffic at once, then it is taken back', () => {
  const first = see(baking, gone);
  expect(first.traffic).toMatchObject({ route: 'Split', weight: 0 });
  expect(first.status.towards).toBeUndefined();
  const later = { ...first.status, unavailableSince: at(-999) };
  expect(see(later, gone).status.towards).toBeUndefined();
  expect(see(later, gone).wakeAtMs).toBe(START_MS + 1);
  expect(see({ ...later, unavailableSince: at(-1_000) }, gone).status).toMatchObject({
    towards: 'Aborted',
    reason: 'CandidateDeleted',
    because: 'ReplicaSet web-v2 was deleted',
  });
});

test('deleted before: made again', () => {
  const stage: ReleaseStatus = { step: 'Stage', traffic: split(5), unavailableSince: at(-9_000) };
  const { status, workload: intent } = see(stage, { candidate: undefined }, { weight: 5 });
  expect(status.towards).toBeUndefined();
  expect(intent?.release).toMatchObject({ candidateWanted: 'Present', candidateReplicas: 1 });
});

test("somebody else's set of its name is never counted as the candidate", () => {
  const theirs = setOf('v2', { owner: 'Other' });
  const stage: ReleaseStatus = { step: 'Stage', traffic: split(0) };
  expect(see(stage, { candidate: theirs }, { weight: 0 }).status).toMatchObject({
    towards: 'Aborted',
    reason: 'CandidateNameTaken',
  });
});

test('what routes is deleted: told once, with what to do', () => {
  const missing = {
    route: 'Other' as const,
    weight: undefined,
    accepted: false,
    missing: true,
    message: 'HTTPRoute web does not exist',
  };
  const candidate = setOf('v2', { owner: 'Release' });
  const stage: ReleaseStatus = { step: 'Stage', gateSince: at(-1), traffic: split(5) };
  const first = see(stage, { candidate }, missing);
  expect(first.events).toEqual([
    {
      type: 'Warning',
      reason: 'RouteMissing',
      message: 'HTTPRoute web does not exist: make it again and it is routed as before',
    },
  ]);
  expect(first.release?.persist).toBe('Now');
  expect(first.status.message).toBe('HTTPRoute web does not exist');
  expect(see(first.status, { candidate }, missing).events).toEqual([]);
});

test("the user's Service becomes unfit and fit again: a condition, told once", () => {
  const candidate = setOf('v2', { owner: 'Release' });
  const stage: ReleaseStatus = { step: 'Stage', gateSince: at(-1), traffic: split(5) };
  const inTheWay = 'Service web: it does not exist';
  const first = see(stage, { candidate }, { weight: 5, inTheWay });
  expect(first.events.map((event) => event.reason)).toContain('ServiceUnfit');
  const routable = (status: ReleaseStatus) =>
    status.conditions?.find((condition) => condition.type === 'Routable');
  expect(routable(first.status)).toMatchObject({ status: 'False', message: inTheWay });
  expect(see(first.status, { candidate }, { weight: 5, inTheWay }).events).toEqual([]);
  const again = see(first.status, { candidate }, { weight: 5 });
  expect(routable(again.status)?.status).toBe('True');
});

test('a stable set deleted on the way back is waited for, and gets its place again', () => {
  const status = {
    startedAt: at(-9_000),
    step: 'SwapBack' as const,
    towards: 'Aborted' as const,
    reason: 'AbortRequested',
    traffic: { dedicated: true, route: 'Split' as const, weight: 0, readBackAt: at(-9_000) },
  };
  const gone = workload('v2', {
    stable: undefined,
    candidate: setOf('v2'),
    running: setOf('v2'),
    carrier: 'Candidate',
  });
  const seen = snapshot({ release: release(status), workload: gone });
  const decision = step({ ...seen, traffic: reading({ route: 'Split', weight: 0 }) });
  expect(decision.release?.status.step).toBe('SwapBack');
  expect(decision.workload?.release).toMatchObject({
    carrier: 'Stable',
    keep: { name: 'web-v1' },
  });
});
