/** What a StatefulSet and a DaemonSet cannot be released by, and what is said instead. */
import { expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import { policySpec } from '../testing/snapshots.ts';
import { workloadProblems } from './workload-problems.ts';

const stateful = (spec: Partial<PolicySpec>) =>
  workloadProblems(
    policySpec({ targetRef: { group: 'apps', kind: 'StatefulSet', name: 'db' }, ...spec }),
  );
const rolling = (rest = {}) => ({ strategy: { rolling: { stages: [], timeout: '1h', ...rest } } });

test('it is released by rolling, and by canary', () => {
  expect(stateful(rolling())).toEqual([]);
  const canary = { strategy: { canary: { stages: [] } } } as unknown as Partial<PolicySpec>;
  expect(stateful(canary)).toEqual([]);
});

test.each(['blueGreen', 'recreate', 'abTest'])('and not by %s', (name) => {
  const [problem, ...others] = stateful({ strategy: { [name]: {} } });
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ field: `spec.strategy.${name}` });
  expect(problem?.message).toMatch(
    new RegExp(`^a StatefulSet cannot be released by ${name}: its .+`),
  );
  expect(problem?.fix).toMatch(/^use rolling or canary/);
});

test.each(['maxSurge', 'maxUnavailable'])('it has no %s', (name) => {
  expect(stateful(rolling({ [name]: 1 })).map(({ field }) => field)).toEqual([
    `spec.strategy.rolling.${name}`,
  ]);
});

test('two of them do not take turns', () => {
  expect(stateful({ ...rolling(), pairRef: { name: 'other' } }).map(({ field }) => field)).toEqual([
    'spec.pairRef',
  ]);
});

const daemons = (spec: Partial<PolicySpec>) =>
  workloadProblems(
    policySpec({ targetRef: { group: 'apps', kind: 'DaemonSet', name: 'agent' }, ...spec }),
  );

test('a DaemonSet is released by rolling, in batches', () => {
  const nodesBy = { label: 'topology.kubernetes.io/zone' };
  expect(daemons(rolling({ batch: '10%', nodesBy, maxUnavailable: 2 }))).toEqual([]);
  expect(daemons(rolling({ batch: 3 }))).toEqual([]);
});

test.each(['canary', 'blueGreen', 'recreate', 'abTest'])('and not by %s', (name) => {
  const [problem, ...others] = daemons({ strategy: { [name]: {} } });
  expect(others).toEqual([]);
  expect(problem?.message).toMatch(new RegExp(`^a DaemonSet cannot be released by ${name}: .+`));
  expect(problem?.fix).toMatch(/^use rolling: batch of nodes by batch/);
});

test.each([0, '0%', '101%', 'all', 1.5, '', {}])('a batch of %j is none', (batch) => {
  expect(daemons(rolling({ batch })).map(({ field }) => field)).toEqual([
    'spec.strategy.rolling.batch',
  ]);
});

test('a DaemonSet has never a pod too many', () => {
  expect(daemons(rolling({ maxSurge: 1 })).map(({ field }) => field)).toEqual([
    'spec.strategy.rolling.maxSurge',
  ]);
});

test.each(['Deployment', 'StatefulSet'] as const)('a %s is not released by nodes', (kind) => {
  const targetRef = { group: 'apps' as const, kind, name: 'web' };
  const spec = rolling({ batch: 2, nodesBy: { label: 'zone' } });
  expect(workloadProblems(policySpec({ targetRef, ...spec })).map(({ field }) => field)).toEqual([
    'spec.strategy.rolling.batch',
    'spec.strategy.rolling.nodesBy',
  ]);
});

test('a Deployment may have all of that', () => {
  expect(workloadProblems(policySpec({ ...rolling({ maxSurge: 1 }) }))).toEqual([]);
});
