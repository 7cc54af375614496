/** A window that shuts between two stages, while the pods for the next share come. */
import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = new Date(START_MS - 60_000).toISOString();
/** START_MS is midnight: shut until nine. */
const window = { open: [{ from: '09:00', to: '17:00' }] };
const stages = [{ weight: 5, window }, { weight: 50 }];

function next(status: Partial<ReleaseStatus>, strategy = stages) {
  const at5 = { dedicated: true, route: 'Split' as const, weight: 5, since: at, readBackAt: at };
  const decision = step(
    snapshot({
      release: release(
        { step: 'Stage', stage: 1, startedAt: at, stepSince: at, traffic: at5, ...status },
        { strategy: { canary: { stages: strategy, timeout: '10m' } } },
      ),
      workload: workload('v2', { candidate: setOf('v2', { replicas: 4, owner: 'Release' }) }),
      traffic: reading({ route: 'Split', weight: status.traffic?.weight ?? 5 }),
    }),
  );
  const { traffic, message } = decision.release?.status ?? {};
  return { weight: traffic?.weight, message, wakeAtMs: decision.wakeAtMs };
}

test('the traffic is moved on only inside of it, however long the pods took', () => {
  expect(next({})).toEqual({
    weight: 5,
    message: 'the window, which opens at 2026-01-01T09:00Z (outside the window)',
    wakeAtMs: START_MS + 9 * 3_600_000,
  });
  const always = [{ weight: 5 }, { weight: 50 }];
  expect(next({}, always)).toMatchObject({ weight: 50 });
});

test('unless a person asked for it, or it is there already', () => {
  const asked = [{ windowPassed: true }, { promoted: true }, { skipped: true }, { full: true }];
  for (const by of asked) expect(next(by)).not.toMatchObject({ weight: 5 });
  const sent = { dedicated: true, route: 'Split' as const, weight: 50, since: at };
  expect(next({ traffic: sent }).message).not.toContain('window');
});

test('a person who lets it leave a stage lets it through to the next share', () => {
  const seen = step(
    snapshot({
      release: release(
        {
          step: 'Stage',
          stage: 0,
          startedAt: at,
          stepSince: at,
          gateSince: at,
          promoted: true,
          traffic: { dedicated: true, route: 'Split', weight: 5, since: at, readBackAt: at },
        },
        { strategy: { canary: { stages, timeout: '10m' } } },
      ),
      workload: workload('v2', { candidate: setOf('v2', { replicas: 1, owner: 'Release' }) }),
      traffic: reading({ route: 'Split', weight: 5 }),
    }),
  ).release?.status;
  expect(seen).toMatchObject({ stage: 1, windowPassed: true });
});
