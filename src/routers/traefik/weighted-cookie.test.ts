/** How a TraefikService of the user's keeps users with the version they came to first. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  defaulted,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import { traefik } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.traefikService;
const sticky = { cookie: 'segue-ab-web', maxAgeSeconds: 3_600 };
const mine = { cookie: { name: 'mine', httpOnly: true } };
const to = (name: string): Fields => ({ name, port: 80 });

function traefikService(weighted: Fields = {}): KubeObject {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'TraefikService',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { weighted: { services: [to('web')], ...weighted } },
  };
}

const weightedOf = (object: KubeObject | undefined) =>
  (object?.['spec'] as { weighted: { services: Fields[]; sticky?: { cookie: { name?: string } } } })
    .weighted;
const nameIn = (object: KubeObject | undefined) => weightedOf(object).sticky?.cookie.name ?? '';
const edit = (change: (weighted: Fields) => void) => (store: ObjectStore) =>
  store.edit(kind, 'web', (object) => change(weightedOf(object)));

describeRouter({
  router: traefik,
  scope: {
    namespace: NAMESPACE,
    services: ['web'],
    config: { traefikService: 'web' },
    rules: [{ sticky }, { sticky }],
  },
  objects: () => [traefikService(), service('web')],
  defaulting: defaulted,
  accept: () => {},
  written: [{ ...kind, name: 'web' }],
  foreign(object) {
    const weighted = weightedOf(object);
    if (nameIn(object).startsWith('segue-ab-web-')) delete weighted.sticky;
    weighted.services = weighted.services.filter(
      ({ name }) => !/^web(-stable|-candidate)?$/.test(String(name)),
    );
    return object;
  },
  variations: fc
    .dictionary(fc.constantFrom('newField', 'other'), fc.constantFrom('a', 'b'))
    .map((weighted) => [traefikService(weighted), service('web')]),
  edits: [
    { name: 'a field', edit: edit((weighted) => void (weighted['newField'] = { any: 'thing' })) },
    { name: 'a cookie of their own', edit: edit((weighted) => void (weighted['sticky'] = mine)) },
  ],
  reverts: [
    {
      name: 'applied again',
      edit: (store) =>
        store.edit(kind, 'web', (object) => void (object['spec'] = traefikService()['spec'])),
    },
  ],
  refused: [
    {
      name: 'a cookie of the user’s',
      objects: [traefikService({ sticky: mine }), service('web')],
      field: 'TraefikService web spec.weighted.sticky',
      says: 'by a cookie already',
    },
  ],
  writesMax: 1,
  skip: [
    {
      reason: 'at 0 percent nobody is kept',
      tests: ['reads rules for single requests that somebody took out as Other'],
    },
  ],
});

describe('traefik by a cookie of a TraefikService', () => {
  const intent = splitIntent(
    { traefikService: 'web' },
    { weight: 20, sticky, rules: [{ sticky }], candidateHash: 'bbb' },
  );
  const stored = (weighted?: Fields) => new ObjectStore([traefikService(weighted), service('web')]);
  const go = (store: ObjectStore, wanted: Partial<TrafficIntent> = {}) => {
    const writes = traefik.render({ ...intent, ...wanted }, store);
    for (const write of writes) store.apply(write);
    return writes.length;
  };
  const get = (store: ObjectStore) => store.get(kind, 'web');

  test('in the same write as the shares, and gone with them', () => {
    const store = stored();
    expect(go(store)).toBe(1);
    expect(weightedOf(get(store))).toEqual({
      services: [
        { ...to('web-stable'), weight: 80 },
        { ...to('web-candidate'), weight: 20 },
      ],
      sticky: {
        cookie: { name: 'segue-ab-web-bbb', maxAge: 3_600, httpOnly: true, sameSite: 'lax' },
      },
    });
    expect(typeProblems([get(store) as KubeObject])).toEqual([]);
    expect(traefik.observe(intent, store)).toMatchObject({ weight: 20, accepted: true });
    expect(go(store, { sticky: undefined, weight: 0 })).toBe(1);
    expect(weightedOf(get(store))).toEqual({ services: [{ ...to('web-stable'), weight: 100 }] });
  });

  test('one that was taken out is missed, and one that was changed is out of date', () => {
    const store = stored();
    go(store);
    edit((weighted) => void delete weighted['sticky'])(store);
    expect(traefik.observe(intent, store)).toMatchObject({ route: 'Other', accepted: false });
    expect(go(store)).toBe(1);
    const named = { cookie: { name: 'segue-ab-web-bbb' } };
    edit((weighted) => void (weighted['sticky'] = named))(store);
    expect(traefik.observe(intent, store)).toMatchObject({ weight: 20, accepted: false });
    expect(go(store)).toBe(1);
    expect(traefik.observe(intent, store)).toMatchObject({ weight: 20, accepted: true });
  });

  test('one that is left at the end is taken out before the object is given back', () => {
    const store = stored();
    const left = { cookie: { name: 'segue-ab-web-bbb' } };
    store.edit(kind, 'web', ({ metadata, ...object }) => {
      metadata['managedFields'] = [{ manager: 'segue', operation: 'Update' }];
      weightedOf({ ...object, metadata } as KubeObject).sticky = left as never;
    });
    const end = { ...intent, sticky: undefined, route: 'Service' as const };
    expect(traefik.observe(end, store)).toMatchObject({ route: 'Service', accepted: false });
    expect(traefik.render(end, store)).toMatchObject([
      { body: [{ op: 'remove', path: '/spec/weighted/sticky' }] },
    ]);
    for (const write of traefik.render(end, store)) store.apply(write);
    expect(traefik.render(end, store)).toMatchObject([{ disowns: true }]);
  });

  test('another cookie half way is told, and left alone', () => {
    const store = stored();
    go(store);
    edit((weighted) => void (weighted['sticky'] = mine))(store);
    const { route, message } = traefik.observe(intent, store);
    expect(route).toBe('Other');
    expect(message).toContain('by the cookie mine, of somebody else');
    expect(go(store)).toBe(0);
    go(store, { sticky: undefined, route: 'Service' });
    expect(weightedOf(get(store)).sticky).toEqual(mine);
  });

  test('a cookie of the user’s is no matter where nobody is to be kept', () => {
    const store = stored({ sticky: mine });
    expect(traefik.check({ ...intent, rules: [] }, store)).toEqual([]);
    go(store, { rules: [], sticky: undefined });
    expect(weightedOf(get(store)).sticky).toEqual(mine);
  });
});
