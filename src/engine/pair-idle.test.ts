/** What counts as news in the idle one of two Deployments that take turns. */
import { expect, test } from 'vitest';
import type { PairSide } from '../ports/workload.ts';
import { policy, setOf, snapshot, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const POLICY_MADE = '2026-01-01T10:00:00Z';

function side(name: string, image: string, more: Partial<PairSide> = {}): PairSide {
  const set = setOf(image, { name: `${name}-${image}` });
  return {
    name,
    uid: `uid-${name}`,
    created: '2026-01-01T09:00:00Z',
    generation: 1,
    paused: true,
    replicas: 4,
    templateHash: `template-${image}`,
    images: [image],
    set,
    running: set,
    unsettledBecause: '',
    ...more,
  };
}

/** The policy has seen no idle one before. */
function looking(idle: PairSide | undefined) {
  const made = policy({
    pairRef: { name: 'green' },
    strategy: { blueGreen: { timeout: '10m', after: 'ScaleToZero' } },
    traffic: { services: [{ name: 'web' }], settle: '1s', drain: '10s' },
  });
  const target = { name: 'web', pair: { name: 'green', idle: 'green', seen: 'none' } };
  const colours = { live: { version: 'blue' }, idle: { version: 'green' } };
  const pair = { live: side('web', 'v1'), idle, idleName: 'green', colours };
  const decision = step(
    snapshot({
      policy: { ...made, created: POLICY_MADE, status: { target } },
      workload: workload('v2', { pair }),
    }),
  );
  return {
    releases: decision.create !== undefined,
    seen: decision.policyStatus?.target?.pair?.seen,
  };
}

test('one that is made after the policy is released', () => {
  const created = '2026-01-01T10:00:01Z';
  expect(looking(side('green', 'v2', { created }))).toEqual({ releases: true, seen: 'none' });
});

test('one that is seen after the policy and was made before it, or with it, is not', () => {
  for (const created of ['2026-01-01T09:59:59Z', POLICY_MADE])
    expect(looking(side('green', 'v2', { created }))).toEqual({
      releases: false,
      seen: 'template-v2',
    });
});

test('one that does not exist yet is waited for', () => {
  expect(looking(undefined)).toEqual({ releases: false, seen: 'none' });
});
