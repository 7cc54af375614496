import { describe, expect, test } from 'vitest';
import type { KubeObject, OwnerReference } from '../../../api/object.ts';
import type { Write } from '../write.ts';
import { decide, disown, type OwnerState } from './decide.ts';
import { createGraph, type Graph } from './graph.ts';

interface Facts {
  owners?: OwnerReference[];
  deleting?: boolean;
  finalizers?: string[];
}

function object(name: string, facts: Facts = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'shop',
      uid: name,
      resourceVersion: '1',
      ...(facts.owners ? { ownerReferences: facts.owners } : {}),
      ...(facts.deleting ? { deletionTimestamp: '2030-01-01T00:00:00Z' } : {}),
      ...(facts.finalizers ? { finalizers: facts.finalizers } : {}),
    },
  };
}

function ownedBy(uid: string, blockOwnerDeletion = true): OwnerReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid, blockOwnerDeletion };
}

/** What `decide` makes of an object whose owners are in these states. */
function decided(states: OwnerState[], facts: Facts = {}, dependents: KubeObject[] = []): string[] {
  const references = states.map((_, index) => ownedBy(`o${index}`));
  const subject = object('x', { owners: references, ...facts });
  const graph = graphOf(subject, ...dependents);
  const node = graph.node('x');
  if (!node) throw new Error('the graph has lost it');
  const owners = references.map((reference, index) => ({
    reference,
    state: states[index] ?? 'Solid',
  }));
  const writes = decide({ object: subject, node, owners, dependents: graph.dependentsOf('x') });
  return writes.map(tell);
}

function tell(write: Write): string {
  if (write.op === 'Delete') return `delete ${write.propagation}`;
  if (write.op !== 'Patch') return write.op;
  const { ownerReferences, finalizers } = write.body['metadata'] as Facts & {
    ownerReferences?: OwnerReference[] | null;
  };
  if (finalizers !== undefined) return `finalizers ${JSON.stringify(finalizers)}`;
  return `owners ${(ownerReferences ?? []).map((one) => one.uid).join(',')}`;
}

function graphOf(...objects: KubeObject[]): Graph {
  const graph = createGraph();
  for (const one of objects) graph.change(undefined, one);
  return graph;
}

describe('what becomes of an object', () => {
  const FOREGROUND = { deleting: true, finalizers: ['keep', 'foregroundDeletion'] };
  const dependent = object('d', { owners: [ownedBy('x')] });
  interface Case {
    name: string;
    owners: OwnerState[];
    facts?: Facts;
    dependents?: KubeObject[];
    expected: string[];
  }
  const CASES: Case[] = [
    { name: 'with a living owner it stays', owners: ['Solid'], expected: [] },
    { name: 'with a dead owner it goes', owners: ['Absent'], expected: ['delete Background'] },
    { name: 'one of two dead is struck', owners: ['Solid', 'Absent'], expected: ['owners o0'] },
    { name: 'both dead: it goes', owners: ['Absent', 'Absent'], expected: ['delete Background'] },
    { name: 'a waiting owner takes it', owners: ['Waiting'], expected: ['delete Background'] },
    {
      name: 'a waiting owner takes it, its dependents first',
      owners: ['Waiting'],
      dependents: [dependent],
      expected: ['delete Foreground'],
    },
    {
      name: 'a living owner holds it against a waiting one',
      owners: ['Waiting', 'Solid'],
      expected: ['owners o1'],
    },
    {
      name: 'its own orphan finalizer is kept to',
      owners: ['Absent'],
      facts: { finalizers: ['orphan'] },
      expected: ['delete Orphan'],
    },
    {
      name: 'on its way out already it is left',
      owners: ['Absent'],
      facts: { deleting: true },
      expected: [],
    },
    {
      name: 'it waits for dependents that block',
      owners: [],
      facts: FOREGROUND,
      dependents: [dependent],
      expected: [],
    },
    {
      name: 'it goes when the last that blocks is gone',
      owners: [],
      facts: FOREGROUND,
      dependents: [object('d', { owners: [ownedBy('x', false)] })],
      expected: ['finalizers ["keep"]'],
    },
    { name: 'without owners nothing is done', owners: [], expected: [] },
  ];
  test.each(CASES)('$name', ({ owners, facts, dependents, expected }) => {
    expect(decided(owners, facts, dependents)).toEqual(expected);
  });

  test('orphaning strikes one owner only', () => {
    const owned = object('d', { owners: [ownedBy('x'), ownedBy('y')] });
    expect(disown(owned, 'x').map(tell)).toEqual(['owners y']);
    expect(disown(owned, 'z')).toEqual([]);
  });
});

describe('what a change asks to look at', () => {
  const owner = object('o');
  const child = object('c', { owners: [ownedBy('o')] });

  test('a child of a known owner: nothing', () => {
    expect(graphOf(owner).change(undefined, child).collect).toEqual([]);
  });

  test('a child of an unknown owner: the child', () => {
    expect(graphOf().change(undefined, child).collect).toEqual(['c']);
  });

  test('an owner gone: its children', () => {
    expect(graphOf(owner, child).change(owner, undefined).collect).toEqual(['c']);
  });

  test('another object under the same name: the children of the first', () => {
    const another = { ...owner, metadata: { ...owner.metadata, uid: 'o2' } };
    expect(graphOf(owner, child).change(owner, another).collect).toEqual(['c']);
  });

  test('a foreground deletion: the owner and its children', () => {
    const doomed = object('o', { deleting: true, finalizers: ['foregroundDeletion'] });
    expect(graphOf(owner, child).change(owner, doomed).collect).toEqual(['o', 'c']);
  });

  test('the last child of a waiting owner gone: the owner', () => {
    const doomed = object('o', { deleting: true, finalizers: ['foregroundDeletion'] });
    expect(graphOf(doomed, child).change(child, undefined).collect).toEqual(['o']);
  });

  test('a child that stops blocking a waiting owner: the owner', () => {
    const doomed = object('o', { deleting: true, finalizers: ['foregroundDeletion'] });
    const free = object('c', { owners: [ownedBy('o', false)] });
    expect(graphOf(doomed, child).change(child, free).collect).toContain('o');
  });

  test('an orphaning deletion: the owner, to leave its children', () => {
    const leaving = object('o', { deleting: true, finalizers: ['orphan'] });
    expect(graphOf(owner, child).change(owner, leaving).orphan).toEqual(['o']);
  });
});
