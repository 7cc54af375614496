import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { endpointSlice, NAMESPACE, service } from '../../testing/router-conformance-objects.ts';
import { pairSelector } from './router.ts';

const config = { stable: { version: 'blue' }, candidate: { version: 'green' } };
const scope = { namespace: NAMESPACE, services: ['web', 'web-admin'], config, rules: [] };
const web = { ...KINDS.service, name: 'web' };

function selecting(name: string, selector: Record<string, string>): KubeObject {
  return service(name, { selector });
}

function stored(selector = { app: 'web', version: 'blue' }): ObjectStore {
  return new ObjectStore([
    selecting('web', selector),
    selecting('web-admin', selector),
    ...scope.services.map((name) => endpointSlice(name, [{ uid: `${name}-1` }])),
  ]);
}

const journal = { keys: { web: ['version'], 'web-admin': ['version'] } };

function intent(route: TrafficIntent['route'], weight: number): TrafficIntent {
  return { ...scope, route, weight, journal, stableHash: 'old', candidateHash: 'new' };
}

function selectorOf(store: ObjectStore, name = 'web'): unknown {
  return (store.get(KINDS.service, name)?.['spec'] as { selector: unknown }).selector;
}

test('remembers which labels each Service names', () => {
  expect(pairSelector.capture(scope, stored())).toEqual(journal);
});

describe.each<[TrafficIntent['route'], number, string]>([
  ['Split', 0, 'blue'],
  ['Split', 100, 'green'],
  ['Service', 0, 'blue'],
  ['Service', 100, 'green'],
])('%s at %i', (route, weight, version) => {
  test('names one of the two, writes nothing else, and nothing twice', () => {
    const store = stored({ app: 'web', version: version === 'blue' ? 'green' : 'blue' });
    const wanted = intent(route, weight);
    expect(pairSelector.observe(wanted, store)).not.toMatchObject({ route, weight });
    for (const write of pairSelector.render(wanted, store)) store.apply(write);
    expect(selectorOf(store)).toEqual({ app: 'web', version });
    expect(selectorOf(store, 'web-admin')).toEqual({ app: 'web', version });
    expect(pairSelector.render(wanted, store)).toEqual([]);
    expect(pairSelector.observe(wanted, store)).toMatchObject({ route, weight, accepted: true });
  });
});

test('keys that others write stay, and a label that they took out comes back', () => {
  const store = stored();
  store.edit(web, 'web', (o) => {
    Object.assign(o['spec'] as object, { selector: { tier: 'x' } });
  });
  const wanted = intent('Split', 100);
  expect(pairSelector.observe(wanted, store)).toMatchObject({ route: 'Other', accepted: false });
  for (const write of pairSelector.render(wanted, store)) store.apply(write);
  expect(selectorOf(store)).toEqual({ tier: 'x', version: 'green' });
});

test('without a ready endpoint it is not accepted', () => {
  const store = new ObjectStore([selecting('web', { version: 'green' })]);
  const one = { ...intent('Split', 100), services: ['web'] };
  expect(pairSelector.observe(one, store)).toMatchObject({ weight: 100, accepted: false });
});

test('Services that were all deleted carry no traffic', () => {
  const store = new ObjectStore([]);
  expect(pairSelector.observe(intent('Split', 0), store)).toMatchObject({ missing: true });
  expect(pairSelector.render(intent('Split', 0), store)).toEqual([]);
});

test('a share is refused: a selector has none', () => {
  expect(() => pairSelector.render(intent('Split', 50), stored())).toThrow(RangeError);
});

test('a headless Service is refused before anything is touched', () => {
  const headless = service('web', { clusterIP: 'None', selector: { version: 'blue' } });
  const problems = pairSelector.check({ ...scope, services: ['web'] }, new ObjectStore([headless]));
  expect(problems[0]?.message).toMatch(/headless/);
});
