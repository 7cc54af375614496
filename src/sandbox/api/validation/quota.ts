/** Validity of ResourceQuotas: what can be limited, and by how much. */
import type { KubeObject } from '../../../api/object.ts';
import { asText, fieldsAt } from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { keyProblems } from './names.ts';

/** What is counted whole. */
const COUNTED = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const MEASURED = new Set(
  ['cpu', 'memory', 'ephemeral-storage'].flatMap((one) => [
    one,
    `requests.${one}`,
    `limits.${one}`,
  ]),
);
MEASURED.add('requests.storage');

export function validateQuota(quota: KubeObject): Cause[] {
  return Object.entries(fieldsAt(quota, 'spec', 'hard')).flatMap(([name, value]) => {
    const field = `spec.hard[${name}]`;
    return [...validateResourceName(name, field), ...validateAmount(name, asText(value), field)];
  });
}

function validateResourceName(name: string, field: string): Cause[] {
  const bad = keyProblems(name).map((why) => cause.invalid(field, name, why));
  if (bad.length > 0 || name.includes('/') || COUNTED.has(name) || MEASURED.has(name)) return bad;
  return [
    cause.invalid(field, name, 'must be a standard resource type or fully qualified'),
    cause.invalid(field, name, 'must be a standard resource for quota'),
  ];
}

function validateAmount(name: string, amount: string, field: string): Cause[] {
  if (amount.startsWith('-'))
    return [cause.invalid(field, amount, 'must be greater than or equal to 0')];
  const isWhole = !/[mun]$/.test(amount);
  return COUNTED.has(name) && !isWhole ? [cause.invalid(field, amount, 'must be an integer')] : [];
}
