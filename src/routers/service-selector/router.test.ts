import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HASH_LABEL, KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  defaulted,
  endpointSlice,
  NAMESPACE,
  service,
} from '../../testing/router-conformance-objects.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import { serviceSelector } from './router.ts';

/** What JSON can carry: there is no -0 in it. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const scope = { namespace: NAMESPACE, services: ['web', 'web-admin'], config: {}, rules: [] };
const web = { ...KINDS.service, name: 'web' };
const slices = scope.services.map((name) => endpointSlice(name, [{ uid: `${name}-1` }]));
const plain = (): KubeObject[] => [service('web'), service('web-admin'), ...slices];

function selectorOf(object: KubeObject): Record<string, string> {
  return (object['spec'] as { selector: Record<string, string> }).selector;
}

/** Anything a user may have in a Service beside what the router writes. */
const variations = fc
  .record({
    selector: fc.dictionary(fc.constantFrom('app', 'tier', 'track', 'release'), fc.string(), {
      minKeys: 1,
    }),
    labels: fc.dictionary(fc.string(), fc.string()),
    annotations: fc.dictionary(fc.string(), fc.string()),
    extra: fc.dictionary(fc.constantFrom('loadBalancerClass', 'newField'), json),
    type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
  })
  .map(({ selector, labels, annotations, extra, type }) => {
    const varied = service('web', { ...extra, type, selector });
    Object.assign(varied.metadata, { labels, annotations });
    return [varied, service('web-admin'), ...slices];
  });

describeRouter({
  router: serviceSelector,
  scope,
  objects: plain,
  defaulting: defaulted,
  accept: () => {},
  written: scope.services.map((name) => ({ ...KINDS.service, name })),
  foreign: (object) => {
    delete selectorOf(object)[HASH_LABEL];
    return object;
  },
  variations,
  edits: [
    {
      name: 'another selector key',
      edit: (store) => store.edit(web, 'web', (o) => void (selectorOf(o)['tier'] = 'front')),
    },
    {
      name: 'a port',
      edit: (store) =>
        store.edit(web, 'web', (o) => {
          Object.assign(o['spec'] as object, { ports: [{ port: 81 }] });
        }),
    },
  ],
  reverts: [
    {
      name: 'a forced apply takes the pin off',
      edit: (store) =>
        store.edit(web, 'web', (o) => {
          Object.assign(o['spec'] as object, { selector: { app: 'web' } });
        }),
    },
  ],
  refused: [
    { name: 'missing', objects: [service('web')], field: 'Service web-admin', says: 'exist' },
    {
      name: 'no selector',
      objects: [service('web', { selector: {} }), service('web-admin')],
      field: 'Service web',
      says: 'no selector',
    },
    {
      name: 'headless',
      objects: [service('web', { clusterIP: 'None' }), service('web-admin')],
      field: 'Service web',
      says: 'headless',
    },
    {
      name: 'external name',
      objects: [service('web', { type: 'ExternalName' }), service('web-admin')],
      field: 'Service web',
      says: 'ExternalName',
    },
    {
      name: 'pinned already',
      objects: [service('web', { selector: { [HASH_LABEL]: 'abc' } }), service('web-admin')],
      field: 'Service web',
      says: HASH_LABEL,
    },
  ],
  writesMax: 2,
});

describe('serviceSelector', () => {
  const intent: TrafficIntent = {
    ...scope,
    services: ['web'],
    route: 'Split',
    weight: 100,
    stableHash: 'aaa',
    candidateHash: 'bbb',
    journal: {},
  };
  const pinned = (hash: string, ...rest: KubeObject[]) =>
    new ObjectStore([service('web', { selector: { app: 'web', [HASH_LABEL]: hash } }), ...rest]);

  test('writes only its key of the selector', () => {
    const store = new ObjectStore([service('web')], defaulted);
    expect(serviceSelector.render(intent, store)).toMatchObject([
      {
        op: 'Patch',
        type: 'merge',
        resourceVersion: '1',
        body: { spec: { selector: { [HASH_LABEL]: 'bbb' } } },
      },
    ]);
  });

  test('waits for a ready endpoint before a pin counts', () => {
    const empty = endpointSlice('web', [{ uid: 'a', ready: false }]);
    expect(serviceSelector.observe(intent, pinned('bbb', empty))).toMatchObject({
      route: 'Split',
      weight: 100,
      accepted: false,
      message: 'Service web has no ready endpoint yet',
    });
    const ready = endpointSlice('web', [{ uid: 'a' }]);
    expect(serviceSelector.observe(intent, pinned('bbb', ready))).toMatchObject({ accepted: true });
  });

  test('a pin of somebody else is Other, and says which', () => {
    expect(serviceSelector.observe(intent, pinned('zzz'))).toMatchObject({
      route: 'Other',
      accepted: false,
      message: 'Service web selects zzz',
    });
  });

  test('a Service deleted half way does not hold up the others', () => {
    const store = pinned('aaa', endpointSlice('web', [{ uid: 'a' }]));
    const both = { ...intent, services: ['web', 'web-admin'] };
    expect(serviceSelector.observe(both, store)).toMatchObject({ route: 'Split', weight: 0 });
  });

  test('never gives a selector to a Service that has lost its own', () => {
    const store = new ObjectStore([service('web', { selector: {} })], defaulted);
    expect(serviceSelector.render(intent, store)).toEqual([]);
    expect(serviceSelector.observe(intent, store)).toMatchObject({
      route: 'Other',
      accepted: false,
    });
    const back = serviceSelector.observe({ ...intent, route: 'Service' }, store);
    expect(back).toMatchObject({ route: 'Service', accepted: true });
  });
});
