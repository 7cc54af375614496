/** What a release says and does while the pods of its candidate do not run, and how long it waits. */
import { describe, expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import type { Decision } from './decision.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import type { Trouble } from './snapshot.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const IMAGE: Trouble = { reason: 'ImagePullBackOff', message: 'no such image', certain: true };

/** Nothing but a lack of pods ends its first stage. */
const LONG = { canary: { stages: [{ weight: 5, hold: '24h' }], timeout: '10m' } };

const begun: ReleaseStatus = {
  step: 'Stage',
  stepSince: at(0),
  stage: 0,
  stageReplicas: 4,
  startedAt: at(0),
  unavailableSince: at(0),
  traffic: { dedicated: true, route: 'Split', weight: 0, readBackAt: at(0) },
};

/** One decision at this time, with so many of the candidate's pods available. */
function decide(
  status: ReleaseStatus,
  { ms = 0, available = 0, trouble }: { ms?: number; available?: number; trouble?: Trouble },
): Decision {
  const candidate = setOf('v2', { owner: 'Release', replicas: 1, available, ready: available });
  return step(
    snapshot({
      now: START_MS + ms,
      release: release(status, { strategy: LONG }),
      workload: workload('v2', { candidate }),
      traffic: reading({
        weight: status.traffic?.weight ?? 0,
        endpoints: { stable: 4, candidate: available },
      }),
      trouble,
    }),
  );
}

const statusOf = ({ release }: Decision): ReleaseStatus => release?.status ?? {};
const condition = (status: ReleaseStatus) =>
  status.conditions?.find(({ type }) => type === 'CandidateAvailable');

describe('trouble that stays', () => {
  test('is told at once and once, by condition, Event and timeline', () => {
    const first = decide(begun, { trouble: IMAGE });
    expect(first.release?.persist).toBe('Now');
    expect(first.events).toEqual([
      {
        type: 'Warning',
        reason: 'ImagePullBackOff',
        message: '0 of 1 candidate pods available: no such image',
      },
    ]);
    expect(condition(statusOf(first))).toMatchObject({
      status: 'False',
      reason: 'ImagePullBackOff',
      message: '0 of 1 candidate pods available: no such image',
    });
    const again = decide(statusOf(first), { ms: 5_000, trouble: IMAGE });
    expect(again.events).toEqual([]);
    expect(again.release?.persist).not.toBe('Now');
    const worse = { ...IMAGE, reason: 'OOMKilled' };
    expect(decide(statusOf(again), { ms: 6_000, trouble: worse }).events).toHaveLength(1);
  });

  test('ends the release at the deadline, with its words', () => {
    const status = statusOf(decide(begun, { ms: 600_000, trouble: IMAGE }));
    expect(status).toMatchObject({ towards: 'Aborted', reason: 'ProgressDeadlineExceeded' });
    expect(status.because).toBe('0 of 1 candidate pods available after 10m: no such image');
  });

  test('is over when the pods are there', () => {
    const troubled = statusOf(decide(begun, { trouble: IMAGE }));
    const well = statusOf(decide(troubled, { ms: 9_000, available: 1 }));
    expect(condition(well)).toMatchObject({ status: 'True', reason: 'Available' });
  });
});

test('trouble that may pass is only in the message', () => {
  const decision = decide(begun, { trouble: { ...IMAGE, certain: false } });
  expect(decision.events).toEqual([]);
  expect(statusOf(decision).message).toBe('0 of 1 candidate pods available: no such image');
  expect(condition(statusOf(decision))).toBeUndefined();
});

test('it looks again soon, then less often, and at the deadline at the latest', () => {
  const inMs = (ms: number) => (decide(begun, { ms }).wakeAtMs ?? 0) - START_MS - ms;
  expect([0, 10_000, 300_000, 595_000].map(inMs)).toEqual([1_000, 5_000, 15_000, 5_000]);
});

/** Alternates between available and not, each for so long; the time at which it was taken back. */
function flap(upMs: number, downMs: number, untilMs: number): number | undefined {
  let status = begun;
  let available = 1;
  for (let ms = 0; ms <= untilMs; ms += available === 1 ? downMs : upMs) {
    status = statusOf(decide(status, { ms, available }));
    if (status.towards === 'Aborted') return ms;
    available = 1 - available;
  }
  return undefined;
}

describe('a candidate that comes and goes', () => {
  test('crashing again and again, is taken back by the deadline', () => {
    expect(flap(5_000, 60_000, 3_600_000)).toBeLessThanOrEqual(11 * 60_000);
  });

  test('losing a pod now and then, is not', () => {
    expect(flap(120_000, 60_000, 3_600_000)).toBeUndefined();
  });
});

describe('room', () => {
  const QUOTA: Trouble = {
    reason: 'QuotaExceeded',
    message: '4 of 6 pods are used',
    certain: true,
  };
  const preparing: ReleaseStatus = {
    step: 'Prepare',
    stepSince: at(0),
    startedAt: at(0),
    traffic: { dedicated: true, route: 'Split', weight: 0, readBackAt: at(-60_000) },
  };
  const look = (room: Trouble | undefined, ms = 0, status = preparing) =>
    step(
      snapshot({
        now: START_MS + ms,
        release: release(status),
        workload: workload('v2'),
        traffic: reading({ weight: 0 }),
        room,
      }),
    );

  test('that a quota forbids is waited for before there is a set, and told of', () => {
    const decision = look(QUOTA);
    expect(statusOf(decision)).toMatchObject({
      step: 'Prepare',
      message: 'room for the candidate: 4 of 6 pods are used',
    });
    expect(decision.workload?.release?.candidateWanted).toBe('AsIs');
    expect(decision.events).toMatchObject([{ type: 'Warning', reason: 'QuotaExceeded' }]);
    expect(condition(statusOf(decision))).toMatchObject({ reason: 'QuotaExceeded' });
    const later = look(undefined, 60_000, statusOf(decision));
    expect(statusOf(later)).toMatchObject({ step: 'Stage' });
  });

  test('is not waited for longer than the progress deadline', () => {
    expect(statusOf(look(QUOTA, 600_000))).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      because: 'waited 10m for room for the candidate: 4 of 6 pods are used',
    });
  });

  test('that may be lacking is told of, and the release goes on', () => {
    const decision = look({ reason: 'NoRoomOnNodes', message: 'few nodes', certain: false });
    expect(statusOf(decision).step).toBe('Stage');
    expect(decision.events).toMatchObject([
      { reason: 'NoRoomOnNodes', message: 'there may be no room for the candidate: few nodes' },
    ]);
  });
});

describe('on the way back, a stable set that may not grow', () => {
  const back = (ms: number, current: number) =>
    step(
      snapshot({
        now: START_MS + ms,
        release: release({
          step: 'SwapBack',
          stepSince: at(0),
          towards: 'Aborted',
          traffic: { dedicated: true, route: 'Split', weight: 0, readBackAt: at(0) },
        }),
        workload: workload('v2', {
          replicas: 10,
          carrier: 'Candidate',
          stable: setOf('v1', { owner: 'Release', replicas: 10, current }),
          candidate: setOf('v2', { replicas: 10 }),
          swapWaitsFor: 'ReplicaSet web-v1 has 4 of 10 pods',
        }),
        traffic: reading({ weight: 0 }),
        trouble: QUOTA_FULL,
      }),
    );
  const QUOTA_FULL = { reason: 'FailedCreate', message: 'exceeded quota', certain: true };

  test('is said, and given a moment', () => {
    const decision = back(1_000, 4);
    expect(statusOf(decision).message).toBe('ReplicaSet web-v1 has 4 of 10 pods: exceeded quota');
    expect(decision.workload?.release?.outgoingReplicas).toBeUndefined();
    expect(decision.wakeAtMs).toBe(START_MS + 5_000);
  });

  test('goes back with the pods it has, so that the candidate can go', () => {
    expect(back(5_000, 4).workload?.release?.outgoingReplicas).toBe(4);
    expect(back(5_000, 10).workload?.release?.outgoingReplicas).toBeUndefined();
    expect(back(5_000, 0).workload?.release?.outgoingReplicas).toBeUndefined();
  });
});
