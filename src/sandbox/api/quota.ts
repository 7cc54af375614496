/** ResourceQuotas: what a namespace uses of them is counted, and what exceeds them is refused. Other
 * than a real server's, the count is never behind, and changes of objects (a Service that becomes
 * a load balancer) are counted without being refused. */
import type { KubeObject } from '../../api/object.ts';
import type { Backend, WriteOptions } from './backend.ts';
import { commit } from './operations/update.ts';
import { amounts, usageOf, writtenAmounts, type Amounts } from './quota-usage.ts';
import { amountOf } from './quantity.ts';
import type { Resource } from './resource.ts';
import { asText, clone, equal, fieldsAt, listAt, objectsAt, textAt } from './schema.ts';
import { forbidden } from './status.ts';
import type { StoreEvent } from './store.ts';

const QUOTAS = '/resourcequotas';

/** Throws Forbidden where the new object is more than a quota of its namespace leaves. */
export function checkQuotas(backend: Backend, resource: Resource, object: KubeObject): void {
  const { name, namespace = '' } = object.metadata;
  for (const quota of backend.store.list(QUOTAS, namespace)) {
    const refusal = refusalOf(backend, quota, { storage: resource.storage, object });
    if (refusal !== undefined) throw forbidden(resource, name, refusal);
  }
}

interface Asked {
  storage: string;
  object: KubeObject;
}

function refusalOf(backend: Backend, quota: KubeObject, asked: Asked): string | undefined {
  if (!applies(quota, asked)) return undefined;
  const { name } = quota.metadata;
  const hard = amounts(fieldsAt(quota, 'spec', 'hard'));
  const unsaid = asked.storage === '/pods' ? unsaidBy(asked.object, Object.keys(hard)) : '';
  if (unsaid !== '') return `failed quota: ${name}: must specify ${unsaid}`;
  const requested = usageOf(asked.storage, asked.object, backend.clock.now());
  const used = usedOf(backend, quota);
  const exceeded = Object.keys(requested)
    .filter((key) => (hard[key] ?? Infinity) < (used[key] ?? 0n) + (requested[key] ?? 0n))
    .sort();
  if (exceeded.length === 0) return undefined;
  const told = (all: Amounts) => {
    const written = writtenAmounts(all);
    return exceeded.map((key) => `${key}=${written[key]}`).join(',');
  };
  return `exceeded quota: ${name}, requested: ${told(requested)}, used: ${told(used)}, limited: ${told(hard)}`;
}

/** What every container must say where a quota counts it. */
const DEMANDED = /^((requests|limits)\.)?(cpu|memory)$/;

function unsaidBy(pod: KubeObject, keys: string[]): string {
  const containers = ['containers', 'initContainers'].flatMap((all) => objectsAt(pod, 'spec', all));
  const missing = keys
    .filter((key) => DEMANDED.test(key))
    .sort()
    .map((key) => {
      const path = key.includes('.') ? key.split('.') : ['requests', key];
      const silent = containers.filter((one) => amountAt(one, path) === '');
      return { key, names: silent.map((one) => textAt(one, 'name')).sort() };
    });
  return missing
    .filter(({ names }) => names.length > 0)
    .map(({ key, names }) => `${key} for: ${names.join(',')}`)
    .join('; ');
}

function amountAt(container: unknown, [kind = '', name = '']: string[]): string {
  return asText(fieldsAt(container, 'resources', kind)[name]);
}

/** Counts anew whenever something in a namespace with quotas changes. */
export function keepQuotas(backend: Backend, options: WriteOptions): void {
  const count = (quota: KubeObject) => updateStatus(backend, quota, options);
  for (const quota of backend.store.list(QUOTAS)) count(quota);
  backend.store.onChange((event: StoreEvent) => {
    if (event.type === 'DELETED' && event.storage === QUOTAS) return;
    const { namespace } = event.object.metadata;
    if (namespace === undefined) return;
    for (const quota of backend.store.list(QUOTAS, namespace)) count(quota);
  });
}

function updateStatus(backend: Backend, old: KubeObject, options: WriteOptions): void {
  const resource = backend.registry.findKind('', 'ResourceQuota');
  if (resource === undefined) return;
  const hard = fieldsAt(old, 'spec', 'hard');
  const status = { hard, used: writtenAmounts(usedOf(backend, old)) };
  if (equal(old['status'], status)) return;
  const { namespace = '', name } = old.metadata;
  const now = { ...clone(old), status: clone(status) };
  const target = { resource, namespace, name };
  commit(backend, { target, old, now, options: { ...options, subresource: 'status' } });
}

/** Of everything that the quota limits. */
function usedOf(backend: Backend, quota: KubeObject): Amounts {
  const keys = Object.keys(fieldsAt(quota, 'spec', 'hard'));
  const used: Amounts = Object.fromEntries(keys.map((key) => [key, 0n]));
  for (const storage of new Set(keys.map(storageOf)))
    for (const object of backend.store.list(storage, quota.metadata.namespace)) {
      if (!applies(quota, { storage, object })) continue;
      const usage = usageOf(storage, object, backend.clock.now());
      for (const key of keys) used[key] = (used[key] ?? 0n) + (usage[key] ?? 0n);
    }
  return used;
}

/** Where the objects are that count for a name in a quota. */
function storageOf(key: string): string {
  const [, plural, group = ''] = /^count\/([^.]+)(?:\.(.*))?$/.exec(key) ?? [];
  if (plural !== undefined) return `${group}/${plural}`;
  if (key === 'requests.storage') return '/persistentvolumeclaims';
  if (key.startsWith('services.')) return '/services';
  return OWN_NAME.has(key) ? `/${key}` : '/pods';
}

const OWN_NAME = new Set([
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
]);

/** Scopes are of pods only. */
function applies(quota: KubeObject, { storage, object }: Asked): boolean {
  const scopes = listAt(quota, 'spec', 'scopes').map((name) => ({ scopeName: asText(name) }));
  const selected = objectsAt(quota, 'spec', 'scopeSelector', 'matchExpressions');
  const rules = [...scopes, ...selected];
  if (rules.length === 0) return true;
  return storage === '/pods' && rules.every((rule) => isInScope(object, rule));
}

function isInScope(pod: KubeObject, rule: object): boolean {
  switch (textAt(rule, 'scopeName')) {
    case 'Terminating':
      return fieldsAt(pod, 'spec')['activeDeadlineSeconds'] !== undefined;
    case 'NotTerminating':
      return fieldsAt(pod, 'spec')['activeDeadlineSeconds'] === undefined;
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return matchesPriority(textAt(pod, 'spec', 'priorityClassName'), rule);
    default:
      return false;
  }
}

function isBestEffort(pod: KubeObject): boolean {
  const containers = ['containers', 'initContainers'].flatMap((all) => objectsAt(pod, 'spec', all));
  return !containers.some((one) =>
    ['requests', 'limits'].some((kind) =>
      ['cpu', 'memory'].some((name) => amountOf(amountAt(one, [kind, name])) > 0n),
    ),
  );
}

function matchesPriority(name: string, rule: object): boolean {
  const values = listAt(rule, 'values').map(asText);
  switch (textAt(rule, 'operator')) {
    case 'In':
      return values.includes(name);
    case 'NotIn':
      return !values.includes(name);
    case 'DoesNotExist':
      return name === '';
    default:
      return name !== '';
  }
}
