/** A StatefulSet of the modelled world as its user writes it, and what a checker reads of it. */
import { REVISION_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { HELD_ANNOTATION } from '../api/group.ts';
import { HOLD } from '../workloads/statefulset/view.ts';
import { sizeOf } from './facts.ts';
import type { ModelApi } from './model-api.ts';
import { completed } from './model-kinds.ts';
import { templateOf } from './objects.ts';

export { HELD_ANNOTATION, HOLD };

export function statefulObject(spec: Record<string, unknown>, image: string): KubeObject {
  const selector = { matchLabels: { app: 'web' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ...structuredClone(spec), serviceName: 'web', selector, template: templateOf(image) },
  };
}

/** As the server stores what its user wrote. */
export function ownStrategy(spec: Record<string, unknown>): unknown {
  const object = statefulObject(spec, '');
  completed(object);
  return strategyOf(object);
}

export function strategyOf(set: KubeObject | undefined): unknown {
  return (set?.['spec'] as { updateStrategy?: unknown } | undefined)?.updateStrategy;
}

export function isOnDelete(set: KubeObject | undefined): boolean {
  return (strategyOf(set) as { type?: string } | undefined)?.type === 'OnDelete';
}

export function partitionOf(set: KubeObject | undefined): number {
  const { rollingUpdate } = (strategyOf(set) ?? {}) as { rollingUpdate?: { partition?: number } };
  return rollingUpdate?.partition ?? 0;
}

/** The strategy that Segue keeps for its user; undefined where it keeps none. */
export function keptStrategy(set: KubeObject | undefined): unknown {
  const written = set?.metadata.annotations?.[HELD_ANNOTATION];
  return written === undefined
    ? undefined
    : (JSON.parse(written) as { strategy: unknown }).strategy;
}

export function templateOfRevision(revision: KubeObject | undefined): unknown {
  const { spec } = (revision?.['data'] ?? {}) as { spec?: { template?: unknown } };
  return spec?.template;
}

export function revisionOf({ metadata }: KubeObject): string {
  return metadata.labels?.[REVISION_LABEL] ?? '';
}

export function ordinalOf({ metadata }: KubeObject): number {
  return Number(/^web-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

/** Those of the StatefulSet that are to stay at its size, the lowest first. */
export function podsOfSet(api: ModelApi): KubeObject[] {
  const replicas = sizeOf(api.get('StatefulSet', 'web'));
  return api
    .all('Pod')
    .filter((pod) => isOfSet(pod) && ordinalOf(pod) < replicas)
    .sort((a, b) => ordinalOf(a) - ordinalOf(b));
}

export function isOfSet(object: KubeObject | undefined): object is KubeObject {
  return object?.kind === 'Pod' && ordinalOf(object) >= 0 && revisionOf(object) !== '';
}

export function isGoing({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
