/** Policies of the native strategies for a shop, and what is never to be seen of its pods. */
import type { KubeObject } from '../api/object.ts';
import type { RollingSpec } from '../api/strategy.ts';
import type { Recording } from './recorder.ts';
import type { Shop } from './shop.ts';

type Attached = Parameters<Shop['attach']>[0];

/** Quick, without a bake unless `rest` says so. */
export function rolling(
  spec: Partial<Omit<RollingSpec, 'stages'>> & {
    stages?: Partial<RollingSpec['stages'][number]>[];
  },
  rest: Partial<Attached> = {},
): Attached {
  const stages = (spec.stages ?? []) as RollingSpec['stages'];
  return { strategy: { rolling: { ...spec, stages } }, bake: '0s', ...rest };
}

export function recreate(rest: Partial<Attached> = {}): Attached {
  return { strategy: { recreate: {} }, bake: '0s', ...rest };
}

interface Sizes {
  wanted: number;
  ready: number;
}

/** Every state of the sets of this shop that was ever stored: pods wanted and ready, by image. */
export function setHistory(recording: Recording, app: string): Record<string, Sizes>[] {
  const now = new Map<string, { image: string; sizes: Sizes }>(
    recording.initial
      .filter((set) => set.kind === 'ReplicaSet' && labelsOf(set)['app'] === app)
      .map((set) => [set.metadata.name, { image: imageOf(set), sizes: sizesOf(set) }]),
  );
  return recording.changes.flatMap(({ deleted, object }) => {
    if (object.kind !== 'ReplicaSet' || labelsOf(object)['app'] !== app) return [];
    if (deleted) now.delete(object.metadata.name);
    else now.set(object.metadata.name, { image: imageOf(object), sizes: sizesOf(object) });
    return [Object.fromEntries([...now.values()].map(({ image, sizes }) => [image, sizes]))];
  });
}

interface SetParts {
  spec: {
    replicas: number;
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: { image: string }[] };
    };
  };
  status?: { readyReplicas?: number };
}

const parts = (set: KubeObject) => set as unknown as SetParts;
const labelsOf = (set: KubeObject) => parts(set).spec.template.metadata.labels;
const imageOf = (set: KubeObject) => parts(set).spec.template.spec.containers[0]?.image ?? '';

function sizesOf(set: KubeObject): Sizes {
  const { spec, status } = parts(set);
  return { wanted: spec.replicas, ready: status?.readyReplicas ?? 0 };
}
