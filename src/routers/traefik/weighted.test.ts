/** Of what has weights alone: a TraefikService, which is one list and no rules, and an IngressRouteTCP. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  applier,
  defaulted,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { splitFixture } from '../../testing/split-route-conformance.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import { traefik } from './router.ts';

type Fields = Record<string, unknown>;

const to = (name: string, port: number | string = 80): Fields => ({ name, port });
const go = applier(traefik);

function traefikService(services: Fields[], weighted: Fields = {}, spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'TraefikService',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { ...spec, weighted: { ...weighted, services } },
  };
}

function routeTCP(routes: Fields[], spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRouteTCP',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { entryPoints: ['postgres'], ...spec, routes },
  };
}

describe('by TraefikService', () => {
  const kind = KINDS.traefikService;
  const sticky = { cookie: { name: 'lvl1', httpOnly: true } };
  const own = { ...to('web'), weight: 3, scheme: 'h2c' };
  const idle = { ...to('next'), weight: 0 };
  const weightedOf = (object: KubeObject | undefined) =>
    (object?.['spec'] as { weighted: Fields & { services: Fields[] } }).weighted;
  const edit = (change: (services: Fields[]) => Fields[]) => (store: ObjectStore) =>
    store.edit(kind, 'web', (object) => {
      const weighted = weightedOf(object);
      weighted.services = change(weighted.services);
    });
  const withServices = (...services: Fields[]) => [traefikService(services), service('web')];

  describeRouter({
    router: traefik,
    scope: {
      namespace: NAMESPACE,
      services: ['web'],
      config: { traefikService: 'web' },
      rules: [],
    },
    objects: () => [traefikService([own, idle], { sticky }), service('web')],
    defaulting: defaulted,
    accept: () => {},
    written: [{ ...kind, name: 'web' }],
    foreign(object) {
      const weighted = weightedOf(object);
      weighted.services = weighted.services.filter(
        ({ name }) => !/^web(-stable|-candidate)?$/.test(String(name)),
      );
      return object;
    },
    variations: fc
      .record({
        weight: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
        port: fc.constantFrom(80, 'http'),
        others: fc.array(fc.constantFrom(idle, { ...idle, kind: 'TraefikService' })),
        weighted: fc.dictionary(fc.constantFrom('sticky', 'newField'), fc.constant(sticky)),
        annotations: fc.dictionary(fc.string(), fc.string()),
      })
      .map(({ weight, port, others, weighted, annotations }) => {
        const ref = { ...to('web', port), ...(weight !== undefined && { weight }) };
        const object = traefikService([...others, ref], weighted);
        Object.assign(object.metadata, { annotations });
        return [object, service('web')];
      }),
    edits: [
      {
        name: 'another one without a share',
        edit: edit((all) => [{ ...idle, name: 'new' }, ...all]),
      },
      {
        name: 'how long cookies stay',
        edit: (store) =>
          store.edit(
            kind,
            'web',
            (object) => void (weightedOf(object)['sticky'] = { cookie: { maxAge: 60 } }),
          ),
      },
    ],
    reverts: [{ name: 'applied again', edit: edit(() => [own, idle]) }],
    refused: [
      {
        name: 'no TraefikService',
        objects: [service('web')],
        field: 'TraefikService web',
        says: 'does not exist',
      },
      {
        name: 'one of another sort',
        objects: [
          {
            ...traefikService([]),
            spec: { mirroring: { ...to('web'), mirrors: [{ ...to('other'), percent: 10 }] } },
          },
          service('web'),
        ],
        field: 'TraefikService web',
        says: 'no service in spec.weighted leads to Service web',
      },
      {
        name: 'no share, which counts alone too',
        objects: withServices({ ...own, weight: 0 }),
        field: 'TraefikService web',
        says: 'no service in spec.weighted leads to Service web',
      },
      {
        name: 'shared with another one, which has a weight of 1 by default',
        objects: withServices(own, to('other')),
        field: 'TraefikService web spec.weighted.services',
        says: 'between web, other',
      },
      {
        name: 'a port that there is not',
        objects: withServices({ ...own, port: 81 }),
        field: 'TraefikService web spec.weighted.services',
        says: 'port 81',
      },
      {
        name: 'ports on nodes',
        objects: withServices({ ...own, nodePortLB: true }),
        field: 'TraefikService web spec.weighted.services',
        says: 'ports on nodes',
      },
      {
        name: 'left over from a release that never ended',
        objects: withServices({ ...to('web-stable'), weight: 100 }),
        field: 'TraefikService web',
        says: 'dedicated',
      },
    ],
    writesMax: 1,
  });

  test('what it makes is a TraefikService, and no more than its services is written', () => {
    const intent = splitIntent({ traefikService: 'web' });
    for (const weight of [0, 5, 100]) {
      const store = new ObjectStore([traefikService([own], { sticky }), service('web')]);
      const [write] = traefik.render({ ...intent, weight }, store);
      const stable = { ...own, name: 'web-stable', weight: 100 - weight };
      const candidate = { ...own, name: 'web-candidate', weight };
      const services = [stable, candidate].filter((one) => one.weight > 0);
      expect(write).toMatchObject({
        body: [{ op: 'replace', path: '/spec/weighted/services', value: services }],
      });
      go(store, { ...intent, weight });
      expect(typeProblems([store.get(kind, 'web') as KubeObject])).toEqual([]);
      expect(traefik.observe({ ...intent, weight }, store)).toMatchObject({
        weight,
        accepted: true,
        writes: 'spec.weighted.services of TraefikService web',
      });
    }
  });
});

describe('by IngressRouteTCP', () => {
  const kind = KINDS.ingressRouteTCP;

  describeRouter(
    splitFixture({
      router: traefik,
      config: { ingressRouteTCP: 'web' },
      kind,
      route: routeTCP,
      list: 'routes',
      refs: 'services',
      rule: (path) => ({ match: `HostSNI(\`${path.slice(1)}.example.com\`)` }),
      ref: to,
      beside: (ref) => ref,
      decorated: (ref, what) => ({ ...ref, serversTransport: what }),
      other: { sharing: { ...to('other'), weight: 30 }, idle: { ...to('next'), weight: 0 } },
      left: to('api-stable', 8080),
      leadsTo: (ref) => String(ref['name']),
    }),
  );

  test('what it makes is an IngressRouteTCP, and ports on nodes are refused', () => {
    const intent = splitIntent({ ingressRouteTCP: 'web' });
    const stored = (ref: Fields) =>
      new ObjectStore([
        routeTCP([{ match: 'HostSNI(`*`)', services: [ref] }], { tls: { passthrough: true } }),
        service('web'),
      ]);
    const store = stored({ ...to('web'), proxyProtocol: { version: 2 } });
    expect(traefik.check(intent, store)).toEqual([]);
    go(store, intent);
    const made = store.get(kind, 'web') as KubeObject;
    expect(typeProblems([made])).toEqual([]);
    expect(made['spec']).toMatchObject({
      routes: [
        {
          services: [
            { name: 'web-stable', weight: 95, proxyProtocol: { version: 2 } },
            { name: 'web-candidate', weight: 5, proxyProtocol: { version: 2 } },
          ],
        },
      ],
    });
    expect(traefik.check(intent, stored({ ...to('web'), nodePortLB: true }))).toMatchObject([
      { field: 'IngressRouteTCP web spec.routes[0].services', fix: 'remove nodePortLB' },
    ]);
  });
});
