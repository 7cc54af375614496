/** Validity of what controllers write into a status. */
import type { KubeObject } from '../../../api/object.ts';
import { fieldsAt, numberAt } from '../schema.ts';
import { cause, type Cause } from '../status.ts';

/** In the order in which the real server tells them. */
const COUNTS: Record<string, string[]> = {
  ReplicaSet: [
    'replicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'observedGeneration',
  ],
  StatefulSet: [
    'replicas',
    'readyReplicas',
    'currentReplicas',
    'updatedReplicas',
    'availableReplicas',
    'observedGeneration',
    'collisionCount',
  ],
  Deployment: [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'collisionCount',
  ],
};

const PARTS = [
  'fullyLabeledReplicas',
  'currentReplicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
];

/** Counts are not negative, and no part is larger than the whole. */
export function validateReplicaCounts(object: KubeObject): Cause[] {
  const status = fieldsAt(object, 'status');
  const names = COUNTS[object.kind] ?? [];
  const count = (name: string) => numberAt(status, name) ?? 0;
  const negative = names
    .filter((name) => count(name) < 0)
    .map((name) =>
      cause.invalid(`status.${name}`, count(name), 'must be greater than or equal to 0'),
    );
  const larger = names
    .filter((name) => PARTS.includes(name) && count(name) > count('replicas'))
    .map((name) =>
      cause.invalid(`status.${name}`, count(name), 'cannot be greater than status.replicas'),
    );
  const isUnready = count('availableReplicas') > count('readyReplicas');
  const whole = object.kind === 'StatefulSet' ? 'status.readyReplicas' : 'readyReplicas';
  const why = `cannot be greater than ${whole}`;
  return [
    ...negative,
    ...larger,
    ...(isUnready
      ? [cause.invalid('status.availableReplicas', count('availableReplicas'), why)]
      : []),
  ];
}
