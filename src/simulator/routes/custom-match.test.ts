/** What the router writes by a definition with headers is routed as it was meant, by a model that was not written from it. */
import { expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import { readDefinition } from '../../api/route-definition.ts';
import { custom } from '../../routers/custom/router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { applier, service, splitIntent } from '../../testing/router-conformance-objects.ts';
import { Chance } from '../chance.ts';
import { lane } from './custom-match.ts';
import { requestTo } from './requests.ts';

const kind = { group: 'lanes.example.com', kind: 'Lane' };
const match = [
  { headers: [{ name: 'X-Canary', exact: 'yes' }] },
  {
    headers: [
      { name: 'x-a', exact: '1' },
      { name: 'x-b', exact: '2' },
    ],
  },
];

/** At no percent, so that nothing else reaches the candidate. */
const ASKED: [string, Record<string, string>, string][] = [
  ['/', { 'x-canary': 'yes' }, 'web-candidate'],
  ['/', { 'x-canary': 'no' }, 'web-stable'],
  ['/', { 'x-a': '1', 'x-b': '2' }, 'web-candidate'],
  ['/', { 'x-a': '1' }, 'web-stable'],
  ['/api/orders', { 'x-canary': 'yes' }, 'web-candidate'],
  ['/api/orders', { 'x-canary': 'yes', 'x-tenant': 'a' }, 'web-candidate'],
  ['/api/orders', { 'x-tenant': 'a' }, 'web-stable'],
  ['/api/orders', {}, 'web-stable'],
];

test.each(Array.from({ length: 16 }, (_, seed) => seed))('as drawn by %i', (seed) => {
  const objects = lane.draw(new Chance(`lanes ${seed}`));
  const definition = objects.find((one) => one.kind === 'ConfigMap') as KubeObject;
  const route = readDefinition(definition);
  expect(route).not.toBeInstanceOf(Array);
  const config = { definition: 'router', object: 'web', route };
  const intent = splitIntent(config, { weight: 0, rules: [{ match }], match });
  const store = new ObjectStore([...objects, service('web'), service('docs')]);
  expect(custom.check(intent, store)).toEqual([]);
  const journal = custom.capture(intent, store);
  applier(custom)(store, { ...intent, journal });
  const stored = { get: () => store.get(kind, 'web'), all: () => store.list(kind) };
  const send = (path: string, headers: Record<string, string>) =>
    lane
      .rules(stored)
      .find((rule) => rule.test(requestTo(path, { headers })))
      ?.to.filter(({ percent }) => percent === 100)
      .map((one) => one.service);
  for (const [path, headers, wanted] of ASKED) expect(send(path, headers)).toEqual([wanted]);
  const { lanes } = store.get(kind, 'web')?.['spec'] as { lanes: { name: string }[] };
  if (lanes.some(({ name }) => name === 'docs'))
    expect(send('/docs', { 'x-canary': 'yes' })).toEqual(['docs']);
  applier(custom)(store, { ...intent, journal, route: 'Service', match: undefined });
  expect(store.get(KINDS.configMap, 'router')?.['data']).toEqual(definition['data']);
  expect(store.get(kind, 'web')?.['spec']).toEqual(objects[0]?.['spec']);
});
