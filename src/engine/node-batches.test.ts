/** The arithmetic of batches of nodes. */
import { describe, expect, test } from 'vitest';
import type { NodesState } from '../ports/workload.ts';
import { batchLimits, goingNow, nextBatch, standingOf } from './node-batches.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');

/** `v1`, `v2-` where it is not ready, `v1@b` in the zone b, `.` without a pod. */
function nodes(text: string, readySince?: string): NodesState {
  const here = text.split(' ').map((one, i) => {
    const [, hash = '', sign = '', , zone] = /^([v\d.]+)(-?)(@(\w))?$/.exec(one) ?? [];
    const name = `n${i}`;
    const pod = { name: `p${i}`, uid: `u${i}`, node: name, hash, ready: sign === '', readySince };
    const labels: Record<string, string> = zone === undefined ? {} : { zone };
    return { name, labels, pod: hash === '.' ? undefined : pod };
  });
  return { here, away: [], kept: true, standIn: false, maxUnavailable: 1, earlier: [] };
}

function at(text: string, rest: { label?: string; minReadySeconds?: number; since?: string } = {}) {
  const { label, minReadySeconds = 0, since } = rest;
  const replicas = text.split(' ').length;
  const state = nodes(text, since);
  return standingOf(state, { now: NOW, replicas, hash: 'v2', minReadySeconds, label });
}

const names = (pods: readonly { node: string }[]) => pods.map(({ node }) => node).join(' ');

describe('nodes stand', () => {
  test('with those that are done, and the others in their order', () => {
    const { moved, ready, old, missing } = at('v1 v2 v1- v2- . v0');
    expect({ moved, ready, missing }).toEqual({ moved: 3, ready: 1, missing: 3 });
    expect(names(old)).toBe('n2 n0 n5');
  });

  test('by the values of a label, those without it last', () => {
    expect(names(at('v1 v1@b v1@a v1@b v1-@b', { label: 'zone' }).old)).toBe('n2 n4 n1 n3 n0');
  });

  test('missing until they have been ready for long enough', () => {
    const since = '2026-01-01T00:09:50Z';
    const fresh = at('v1 v2', { minReadySeconds: 30, since });
    expect(fresh).toMatchObject({ missing: 2, soonestMs: NOW + 20_000 });
    expect(at('v1 v2', { minReadySeconds: 5, since })).toMatchObject({ missing: 0 });
  });
});

describe('a batch', () => {
  test('is as large as is said, and goes no further than the goal', () => {
    const standing = at('v1 v1 v1 v2');
    expect(nextBatch(standing, { goal: 4, batch: 2 })).toEqual({ end: 3, group: '' });
    expect(nextBatch(standing, { goal: 2, batch: 2 })).toEqual({ end: 2, group: '' });
    expect(nextBatch(standing, { goal: 1, batch: 2 })).toBeUndefined();
    expect(nextBatch(at('v2 v2'), { goal: 2, batch: 2 })).toBeUndefined();
  });

  test('is of one value of the label', () => {
    const standing = at('v1@b v1@a v1@b v1@a', { label: 'zone' });
    const batch = nextBatch(standing, { goal: 4, batch: 3 });
    expect(batch).toEqual({ end: 2, group: 'a' });
    expect(names(goingNow(standing, batch!, 9))).toBe('n1 n3');
  });

  test('goes as far as pods may be missing, and all that serve nobody', () => {
    const all = { end: 5, group: '' };
    expect(names(goingNow(at('v1 v1 v1 v1 v1'), all, 2))).toBe('n0 n1');
    expect(names(goingNow(at('v1 v1 v1 v1 .'), all, 2))).toBe('n0');
    expect(names(goingNow(at('v1 v1- v1- v1 v1'), all, 2))).toBe('n1 n2');
    expect(names(goingNow(at('v1 v1 v1 v1 v2'), { end: 2, group: '' }, 2))).toBe('n0');
  });
});

test.each([
  [undefined, 1, { batch: 1, missing: 1 }],
  [undefined, '30%', { batch: 3, missing: 3 }],
  [undefined, 0, { batch: 1, missing: 1 }],
  [undefined, undefined, { batch: 1, missing: 1 }],
  [{ batch: '25%' }, 1, { batch: 3, missing: 1 }],
  [{ batch: '4' }, undefined, { batch: 4, missing: 4 }],
  [{ batch: '4', maxUnavailable: '2' }, 1, { batch: 4, missing: 2 }],
  [{ nodesBy: 'zone' }, 2, { batch: Infinity, missing: 2 }],
  [{ nodesBy: 'zone' }, undefined, { batch: Infinity, missing: 10 }],
  [{ nodesBy: 'zone', batch: '2' }, 1, { batch: 2, missing: 1 }],
])('of ten nodes %j with its own %j are %j', (roll, own, limits) => {
  expect(batchLimits(roll, own, 10)).toEqual(limits);
});
