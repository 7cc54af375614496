/** What is remembered while nothing is touched yet. */
import { expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const hooks = {
  before: [
    {
      name: 'migrate',
      job: { spec: { template: { spec: { containers: [{ name: 'a', image: 'a' }] } } } },
      retries: 0,
      timeout: '10m',
    },
  ],
};
const OWN = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
const at = new Date(START_MS - 60_000).toISOString();

const decide = (status: ReleaseStatus, state: Parameters<typeof workload>[1] = {}) =>
  step(
    snapshot({
      release: release(status, { hooks }),
      workload: workload('v2', { strategy: OWN, ...state }),
      traffic: reading({ route: 'Service', dedicated: 'Absent' }),
    }),
  ).release;

test('the strategy of the user is known before anything can go wrong, and that is written', () => {
  const first = decide({});
  expect(first?.status).toMatchObject({ step: 'Wait', journal: { strategy: OWN } });
  expect(first?.persist).toBe('Now');
});

test('a swap by which the set of stable is put back while it waits is not taken for the user’s strategy', () => {
  const waits: ReleaseStatus = {
    step: 'Wait',
    stepSince: at,
    startedAt: at,
    journal: { strategy: OWN },
    tasks: [{ id: 'before/migrate', round: 1, state: 'Passed', message: 'completed', at }],
  };
  const swapping = {
    strategy: { type: 'Recreate' },
    swapClean: false,
    stable: setOf('v1', { owner: 'Release' }),
    carrier: 'Neither',
  } as const;
  const next = decide(waits, swapping)?.status;
  expect(next).toMatchObject({ step: 'Prepare', journal: { strategy: OWN } });
});

test('what users have is made anew while it waits, also where their own controller will change the pods', () => {
  const waiting = (strategy: PolicySpec['strategy']) =>
    step(
      snapshot({
        release: release({ step: 'Wait', stepSince: at, startedAt: at }, { hooks, strategy }),
        workload: workload('v2', { running: undefined, stable: undefined, owned: [] }),
        traffic: reading({ route: 'Service', dedicated: 'Absent' }),
      }),
    ).workload?.release;
  for (const strategy of [
    { rolling: { stages: [], timeout: '30m' } },
    { recreate: { timeout: '30m' } },
  ]) {
    const asked = waiting(strategy);
    expect(asked).toMatchObject({ keep: { name: 'web-v1', hash: 'v1' }, carrier: 'Stable' });
    expect(asked).not.toHaveProperty('native');
  }
});

test('what somebody let the target begin goes before its own controller changes the pods', () => {
  const status: ReleaseStatus = { step: 'Wait', stepSince: at, startedAt: at };
  const begun = (replicas: number) =>
    step(
      snapshot({
        release: release(status, { strategy: { rolling: { stages: [], timeout: '30m' } } }),
        workload: workload('v2', { candidate: setOf('v2', { owner: 'Release', replicas }) }),
        traffic: reading({ route: 'Service', dedicated: 'Absent' }),
      }),
    );
  const full = begun(2);
  expect(full.release?.status).toMatchObject({ step: 'Wait', message: 'web-v2 to go' });
  expect(full.workload?.release).toMatchObject({
    candidateWanted: 'Present',
    candidateReplicas: 0,
  });
  expect(begun(0).workload?.release).toMatchObject({ candidateWanted: 'Absent' });
});
