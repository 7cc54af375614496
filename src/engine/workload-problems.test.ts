/** What a StatefulSet cannot be released by, and what is said instead. */
import { expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import { policySpec } from '../testing/snapshots.ts';
import { workloadProblems } from './workload-problems.ts';

const stateful = (spec: Partial<PolicySpec>) =>
  workloadProblems(
    policySpec({ targetRef: { group: 'apps', kind: 'StatefulSet', name: 'db' }, ...spec }),
  );
const rolling = (rest = {}) => ({ strategy: { rolling: { stages: [], timeout: '1h', ...rest } } });

test('it is released by rolling, and by canary where its pods are the shares', () => {
  expect(stateful(rolling())).toEqual([]);
  const canary = { strategy: { canary: { stages: [] } } } as unknown as Partial<PolicySpec>;
  expect(stateful(canary).map(({ field }) => field)).toEqual(['spec.traffic.routers']);
  expect(stateful({ ...canary, traffic: undefined })).toEqual([]);
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

test('a Deployment may have all of that', () => {
  expect(workloadProblems(policySpec({ ...rolling({ maxSurge: 1 }) }))).toEqual([]);
});
