/** Routes that have to name the Services of each version for some time before these can get anything. */
import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import { reading, release, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const MINUTE_MS = 60_000;

const preparing = (
  traffic: Partial<ReleaseStatus['traffic']> = {},
  agoMs = 1_000,
): ReleaseStatus => ({
  step: 'Prepare',
  stepSince: at(-agoMs),
  traffic: { dedicated: true, route: 'Service', weight: 0, ...traffic },
});

const see = (status: ReleaseStatus, traffic: Parameters<typeof reading>[0]) =>
  step(
    snapshot({
      workload: workload('v2'),
      release: release(status),
      traffic: reading({
        route: 'Service',
        weight: undefined,
        endpoints: { stable: 4, candidate: 0 },
        ...traffic,
      }),
    }),
  ).release?.status;

const named = { named: true };
const unnamed = { named: false, message: 'Ingress web: it does not name them yet' };

test('others are sent to the Services of each version at once', () => {
  expect(see(preparing(), {})?.traffic).toMatchObject({ route: 'Split', weight: 0 });
});

test('what is named only now settles first', () => {
  expect(see(preparing(), unnamed)).toMatchObject({
    traffic: { route: 'Service' },
    message: expect.stringContaining('does not name them yet') as string,
  });
  expect(see(preparing(), named)?.traffic).toMatchObject({ route: 'Service', readBackAt: at(0) });
  expect(see(preparing({ readBackAt: at(-500) }), named)?.traffic?.route).toBe('Service');
  const since = see(preparing({ readBackAt: at(-MINUTE_MS) }), named);
  expect(since?.traffic).toMatchObject({ route: 'Split', weight: 0, since: at(0) });
  expect(since?.traffic?.readBackAt).toBeUndefined();
  // Somebody took the names out: the time begins anew.
  const again = see(preparing({ readBackAt: at(-MINUTE_MS) }), unnamed)?.traffic;
  expect(again).toEqual({ dedicated: true, route: 'Service', weight: 0 });
});

test('what is never named ends the release', () => {
  expect(see(preparing({}, 11 * MINUTE_MS), unnamed)).toMatchObject({
    towards: 'Aborted',
    reason: 'ProgressDeadlineExceeded',
  });
});
