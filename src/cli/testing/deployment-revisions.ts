/** A held Deployment and its ReplicaSets, with the numbers that the history of a Deployment has. */
import type { KubeObject } from '../../api/object.ts';

export const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image }] },
});
export const version = (hash: string, image: string, revision?: number) => ({
  hash,
  replicaSet: `web-${hash}`,
  images: [image],
  templateHash: hash,
  template: template(image),
  ...(revision !== undefined && { revision }),
});

export function deployment(
  image: string,
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'd1',
      generation: 5,
      resourceVersion: '77',
      ...metadata,
    },
    spec: { paused: true, template: template(image) },
  };
}

export function set(hash: string, image: string, revision: number): KubeObject {
  const { metadata, spec } = template(image);
  const labels = { ...metadata.labels, 'pod-template-hash': hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${hash}`,
      namespace: 'shop',
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd1', controller: true },
      ],
    },
    spec: { template: { metadata: { labels }, spec } },
  };
}
