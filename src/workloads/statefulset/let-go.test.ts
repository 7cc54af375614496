/** A StatefulSet that is let go: what its user wrote comes back, unless somebody has written it since. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { statefulSetWorkload } from './index.ts';
import { HELD_ANNOTATION } from '../../api/group.ts';
import { HOLD } from './view.ts';

const FORGET = { op: 'remove', path: '/metadata/annotations/segue.dev~1held' };

function target(stored: number, written = HOLD): KubeObject {
  const held = JSON.stringify({ partition: written, strategy: { type: 'OnDelete' } });
  const rollingUpdate = { partition: stored };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: 'shop', annotations: { [HELD_ANNOTATION]: held } },
    spec: { replicas: 0, updateStrategy: { type: 'RollingUpdate', rollingUpdate } },
  };
}

function bodies(set: KubeObject): unknown[] {
  const objects = { namespace: 'shop', target: set, sets: [], pods: [], revisions: [] };
  return statefulSetWorkload
    .render({ held: false }, objects)
    .map((write) => write.op === 'Patch' && write.body);
}

test('what its user wrote is put back, with nothing of Segue left', () => {
  const strategy = { op: 'replace', path: '/spec/updateStrategy', value: { type: 'OnDelete' } };
  expect(bodies(target(HOLD))).toEqual([[strategy, FORGET]]);
});

test('what somebody wrote since stays, and what Segue kept goes', () => {
  expect(bodies(target(2))).toEqual([[FORGET]]);
});
