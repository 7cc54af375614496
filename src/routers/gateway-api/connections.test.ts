/** TLSRoutes and TCPRoutes: weights of connections. */
import { TLSRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/TLSRoute';
import { TCPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1alpha2/TCPRoute';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  acceptRoutes,
  defaulted,
  gatewayRoute,
  NAMESPACE,
  reportRoute,
  service,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import { gatewayAPI } from './router.ts';

type Fields = Record<string, unknown>;

const CASES = [
  {
    kind: KINDS.tlsRoute,
    version: 'v1',
    config: { tlsRoute: 'web' },
    fields: { hostnames: ['shop.example.com'] },
    validate: (object: unknown) => new TLSRoute(object as TLSRoute).validate(),
  },
  {
    kind: KINDS.tcpRoute,
    version: 'v1alpha2',
    config: { tcpRoute: 'web' },
    fields: {},
    validate: (object: unknown) => new TCPRoute(object as TCPRoute).validate(),
  },
];

describe.each(CASES)('$kind.kind', ({ kind, version, config, fields, validate }) => {
  const route = (rules: Fields[], spec: Fields = {}) =>
    gatewayRoute({ ...kind, version }, rules, { ...fields, ...spec });

  describeRouter(
    splitFixture({
      router: gatewayAPI,
      config,
      kind,
      route,
      list: 'rules',
      refs: 'backendRefs',
      rule: (name) => ({ name }),
      ref: (name, port) => ({ name, port }),
      beside: (ref) => ({ ...ref, weight: 7 }),
      decorated: (ref, what) => ({ ...ref, newField: what }),
      other: {
        sharing: { name: 'other', port: 80, weight: 3 },
        idle: { name: 'next', port: 80, weight: 0 },
      },
      left: { name: 'api-stable', port: 8080 },
      leadsTo: ({ name }) => String(name),
      accept: acceptRoutes,
    }),
  );

  const store = () =>
    new ObjectStore(
      [route([{ backendRefs: [{ name: 'web', port: 80 }] }]), service('web')],
      defaulted,
    );
  const intent = {
    namespace: NAMESPACE,
    services: ['web'],
    config,
    rules: [],
    route: 'Split' as const,
    weight: 5,
    stableHash: 'aaa',
    candidateHash: 'bbb',
    journal: {},
  };

  test('what it makes is a route of the Gateway API', () => {
    const objects = store();
    for (const write of gatewayAPI.render(intent, objects)) objects.apply(write);
    const made = objects.get(kind, 'web')!;
    expect(made['spec']).toMatchObject({
      rules: [
        {
          backendRefs: [
            { name: 'web-stable', port: 80, weight: 95 },
            { name: 'web-candidate', port: 80, weight: 5 },
          ],
        },
      ],
    });
    const wrong = route([{ backendRefs: [{ name: 'web', wieght: 1 }] }]);
    expect(typeProblems([made, wrong])).toEqual([expect.stringContaining('wieght')]);
    expect(() => validate(made)).not.toThrow();
  });

  test('is accepted when its parents have accepted this generation', () => {
    const objects = store();
    for (const write of gatewayAPI.render(intent, objects)) objects.apply(write);
    reportRoute(objects, 'web', { kind: kind.kind, generation: 1 });
    expect(gatewayAPI.observe(intent, objects)).toMatchObject({ accepted: false });
    acceptRoutes(objects);
    expect(gatewayAPI.observe(intent, objects)).toMatchObject({ accepted: true, weight: 5 });
  });
});
