/** The writes of rolling and recreate, one situation a row, in their order. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { NativeIntent, WorkloadIntent } from '../../ports/workload.ts';
import {
  deployment,
  type DeploymentOptions,
  releaseIntent,
  replicaSet,
  ROLLING,
  template,
} from '../../testing/deployment-objects.ts';
import { deploymentWorkload } from './index.ts';

const BRAKE = 1_000_000_000;
const NEVER = 2_147_483_647;
const FIRST = { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 } as const;
const strategyOf = (maxSurge: number, maxUnavailable: number | string) => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable },
});

function intent(native: Partial<NativeIntent>, rest: Partial<WorkloadIntent> = {}): WorkloadIntent {
  const own = {
    minReadySeconds: 7,
    progressDeadlineSeconds: 600,
    move: FIRST,
    phase: 'Move' as const,
  };
  const release = releaseIntent({ strategy: ROLLING, native: { ...own, ...native } });
  return { held: native.phase !== undefined && native.phase !== 'Move', release, ...rest };
}

function render(wanted: WorkloadIntent, target: DeploymentOptions, sets: KubeObject[]): string[] {
  const objects = { namespace: 'shop', target: deployment(target), sets };
  return deploymentWorkload.render(wanted, objects).map((write) => {
    if (write.op === 'Create') {
      const { spec, metadata } = write.object as KubeObject & { spec: Record<string, unknown> };
      const owner = metadata.ownerReferences?.find((one) => one.controller)?.kind;
      return `Create ${metadata.name} x${String(spec['replicas'])} ${String(spec['minReadySeconds'])} of ${owner}`;
    }
    const on = `${write.op} ${write.target.name}`;
    return write.op === 'Delete' ? on : `${on} ${JSON.stringify(write.body)}`;
  });
}

const braked = (extra: Record<string, unknown> = {}) => ({
  spec: { minReadySeconds: BRAKE, progressDeadlineSeconds: NEVER, ...extra },
});
const begun = (extra: Record<string, unknown> = {}) => ({
  ...braked({ strategy: strategyOf(1, 0), ...extra }),
  labels: { 'segue.dev/rolling': '1-0' },
});
const OLD = replicaSet('old', { revision: 1 });

/** The new set as its controller has it, with what of it matters here. */
function fresh(replicas: number, { revision = 2, minReadySeconds = BRAKE, available = 0 } = {}) {
  const set = replicaSet('new', { version: 'v2', replicas, ...(revision > 0 && { revision }) });
  Object.assign(set['spec'] as object, { minReadySeconds });
  Object.assign(set['status'] as object, { availableReplicas: available });
  return set;
}

function desired(set: KubeObject, replicas: string): KubeObject {
  const annotations = { ...set.metadata.annotations };
  annotations['deployment.kubernetes.io/desired-replicas'] = replicas;
  return { ...set, metadata: { ...set.metadata, annotations } };
}

describe('a move', () => {
  const resumed =
    'Patch web {"metadata":{"labels":{"segue.dev/rolling":"1-0"}},"spec":{"paused":false,"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}';
  test.each<[string, DeploymentOptions, KubeObject[], string[]]>([
    [
      'first the brake, still paused',
      {},
      [OLD],
      [
        'Patch web {"metadata":{"labels":{"segue.dev/rolling":"1-0"}},"spec":{"minReadySeconds":1000000000,"progressDeadlineSeconds":2147483647,"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}',
      ],
    ],
    [
      'not while the Deployment controller counts other pods than are seen: the numbers are of what is seen',
      { status: { replicas: 10 } },
      [OLD],
      [],
    ],
    ['then the empty set', begun(), [OLD], ['Create web-new x0 1000000000 of Deployment']],
    [
      'not before its controller has seen the template, by which it would be an old one',
      { ...begun(), status: { observedGeneration: 2 } },
      [OLD],
      [],
    ],
    ['which its controller has to number', begun(), [OLD, fresh(0, { revision: 0 })], []],
    ['and to put the brake on', begun(), [OLD, fresh(0, { minReadySeconds: 0 })], []],
    ['until none of its pods counts', begun(), [OLD, fresh(1, { available: 1 })], []],
    [
      'and to have seen the Deployment',
      { ...begun(), status: { observedGeneration: 2 } },
      [OLD, fresh(0)],
      [],
    ],
    [
      'while a set is seen as it was before the Deployment was scaled, nothing',
      begun(),
      [desired(OLD, '8'), fresh(0)],
      [],
    ],
    [
      'nor while it counts pods of a set that is not seen',
      { ...begun(), status: { replicas: 7 } },
      [OLD, fresh(0)],
      [],
    ],
    ['then it is resumed', begun(), [desired(OLD, '4'), fresh(0)], [resumed]],
    ['once', { ...begun(), paused: false }, [OLD, fresh(0)], []],
    [
      'with its own numbers, where others were written meanwhile',
      { ...begun({ strategy: strategyOf(3, 1) }), paused: false },
      [OLD, fresh(1)],
      [resumed],
    ],
    [
      'with the brake, where somebody took that off',
      { ...begun({ minReadySeconds: 0 }), paused: false },
      [OLD, fresh(1)],
      ['Patch web {"spec":{"minReadySeconds":1000000000,"progressDeadlineSeconds":2147483647}}'],
    ],
  ])('%s', (_, target, sets, writes) => {
    expect(render(intent({}), target, sets)).toEqual(writes);
  });
});

describe('a hold', () => {
  test('is a pause, on the version of the Deployment that was looked at', () => {
    const wanted = intent({ phase: 'Hold' });
    const objects = {
      namespace: 'shop',
      target: deployment({ ...begun(), paused: false }),
      sets: [OLD, fresh(1)],
    };
    expect(deploymentWorkload.render(wanted, objects)).toMatchObject([
      { body: { spec: { paused: true } }, resourceVersion: '10' },
    ]);
  });

  test('has numbers by which no pod is added or taken when an autoscaler has been there', () => {
    const move = { type: 'RollingUpdate', maxSurge: 2, maxUnavailable: 1 } as const;
    expect(render(intent({ phase: 'Hold', move }), begun(), [OLD, fresh(1)])).toEqual([
      'Patch web {"metadata":{"labels":{"segue.dev/rolling":"2-1-of-4"}},"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":2,"maxUnavailable":"25%"}}}}',
    ]);
  });

  test.each([
    // As it was written, and scaled to fewer and to more pods since, when nobody was there.
    { replicas: 8, maxUnavailable: 3 },
    { replicas: 2, maxUnavailable: 0 },
    { replicas: 1, maxUnavailable: 0 },
    { replicas: 16, maxUnavailable: 6 },
  ])('lets $maxUnavailable of $replicas pods be missing that were 3 of 8', (now) => {
    const moved = {
      ...braked({ replicas: now.replicas, strategy: strategyOf(1, '38%') }),
      labels: { 'segue.dev/rolling': '1-3-of-8' },
    };
    const objects = { namespace: 'shop', target: deployment(moved), sets: [OLD, fresh(1)] };
    const state = deploymentWorkload.observe(objects, { stable: 'web-old', candidate: 'web-new' });
    const { maxUnavailable } = now;
    expect(state?.move).toEqual({ ...FIRST, maxUnavailable, stored: true });
  });

  test.each([
    ['the share that pods are', 3, 8, '38%'],
    ['exactly that many', 7, 99, '8%'],
    ['a number of very many pods', 7, 101, 7],
  ])('writes %s', (_, maxUnavailable, replicas, written) => {
    const move = { type: 'RollingUpdate', maxSurge: 1, maxUnavailable } as const;
    const target = begun({ replicas });
    const [patch] = render(intent({ phase: 'Hold', move }), target, [OLD, fresh(1)]);
    expect(patch).toContain(`"maxUnavailable":${JSON.stringify(written)}`);
  });

  test('reads ready pods as available, which the Deployment does not count', () => {
    const set = fresh(2);
    Object.assign(set['status'] as object, { readyReplicas: 2 });
    const objects = { namespace: 'shop', target: deployment(begun()), sets: [OLD, set] };
    const state = deploymentWorkload.observe(objects, { stable: 'web-old', candidate: 'web-new' });
    expect(state).toMatchObject({ candidate: { available: 2 }, move: { ...FIRST, stored: true } });
  });
});

describe('what is the user’s', () => {
  const putBack =
    'Patch web {"metadata":{"labels":{"segue.dev/rolling":null}},"spec":{"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"},"minReadySeconds":7,"progressDeadlineSeconds":600}}';

  test('comes back when one set is left', () => {
    const emptied = replicaSet('old', { revision: 1, replicas: 0 });
    expect(render(intent({ phase: 'Own' }), begun(), [emptied, fresh(4)])).toEqual([putBack]);
  });

  test('not while there are two, between which the Deployment would move pods', () => {
    expect(render(intent({ phase: 'Own' }), begun(), [OLD, fresh(1)])).toEqual([]);
  });

  test('is not written again', () => {
    expect(render(intent({ phase: 'Own' }), {}, [OLD])).toEqual([]);
  });
});

describe('the way back', () => {
  const back = intent({ phase: 'Back' });

  test('half way: the new set goes to the release, so that the Deployment fills the old one', () => {
    const [write, ...more] = render(back, begun(), [OLD, fresh(2)]);
    expect(write).toMatch(/^Patch web-new .*"kind":"Release"/);
    expect(more).toEqual([]);
  });

  test('at the end: the old set is filled as the release’s', () => {
    const emptied = replicaSet('old', { revision: 1, replicas: 0 });
    const writes = render(back, {}, [emptied, fresh(4)]);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatch(/^Patch web-old .*"kind":"Release".*"spec":\{"replicas":4\}/);
  });

  test('leaves no empty set of the version in the history', () => {
    const gone: WorkloadIntent = {
      ...back,
      release: { ...back.release!, candidateWanted: 'Absent' },
    };
    expect(render(gone, {}, [OLD, fresh(0)])).toEqual(['Delete web-new']);
  });

  test('of a recreate writes the template of the old version, then lets it run', () => {
    const move = { type: 'Recreate' } as const;
    const wanted = intent({ move }, { held: false, template: template('v1') });
    const stopped = replicaSet('old', { revision: 1, replicas: 0 });
    const [written] = render(wanted, {}, [stopped, fresh(4)]);
    expect(written).toMatch(/^Patch web \[\{"op":"replace","path":"\/spec\/template"/);
    expect(render(wanted, { template: template('v1') }, [stopped, fresh(4)])).toEqual([
      'Patch web {"metadata":{"labels":{"segue.dev/rolling":"recreate"}},"spec":{"paused":false,"strategy":{"type":"Recreate","rollingUpdate":null}}}',
    ]);
  });
});
