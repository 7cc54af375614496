/** Linkerd's own HTTPRoute on a Service. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { linkerdRouteSpec } from '../../testing/linkerd-schema.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  acceptRoutes,
  applier,
  defaulted,
  MATCH,
  NAMESPACE,
  PLACES,
  reportRoute,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { linkerd } from './linkerd.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.linkerdRoute;
const rules: RequestRules[] = [{ match: MATCH }, { match: PLACES }];

const onService = { group: 'core', kind: 'Service', name: 'web', port: 80 };

function routeOf(given: Fields[], spec: Fields = {}, version = 'v1beta3'): KubeObject {
  return {
    apiVersion: `${kind.group}/${version}`,
    kind: kind.kind,
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { parentRefs: [onService], ...spec, rules: given },
  };
}

const ref = (name: string, port = 80) => ({ name, port });
const setting = (name: string) => ({
  type: 'RequestHeaderModifier',
  requestHeaderModifier: { set: [{ name, value: '1' }] },
});

describeRouter(
  splitFixture({
    router: linkerd,
    config: { httpRoute: 'web' },
    kind,
    route: routeOf,
    list: 'rules',
    refs: 'backendRefs',
    rule: (path) => ({ matches: [{ path: { type: 'PathPrefix', value: path } }] }),
    ref,
    beside: (one) => ({ ...one, weight: 7 }),
    decorated: (one, name) => ({ ...one, filters: [setting(name)] }),
    other: { sharing: { ...ref('other'), weight: 3 }, idle: { ...ref('next'), weight: 0 } },
    left: ref('api-stable', 8080),
    leadsTo: ({ name }) => String(name),
    isAdded: ({ backendRefs = [] }) => {
      const names = (backendRefs as { name: string }[]).map(({ name }) => name);
      return names.length > 0 && names.every((name) => name.endsWith('-candidate'));
    },
    rules,
    accept: acceptRoutes,
  }),
);

describe('an HTTPRoute of policy.linkerd.io', () => {
  const intent = splitIntent({ httpRoute: 'web' }, { rules });
  const own = {
    matches: [{ path: { type: 'PathPrefix', value: '/' } }],
    backendRefs: [ref('web')],
  };
  const stored = (route: KubeObject) => new ObjectStore([route, service('web')], defaulted);
  const specOf = (store: ObjectStore) => store.get(kind, 'web')?.['spec'];

  test('what is made of it is what its definition allows', () => {
    for (const wanted of [{}, ...rules]) {
      const timeouts = { request: '2s' };
      const store = stored(routeOf([{ ...own, timeouts, filters: [setting('x-rule')] }]));
      applier(linkerd)(store, { ...intent, ...wanted });
      expect(linkerdRouteSpec.safeParse(specOf(store)).error).toBeUndefined();
    }
    expect(linkerdRouteSpec.safeParse({ parentRefs: [], rules: [], more: 1 }).success).toBe(false);
  });

  test('its conditions name no generation, and are believed', () => {
    const store = stored(routeOf([own]));
    applier(linkerd)(store, { ...intent, rules: [] });
    const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
      type,
      observedGeneration: undefined,
    }));
    reportRoute(store, 'web', { group: kind.group, conditions });
    expect(linkerd.observe({ ...intent, rules: [] }, store)).toMatchObject({
      accepted: true,
      weight: 5,
    });
  });

  const five = Array.from({ length: 5 }, (_, i) => ({
    path: { type: 'PathPrefix', value: `/${i}` },
  }));
  test.each<[string, KubeObject, RegExp]>([
    ['a version without weights', routeOf([own], {}, 'v1beta1'), /has no weights/],
    [
      'one on a Server',
      routeOf([own], { parentRefs: [{ group: kind.group, kind: 'Server', name: 'web' }] }),
      /is on no Service/,
    ],
    [
      'more matches than it takes',
      routeOf([{ ...own, matches: five }]),
      /10 matches in one rule, and Linkerd allows 8/,
    ],
  ])('%s is refused', (_, route, message) => {
    const planned = { ...intent, rules: [{ match: MATCH }] };
    expect(linkerd.check(planned, stored(route)).map((one) => one.message)).toEqual([
      expect.stringMatching(message),
    ]);
  });
});
