/** Two things that fail at once, where the policy says to stay and ask. */
import { expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = new Date(START_MS - 60_000).toISOString();
const http = { path: '/', status: '2xx' };
const spec = {
  strategy: {
    canary: {
      stages: [
        {
          weight: 0,
          checks: ['errors'],
          smokeTests: [{ name: 'try', http, retries: 0, timeout: '1h', interval: '1s' }],
        },
      ],
      timeout: '1h',
    },
  },
  checks: [{ name: 'errors', scope: 'Version', interval: '10s', window: '1m', max: 0.01 }],
  onFailure: { action: 'Pause' },
} as unknown as Partial<PolicySpec>;

const begun: ReleaseStatus = {
  step: 'Stage',
  stage: 0,
  startedAt: at,
  stepSince: at,
  traffic: { dedicated: true, route: 'Split', weight: 0, since: at, readBackAt: at },
  tasks: [{ id: 'stage-1-tests/try', round: 1, state: 'Failed', message: 'answered 500', at }],
};
const failing = { check: 'errors', verdict: 'Fail', because: '50 % failed' } as const;

function next(status: ReleaseStatus) {
  const candidate = setOf('v2', { replicas: 1, owner: 'Release' });
  return step(
    snapshot({
      release: release(status, spec),
      workload: workload('v2', { candidate }),
      traffic: reading({ weight: 0 }),
      evidence: [failing],
    } as unknown as Parameters<typeof snapshot>[0]),
  );
}

test('the first is told, and then nothing is written any more', () => {
  const first = next(begun);
  expect(first.release?.status.paused).toMatchObject({ reason: 'CheckFailed' });
  expect(first.events).toHaveLength(1);
  const second = next(first.release?.status as ReleaseStatus);
  expect(second.events).toEqual([]);
  expect(second.release?.persist).not.toBe('Now');
  expect(second.release?.status.paused).toEqual(first.release?.status.paused);
});
