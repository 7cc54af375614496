/** What is refused of routers: more or less than one object, and what theirs cannot do. */
import { describe, expect, test } from 'vitest';
import { policySpecSchema } from '../api/policy.ts';
import type { RouteDefinition } from '../api/route-definition.ts';
import { withDefinitions } from './defined-routes.ts';
import { validatePolicy } from './validate.ts';

type Loose = Record<string, unknown>;

function problemsOf(gatewayAPI: Loose, strategy?: Loose): string[] {
  const spec = policySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic: { services: [{ name: 'web' }], routers: [{ gatewayAPI }] },
    strategy: strategy ?? asking({}),
  });
  return validatePolicy(spec).map(({ field, message, fix }) => `${field}: ${message}; ${fix}`);
}

const asking = (rules: Loose) => ({ canary: { stages: [{ weight: 5, hold: '1m', ...rules }] } });
const header = { headers: [{ name: 'x-canary', exact: 'yes' }] };
const mirror = { percent: 10, methods: 'All' };
const goal = { name: 'orders', scrape: { pods: { port: 1 }, total: 't', good: 'g' } };

test.each(['httpRoute', 'grpcRoute', 'tlsRoute', 'tcpRoute'])('%s alone is one object', (field) => {
  expect(problemsOf({ [field]: 'web' })).toEqual([]);
});

test.each<Loose>([{}, { httpRoute: 'web', grpcRoute: 'web' }])('not one object: %j', (given) => {
  expect(problemsOf(given)).toEqual([
    'spec.traffic.routers[0].gatewayAPI: does not name one object; set exactly one field: httpRoute, grpcRoute, tlsRoute, tcpRoute',
  ]);
});

test.each(['tlsRoute', 'tcpRoute'])('%s sees connections: who can is named', (route) => {
  const cannot = (where: string, what: string) =>
    expect.stringContaining(
      `spec.strategy.canary.stages[0].${where}: gatewayAPI.${route} cannot ${what}; use a router that can (gatewayAPI.httpRoute, gatewayAPI.grpcRoute, `,
    );
  expect(problemsOf({ [route]: 'web' }, asking({ match: [header], mirror }))).toEqual([
    cannot('match[0].headers', 'match by header'),
    cannot('mirror', 'mirror'),
  ]);
});

test('gRPC has headers, and no cookies and no query', () => {
  expect(problemsOf({ grpcRoute: 'web' }, asking({ match: [header], mirror }))).toEqual([]);
  const match = [{ cookie: { name: 'a', exact: 'b' }, query: [{ name: 'v', exact: '2' }] }];
  const cannot = (field: string, what: string) =>
    expect.stringMatching(
      `^spec\\.strategy\\..*\\.${field}: gatewayAPI\\.grpcRoute cannot ${what}; use a router that can \\(gatewayAPI\\.httpRoute, `,
    );
  expect(problemsOf({ grpcRoute: 'web' }, asking({ match }))).toEqual([
    cannot('cookie', 'match by cookie'),
    cannot('query', 'match by query'),
  ]);
  const abTest = { duration: '168h', goal, sticky: { percent: 20 } };
  expect(problemsOf({ grpcRoute: 'web' }, { abTest })).toEqual([
    cannot('sticky', 'keep users with a version'),
  ]);
});

test('a load balancer takes its time: less to settle would lose requests', () => {
  const said = (settle: string) => {
    const traffic = { services: [{ name: 'web' }], routers: [{ alb: { ingress: 'web' } }], settle };
    const given = { targetRef: { name: 'web' }, traffic, strategy: asking({}) };
    return validatePolicy(policySpecSchema.parse(given)).map(
      ({ field, message, fix }) => `${field}: ${message}; ${fix}`,
    );
  };
  expect(said('30s')).toEqual([]);
  expect(said('29s')).toEqual([
    'spec.traffic.settle: 29s is less than alb.ingress takes to route to what is new; write 30s or more',
  ]);
});

describe('a router that goes by the names of pods', () => {
  const told = (targetRef: Loose) => {
    const spec = policySpecSchema.parse({
      targetRef,
      traffic: {
        services: [{ name: 'web' }],
        routers: [{ consul: { serviceSplitter: 'web' } }],
      },
      strategy: asking({}),
    });
    return validatePolicy(spec).map(({ field, message }) => `${field}: ${message}`);
  };

  test('takes a Deployment whose name leaves room for the hash', () => {
    expect(told({ name: 'a'.repeat(46) })).toEqual([]);
    expect(told({ name: 'a'.repeat(47) })).toEqual([
      'spec.targetRef.name: consul.serviceSplitter tells versions apart by the names of their pods, and of a name of more than 46 characters they do not say it',
    ]);
  });

  test('takes no StatefulSet', () => {
    expect(told({ kind: 'StatefulSet', name: 'web' })).toContain(
      'spec.traffic.routers[0].consul: consul.serviceSplitter tells versions apart by the names of their pods, and those of a StatefulSet do not say it',
    );
  });
});

const routed = (router: Loose, match: Loose[]) => {
  const spec = policySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic: { services: [{ name: 'web' }], routers: [router], settle: '60s' },
    strategy: asking({ match }),
  });
  return validatePolicy(spec).map(({ field, message, fix }) => `${field}: ${message}; ${fix}`);
};
const CAN = {
  method:
    'gatewayAPI.httpRoute, istio.virtualService, contour.httpProxy, alb.ingress, apisix.apisixRoute, traefik.ingressRoute, consul.serviceSplitter, linkerd.httpRoute',
};

test('a path and a method: paths of ingress-nginx are those of the Ingress', () => {
  const match = [{ path: { prefix: '/shop' }, method: 'GET' }];
  const at = 'spec.strategy.canary.stages[0].match[0]';
  expect(routed({ ingressNginx: { ingress: 'web' } }, match)).toEqual([
    `${at}.path: ingressNginx.ingress cannot match by path; use a router that can (${CAN.method}), or leave it out`,
    `${at}.method: ingressNginx.ingress cannot match by method; use a router that can (${CAN.method}), or leave it out`,
  ]);
  for (const router of [
    { gatewayAPI: { httpRoute: 'web' } },
    { istio: { virtualService: 'web' } },
    { contour: { httpProxy: 'web' } },
    { alb: { ingress: 'web' } },
    { apisix: { apisixRoute: 'web' } },
    { traefik: { ingressRoute: 'web' } },
    { consul: { serviceSplitter: 'web' } },
  ])
    expect(routed(router, match)).toEqual([]);
});

test('a path of gRPC is that of a call', () => {
  const at = 'spec.strategy.canary.stages[0].match';
  const asked = (...match: Loose[]) => routed({ gatewayAPI: { grpcRoute: 'web' } }, match);
  const calls = [
    { prefix: '/shop.Cart' },
    { prefix: '/shop.Cart/' },
    { prefix: '/shop.Cart/Add' },
    { exact: '/shop.Cart/Add' },
    { exact: '/grpc.health.v1.Health/Check' },
  ];
  expect(asked(...calls.map((path) => ({ path })))).toEqual([]);
  const none = [{ exact: '/shop.Cart' }, { prefix: '/shop/cart/1' }, { exact: '/my-shop/Add' }];
  expect(asked(...none.map((path) => ({ path })))).toEqual(
    ['/shop.Cart', '/shop/cart/1', '/my-shop/Add'].map(
      (path, i) =>
        `${at}[${i}].path: gatewayAPI.grpcRoute sees calls of gRPC, and ${path} is the path of none; write prefix: /package.Service for a service, or exact: /package.Service/Method for one method, or use a router that can (${CAN.method})`,
    ),
  );
  expect(asked({ method: 'POST' })).toEqual([
    `${at}[0].method: gatewayAPI.grpcRoute cannot match by method; use a router that can (${CAN.method}), or leave it out`,
  ]);
});

test('a pattern of the path, and labels of the pod that sends, are for fewer', () => {
  const at = 'spec.strategy.canary.stages[0].match[0]';
  const match = [{ path: { regex: '/a.*' }, sourceLabels: { app: 'phone' } }];
  expect(routed({ gatewayAPI: { httpRoute: 'web' } }, match)).toEqual([
    `${at}.path.regex: gatewayAPI.httpRoute cannot match by a pattern of the path; use a router that can (istio.virtualService), or leave it out`,
    `${at}.sourceLabels: gatewayAPI.httpRoute cannot match by labels of the pod that sends; use a router that can (istio.virtualService), or leave it out`,
  ]);
  expect(routed({ istio: { virtualService: 'web' } }, match)).toEqual([]);
  expect(routed({ istio: { virtualService: 'web' } }, [{ sourceLabels: { 'a b': 'c' } }])).toEqual([
    `${at}.sourceLabels[a b]: no pod has such a label; write the name and the value as a pod has them in metadata.labels`,
  ]);
});

describe('a router of one’s own can what its definition says', () => {
  const told = (match: object[], route?: object, rules: Loose = {}) => {
    const spec = policySpecSchema.parse({
      targetRef: { name: 'web' },
      traffic: {
        services: [{ name: 'web' }],
        routers: [{ custom: { definition: 'ours', object: 'web' } }],
      },
      strategy: asking({ match, ...rules }),
    });
    const whole = route ? withDefinitions(spec, () => route as RouteDefinition) : spec;
    return validatePolicy(whole).map(({ field, message, fix }) => `${field}: ${message}; ${fix}`);
  };
  const lane = { group: 'edge.example.com', kind: 'Lane' };
  const able = { ...lane, match: {} };
  const cannot = (where: string, what: string) =>
    expect.stringMatching(
      `^spec\\.strategy\\.canary\\.stages\\[0\\]\\.${where}: custom\\.object cannot ${what}; use a router that can \\(gatewayAPI\\.httpRoute, (?!.*custom)`,
    );

  test('by headers, where it says where they are', () => {
    expect(told([header], able)).toEqual([]);
    expect(told([header], lane)).toEqual([cannot('match\\[0\\]\\.headers', 'match by header')]);
  });

  test('nothing is said of it while the definition is not known', () => {
    expect(told([header])).toEqual([]);
  });

  test('nothing else, whether the definition is known or not', () => {
    const pattern = { headers: [{ name: 'x-canary', regex: 'y.*' }] };
    for (const route of [able, undefined]) {
      const cookie = { cookie: { name: 'a', exact: 'b' } };
      expect(told([cookie, pattern, { path: { prefix: '/a' } }], route, { mirror })).toEqual([
        cannot('match\\[0\\]\\.cookie', 'match by cookie'),
        cannot('match\\[1\\]\\.headers', 'match by a pattern of a header'),
        cannot('match\\[2\\]\\.path', 'match by path'),
        cannot('mirror', 'mirror'),
      ]);
    }
  });
});
