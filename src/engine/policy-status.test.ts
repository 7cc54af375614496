/** What the policy says of its target while a release ends. */
import { expect, test } from 'vitest';
import { policy, reading, release, snapshot, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

test('what was promoted is what users have, in the very write that ends the release', () => {
  const ended = (towards: 'Promoted' | 'Aborted') =>
    step(
      snapshot({
        policy: { ...policy(), status: { target: { name: 'web', stableHash: 'v1' } } },
        release: release({
          startedAt: '1970-01-01T00:00:00Z',
          step: 'CleanUp',
          towards,
          traffic: { dedicated: false, route: 'Service', weight: 0 },
        }),
        workload: workload('v2', { carrier: towards === 'Promoted' ? 'Candidate' : 'Stable' }),
        traffic: reading({ route: 'Service', dedicated: 'Absent' }),
      }),
    );
  expect(ended('Promoted').release?.status.outcome).toBe('Promoted');
  expect(ended('Promoted').policyStatus?.target).toMatchObject({ stableHash: 'v2' });
  expect(ended('Aborted').policyStatus?.target).toMatchObject({ stableHash: 'v1' });
});

test('what was given up is barred though another template is in its place: it may come back at once', () => {
  const ended = (reason: string) =>
    step(
      snapshot({
        policy: { ...policy(), status: { target: { name: 'web', stableHash: 'v1' } } },
        release: release({
          startedAt: '1970-01-01T00:00:00Z',
          step: 'CleanUp',
          towards: 'Aborted',
          reason,
          traffic: { dedicated: false, route: 'Service', weight: 0 },
        }),
        workload: workload('v3'),
        traffic: reading({ route: 'Service', dedicated: 'Absent' }),
      }),
    ).policyStatus?.target;
  const { templateHash } = release().spec.candidate;
  expect(ended('AbortRequested')).toMatchObject({ rejected: templateHash });
  expect(ended('Superseded')).not.toHaveProperty('rejected');
});

test('a template that was taken back and then promoted is not barred any more', () => {
  const { templateHash } = release().spec.candidate;
  const ended = (rejected: string) =>
    step(
      snapshot({
        policy: { ...policy(), status: { target: { name: 'web', stableHash: 'v1', rejected } } },
        release: release({
          startedAt: '1970-01-01T00:00:00Z',
          step: 'CleanUp',
          towards: 'Promoted',
          traffic: { dedicated: false, route: 'Service', weight: 0 },
        }),
        workload: workload('v2', { carrier: 'Candidate' }),
        traffic: reading({ route: 'Service', dedicated: 'Absent' }),
      }),
    ).policyStatus?.target;
  expect(ended(templateHash)).not.toHaveProperty('rejected');
  expect(ended('another')).toMatchObject({ rejected: 'another' });
});

test('a policy that is gone, for all its finalizer, leaves no target paused', () => {
  const ending = (held: boolean) =>
    step(
      snapshot({
        policy: undefined,
        release: release({
          startedAt: '1970-01-01T00:00:00Z',
          step: 'CleanUp',
          towards: 'Aborted',
          traffic: { dedicated: false, route: 'Service', weight: 0 },
        }),
        workload: workload('v2', { held }),
        traffic: reading({ route: 'Service', dedicated: 'Absent' }),
      }),
    );
  expect(ending(true).release?.status.step).toBe('CleanUp');
  expect(ending(true).workload).toMatchObject({
    held: false,
    template: workload('v1').template,
  });
  expect(ending(false).release?.status.step).toBe('Done');
});
