/** Labels and selectors of objects in the caches. */
import { HASH_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';

export type Labels = Record<string, string>;

export interface LabelSelector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** `key=value` of each label: what indexes are asked by. */
export function pairsOf(labels: Labels): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

/** Whether the selector finds these labels. One that is absent or empty is taken to find nothing:
 * that is what it means in a Service. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) return false;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => holds(expression, labels))
  );
}

function holds(
  { key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number],
  labels: Labels,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
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
