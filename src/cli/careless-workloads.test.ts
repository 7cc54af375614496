/** Policies of StatefulSets, DaemonSets and Jobs as people write them in a hurry: each fault once, with what to do. */
import { expect, test } from 'vitest';
import { validateText } from './validate-text.ts';

const HEAD = `apiVersion: segue.dev/v1alpha1
kind: ReleasePolicy
metadata: {name: db}
spec:
`;

const STATEFUL_FIX =
  'use rolling or canary: ordinal by ordinal from the highest, with holds and checks at the stages';
const DAEMON_FIX =
  'use rolling: batch of nodes by batch, with holds and checks at its stages, as in {holdAfter: 10%, hold: 10m}';
const ONE_EACH =
  'each node has one pod of it, so that no second set of them can stand beside the first';
const ROUTERS = '{services: [{name: db}], routers: [{gatewayAPI: {httpRoute: db}}]}';

/** What is wrong, kind and group, the rest of the spec, what is said. */
const WRONG: [string, string, string[], string[]][] = [
  [
    'blue-green of a StatefulSet, without traffic, which would not mend it',
    'kind: StatefulSet',
    ['strategy: {blueGreen: {}}'],
    [
      `spec.strategy.blueGreen: a StatefulSet cannot be released by blueGreen: its pods have names and volumes of their own, so that there cannot be two whole versions of it; ${STATEFUL_FIX}`,
    ],
  ],
  [
    'a StatefulSet stopped as a whole',
    'kind: StatefulSet',
    ['strategy: {recreate: {}}'],
    [
      `spec.strategy.recreate: a StatefulSet cannot be released by recreate: its controller never stops all of its pods at once; ${STATEFUL_FIX}`,
    ],
  ],
  [
    'a pair of StatefulSets',
    'kind: StatefulSet',
    ['pairRef: {name: green}', 'strategy: {canary: {stages: [{weight: 10}]}}'],
    ['spec.pairRef: two workloads take turns only where they are Deployments; leave it out'],
  ],
  [
    'the partition itself',
    'kind: StatefulSet',
    ['strategy: {rolling: {partition: 3}}'],
    [
      'spec.strategy.rolling.partition: unknown field: Segue moves the partition; stages say where it holds, as in stages: [{holdAfter: 1}]',
    ],
  ],
  [
    'a route of a StatefulSet that is rolled',
    'kind: StatefulSet',
    [`traffic: ${ROUTERS}`, 'strategy: {rolling: {}}'],
    [
      'spec.traffic.routers: rolling moves no weights: the traffic follows the pods; take the routers out, or use canary, which moves them',
    ],
  ],
  [
    'weights of a DaemonSet',
    'kind: DaemonSet',
    ['strategy: {canary: {stages: [{weight: 10}]}}'],
    [`spec.strategy.canary: a DaemonSet cannot be released by canary: ${ONE_EACH}; ${DAEMON_FIX}`],
  ],
  [
    'blue-green of a DaemonSet',
    'kind: DaemonSet',
    ['strategy: {blueGreen: {}}'],
    [
      `spec.strategy.blueGreen: a DaemonSet cannot be released by blueGreen: ${ONE_EACH}; ${DAEMON_FIX}`,
    ],
  ],
  [
    'a route of a DaemonSet',
    'kind: DaemonSet',
    [`traffic: ${ROUTERS}`, 'strategy: {rolling: {stages: [{holdAfter: 1, hold: 5m}]}}'],
    [
      'spec.traffic.routers: rolling moves no weights: the traffic follows the pods; take the routers out: a new pod of a DaemonSet serves as soon as it is ready',
    ],
  ],
  [
    'the update strategy of a DaemonSet',
    'kind: DaemonSet',
    ['strategy: {rolling: {updateStrategy: OnDelete}}'],
    [
      'spec.strategy.rolling.updateStrategy: unknown field: it stays in the workload, as you wrote it; take it out here',
    ],
  ],
  [
    'zones by their name alone',
    'kind: DaemonSet',
    ['strategy: {rolling: {nodesBy: zone}}'],
    [
      'spec.strategy.rolling.nodesBy: must be an object, {label: …}, not the text "zone"; write {label: zone}',
    ],
  ],
  [
    'more than all nodes, and one more on each',
    'kind: DaemonSet',
    ['strategy: {rolling: {maxSurge: 1, batch: 200%}}'],
    [
      'spec.strategy.rolling.maxSurge: a node has never two pods of a DaemonSet that Segue holds; take it out',
      'spec.strategy.rolling.batch: "200%" is not a number of nodes; write a number of nodes or a percentage of them: 1, 3 or 10%',
    ],
  ],
  [
    'a Job, whose group is not what is wrong',
    'group: batch, kind: Job',
    ['strategy: {rolling: {}}'],
    [
      'spec.targetRef.kind: "Job" cannot be released: it runs once to its end, and its template never changes; make it a hook of the workload that it belongs to (spec.hooks.before, after or onAbort)',
    ],
  ],
  [
    'a CronJob',
    'group: batch, kind: CronJob',
    ['strategy: {canary: {stages: [{weight: 10}]}}'],
    [
      'spec.targetRef.kind: "CronJob" cannot be released: each of its Jobs runs to its end with the template that it began with, so that there is nothing to move from one version to the other; ' +
        "change it with 'kubectl apply', and its next Job has the new version; to try that first, 'kubectl create job NAME --from=cronjob/…'",
    ],
  ],
  [
    'a kind of somebody else',
    'group: apps.kruise.io, kind: CloneSet',
    ['strategy: {rolling: {}}'],
    [
      'spec.targetRef.kind: "CloneSet" is none of Deployment, StatefulSet, DaemonSet; write one of Deployment, StatefulSet, DaemonSet',
    ],
  ],
  [
    'a kind as kubectl takes it',
    'kind: daemonsets',
    ['strategy: {rolling: {}}'],
    [
      'spec.targetRef.kind: "daemonsets" is none of Deployment, StatefulSet, DaemonSet; write DaemonSet',
    ],
  ],
];

test.each(WRONG)('%s', (_, kind, rest, expected) => {
  const lines = [`targetRef: {${kind}, name: db}`, ...rest].map((line) => `  ${line}\n`);
  const { faults, policies } = validateText('db.yaml', HEAD + lines.join(''));
  expect(policies).toEqual([]);
  expect(faults.map((fault) => fault.replace(/^db\.yaml:\d+: ReleasePolicy db: /, ''))).toEqual(
    expected,
  );
});
