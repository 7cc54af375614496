/** Rules of other ApisixRoutes for the very requests that a release is to share. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { NAMESPACE, service, splitIntent } from '../../testing/router-conformance-objects.ts';
import { apisix } from './router.ts';

type Fields = Record<string, unknown>;

interface Given {
  name?: string;
  priority?: number;
  match?: Fields;
  spec?: Fields;
}

function routeOf({ name = 'web', priority, match, spec }: Given = {}): KubeObject {
  const rule = {
    name: 'all',
    ...(priority !== undefined && { priority }),
    match: { hosts: ['shop.example.com'], paths: ['/*'], ...match },
    backends: [{ serviceName: 'web', servicePort: 80 }],
  };
  return {
    apiVersion: 'apisix.apache.org/v2',
    kind: 'ApisixRoute',
    metadata: { name, namespace: NAMESPACE },
    spec: { ...spec, http: [rule] },
  };
}

function said(own: Given, other: Given): string[] {
  const store = new ObjectStore([
    routeOf(own),
    routeOf({ name: 'other', ...other }),
    service('web'),
  ]);
  return apisix
    .check(splitIntent({ apisixRoute: 'web' }), store)
    .map(({ field, message }) => `${field}: ${message}`);
}

const GET = { methods: ['GET'] };
const exprs = [{ subject: { scope: 'Header', name: 'x' }, op: 'Equal', value: 'y' }];

test('one of a greater priority has the requests', () => {
  expect(said({}, { priority: 1 })).toEqual([
    'ApisixRoute web spec.http[0]: ApisixRoute other spec.http[0] has a priority of 1 and takes shop.example.com/*, so that none of it comes here',
  ]);
  expect(said({ match: { ...GET, exprs } }, { priority: 1 })).toHaveLength(1);
  expect(
    said({ match: { ...GET, exprs } }, { priority: 1, match: { ...GET, exprs } }),
  ).toHaveLength(1);
  expect(said({ match: { hosts: undefined } }, { priority: 1, match: { hosts: [] } })).toHaveLength(
    1,
  );
  const two = { paths: ['/cart', '/*'], hosts: ['a', 'Shop.example.com'] };
  expect(said({}, { priority: 1, match: two })).toHaveLength(1);
  expect(said({ priority: 1 }, {})).toEqual([]);
});

test('of one priority it is not said which one has them', () => {
  expect(said({}, { priority: 0 })).toEqual([
    'ApisixRoute web spec.http[0]: ApisixRoute other spec.http[0] takes shop.example.com/* with a priority of 0 too, and APISIX does not say which of the two goes first',
  ]);
});

test.each<[string, Given, Given?]>([
  ['for another host', { match: { hosts: ['docs.example.com'] } }],
  ['for all hosts, which is asked later', { match: { hosts: undefined } }],
  ['for one of all hosts', {}, { match: { hosts: [] } }],
  ['for another path', { match: { paths: ['/docs*'] } }],
  ['for one method', { match: GET }],
  ['for another method', { match: GET }, { match: { methods: ['GET', 'POST'] } }],
  ['by a header', { match: { exprs } }],
  ['by where it comes from', { match: { remoteAddrs: ['10.0.0.0/8'] } }],
  ['by a function', { match: { filter_func: 'function(vars) return true end' } }],
  ['of another class', { spec: { ingressClassName: 'inner' } }],
])('one %s is in nobody’s way', (_name, other, own = {}) => {
  expect(said(own, { priority: 1, ...other })).toEqual([]);
});
