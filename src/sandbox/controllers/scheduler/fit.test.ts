import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '../kinds.ts';
import { aNode, aPod, type PodFacts } from '../testing/objects.ts';
import { place } from './fit.ts';
import { createLedger } from './ledger.ts';

function placed(pod: PodFacts, nodes: Node[], present: Record<string, Pod[]> = {}): string {
  const ledger = createLedger();
  for (const [node, pods] of Object.entries(present))
    for (const one of pods)
      ledger.change(undefined, { ...one, spec: { ...one.spec, nodeName: node } });
  const placement = place({
    pod: aPod('new', { node: '', ...pod }),
    nodes,
    usageOf: (node) => ledger.of(node),
    random: () => 0.5,
  });
  return 'node' in placement ? placement.node : placement.unschedulable;
}

const asking = (requests: Record<string, string>): PodFacts => ({
  spec: { containers: [{ name: 'web', resources: { requests } }] },
});

test('the node with the fewest pods takes it', () => {
  const present = { n1: [aPod('a'), aPod('b')], n2: [aPod('c')] };
  expect(placed({}, [aNode('n1'), aNode('n2')], present)).toBe('n2');
});

test('finished pods take no room', () => {
  const done = { status: { phase: 'Succeeded' } };
  const present = { n1: [aPod('a', done), aPod('b', done), aPod('c', done)] };
  expect(placed({}, [aNode('n1')], present)).toBe('n1');
});

describe('a node is passed over, and why', () => {
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
  test.each<[string, PodFacts, Node]>([
    ['node(s) were not ready', {}, aNode('n', { ready: false })],
    ['node(s) were unschedulable', {}, aNode('n', { spec: { unschedulable: true } })],
    ['node(s) had untolerated taint {gpu: yes}', {}, aNode('n', { spec: { taints: [taint] } })],
    [
      "node(s) didn't match Pod's node affinity/selector",
      { spec: { nodeSelector: { disk: 'ssd' } } },
      aNode('n'),
    ],
    ['Insufficient cpu', asking({ cpu: '2001m' }), aNode('n')],
    ['Insufficient memory', asking({ memory: '1025Mi' }), aNode('n')],
  ])('%s', (reason, pod, node) => {
    expect(placed(pod, [node])).toBe(`0/1 nodes are available: 1 ${reason}.`);
  });

  test('Too many pods', () => {
    const present = { n: [aPod('a'), aPod('b'), aPod('c')] };
    expect(placed({}, [aNode('n')], present)).toBe('0/1 nodes are available: 1 Too many pods.');
  });

  test('there is none', () => {
    expect(placed({}, [])).toBe('no nodes available to schedule pods');
  });
});

test('a toleration, a label and an exact fit are enough', () => {
  const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }];
  const node = aNode('n', { spec: { taints }, metadata: { name: 'n', labels: { disk: 'ssd' } } });
  const pod = asking({ cpu: '1500m', memory: '1Gi' });
  pod.spec = {
    ...pod.spec,
    tolerations: [{ key: 'gpu', operator: 'Exists' }],
    nodeSelector: { disk: 'ssd' },
  };
  expect(placed(pod, [node], { n: [aPod('a', asking({ cpu: '500m' }))] })).toBe('n');
});

test('a field of the node decides where affinity asks for it', () => {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['n2'] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required };
  expect(placed({ spec: { affinity: { nodeAffinity } } }, [aNode('n1'), aNode('n2')])).toBe('n2');
});

describe('the ledger', () => {
  const bound = aPod('a', { ...asking({ cpu: '500m' }), node: 'n1' });
  const on = (pod: Pod, nodeName: string): Pod => ({ ...pod, spec: { ...pod.spec, nodeName } });

  test('counts a pod once, assumed and then seen', () => {
    const ledger = createLedger();
    ledger.assume(bound, 'n1');
    ledger.change(bound, on(bound, 'n1'));
    expect(ledger.of('n1')).toEqual({ pods: 1, cpu: 0.5, memory: 0 });
  });

  test('gives back what a pod took when it ends or goes', () => {
    const ledger = createLedger();
    const pod = on(bound, 'n1');
    ledger.change(undefined, pod);
    ledger.change(pod, { ...pod, status: { phase: 'Succeeded' } });
    expect(ledger.of('n1').pods).toBe(0);
    ledger.change(undefined, pod);
    ledger.change(pod, undefined);
    expect(ledger.of('n1')).toEqual({ pods: 0, cpu: 0, memory: 0 });
  });

  test('keeps an assumed pod through a change that does not show its node yet', () => {
    const ledger = createLedger();
    ledger.assume(bound, 'n1');
    const { nodeName: _, ...spec } = bound.spec;
    ledger.change({ ...bound, spec }, { ...bound, spec });
    expect(ledger.of('n1').pods).toBe(1);
  });
});
