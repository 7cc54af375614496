/** What counts as news in the idle one of two Deployments that take turns. */
import { expect, test } from 'vitest';
import type { PairSide } from '../ports/workload.ts';
import { policy, setOf, snapshot, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

function side(name: string, image: string, more: Partial<PairSide> = {}): PairSide {
  const set = setOf(image, { name: `${name}-${image}` });
  return {
    name,
    uid: `uid-${name}`,
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

/** @param seen what the policy has seen in it before; undefined when it looks for the first time */
function looking(idle: PairSide | undefined, seen?: string, live = side('web', 'v1')) {
  const made = policy({
    pairRef: { name: 'green' },
    strategy: { blueGreen: { timeout: '10m', after: 'ScaleToZero' } },
    traffic: { services: [{ name: 'web' }], settle: '1s', drain: '10s' },
  });
  const target =
    seen === undefined
      ? undefined
      : { name: 'web', stableHash: 'v1', pair: { name: 'green', idle: 'green', seen } };
  const colours = { live: { version: 'blue' }, idle: { version: 'green' } };
  const pair = { live, idle, idleName: 'green', colours };
  const decision = step(
    snapshot({
      policy: { ...made, status: target ? { target } : {} },
      workload: workload('v2', { pair }),
    }),
  );
  return {
    releases: decision.create !== undefined,
    seen: decision.policyStatus?.target?.pair?.seen,
    live: decision.workload?.pair?.live,
  };
}

test('what it has at first is no news; another template is', () => {
  const idle = side('green', 'v2');
  expect(looking(idle)).toMatchObject({ releases: false, seen: 'template-v2' });
  expect(looking(idle, 'template-v2')).toMatchObject({ releases: false });
  expect(looking(idle, 'template-v1')).toMatchObject({ releases: true });
});

test('one that did not exist is waited for, and released when it comes', () => {
  expect(looking(undefined)).toMatchObject({ releases: false, seen: 'none' });
  expect(looking(side('green', 'v2'), 'none')).toMatchObject({ releases: true, seen: 'none' });
});

test('held in the middle of a rollout that somebody began, it goes back to what it ran', () => {
  const twice = side('web', 'v3', {
    running: undefined,
    unsettledBecause: 'Deployment web is in the middle of a rollout',
  });
  const idle = side('green', 'v2');
  expect(looking(idle, 'template-v2', twice).live).toEqual({
    paused: false,
    template: setOf('v1').template,
  });
  // Before it was ever held, that is its user's.
  expect(looking(idle, undefined, twice).live).toBeUndefined();
});
