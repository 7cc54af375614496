/** What a StatefulSet, its revisions and its pods say about a release. */
import { describe, expect, test } from 'vitest';
import type { WorkloadState } from '../../ports/workload.ts';
import { HOLD, OWN, stateful, type StatefulObject } from '../../testing/stateful-objects.ts';
import { statefulSetWorkload } from './index.ts';

const SETS = { stable: 'db-v1', candidate: 'db-v2' };

function observe(pods: string, options: StatefulObject = {}): WorkloadState {
  const state = statefulSetWorkload.observe(stateful(pods, options), SETS);
  if (!state) throw new Error('no state');
  return state;
}

test('without a StatefulSet, or with one that is being deleted, there is nothing', () => {
  const { target, ...rest } = stateful('v1');
  expect(statefulSetWorkload.observe({ ...rest, target: undefined }, SETS)).toBeUndefined();
  const metadata = { ...target!.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
  const going = { ...rest, target: { ...target!, metadata } };
  expect(statefulSetWorkload.observe(going, SETS)).toBeUndefined();
});

describe('it is held', () => {
  test('by the partition that Segue wrote, and says what its user wrote', () => {
    const state = observe('v1 v1');
    expect(state).toMatchObject({ held: true, strategy: OWN, ordinals: { kept: true } });
    expect(state.ordinals?.moving).toBeUndefined();
  });

  test('not where somebody wrote another one beside it, nor on the way there', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    const written = observe('v1 v1', { strategy });
    expect(written.held).toBe(false);
    expect(written.ordinals?.moving).toBeUndefined();
    expect(observe('v1 v1', { partition: 1 })).toMatchObject({
      held: false,
      ordinals: { moving: 1 },
    });
    expect(observe('v1 v1', { strategy: { type: 'OnDelete' } }).held).toBe(false);
  });

  test('not without the annotation; and what is stored then is not taken for its user’s', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { partition: HOLD } };
    const state = observe('v1 v1', { partition: undefined, strategy });
    expect(state.held).toBe(false);
    expect(state.strategy).toEqual(OWN);
  });
});

describe('pods of each version', () => {
  test('are counted by the label of their revision', () => {
    const { stable, candidate, running, carrier } = observe('v1 v1 v2 v2-');
    expect(stable).toMatchObject({ name: 'db-v1', replicas: 2, current: 2, ready: 2 });
    expect(candidate).toMatchObject({ name: 'db-v2', replicas: 2, current: 2, ready: 1 });
    expect(running).toBeUndefined();
    expect(carrier).toBe('Both');
  });

  test('are as many as the partition says, and those below it that have it already', () => {
    const { candidate, stable, ordinals } = observe('v1 v2 v1 v1', { partition: 3 });
    expect(candidate).toMatchObject({ replicas: 2, current: 1 });
    expect(stable).toMatchObject({ replicas: 2, current: 3 });
    expect(ordinals?.moving).toBe(2);
  });

  test('do not count beyond the last, nor ready while they go', () => {
    const { candidate } = observe('v1 v1 v2! v2', { replicas: 3 });
    expect(candidate).toMatchObject({ current: 1, ready: 0 });
  });

  test('are counted from where the ordinals start', () => {
    const spec = { ordinals: { start: 5 } };
    const { candidate, ordinals } = observe('v1 v2 v1', { spec, partition: 2 });
    expect(candidate).toMatchObject({ replicas: 2, current: 1 });
    expect(ordinals?.moving).toBe(2);
  });
});

describe('users have', () => {
  test('the one version that all pods have, whatever the template says', () => {
    expect(observe('v1 v1').running).toMatchObject({ name: 'db-v1', revision: 1 });
  });

  test('without pods that which its controller makes the next ones with', () => {
    const state = observe('', { replicas: 0, base: 'db-v2' });
    expect(state.running?.name).toBe('db-v2');
    expect(state.owned.map(({ name }) => name)).toEqual(['db-v2']);
    expect(state.ordinals?.earlier.map(({ name }) => name)).toContain('db-v1');
  });
});

describe('a release waits', () => {
  test.each([
    ['in the middle of a rollout', 'v1 v2', {}, 'is in the middle of a rollout: it runs db-v1 and'],
    ['unseen', 'v1 v1', { status: { observedGeneration: 2 } }, 'has not seen generation 3'],
    ['without a revision', 'v1 v1', { update: 'db-v1' }, 'has no revision of its template yet'],
    [
      'not held, with a pod that is not ready',
      'v2 v2-',
      { partition: undefined },
      'has 1 of 2 pods ready in the version of its template',
    ],
  ] as [string, string, StatefulObject, string][])('%s', (_what, pods, options, why) => {
    const { settled, unsettledBecause } = observe(pods, options);
    expect(settled).toBe(false);
    expect(unsettledBecause).toContain(why);
  });

  test('for nothing else', () => {
    expect(observe('v1 v1').settled).toBe(true);
    expect(observe('v2 v2', { partition: undefined, base: 'db-v2' }).settled).toBe(true);
  });
});
