/** Which writes a StatefulSet is missing: its hold, its moves, and the pods that go back. */
import { describe, expect, test } from 'vitest';
import type { OrdinalsIntent, WorkloadIntent } from '../../ports/workload.ts';
import type { Write } from '../../ports/write.ts';
import { releaseIntent, template } from '../../testing/deployment-objects.ts';
import { HELD, HOLD, OWN, stateful, type StatefulObject } from '../../testing/stateful-objects.ts';
import { statefulSetWorkload } from './index.ts';

const CANDIDATE = { name: 'db-v2', hash: 'db-v2', template: template('v2') };

function during(ordinals: OrdinalsIntent, rest: Partial<WorkloadIntent> = {}): WorkloadIntent {
  const release = releaseIntent({ stable: 'db-v1', candidate: CANDIDATE, ordinals });
  return { held: ordinals.phase !== 'Move', release, ...rest };
}

function render(intent: WorkloadIntent, pods: string, options: StatefulObject = {}) {
  return statefulSetWorkload.render(intent, stateful(pods, options)).map(shown);
}

function shown(write: Write): unknown {
  if (write.op === 'Delete') return `delete ${write.target.name}`;
  return write.op === 'Patch' ? write.body : write;
}

const partition = (value: number) => ({
  metadata: { annotations: { [HELD]: JSON.stringify({ partition: value, strategy: OWN }) } },
  spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: value } } },
});
const HELD_BY = partition(HOLD);
const putBack = (version: string) => [
  expect.objectContaining({
    path: '/spec/template',
    value: expect.objectContaining({ spec: template(version)['spec'] }),
  }) as unknown,
];
const HOLDING: OrdinalsIntent = { phase: 'Hold' };
const BACK: OrdinalsIntent = { phase: 'Back' };

describe('the hold', () => {
  test('keeps what its user wrote in the write that replaces it', () => {
    expect(render({ held: true }, 'v1 v1', { partition: undefined, version: 'v1' })).toEqual([
      HELD_BY,
    ]);
    const strategy = { type: 'OnDelete' };
    const [write] = render({ held: true }, 'v1', { partition: undefined, strategy });
    expect(JSON.stringify(write)).toContain(String.raw`{\"type\":\"OnDelete\"}`);
  });

  test('is written once, and only where it was not changed meanwhile', () => {
    expect(render({ held: true }, 'v1 v1')).toEqual([]);
    const objects = stateful('v1', { partition: undefined });
    expect(statefulSetWorkload.render({ held: true }, objects)).toMatchObject([
      { resourceVersion: '10' },
    ]);
  });

  test('comes back whatever somebody wrote, with what its user had before', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
    expect(render(during(HOLDING), 'v1 v2', { strategy })).toEqual([HELD_BY]);
  });

  test('waits until the controller has called the new version complete', () => {
    expect(render(during(HOLDING), 'v2 v2', { partition: 0 })).toEqual([]);
    expect(render(during(HOLDING), 'v2 v2', { partition: 0, base: 'db-v2' })).toEqual([HELD_BY]);
  });
});

describe('a move', () => {
  test('lowers the partition to the highest by which so many pods have the version', () => {
    expect(render(during({ phase: 'Move', updated: 1 }), 'v1 v1 v1 v1')).toEqual([partition(3)]);
    expect(render(during({ phase: 'Move', updated: 2 }), 'v1 v2 v1 v1')).toEqual([partition(3)]);
  });

  test('writes nothing where it leads there already', () => {
    const move = during({ phase: 'Move', updated: 2 });
    expect(render(move, 'v1 v1 v2- v2', { partition: 2 })).toEqual([]);
  });

  test('back by the template: that first, then the partition, then the pods that are broken', () => {
    const move = during({ phase: 'Move', updated: 2 }, { template: template('v1') });
    const all = { base: 'db-v2', partition: 0 };
    expect(render(move, 'v2 v2', { base: 'db-v2' })).toEqual([putBack('v1')]);
    const back = { ...all, version: 'v1' };
    expect(render(move, 'v2 v2', { ...back, partition: HOLD })).toEqual([partition(0)]);
    expect(render(move, 'v2- v2-', back)).toEqual(['delete db-1', 'delete db-0']);
    expect(render(move, 'v2 v2', back)).toEqual([]);
  });

  test('back by the template never waits for a pod below the partition', () => {
    const one = during({ phase: 'Move', updated: 1 }, { template: template('v1') });
    const back = { base: 'db-v2', version: 'v1' };
    const top = { ...back, partition: 3 };
    expect(render(one, 'v2 v2 v2 v2', { ...back, partition: HOLD })).toEqual([partition(3)]);
    expect(render(one, 'v2 v2- v2 v2', top)).toEqual([partition(1)]);
    expect(render(one, 'v2 v2- v2 v2', { ...back, partition: 1 })).toEqual(['delete db-1']);
    // On its way out it is not ready either, and comes with what is below the partition.
    expect(render(one, 'v2 v2! v2 v2', { ...back, partition: 1 })).toEqual([]);
  });

  test('back begins where it is held: a template that is written by a low partition would go out at once', () => {
    const one = during({ phase: 'Move', updated: 1 }, { template: template('v1') });
    expect(render(one, 'v2 v2 v2', { base: 'db-v2', partition: 0 })).toEqual([partition(3)]);
  });
});

describe('the way back under the hold', () => {
  test('replaces the highest first, one by one, while all pods serve', () => {
    expect(render(during(BACK), 'v1 v2 v2 v2')).toEqual(['delete db-3']);
    expect(render(during(BACK), 'v1 v2 v2 v1-')).toEqual([]);
    expect(render(during(BACK), 'v1 v2 v2 .')).toEqual([]);
    expect(render(during(BACK), 'v1 v2 v2 v2!')).toEqual([]);
  });

  test('replaces what serves nobody at once', () => {
    expect(render(during(BACK), 'v1 v2- v2 v2-')).toEqual(['delete db-3', 'delete db-1']);
  });

  test('late, it waits for no pod but one that goes or is missing', () => {
    const late: OrdinalsIntent = { phase: 'Back', late: true };
    expect(render(during(late), 'v1- v1 v2 v2')).toEqual(['delete db-3']);
    expect(render(during(late), 'v1- v1 v2 .')).toEqual([]);
    expect(render(during(late), 'v1- v1 v2 v2!')).toEqual([]);
  });

  test('touches no pod before the hold is stored and seen, or where it would come back the same', () => {
    expect(render(during(BACK), 'v1 v2', { partition: 1 })).toEqual([HELD_BY]);
    expect(render(during(BACK), 'v1 v2', { status: { observedGeneration: 2 } })).toEqual([]);
    expect(render(during(BACK), 'v2 v2', { base: 'db-v2' })).toEqual([]);
  });

  test('deletes only the very pod that was seen', () => {
    expect(statefulSetWorkload.render(during(BACK), stateful('v1 v2'))).toMatchObject([
      { op: 'Delete', uid: 'uid-1-v2', target: { kind: 'Pod', namespace: 'shop', name: 'db-1' } },
    ]);
  });
});

describe('at a hold', () => {
  test('pods of neither version go, and those of the candidate that are too many', () => {
    expect(render(during(HOLDING), 'v1 v3 v2')).toEqual(['delete db-1']);
    expect(render(during({ phase: 'Hold', most: 1 }), 'v1 v2 v2 v2')).toEqual(['delete db-2']);
    expect(render(during({ phase: 'Hold', most: 3 }), 'v1 v2 v2 v2')).toEqual([]);
  });
});

describe('without a release', () => {
  const keep = { set: 'db-v1', owner: { name: 'db', uid: 'uid-policy' } };

  test('pods that were started while it was not held go', () => {
    expect(render({ held: true, keep }, 'v1 v2')).toEqual(['delete db-1']);
    expect(render({ held: true }, 'v1 v2')).toEqual([]);
  });

  test('what has all pods goes by the template, once that is put back', () => {
    const all = { base: 'db-v2' };
    const intent = { held: true, keep, template: template('v1') };
    expect(render(intent, 'v2 v2', all)).toEqual([putBack('v1')]);
    expect(render({ held: true, keep }, 'v2 v2', { ...all, version: 'v1' })).toEqual([
      partition(0),
    ]);
    expect(render({ held: true, keep }, 'v1 v1', { version: 'v1', partition: 0 })).toEqual([
      HELD_BY,
    ]);
  });

  test('let go it is as its user wrote it, but never with a template that would go out', () => {
    const put = [
      { op: 'replace', path: '/spec/updateStrategy', value: OWN },
      { op: 'remove', path: '/metadata/annotations/segue.dev~1held' },
    ];
    expect(render({ held: false }, 'v1 v1', { version: 'v1' })).toEqual([put]);
    expect(render({ held: false }, 'v1 v1', { version: 'v2' })).toEqual([]);
    expect(render({ held: false, template: template('v1') }, 'v1 v1')).toEqual([putBack('v1')]);
    expect(render({ held: false }, 'v1 v1', { version: 'v1', partition: undefined })).toEqual([]);
  });
});
