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

test('a release waits for no revision that its controller has named and somebody has deleted', () => {
  const revision = (name: string, image: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name, namespace: 'shop' },
    data: { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } },
    revision: 1,
  });
  const rollingUpdate = { partition: 2_147_483_647 };
  const held = JSON.stringify({ partition: 2_147_483_647, strategy: { type: 'RollingUpdate' } });
  const template = { spec: { containers: [{ name: 'web', image: 'v2' }] } };
  const spec = { replicas: 1, template, updateStrategy: { type: 'RollingUpdate', rollingUpdate } };
  const metadata = { ...target.metadata, annotations: { 'segue.dev/held': held } };
  const seen = (revisions: KubeObject[]) =>
    statefulSetWorkload.observe(
      {
        namespace: 'shop',
        target: { ...target, metadata, spec },
        pods: [pod('web-v1')],
        revisions,
        sets: [],
      },
      undefined,
    );
  expect(seen([revision('web-v1', 'v1')])).toMatchObject({
    settled: true,
    next: { name: 'web-v2' },
  });
  // It is that of another template.
  expect(seen([revision('web-v1', 'v1'), revision('web-v2', 'v3')])?.settled).toBe(false);
});

test('pods beyond the last, which go because it was scaled down, say nothing of the version that users have', () => {
  const revision = (name: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name, namespace: 'shop' },
    data: { spec: { template: {} } },
  });
  const of = (name: string, version: string): KubeObject => {
    const seen = pod(version);
    return { ...seen, metadata: { ...seen.metadata, name } };
  };
  const pods = [of('web-0', 'web-v1'), of('web-1', 'web-v2')];
  const revisions = [revision('web-v1'), revision('web-v2')];
  const objects = { namespace: 'shop', sets: [], pods, revisions };
  const seen = (replicas: number) =>
    statefulSetWorkload.observe(
      { ...objects, target: { ...target, spec: { replicas } } },
      undefined,
    );
  expect(seen(1)).toMatchObject({
    running: { name: 'web-v1' },
    ordinals: { going: 1 },
    settled: false,
    unsettledBecause: expect.stringMatching(/has 1 pods beyond its 1, of another version/),
  });
  expect(seen(2)?.running).toBeUndefined();
});
