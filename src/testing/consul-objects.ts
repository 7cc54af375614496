/** Objects of Consul on Kubernetes as users write them, and the fixture of the conformance suite for its router. */
import * as fc from 'fast-check';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { consul } from '../routers/consul/router.ts';
import type { Split } from '../routers/consul/splits.ts';
import type { ObjectStore } from './apply-writes.ts';
import type { RouterFixture } from './router-conformance.ts';
import { defaulted, NAMESPACE, service } from './router-conformance-objects.ts';

export type Fields = Record<string, unknown>;

export const SPLITTER = KINDS.serviceSplitter;
export const RESOLVER = KINDS.serviceResolver;
export const config = { serviceSplitter: 'web' };

export const synced = (condition: Fields = {}): Fields => ({
  conditions: [{ type: 'Synced', status: 'True', ...condition }],
  lastSyncedTime: '2026-01-01T00:00:00Z',
});
export const entry = (
  kind: string,
  spec: Fields | undefined,
  status: Fields = synced(),
): KubeObject => ({
  apiVersion: 'consul.hashicorp.com/v1alpha1',
  kind,
  metadata: { name: 'web', namespace: NAMESPACE },
  ...(spec && { spec }),
  status,
});
export const splitter = (splits: Fields[], spec: Fields = {}) =>
  entry('ServiceSplitter', { ...spec, splits });
export const resolver = (spec?: Fields) => entry('ServiceResolver', spec);

export const web = (): Fields => ({ weight: 100, requestHeaders: { set: { 'x-split': 'web' } } });
export const idle = (): Fields => ({ weight: 0, service: 'next' });
export const v1 = () => ({ v1: { filter: 'Service.Meta.version == v1', onlyPassing: true } });

export const specOf = (object: KubeObject | undefined) => (object?.['spec'] ?? {}) as Fields;
export const subsetsOf = (object: KubeObject | undefined) =>
  (specOf(object)['subsets'] ?? {}) as Record<string, unknown>;
export const editSplits = (change: (splits: Fields[]) => Fields[]) => (store: ObjectStore) =>
  store.edit(SPLITTER, 'web', (object) => {
    specOf(object)['splits'] = change(specOf(object)['splits'] as Fields[]);
  });
export const editResolver = (change: (spec: Fields) => void) => (store: ObjectStore) =>
  store.edit(RESOLVER, 'web', (object) => change((object['spec'] ??= {}) as Fields));
export const accept = (store: ObjectStore) => {
  for (const { kind, metadata } of store.all())
    if (kind === SPLITTER.kind || kind === RESOLVER.kind)
      store.edit({ ...SPLITTER, kind }, metadata.name, (object) => {
        object['status'] = synced();
      });
};

/** What is of the user's: not what leads to the Service, and no subset of a release. */
export function foreign(object: KubeObject): KubeObject {
  const spec = specOf(object);
  if (object.kind === SPLITTER.kind) {
    spec['splits'] = ((spec['splits'] ?? []) as Split[]).filter(
      (one) => (one.service ?? 'web') !== 'web',
    );
    return object;
  }
  const others = Object.entries(subsetsOf(object)).filter(([name]) => !name.startsWith('segue-'));
  if (others.length > 0) spec['subsets'] = Object.fromEntries(others);
  else delete spec['subsets'];
  if (Object.keys(spec).length === 0) delete object['spec'];
  return object;
}

/** What JSON can carry, but for a field that the JSON patches of the server in memory lose. */
export const anyJson = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !JSON.stringify(value).includes('__proto__'));
const named = fc.record({
  labels: fc.dictionary(fc.string(), fc.string()),
  annotations: fc.dictionary(fc.string(), fc.string()),
  extra: fc.dictionary(fc.constant('newField'), anyJson),
});
export const anySplitter = fc
  .record({
    own: fc.constantFrom(web(), { weight: 100 }, { weight: 100, service: 'web' }),
    others: fc.array(fc.constantFrom(idle(), { ...idle(), serviceSubset: 'v9' }), { maxLength: 2 }),
    front: fc.boolean(),
    newField: fc.option(anyJson, { nil: undefined }),
    more: named,
  })
  .map(({ own, others, front, newField, more: { extra, ...metadata } }) => {
    const split = { ...own, ...(newField !== undefined && { newField }) };
    const object = splitter(front ? [...others, split] : [split, ...others], extra);
    Object.assign(object.metadata, metadata);
    return object;
  });
export const anyResolver = fc
  .record({
    spec: fc.constantFrom<Fields | undefined>(
      undefined,
      {},
      { subsets: {} },
      { subsets: v1(), connectTimeout: '3s' },
      { failover: { '*': { service: 'fallback' } } },
    ),
    more: named,
  })
  .map(({ spec, more: { extra, ...metadata } }) => {
    const object = resolver(Object.keys(extra).length > 0 ? { ...spec, ...extra } : spec);
    Object.assign(object.metadata, metadata);
    return object;
  });

export const consulFixture: RouterFixture = {
  router: consul,
  scope: { namespace: NAMESPACE, services: ['web'], config, rules: [] },
  objects: () => [splitter([web(), idle()]), service('web')],
  defaulting: defaulted,
  accept,
  written: [{ ...SPLITTER, name: 'web' }],
  foreign,
  variations: anySplitter.map((object) => [object, service('web')]),
  edits: [
    { name: 'a split without a share', edit: editSplits((all) => [idle(), ...all]) },
    { name: 'splits turned round', edit: editSplits((all) => all.toReversed()) },
    {
      name: 'a field of the splitter',
      edit: (store) =>
        store.edit(SPLITTER, 'web', (object) => void (specOf(object)['newField'] = ['thing'])),
    },
  ],
  reverts: [{ name: 'applied again', edit: editSplits(() => [web(), idle()]) }],
  refused: [
    {
      name: 'no splitter',
      objects: [service('web')],
      field: 'ServiceSplitter web',
      says: 'does not exist',
    },
    {
      name: 'no Service',
      objects: [splitter([web()])],
      field: 'Service web',
      says: 'does not exist',
    },
    {
      name: 'not named',
      objects: [splitter([{ weight: 100, service: 'other' }]), service('web')],
      field: 'ServiceSplitter web',
      says: 'no split leads to Service web',
    },
    {
      name: 'shared with another service',
      objects: [splitter([{ weight: 70 }, { weight: 30, service: 'next' }]), service('web')],
      field: 'ServiceSplitter web spec.splits',
      says: 'web, next',
    },
    {
      name: 'a subset of the user',
      objects: [splitter([{ weight: 100, serviceSubset: 'v1' }]), service('web')],
      field: 'ServiceSplitter web spec.splits[0].serviceSubset',
      says: 'subset v1',
    },
    {
      name: 'a namespace of Consul',
      objects: [splitter([{ weight: 100, namespace: 'shop' }]), service('web')],
      field: 'ServiceSplitter web spec.splits[0].namespace',
      says: 'namespace',
    },
    {
      name: 'what a release has left',
      objects: [splitter([{ weight: 100, serviceSubset: 'segue-stable' }]), service('web')],
      field: 'ServiceSplitter web',
      says: 'while no release is in progress',
    },
    {
      name: 'not taken by Consul',
      objects: [
        entry(
          'ServiceSplitter',
          { splits: [web()] },
          synced({ status: 'False', reason: 'ConsulAgentError', message: 'protocol "tcp"' }),
        ),
        service('web'),
      ],
      field: 'ServiceSplitter web status',
      says: 'ConsulAgentError: protocol "tcp"',
    },
    {
      name: 'not seen by Consul',
      objects: [entry('ServiceSplitter', { splits: [web()] }, {}), service('web')],
      field: 'ServiceSplitter web status',
      says: 'has not said',
    },
  ],
  writesMax: 2,
};
