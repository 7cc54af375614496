/** What is seen of a StatefulSet whose versions somebody has deleted. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { statefulSetWorkload } from './index.ts';

const target: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web', namespace: 'shop', generation: 2 },
  spec: { replicas: 1 },
  status: { observedGeneration: 2, currentRevision: 'web-v1', updateRevision: 'web-v2' },
};

function pod(revision: string): KubeObject {
  const metadata = { name: 'web-0', labels: { 'controller-revision-hash': revision } };
  return { apiVersion: 'v1', kind: 'Pod', metadata };
}

test('a version that was deleted is there as long as it has pods', () => {
  const seen = (revision: string) =>
    statefulSetWorkload.observe(
      { namespace: 'shop', target, sets: [], pods: [pod(revision)], revisions: [] },
      { stable: 'web-v1', candidate: 'web-v2' },
    );
  expect(seen('web-v2')?.candidate).toMatchObject({ name: 'web-v2', current: 1, ready: 0 });
  expect(seen('web-v1')?.candidate).toBeUndefined();
  // What users have is no first deploy, and is not released from.
  expect(seen('web-v1')?.owned).toMatchObject([{ name: 'web-v1', current: 1 }]);
  expect(seen('web-v1')?.running).toBeUndefined();
  expect(seen('web-v1')?.unsettledBecause).toContain('ControllerRevision of that is gone');
});
