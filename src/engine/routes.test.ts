/** Routes that do not do as they are told, and targets without pods. */
import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const MINUTE_MS = 60_000;

/** On the way to 50 %, asked for `agoMs` ago. */
const turning = (
  agoMs: number,
  traffic: Partial<ReleaseStatus['traffic']> = {},
): ReleaseStatus => ({
  step: 'Stage',
  stepSince: at(-agoMs),
  stage: 1,
  stageReplicas: 4,
  traffic: { dedicated: true, route: 'Split', weight: 50, since: at(-agoMs), ...traffic },
});

const see = (status: ReleaseStatus, traffic: Parameters<typeof reading>[0], replicas = 4) =>
  step(
    snapshot({
      workload: workload('v2', {
        replicas,
        candidate: setOf('v2', { owner: 'Release', replicas, available: replicas }),
      }),
      release: release(status),
      traffic: reading(traffic),
    }),
  ).release?.status;

const refused = { weight: 50, accepted: false, message: 'HTTPRoute web: not accepted: NoGateway' };

test('a route that is not accepted is waited for, saying why, until the progress deadline', () => {
  expect(see(turning(MINUTE_MS), refused)).toMatchObject({
    step: 'Stage',
    message: 'HTTPRoute web: not accepted: NoGateway',
  });
  expect(see(turning(10 * MINUTE_MS), refused)).toMatchObject({
    step: 'Retreat',
    reason: 'RouteNotAccepted',
    because: 'HTTPRoute web: not accepted: NoGateway, after 10m',
  });
});

test('a route that is gone is not where the traffic is: the release does not go on by it', () => {
  const gone = { missing: true, accepted: false, route: 'Other', message: 'it is gone' } as const;
  const held = turning(10 * MINUTE_MS, { readBackAt: at(-9 * MINUTE_MS) });
  // Just lost: the deadline begins anew, so that one cut of a watch ends nothing.
  expect(see({ ...held, gateSince: at(-9 * MINUTE_MS) }, gone)).toMatchObject({
    step: 'Stage',
    stage: 1,
    traffic: { since: at(0) },
  });
  expect(see(turning(10 * MINUTE_MS), gone)?.reason).toBe('RouteNotAccepted');
  // On the way back nothing reaches the candidate through it.
  const settled = { weight: 0, readBackAt: at(-5_000) };
  const back = { ...turning(0, settled), step: 'Retreat', towards: 'Aborted' } as const;
  expect(see(back, gone)?.step).not.toBe('Retreat');
});

test('a target that is to have no pods has no endpoints, and goes on', () => {
  const empty = { ...turning(0), stageReplicas: 0 };
  expect(see(empty, refused, 0)?.traffic?.readBackAt).toBe(at(0));
  expect(see(empty, refused, 4)?.traffic?.readBackAt).toBeUndefined();
});

test('pods that no endpoint leads to are not enough', () => {
  const status = see(
    { ...turning(0, { weight: 5 }), stageReplicas: 4 },
    { weight: 5, endpoints: { stable: 4, candidate: 1 } },
  );
  expect(status).toMatchObject({
    message: '1 of 2 endpoints behind the Service of the candidate ready',
    traffic: { weight: 5 },
  });
});
