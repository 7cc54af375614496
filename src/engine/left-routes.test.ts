/** What led requests to each version is gone before a release is over. */
import { expect, test } from 'vitest';
import { at, inStage } from '../testing/canary-situations.ts';
import { reading, release, setOf, snapshot, workload } from '../testing/snapshots.ts';
import type { TrafficReading } from './snapshot.ts';
import { step } from './step.ts';

function ended(traffic: Partial<TrafficReading>) {
  const status = inStage(0, {
    step: 'CleanUp',
    stepSince: at(-1_000),
    towards: 'Aborted',
    traffic: { dedicated: true, route: 'Service', weight: 0 },
  });
  const { candidate: _, ...without } = workload('v2', { stable: setOf('v1') });
  return step(
    snapshot({
      release: release(status),
      workload: { ...without, candidate: undefined },
      traffic: reading({ route: 'Service', weight: 0, dedicated: 'Absent', ...traffic }),
    }),
  ).release?.status;
}

test('with nothing left it is over', () => {
  expect(ended({})?.outcome).toBe('Aborted');
});

test.each([
  [{ dedicated: 'Present' }, 'the Services of each version to go'],
  [{ left: true }, 'what the route led to each version by to go'],
] as const)('with %j it waits', (traffic, message) => {
  expect(ended(traffic)).toMatchObject({ step: 'CleanUp', message });
});
