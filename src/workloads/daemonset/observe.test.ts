/** What a DaemonSet, its revisions, its pods and nodes say about a release. */
import { describe, expect, test } from 'vitest';
import type { WorkloadState } from '../../ports/workload.ts';
import { type DaemonObject, daemons, OWN } from '../../testing/daemon-objects.ts';
import { daemonSetWorkload } from './index.ts';

const SETS = { stable: 'agent-v1', candidate: 'agent-v2' };

function observe(pods: string, options: DaemonObject = {}): WorkloadState {
  const state = daemonSetWorkload.observe(daemons(pods, options), SETS);
  if (!state) throw new Error('no state');
  return state;
}

test('without a DaemonSet, or with one that is being deleted, there is nothing', () => {
  const { target, ...rest } = daemons('v1');
  expect(daemonSetWorkload.observe({ ...rest, target: undefined }, SETS)).toBeUndefined();
  const metadata = { ...target!.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
  const going = { ...rest, target: { ...target!, metadata } };
  expect(daemonSetWorkload.observe(going, SETS)).toBeUndefined();
});

test('it is held by OnDelete with what its user wrote beside it, and not by one of them', () => {
  expect(observe('v1')).toMatchObject({ held: true, strategy: OWN, nodes: { kept: true } });
  expect(observe('v1', { strategy: OWN }).held).toBe(false);
  const own = { held: false, strategy: { type: 'OnDelete' } };
  expect(observe('v1', own)).toMatchObject({ held: false, strategy: own.strategy });
});

describe('pods of each version', () => {
  test('are counted by the label of their revision, what is missing with the template', () => {
    const { stable, candidate, replicas } = observe('v1 v1! v2 v2- .');
    expect(replicas).toBe(5);
    expect(stable).toMatchObject({ name: 'agent-v1', hash: 'v1', replicas: 1, ready: 1 });
    expect(candidate).toMatchObject({ name: 'agent-v2', replicas: 4, current: 2, ready: 1 });
  });

  test('of a version that was deleted are still of it', () => {
    const objects = { ...daemons('v1 v2'), revisions: [] };
    const state = daemonSetWorkload.observe(objects, SETS);
    expect(state?.candidate).toMatchObject({ name: 'agent-v2', hash: 'v2', current: 1 });
    expect(state?.running).toBeUndefined();
    expect(state?.unsettledBecause).toContain('no revision of its template');
  });
});

describe('nodes', () => {
  test.each([
    ['gone', undefined, 'the node is gone', 3],
    ['not ready', { ready: false }, 'it is not ready', 3],
    ['cordoned', { spec: { unschedulable: true } }, 'it is cordoned', 3],
    [
      'tainted',
      { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } },
      'the pods do not tolerate its taint gpu=yes:NoSchedule',
      3,
    ],
  ] as [string, NonNullable<DaemonObject['nodes']>[string], string, number][])(
    'that are %s are left out',
    (_what, node, because, replicas) => {
      // Its controller goes by taints, and not by what is cordoned or not ready.
      const wanted = because.includes('taint') || !node ? 3 : 4;
      const state = observe('v1 v1 v1 v1', { nodes: { n2: node }, wanted });
      expect(state.nodes?.away).toEqual([{ name: 'n2', hash: 'v1', because }]);
      expect(state).toMatchObject({ replicas, stable: { current: 3 } });
    },
  );

  test.each([
    [{ key: 'gpu', effect: 'PreferNoSchedule' }, undefined],
    [{ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }, undefined],
    [
      { key: 'gpu', value: 'yes', effect: 'NoExecute' },
      [{ key: 'gpu', operator: 'Equal', value: 'yes' }],
    ],
    [{ key: 'gpu', effect: 'NoExecute' }, [{ operator: 'Exists' }]],
  ])('with the taint %j count where it is tolerated', (taint, tolerations) => {
    const objects = daemons('v1', { nodes: { n0: { spec: { taints: [taint] } } } });
    const spec = objects.target!['spec'] as { template: { spec: Record<string, unknown> } };
    const template = { ...spec.template, spec: { ...spec.template.spec, tolerations } };
    const target = { ...objects.target!, spec: { ...spec, template } };
    const state = daemonSetWorkload.observe({ ...objects, target }, SETS);
    expect(state?.nodes?.away).toEqual([]);
  });
});

describe('users have', () => {
  test('what the policy knows of, as long as there is a pod of it', () => {
    expect(observe('v1 v2').running?.name).toBe('agent-v1');
    expect(observe('v1 v2', { users: 'v2' }).running?.name).toBe('agent-v2');
    expect(observe('v2 v2').running?.name).toBe('agent-v2');
    expect(observe('v1 v2', { nodes: { n0: { ready: false } } }).running?.name).toBe('agent-v1');
  });

  test('that users have runs where its template stands and none of its pods is there yet', () => {
    const back = { version: 'v1', users: 'v1' };
    expect(observe('v2!', back).running?.name).toBe('agent-v1');
    const away = { nodes: { n1: { ready: false } } };
    expect(observe('v2! v2', { ...back, ...away }).running?.name).toBe('agent-v1');
    expect(observe('v1!', { users: 'v1' }).running?.name).toBe('agent-v1');
  });

  test('else the version beside that of the template; without pods that', () => {
    expect(observe('v1 v2', { users: undefined }).running?.name).toBe('agent-v1');
    expect(observe('v1 v3', { users: undefined }).running).toBeUndefined();
    expect(observe('').running?.name).toBe('agent-v2');
  });
});

test('pods that came up by themselves do not make it the candidate’s', () => {
  expect(observe('v1 v2').carrier).toBe('Stable');
  expect(observe('v2 v2').carrier).toBe('Candidate');
});

describe('a release waits', () => {
  test.each([
    ['unseen', 'v1', { status: { observedGeneration: 2 } }, 'has not seen generation 3'],
    ['without a revision', 'v1', { version: 'v9' }, 'has no revision of its template yet'],
    ['of three versions', 'v1 v3', { users: undefined }, 'it runs v1 and v3'],
    ['not held, half way', 'v1 v2', { held: false }, 'has 1 of 2 pods ready in the version'],
  ] as [string, string, DaemonObject, string][])('%s', (_what, pods, options, why) => {
    const { settled, unsettledBecause } = observe(pods, options);
    expect(settled).toBe(false);
    expect(unsettledBecause).toContain(why);
  });

  test('for nothing else', () => {
    expect(observe('v1 v1-').settled).toBe(true);
    expect(observe('v2 v2', { held: false }).settled).toBe(true);
  });
});
