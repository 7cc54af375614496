/** The set of a fresh baseline: what it is made of, who sees it, and that it goes. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseIntent } from '../../ports/workload.ts';
import type { CreateWrite, Write } from '../../ports/write.ts';
import {
  deployment,
  type DeploymentOptions,
  OWNERS,
  RELEASE,
  releaseIntent,
  replicaSet,
  template,
} from '../../testing/deployment-objects.ts';
import { deploymentWorkload } from './index.ts';

const OLD = replicaSet('old', { revision: 1 });
const NEW = replicaSet('new', { version: 'v2', owner: 'Release' });
const MARK = { 'segue.dev/fresh': RELEASE.uid };

/** As Segue made it. */
function freshSet({
  replicas = 4,
  current,
  by = RELEASE.uid,
}: { replicas?: number; current?: number; by?: string } = {}): KubeObject {
  const set = replicaSet('old', {
    replicas,
    owner: 'Release',
    ...(current !== undefined && { current }),
  });
  const labels = { ...set.metadata.labels, 'segue.dev/fresh': by, 'segue.dev/release': by };
  const [second, first] = set.metadata.ownerReferences ?? [];
  const ownerReferences = second && first ? [second, { ...first, uid: by }] : [];
  return {
    ...set,
    metadata: { ...set.metadata, name: 'web-old-fresh', uid: 'uid-fresh', labels, ownerReferences },
  };
}

const wants = (replicas: number): Partial<ReleaseIntent> => ({
  fresh: { hash: 'old', template: template('v1'), replicas },
});

function render(
  intent: Partial<ReleaseIntent>,
  sets: KubeObject[],
  target: DeploymentOptions = {},
): Write[] {
  const objects = { namespace: 'shop', target: deployment(target), sets };
  return deploymentWorkload.render({ held: true, release: releaseIntent(intent) }, objects);
}

function brief(writes: Write[]): string[] {
  return writes.map((write) => {
    if (write.op === 'Create') return `Create ${write.object.metadata.name}`;
    const on = `${write.op} ${write.target.name}`;
    return write.op === 'Delete' ? on : `${on} ${JSON.stringify(write.body)}`;
  });
}

describe('is made', () => {
  const [write] = render(wants(2), [OLD, NEW]) as CreateWrite[];
  const { metadata, spec } = (write?.object ?? {}) as {
    metadata: KubeObject['metadata'];
    spec: { replicas: number; selector: unknown; template: { metadata: unknown; spec: unknown } };
  };

  test('with pods that the Service of the old version selects, and that no other set takes for its own', () => {
    const labels = { app: 'web', 'pod-template-hash': 'old', ...MARK };
    expect(spec).toMatchObject({
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: template('v1')['spec'] },
    });
  });

  test("as the Release's, and with nothing by which the Deployment would take it up", () => {
    expect(metadata.labels).toEqual({
      'pod-template-hash': 'old',
      'segue.dev/release': RELEASE.uid,
      ...MARK,
    });
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: OWNERS.Deployment.uid },
      OWNERS.Release,
    ]);
  });

  test('with a name that is of this release only', () => {
    const other = { ...RELEASE, uid: 'uid-release-of-another-time' };
    const [again] = render({ ...wants(2), owner: other }, [OLD]) as CreateWrite[];
    expect(metadata.name).toMatch(/^web-old-fresh-[0-9a-f]{8}$/);
    expect(again?.object.metadata.name).toMatch(/^web-old-fresh-[0-9a-f]{8}$/);
    expect(again?.object.metadata.name).not.toBe(metadata.name);
  });
});

test.each<[string, Partial<ReleaseIntent>, KubeObject[], string[]]>([
  ['is sized', wants(2), [freshSet()], ['Patch web-old-fresh {"spec":{"replicas":2}}']],
  ['is left where it is as wanted', wants(4), [freshSet()], []],
  ['is left where nothing is said of it', {}, [freshSet()], []],
  ['is emptied first', wants(0), [freshSet()], ['Patch web-old-fresh {"spec":{"replicas":0}}']],
  [
    'is not deleted before its pods are gone',
    wants(0),
    [freshSet({ replicas: 0, current: 1 })],
    [],
  ],
  ['is deleted then', wants(0), [freshSet({ replicas: 0 })], ['Delete web-old-fresh']],
  ['is not made to be emptied', wants(0), [], []],
  [
    'of another release is that one’s',
    wants(0),
    [freshSet({ replicas: 0, by: 'uid-of-another' })],
    [],
  ],
])('%s', (_, intent, sets, writes) => {
  expect(brief(render(intent, [OLD, NEW, ...sets]))).toEqual(writes);
});

test('goes with all that the release owns when the Deployment is gone', () => {
  const release = releaseIntent({ candidateWanted: 'Absent' });
  const objects = { namespace: 'shop', target: undefined, sets: [freshSet()] };
  expect(brief(deploymentWorkload.render({ held: true, release }, objects))).toEqual([
    'Delete web-old-fresh',
  ]);
});

test('is nothing that started while the hold was lost, and no version', () => {
  const sets = { stable: 'web-old', candidate: 'web-new' };
  const objects = { namespace: 'shop', target: deployment(), sets: [OLD, NEW, freshSet()] };
  const state = deploymentWorkload.observe(objects, sets);
  expect(state).toMatchObject({
    strays: [],
    owned: [{ name: 'web-old' }],
    running: { name: 'web-old' },
    fresh: { name: 'web-old-fresh', replicas: 4 },
  });
  const without = { ...objects, sets: [OLD, NEW] };
  expect(deploymentWorkload.observe(without, sets)).not.toHaveProperty('fresh');
});
