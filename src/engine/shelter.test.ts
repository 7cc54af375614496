/** Stable lost its pods while nobody held the target: who answers until they are back. */
import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import type { WorkloadState } from '../ports/workload.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const status: ReleaseStatus = {
  step: 'Stage',
  stage: 0,
  stepSince: at(-60_000),
  gateSince: at(-30_000),
  stageReplicas: 4,
  startedAt: at(-90_000),
  traffic: { dedicated: true, route: 'Split', weight: 5, readBackAt: at(-30_000) },
};
const approval = { canary: { stages: [{ weight: 5, approval: {} }], timeout: '10m' } };

function see(before: ReleaseStatus, stableAvailable: number, state: Partial<WorkloadState> = {}) {
  const { route = 'Split', weight = 0 } = before.traffic ?? {};
  const stable = setOf('v1', { available: stableAvailable, replicas: stableAvailable });
  const candidate = setOf('v2', { owner: 'Release', replicas: 1 });
  const rogue = setOf('v2', { name: 'web-rogue', available: 3 });
  const decision = step(
    snapshot({
      release: release(before, { strategy: approval }),
      workload: workload('v2', { stable, candidate, owned: [stable, rogue], ...state }),
      traffic: reading({ route, weight: route === 'Split' ? weight : undefined }),
    }),
  );
  return { ...decision, status: decision.release?.status ?? {} };
}

test('every pod answers while stable is short, and the plan goes on when it is not', () => {
  const first = see(status, 1);
  expect(first.traffic).toMatchObject({ route: 'Service', dedicated: true });
  expect(first.events.map((event) => event.reason)).toEqual(['StableShort']);
  expect(first.status.message).toMatch(/3 stable pods are missing: .* of web-rogue too/);
  expect(first.release?.persist).toBe('Now');
  const second = see(first.status, 3);
  expect(second.traffic).toMatchObject({ route: 'Service' });
  expect(second.events).toEqual([]);
  const stray = setOf('v2', { name: 'web-rogue', owner: 'Release' });
  expect(see(first.status, 3, { owned: [], strays: [stray] }).traffic?.route).toBe('Service');
  expect(see(first.status, 4).traffic).toMatchObject({ route: 'Split', weight: 5 });
});

test.each<[string, number, Partial<WorkloadState>]>([
  ['nothing was started meanwhile', 1, { owned: [], strays: [] }],
  [
    'what was started has no pods yet',
    1,
    { owned: [setOf('v2', { name: 'web-rogue', available: 0 })] },
  ],
  ['stable has what its share needs', 4, {}],
])('stable keeps its traffic: %s', (_, available, state) => {
  expect(see(status, available, state).traffic).toMatchObject({ route: 'Split', weight: 5 });
});

const back: ReleaseStatus = { ...status, step: 'Retreat', towards: 'Aborted', reason: 'X' };

test('a way back waits for it as long as for other pods', () => {
  const first = see({ ...back, stepSince: at(-1_000) }, 1);
  expect(first.traffic).toMatchObject({ route: 'Service' });
  expect(first.status.step).toBe('Retreat');
  expect(first.status.message).toMatch(/3 stable pods are missing/);
  const late = see({ ...back, stepSince: at(-600_000) }, 1);
  expect(late.traffic).toMatchObject({ route: 'Service' });
  expect(late.status.step).toBe('Discard');
});

test('stable gets all traffic before the candidate that shared it may go', () => {
  const sheltered = {
    dedicated: true,
    route: 'Service',
    weight: 5,
    readBackAt: at(-9_000),
  } as const;
  const { status: next, traffic } = see({ ...back, traffic: sheltered }, 4);
  expect(traffic).toMatchObject({ route: 'Split', weight: 0 });
  expect(next).toMatchObject({ step: 'Retreat', drainSince: at(0) });
});

test('a candidate that answers with a short stable stays when nobody else is left to', () => {
  const sheltered = { ...back, traffic: { dedicated: true, route: 'Service', weight: 0 } } as const;
  const alone = { owned: [], strays: [] };
  const waits = see({ ...sheltered, stepSince: at(-1_000) }, 1, alone);
  expect(waits.status).toMatchObject({
    step: 'Retreat',
    message: expect.stringMatching(/3 stable pods are missing/),
  });
  const helpless = setOf('v2', { owner: 'Release', replicas: 1, ready: 0, available: 0 });
  const goes = see({ ...sheltered, stepSince: at(-1_000) }, 1, { ...alone, candidate: helpless });
  expect(goes.status.step).not.toBe('Retreat');
  expect(see({ ...sheltered, stepSince: at(-600_000) }, 1, alone).status.step).toBe('Discard');
});

test('what is taken back keeps its pods while the set of stable, deleted, is made anew', () => {
  const back: ReleaseStatus = {
    ...status,
    step: 'Retreat',
    stepSince: at(-1_000),
    towards: 'Aborted',
    reason: 'HoldContested',
    drainSince: at(-60_000),
    traffic: { dedicated: true, route: 'Service', weight: 0, since: at(-1_000) },
  };
  const candidate = setOf('v2', { owner: 'Release', replicas: 4 });
  const gone = see(back, 0, { stable: undefined, candidate, carrier: 'Neither', owned: [] });
  expect(gone.status).toMatchObject({ step: 'Retreat' });
  expect(gone.status.message).toMatch(/^4 stable pods are missing/);
});

test('a way back that has just begun waits for a stable that is short as well', () => {
  const shares: ReleaseStatus = {
    ...status,
    gateSince: undefined,
    stepSince: at(-601_000),
    unavailableSince: at(-601_000),
    traffic: { dedicated: true, route: 'Service', weight: 5, readBackAt: at(-30_000) },
  };
  const candidate = setOf('v2', { owner: 'Release', replicas: 1, ready: 1, available: 0 });
  const first = see(shares, 3, { owned: [], candidate });
  expect(first.status).toMatchObject({ towards: 'Aborted', step: 'Retreat' });
  expect(first.traffic).toMatchObject({ route: 'Service' });
});
