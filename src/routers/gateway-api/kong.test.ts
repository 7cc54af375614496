/** HTTPRoutes that Kong takes up: what it lacks, what it says besides the Gateway API, and what it reads of Services. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  applier,
  defaulted,
  httpRoute,
  reportRoute,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { gatewayAPI } from './router.ts';

const KONG = 'konghq.com/kic-gateway-controller';
const OPERATOR = 'konghq.com/gateway-operator';

const intent = splitIntent({ httpRoute: 'web' });
const go = applier(gatewayAPI);

function stored(): ObjectStore {
  const rules = [{ backendRefs: [{ name: 'web', port: 80 }] }];
  const route: KubeObject = httpRoute('web', rules);
  route.metadata.annotations = { 'konghq.com/strip-path': 'true', 'konghq.com/plugins': 'login' };
  return new ObjectStore([route, service('web')], defaulted);
}

const mirror: RequestRules = { mirror: { percent: 20, methods: 'All' } };
const sticky: RequestRules = { sticky: { cookie: 'v', maxAgeSeconds: 60 } };
const match: RequestRules = {
  match: [
    { headers: [{ name: 'x-canary', exact: 'yes' }] },
    { query: [{ name: 'v', exact: '2' }] },
  ],
};

describe.each([KONG, OPERATOR])('by %s', (controllerName) => {
  test.each([
    ['mirror', mirror, 'no RequestMirror'],
    ['sticky', sticky, 'no filters in backendRefs'],
  ])('%s is refused', (_, asked, says) => {
    const store = stored();
    const scope = { ...intent, rules: [asked] };
    expect(gatewayAPI.check(scope, store)).toEqual([]);
    reportRoute(store, 'web', { controllerName });
    expect(gatewayAPI.check(scope, store)).toMatchObject([
      { field: 'HTTPRoute web', message: `Kong reports on it, which has ${says}` },
    ]);
    expect(gatewayAPI.check({ ...scope, rules: [match] }, store)).toEqual([]);
  });

  test.each<[string, { status: string; observedGeneration?: number }, boolean]>([
    ['True', { status: 'True' }, true],
    ['False', { status: 'False' }, false],
    ['True of what was there before', { status: 'True', observedGeneration: 0 }, false],
    ['Unknown, as where Kong is told to report nothing', { status: 'Unknown' }, true],
  ])('Programmed is %s', (_, programmed, accepted) => {
    const store = stored();
    go(store, intent);
    const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({ type }));
    const all = [...conditions, { type: 'Programmed', ...programmed }];
    reportRoute(store, 'web', { controllerName, conditions: all });
    const reading = gatewayAPI.observe(intent, store);
    expect(reading).toMatchObject({ route: 'Split', weight: 5, accepted });
    if (!accepted) expect(reading.message).toContain('Programmed');
  });
});

test('what another controller calls Programmed is not heard', () => {
  const store = stored();
  go(store, intent);
  const conditions = [
    { type: 'Accepted' },
    { type: 'ResolvedRefs' },
    { type: 'Programmed', status: 'False' },
  ];
  reportRoute(store, 'web', { conditions });
  expect(gatewayAPI.observe(intent, store)).toMatchObject({ accepted: true });
});

test('annotations of the route stay as they are', () => {
  const store = stored();
  const before = store.get(KINDS.httpRoute, 'web')?.metadata.annotations;
  const journal = gatewayAPI.capture(intent, store);
  go(store, { ...intent, ...match, rules: [match], journal });
  expect(store.get(KINDS.httpRoute, 'web')?.metadata.annotations).toEqual(before);
  go(store, { ...intent, rules: [match], route: 'Service', journal });
  expect(store.get(KINDS.httpRoute, 'web')?.metadata.annotations).toEqual(before);
});
