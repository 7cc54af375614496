/** Routes on a Service, as meshes take them. */
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  defaulted,
  gatewayRoute,
  reportRoute,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import { gatewayAPI } from './router.ts';

const LINKERD = 'linkerd.io/policy-controller';
const kinds = [
  { kind: KINDS.httpRoute, config: { httpRoute: 'web' } },
  { kind: KINDS.grpcRoute, config: { grpcRoute: 'web' } },
  { kind: KINDS.tcpRoute, config: { tcpRoute: 'web' } },
];
const parents = (group: string) => [{ group, kind: 'Service', name: 'web', port: 80 }];

const intent = splitIntent({ httpRoute: 'web' });

function stored(kind: { kind: string }, group = 'core'): ObjectStore {
  const rules = [{ backendRefs: [{ name: 'web', port: 80 }] }];
  const route = gatewayRoute(kind, rules, { parentRefs: parents(group) });
  return new ObjectStore([route, service('web')], defaulted);
}

function go(store: ObjectStore, wanted: TrafficIntent): KubeObject {
  for (const write of gatewayAPI.render(wanted, store)) store.apply(write);
  return store.all().find(({ kind }) => kind.endsWith('Route')) as KubeObject;
}

describe.each(kinds)('$kind.kind on the Service that it leads to', ({ kind, config }) => {
  test.each(['core', ''])(
    'goes out and comes back, and keeps its parent of group "%s"',
    (group) => {
      const store = stored(kind, group);
      const before = structuredClone(store.get(kind, 'web')?.['spec']);
      const scope = { ...intent, config };
      expect(gatewayAPI.check(scope, store)).toEqual([]);
      const journal = gatewayAPI.capture(scope, store);
      const made = go(store, { ...scope, journal });
      expect(made['spec']).toMatchObject({
        parentRefs: parents(group),
        rules: [
          {
            backendRefs: [
              { name: 'web-stable', port: 80, weight: 95 },
              { name: 'web-candidate', port: 80, weight: 5 },
            ],
          },
        ],
      });
      go(store, { ...scope, journal, weight: 100 });
      const back = go(store, { ...scope, journal, route: 'Service' });
      expect(back['spec']).toEqual(before);
    },
  );
});

test('what it makes on a Service is a route of the Gateway API', () => {
  const rules: RequestRules = { match: [{ headers: [{ name: 'x-canary', exact: 'yes' }] }] };
  const made = go(stored(KINDS.httpRoute), { ...intent, ...rules, rules: [rules] });
  expect(typeProblems([made])).toEqual([]);
  expect(() => new HTTPRoute(made as unknown as HTTPRoute).validate()).not.toThrow();
});

describe('with Linkerd', () => {
  const mirror: RequestRules = { mirror: { percent: 20, methods: 'All' } };

  test.each(kinds.slice(0, 2))('copies of a $kind.kind are refused', ({ kind, config }) => {
    const store = stored(kind);
    const scope = { ...intent, config, rules: [mirror] };
    expect(gatewayAPI.check(scope, store)).toEqual([]);
    reportRoute(store, 'web', { kind: kind.kind, controllerName: LINKERD });
    expect(gatewayAPI.check(scope, store)).toMatchObject([
      { field: `${kind.kind} web`, message: expect.stringContaining('no RequestMirror') },
    ]);
    expect(gatewayAPI.check({ ...scope, rules: [] }, store)).toEqual([]);
  });

  test.each(kinds.slice(0, 2))('a $kind.kind of Servers only is refused', ({ kind, config }) => {
    const server = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
    const rules = [{ backendRefs: [{ name: 'web', port: 80 }] }];
    const problems = (parentRefs: object[]) => {
      const route = gatewayRoute(kind, rules, { parentRefs });
      const store = new ObjectStore([route, service('web')], defaulted);
      return gatewayAPI.check({ ...intent, config }, store);
    };
    expect(problems([server, { ...server, name: 'api' }])).toMatchObject([
      {
        field: `${kind.kind} web spec.parentRefs`,
        message: 'it is on a Server, and Linkerd sends requests by the routes of Services only',
      },
    ]);
    // What is on a Service or a Gateway too is shared there, and another Server is not known.
    for (const beside of [...parents('core'), { name: 'edge' }, { ...server, group: 'else' }])
      expect(problems([server, beside])).toEqual([]);
  });

  test('conditions that name no generation are believed', () => {
    const store = stored(KINDS.httpRoute);
    go(store, intent);
    const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
      type,
      observedGeneration: undefined,
    }));
    reportRoute(store, 'web', { controllerName: LINKERD, conditions });
    expect(gatewayAPI.observe(intent, store)).toMatchObject({ accepted: true, weight: 5 });
  });
});

test('a route of a client, which leads to another namespace, is refused', () => {
  const rules = [{ backendRefs: [{ name: 'web', namespace: 'elsewhere', port: 80 }] }];
  const spec = { parentRefs: parents('core').map((one) => ({ ...one, namespace: 'elsewhere' })) };
  const store = new ObjectStore([gatewayRoute(KINDS.httpRoute, rules, spec), service('web')]);
  expect(gatewayAPI.check(intent, store)).toMatchObject([
    { message: 'no rule leads to Service web' },
  ]);
});
