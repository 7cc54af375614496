/** Labels and selectors of objects in the caches. */
import { HASH_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';

export type Labels = Record<string, string>;

/** `key=value` of each label: what indexes are asked by. */
export function pairsOf(labels: Labels): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

/** Of the pods a Deployment makes, without the hash. */
export function podLabels(deployment: KubeObject): Labels {
  const template = specOf(deployment)['template'] as { metadata?: { labels?: Labels } } | undefined;
  return template?.metadata?.labels ?? {};
}

/** Of a Service, without a pin. */
export function selectorOf(service: KubeObject | undefined): Labels {
  const selector = service && (specOf(service)['selector'] as Labels | undefined);
  const { [HASH_LABEL]: _, ...rest } = selector ?? {};
  return rest;
}

export function specOf(object: KubeObject): Record<string, unknown> {
  return (object['spec'] ?? {}) as Record<string, unknown>;
}
