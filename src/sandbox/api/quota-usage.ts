/** What one object counts for in a ResourceQuota, by the names that quotas use. Pure. */
import type { KubeObject } from '../../api/object.ts';
import { amountOf, writeAmount } from './quantity.ts';
import { asText, fieldsAt, objectsAt, textAt, type Fields } from './schema.ts';

/** In thousand-millionths. */
export type Amounts = Record<string, bigint>;

const ONE = 1_000_000_000n;

export function amounts(written: Fields): Amounts {
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [key, amountOf(asText(value))]),
  );
}

export function writtenAmounts(all: Amounts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => {
      const isBytes = /(memory|storage)$/.test(key);
      return [key, writeAmount(value, isBytes ? 'Binary' : 'Decimal')];
    }),
  );
}

export function usageOf(storage: string, object: KubeObject, nowMs: number): Amounts {
  const [group = '', plural = ''] = storage.split('/');
  const counted = { [`count/${plural}${group === '' ? '' : `.${group}`}`]: ONE };
  if (group !== '') return counted;
  if (plural === 'pods') return { ...counted, ...podUsage(object, nowMs) };
  const whole = { ...counted, [plural]: ONE };
  if (plural === 'services') return { ...whole, ...serviceUsage(object) };
  if (plural !== 'persistentvolumeclaims') return whole;
  const storageAsked = fieldsAt(object, 'spec', 'resources', 'requests')['storage'];
  return { ...whole, 'requests.storage': amountOf(asText(storageAsked)) };
}

function serviceUsage(service: KubeObject): Amounts {
  const type = textAt(service, 'spec', 'type');
  const ports = BigInt(objectsAt(service, 'spec', 'ports').length);
  const isBalanced = type === 'LoadBalancer';
  const hasNodePorts =
    type === 'NodePort' ||
    (isBalanced && fieldsAt(service, 'spec')['allocateLoadBalancerNodePorts'] !== false);
  return {
    'services.loadbalancers': isBalanced ? ONE : 0n,
    'services.nodeports': hasNodePorts ? ports * ONE : 0n,
  };
}

/** A pod that has ended, or should have by now, uses nothing. */
function podUsage(pod: KubeObject, nowMs: number): Amounts {
  const { deletionTimestamp } = pod.metadata;
  const isOver = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
  const isLate = deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < nowMs;
  if (isOver || isLate) return {};
  const usage: Amounts = { pods: ONE };
  for (const kind of ['requests', 'limits'])
    for (const [name, value] of Object.entries(resourcesOf(pod, kind))) {
      usage[`${kind}.${name}`] = value;
      if (kind === 'requests') usage[name] = value;
    }
  return usage;
}

/** As the scheduler counts: containers and sidecars together, or the hungriest init container. */
function resourcesOf(pod: KubeObject, kind: string): Amounts {
  const inits = objectsAt(pod, 'spec', 'initContainers');
  const isSidecar = (one: Fields) => one['restartPolicy'] === 'Always';
  const sum: Amounts = {};
  for (const one of [...objectsAt(pod, 'spec', 'containers'), ...inits.filter(isSidecar)])
    for (const [name, value] of Object.entries(saidBy(one, kind)))
      sum[name] = (sum[name] ?? 0n) + value;
  for (const one of inits.filter((init) => !isSidecar(init)))
    for (const [name, value] of Object.entries(saidBy(one, kind)))
      if (value > (sum[name] ?? 0n)) sum[name] = value;
  for (const [name, value] of Object.entries(amounts(fieldsAt(pod, 'spec', 'overhead'))))
    if (kind === 'requests' || name in sum) sum[name] = (sum[name] ?? 0n) + value;
  return sum;
}

function saidBy(container: Fields, kind: string): Amounts {
  return amounts(fieldsAt(container, 'resources', kind));
}
