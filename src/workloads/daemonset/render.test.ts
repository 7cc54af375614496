/** The writes of a DaemonSet: held, changed pod by pod, let go. */
import { expect, test } from 'vitest';
import type { PodOnNode, WorkloadIntent } from '../../ports/workload.ts';
import { type DaemonObject, daemons, OWN } from '../../testing/daemon-objects.ts';
import { template } from '../../testing/deployment-objects.ts';
import { daemonSetWorkload } from './index.ts';

const KEPT = { 'segue.dev/held': JSON.stringify({ strategy: OWN }) };
const FORGET = { op: 'remove', path: '/metadata/annotations/segue.dev~1held' };
const PUT_BACK = { op: 'replace', path: '/spec/updateStrategy', value: OWN };

function bodies(intent: WorkloadIntent, options: DaemonObject = {}, pods = 'v1 v1'): unknown[] {
  return daemonSetWorkload
    .render(intent, daemons(pods, options))
    .map((write) => (write.op === 'Patch' ? write.body : write));
}

const on = (node: string): PodOnNode => ({ name: `agent-${node}`, uid: `uid-${node}`, node });

test('the hold is one write, with what its user wrote', () => {
  const hold = {
    metadata: { annotations: KEPT },
    spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } },
  };
  expect(bodies({ held: true }, { held: false })).toEqual([hold]);
  expect(bodies({ held: true }, { strategy: { type: 'RollingUpdate' } })).toEqual([hold]);
  expect(bodies({ held: true })).toEqual([]);
});

test('a template is written only when it is held, and pods go only when that was seen', () => {
  const nodes = { evict: [on('n0')], delete: [] };
  const back = { held: true, template: template('v1'), nodes };
  expect(bodies(back, { held: false })).toMatchObject([{ spec: {} }]);
  expect(bodies(back)).toMatchObject([[{ op: 'replace', path: '/spec/template' }]]);
  expect(bodies(back, { version: 'v1', status: { observedGeneration: 2 } })).toEqual([]);
  expect(bodies(back, { version: 'v1' })).toMatchObject([{ op: 'Delete', evict: true }]);
});

test('a template in place of what its user wrote says so, in the same write', () => {
  const back = { held: true, template: template('v1'), standIn: true as const };
  const marked = { ...KEPT, 'segue.dev/held': JSON.stringify({ strategy: OWN, standIn: true }) };
  const mark = { op: 'add', path: '/metadata/annotations/segue.dev~1held' };
  expect(bodies(back)).toMatchObject([
    [{ path: '/spec/template' }, { ...mark, value: marked['segue.dev/held'] }],
  ]);
  const objects = daemons('v1 v1', { version: 'v1' });
  Object.assign(objects.target!.metadata, { annotations: marked });
  expect(daemonSetWorkload.observe(objects, undefined)?.nodes?.standIn).toBe(true);
  const [write] = daemonSetWorkload.render({ held: true, template: template('v3') }, objects);
  expect(write).toMatchObject({
    body: [{ path: '/spec/template' }, { ...mark, value: KEPT['segue.dev/held'] }],
  });
});

test('those that serve nobody are deleted, the others asked', () => {
  const writes = bodies({ held: true, nodes: { evict: [on('n0')], delete: [on('n1')] } });
  expect(writes).toMatchObject([
    { op: 'Delete', uid: 'uid-n1', target: { kind: 'Pod', namespace: 'shop', name: 'agent-n1' } },
    { op: 'Delete', uid: 'uid-n0', evict: true },
  ]);
  expect(writes[0]).not.toHaveProperty('evict');
});

test('let go it is as its user wrote it, unless somebody has written it since', () => {
  const same = { version: 'v1' };
  expect(bodies({ held: false }, same)).toEqual([[PUT_BACK, FORGET]]);
  expect(bodies({ held: false }, { ...same, strategy: { type: 'RollingUpdate' } })).toEqual([
    [FORGET],
  ]);
  expect(bodies({ held: false }, { ...same, held: false })).toEqual([]);
  // Its own controller would begin to release that.
  expect(bodies({ held: false })).toEqual([]);
});
