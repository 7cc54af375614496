import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../kube/fake-clock.ts';
import { REVISION_LABEL } from '../history/revision.ts';
import type { DaemonSet, Node, Pod } from '../kinds.ts';
import { aNode, aPod, NOW, type PodFacts } from '../testing/objects.ts';
import { aDaemonSet, aRevision } from '../testing/set-objects.ts';
import { createBackoff } from './backoff.ts';
import { fitOf, isUpdated, nodeOf, renderPod } from './placement.ts';
import { sortHistory, toForget } from './revisions.ts';
import { podsByNode } from './snapshot.ts';
import { nextStatus } from './status.ts';
import { syncDaemonSet } from './sync.ts';

type Spec = Partial<DaemonSet['spec']>;

const NODES = ['n1', 'n2', 'n3'].map((name) => aNode(name));
const UNREADY = { ready: false };
const GOING = { deleting: true };

const pod = (name: string, node: string, facts: PodFacts = {}): Pod =>
  aPod(name, { ...facts, node });
const old = (node: string, facts: PodFacts = {}) =>
  pod(`old-${node}`, node, { ...facts, labels: { [REVISION_LABEL]: 'then' } });
const fresh = (node: string, facts: PodFacts = {}) =>
  pod(`new-${node}`, node, { ...facts, labels: { [REVISION_LABEL]: 'now' } });

function snapshot(pods: Pod[], spec: Spec = {}, nodes: Node[] = NODES) {
  const set = aDaemonSet(spec);
  const fits = new Map(nodes.map((node) => [node.metadata.name, fitOf(set, node)]));
  return { set, podsByNode: podsByNode(pods), fits, hash: 'now', nowMs: NOW };
}

/** `+n1` a pod is made there, `-name` one is deleted. */
function steps(pods: Pod[], spec: Spec = {}, nodes: Node[] = NODES): string[] {
  const plan = syncDaemonSet(snapshot(pods, spec, nodes));
  return [
    ...plan.create.map((node) => `+${node}`),
    ...[...plan.delete, ...plan.ended].map(({ metadata }) => `-${metadata.name}`),
  ];
}

const rolling = (rollingUpdate: {
  maxSurge?: number | string;
  maxUnavailable?: number | string;
}) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate },
});
const SURGE = rolling({ maxSurge: 1, maxUnavailable: 0 });
const ON_DELETE = { updateStrategy: { type: 'OnDelete' } };

describe('one pod on each node', () => {
  const keptOff = aNode('n3', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } });
  const driven = aNode('n3', { spec: { taints: [{ key: 'gpu', effect: 'NoExecute' }] } });
  const [n1, n2] = NODES as [Node, Node];
  test.each<[string, Pod[], Spec, Node[], string[]]>([
    ['where there is none', [fresh('n2')], {}, NODES, ['+n1', '+n3']],
    [
      'not before the last one is gone',
      [fresh('n1'), fresh('n2'), fresh('n3', GOING)],
      {},
      NODES,
      [],
    ],
    [
      'the oldest of two stays',
      [pod('a', 'n1', { createdSecondsAgo: 5 }), pod('b', 'n1')],
      {},
      [n1],
      ['-a'],
    ],
    ['one that failed goes', [fresh('n1', { status: { phase: 'Failed' } })], {}, [n1], ['-new-n1']],
    ['not where a taint keeps it off', [], {}, [n1, keptOff], ['+n1']],
    ['one that is there may stay then', [fresh('n1'), fresh('n3')], {}, [n1, keptOff], []],
    ['unless the taint drives it away', [fresh('n1'), fresh('n3')], {}, [n1, driven], ['-new-n3']],
    ['also on a cordoned node', [], {}, [aNode('n1', { spec: { unschedulable: true } })], ['+n1']],
    ['not on a node that is not ready', [fresh('n1')], {}, [n1, aNode('n2', { ready: false })], []],
    ['one that waits for a node that is gone goes', [waiting('n9')], {}, [n1], ['+n1', '-waiting']],
    ['the update waits for it', [old('n1'), old('n2')], {}, [n1, n2, aNode('n3')], ['+n3']],
  ])('%s', (_, pods, spec, nodes, expected) => {
    expect(steps(pods, spec, nodes)).toEqual(expected);
  });

  test('by the labels of nodes', () => {
    const labelled = aNode('n2', { metadata: { name: 'n2', labels: { disk: 'ssd' } } });
    const template = aDaemonSet().spec.template;
    const spec = {
      template: { ...template, spec: { ...template.spec, nodeSelector: { disk: 'ssd' } } },
    };
    expect(steps([fresh('n1')], spec, [n1, labelled])).toEqual(['+n2', '-new-n1']);
  });
});

function waiting(node: string): Pod {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  return aPod('waiting', { node: '', spec: { affinity } });
}

describe('a rolling update', () => {
  test.each<[string, Pod[], Spec, string[]]>([
    ['one node after the other', [old('n1'), old('n2'), old('n3')], {}, ['-old-n1']],
    ['waits for a new one', [fresh('n1', UNREADY), old('n2'), old('n3')], {}, []],
    ['goes on when that is ready', [fresh('n1'), old('n2'), old('n3')], {}, ['-old-n2']],
    [
      'several at once',
      [old('n1'), old('n2'), old('n3')],
      rolling({ maxUnavailable: 2 }),
      ['-old-n1', '-old-n2'],
    ],
    [
      'percentages are rounded up',
      [old('n1'), old('n2'), old('n3')],
      rolling({ maxUnavailable: '34%' }),
      ['-old-n1', '-old-n2'],
    ],
    [
      'old ones that are not available first, and they count',
      [old('n1'), old('n2', UNREADY), old('n3')],
      {},
      ['-old-n2'],
    ],
    [
      'waits for minReadySeconds',
      [fresh('n1', { readyForSeconds: 5 }), old('n2'), old('n3')],
      { minReadySeconds: 10 },
      [],
    ],
    ['on delete moves nothing', [old('n1', UNREADY), old('n2'), old('n3')], ON_DELETE, []],
  ])('%s', (_, pods, spec, expected) => {
    expect(steps(pods, spec)).toEqual(expected);
  });

  test.each<[string, Pod[], string[]]>([
    ['a new pod comes beside the old', [old('n1'), old('n2'), old('n3')], ['+n1']],
    ['and is waited for', [old('n1'), fresh('n1', UNREADY), old('n2'), old('n3')], []],
    [
      'the old one goes, the next comes',
      [old('n1'), fresh('n1'), old('n2'), old('n3')],
      ['-old-n1'],
    ],
    [
      'where the old one is not available at once',
      [old('n1'), old('n2', UNREADY), fresh('n3')],
      ['+n2', '+n1'],
    ],
    [
      'an old one that is not ready goes',
      [old('n1', UNREADY), fresh('n1', UNREADY), old('n2'), old('n3')],
      ['-old-n1'],
    ],
  ])('with surge: %s', (_, pods, expected) => {
    expect(steps(pods, SURGE)).toEqual(expected);
  });
});

test('the status counts nodes, by the oldest pod on each', () => {
  const pods = [fresh('n1'), old('n2', UNREADY), fresh('n9')];
  const nodes = [
    ...NODES,
    aNode('n9', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
  ];
  expect(nextStatus(snapshot(pods, {}, nodes), 0)).toEqual({
    desiredNumberScheduled: 3,
    currentNumberScheduled: 2,
    numberMisscheduled: 1,
    numberReady: 1,
    numberAvailable: 1,
    numberUnavailable: 2,
    updatedNumberScheduled: 1,
    observedGeneration: 2,
  });
});

test('a pod is tied to its node and tolerates what befalls nodes', () => {
  const rendered = renderPod(aDaemonSet(), { node: 'n2', hash: 'now', random: () => 0 });
  expect(nodeOf(rendered)).toBe('n2');
  expect(rendered.metadata.labels).toEqual({
    app: 'web',
    'controller-revision-hash': 'now',
    'pod-template-generation': '2',
  });
  const tolerated = rendered.spec.tolerations?.map(({ key, effect }) => `${key} ${effect}`);
  expect(tolerated).toContain('node.kubernetes.io/unschedulable NoSchedule');
  expect(tolerated).toHaveLength(6);
});

test('a pod made for the present count of templates is updated, whatever its revision', () => {
  const labels = { [REVISION_LABEL]: 'then', 'pod-template-generation': '2' };
  const set = aDaemonSet();
  expect(isUpdated(set, pod('a', 'n1', { labels }), 'now')).toBe(true);
  set.metadata.annotations = { 'deprecated.daemonset.template.generation': '3' };
  expect(isUpdated(set, pod('a', 'n1', { labels }), 'now')).toBe(false);
});

describe('revisions', () => {
  const set = aDaemonSet();
  const revisions = [aRevision(set, 'agent:2', 1), aRevision(set, 'agent:1', 2)];

  test('that of the present template has to be the newest', () => {
    const { present, old: others, number } = sortHistory(set, revisions);
    expect([present, others, number]).toEqual([revisions.slice(0, 1), revisions.slice(1), 3]);
  });

  test('as many are forgotten as are too many, but none that a pod is of', () => {
    const history = [1, 2, 3].map((n) => aRevision(set, `agent:old-${n}`, n));
    const hash = history[0]?.metadata.labels?.[REVISION_LABEL] ?? '';
    const pods = [aPod('a', { labels: { [REVISION_LABEL]: hash } })];
    const limited = aDaemonSet({ revisionHistoryLimit: 1 });
    expect(toForget(limited, history, pods)).toEqual(history.slice(1));
  });
});

test('a pod that fails again is replaced ever later', () => {
  const clock = new FakeClock();
  const backoff = createBackoff(clock);
  const failed = old('n1', { status: { phase: 'Failed' } });
  expect(backoff.waitMs(aDaemonSet(), failed)).toBe(0);
  expect(backoff.waitMs(aDaemonSet(), failed)).toBe(1_000);
  expect(backoff.waitMs(aDaemonSet(), old('n2', { status: { phase: 'Failed' } }))).toBe(0);
});
