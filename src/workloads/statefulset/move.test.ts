/** A StatefulSet that is moved pod by pod: how its partition goes down. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseIntent } from '../../ports/workload.ts';
import { releaseIntent } from '../../testing/deployment-objects.ts';
import { statefulSetWorkload } from './index.ts';
import { HELD_ANNOTATION } from '../../api/group.ts';
import { HOLD } from './view.ts';

const REPLICAS = 4;

/** With the version of each pod, the lowest ordinal first, and the partition that Segue wrote last. */
function objects(versions: string[], partition: number) {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  const target: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'web',
      generation: 2,
      annotations: { [HELD_ANNOTATION]: JSON.stringify({ partition, strategy }) },
    },
    spec: {
      replicas: REPLICAS,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
    },
    status: { observedGeneration: 2, currentRevision: 'web-v1', updateRevision: 'web-v2' },
  };
  const pods = versions.map((version, ordinal): KubeObject => {
    const labels = { 'controller-revision-hash': `web-${version}` };
    const metadata = { name: `web-${ordinal}`, uid: `uid-${ordinal}`, labels };
    return { apiVersion: 'v1', kind: 'Pod', metadata };
  });
  return { namespace: 'shop', target, sets: [], pods, revisions: [] };
}

/** The partition that is written; undefined where it stays. */
function moved(versions: string[], partition: number, updated: number): number | undefined {
  const ordinals = { phase: 'Move', updated } as const;
  const release: ReleaseIntent = { ...releaseIntent({}), stable: 'web-v1', ordinals };
  const intent = { held: false, release };
  const [write] = statefulSetWorkload.render(intent, objects(versions, partition));
  if (write?.op !== 'Patch') return undefined;
  const { spec } = write.body as {
    spec: { updateStrategy: { rollingUpdate: { partition: number } } };
  };
  return spec.updateStrategy.rollingUpdate.partition;
}

test('one pod more is one write', () => {
  expect(moved(['v1', 'v1', 'v1', 'v1'], HOLD, 1)).toBe(3);
  expect(moved(['v1', 'v1', 'v1', 'v2'], 3, 1)).toBeUndefined();
  expect(moved(['v1', 'v1', 'v1', 'v2'], 3, 2)).toBe(2);
});

test('pods below the partition that have the version already count', () => {
  expect(moved(['v1', 'v2', 'v1', 'v1'], HOLD, 2)).toBe(3);
  expect(moved(['v1', 'v2', 'v1', 'v2'], 3, 2)).toBeUndefined();
});

test('where it would change more than it is to it goes up again', () => {
  expect(moved(['v1', 'v1', 'v1', 'v2'], 1, 1)).toBe(4);
});
