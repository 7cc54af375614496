/** What is refused of matches by path, method and sending pod, since it could not be said of the routes that are there. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { RequestMatch, RequestRules } from '../api/request-match.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import { alb } from '../routers/alb/router.ts';
import { apisix } from '../routers/apisix/router.ts';
import { consul } from '../routers/consul/router.ts';
import { contour } from '../routers/contour/router.ts';
import { gatewayAPI } from '../routers/gateway-api/router.ts';
import { istio } from '../routers/istio/router.ts';
import { traefik } from '../routers/traefik/router.ts';
import { ObjectStore } from './apply-writes.ts';
import { defaulted, NAMESPACE, service, splitIntent } from './router-conformance-objects.ts';

type Fields = Record<string, unknown>;

const cart: RequestMatch = { path: { prefix: '/cart' } };
const shop: RequestMatch = { path: { prefix: '/shop' } };
const item: RequestMatch = { path: { exact: '/shop/item' } };
const post: RequestMatch = { method: 'POST' };
const byPod: RequestMatch = { sourceLabels: { app: 'phone' } };
const byPattern: RequestMatch = { path: { regex: '/shop/[0-9]+' } };

const NOWHERE = /no rule that leads to the Services takes such requests/;
const REWRITES = /rewrites the part of the path/;
const OVERTAKES = /take requests of/;
const NOTHING_LEFT = /none is left to be shared/;
const UNSAID = /cannot be written as a rule/;

type Case = [string, Fields[], RequestRules, RegExp | undefined];

function described(
  name: string,
  of: { router: TrafficRouter; config: Fields; make: (rules: Fields[]) => KubeObject[] },
  cases: Case[],
) {
  describe(name, () => {
    test.each(cases)('%s', (_, rules, planned, message) => {
      const store = new ObjectStore(
        [...of.make(rules), service('web'), service('docs')],
        defaulted,
      );
      const problems = of.router.check(splitIntent(of.config, { rules: [planned] }), store);
      expect(problems.map((one) => one.message)).toEqual(
        message ? [expect.stringMatching(message)] : [],
      );
    });
  });
}

const object = (apiVersion: string, kind: string, spec: Fields): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'web', namespace: NAMESPACE },
  spec,
});
const to = (name: string) => ({ name, port: 80 });

const gateway = (match: Fields, name = 'web', more: Fields = {}) => ({
  matches: [match],
  backendRefs: [to(name)],
  ...more,
});
const at = (value: string, type = 'PathPrefix') => ({ path: { type, value } });
const rewrite = {
  type: 'URLRewrite',
  urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
};
const header = { headers: [{ type: 'Exact', name: 'x', value: '1' }] };

described(
  'gatewayAPI',
  {
    router: gatewayAPI,
    config: { httpRoute: 'web' },
    make: (rules) => [
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
        parentRefs: [{ name: 'edge' }],
        rules,
      }),
    ],
  },
  [
    ['a narrower path', [gateway(at('/'))], { match: [shop, post] }, undefined],
    ['a path elsewhere', [gateway(at('/shop'))], { match: [cart] }, NOWHERE],
    ['another method', [gateway({ ...at('/'), method: 'GET' })], { match: [post] }, NOWHERE],
    [
      'a path of others',
      [gateway(at('/')), gateway(at('/shop'), 'docs')],
      { match: [item] },
      NOWHERE,
    ],
    ['the very path', [gateway(at('/shop'))], { match: [shop] }, NOTHING_LEFT],
    ['a pattern of its own', [gateway(at('/s.*', 'RegularExpression'))], { match: [shop] }, UNSAID],
    ['a rewrite', [gateway(at('/'), 'web', { filters: [rewrite] })], { match: [shop] }, REWRITES],
    [
      'a rewrite, and a method',
      [gateway(at('/'), 'web', { filters: [rewrite] })],
      { match: [post] },
      undefined,
    ],
    [
      'others by header in between',
      [gateway(at('/')), gateway({ ...at('/shop'), ...header }, 'docs')],
      { match: [item] },
      OVERTAKES,
    ],
    [
      'a pattern of others',
      [gateway(at('/')), gateway(at('/shop/i.*', 'RegularExpression'), 'docs')],
      { match: [item] },
      OVERTAKES,
    ],
    [
      'others below it',
      [gateway(at('/')), gateway(at('/shop/docs'), 'docs')],
      { match: [shop] },
      undefined,
    ],
  ],
);

const calls = (method: Fields | undefined, name = 'web', more: Fields = {}) => ({
  matches: [{ ...(method && { method }), ...more }],
  backendRefs: [to(name)],
});
const cartCalls: RequestMatch = { path: { prefix: '/shop.Cart' } };
const add: RequestMatch = { path: { exact: '/shop.Cart/Add' } };
const anyPattern = { type: 'RegularExpression', service: 'shop[.].*' };

described(
  'gatewayAPI by a GRPCRoute',
  {
    router: gatewayAPI,
    config: { grpcRoute: 'web' },
    make: (rules) => [
      object('gateway.networking.k8s.io/v1', 'GRPCRoute', {
        parentRefs: [{ name: 'edge' }],
        rules,
      }),
    ],
  },
  [
    ['a service, and a method', [calls(undefined)], { match: [cartCalls, add] }, undefined],
    ['a method of its service', [calls({ service: 'shop.Cart' })], { match: [add] }, undefined],
    ['its method of a service', [calls({ method: 'Add' })], { match: [cartCalls] }, undefined],
    ['another service', [calls({ service: 'shop.Docs' })], { match: [cartCalls] }, NOWHERE],
    ['another method', [calls({ method: 'Remove' })], { match: [add] }, NOWHERE],
    [
      'a service of others',
      [calls(undefined), calls({ service: 'shop.Cart' }, 'docs')],
      { match: [add] },
      NOWHERE,
    ],
    ['the very service', [calls({ service: 'shop.Cart' })], { match: [cartCalls] }, NOTHING_LEFT],
    ['a pattern of its own', [calls(anyPattern)], { match: [cartCalls] }, UNSAID],
    [
      'a pattern of others',
      [calls(undefined), calls(anyPattern, 'docs')],
      { match: [cartCalls] },
      OVERTAKES,
    ],
    [
      'a method of others, of any service',
      [calls(undefined), calls({ method: 'Add' }, 'docs')],
      { match: [cartCalls] },
      OVERTAKES,
    ],
    [
      'others by header',
      [calls(undefined), calls({ service: 'shop.Cart' }, 'docs', header)],
      { match: [add] },
      OVERTAKES,
    ],
    [
      'others of another service, and below it',
      [
        calls(undefined),
        calls({ service: 'shop.Docs' }, 'docs'),
        calls({ service: 'shop.Cart', method: 'Remove' }, 'docs'),
      ],
      { match: [cartCalls] },
      undefined,
    ],
  ],
);

test('gatewayAPI: a route of its own that has the path already', () => {
  const route = (name: string, rules: Fields[], parent = 'edge'): KubeObject => ({
    ...object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
      parentRefs: [{ name: parent }],
      rules,
    }),
    metadata: { name, namespace: NAMESPACE },
  });
  const checked = (parent: string) =>
    gatewayAPI.check(
      splitIntent({ httpRoute: 'web' }, { rules: [{ match: [item] }] }),
      new ObjectStore(
        [
          route('web', [gateway(at('/'))]),
          route('docs', [gateway(at('/shop'), 'docs')], parent),
          service('web'),
        ],
        defaulted,
      ),
    );
  expect(checked('edge').map(({ message }) => message)).toEqual([
    expect.stringMatching(/would take requests of HTTPRoute docs spec\.rules\[0\]/),
  ]);
  expect(checked('inside')).toEqual([]);
});

const http = (match: Fields | undefined, more: Fields = {}) => ({
  ...(match && { match: [match] }),
  route: [{ destination: { host: 'web' } }],
  ...more,
});
const mesh = (spec: Fields) => ({
  router: istio,
  config: { virtualService: 'web' },
  make: (rules: Fields[]) => [
    object('networking.istio.io/v1', 'VirtualService', { hosts: ['web'], ...spec, http: rules }),
  ],
});
described('istio', mesh({}), [
  ['all that it can', [http(undefined)], { match: [item, post, byPod, byPattern] }, undefined],
  ['a path elsewhere', [http({ uri: { prefix: '/shop' } })], { match: [cart] }, NOWHERE],
  ['another method', [http({ method: { regex: 'GET|HEAD' } })], { match: [post] }, NOWHERE],
  ['other labels', [http({ sourceLabels: { app: 'tv' } })], { match: [byPod] }, NOWHERE],
  ['the very path', [http({ uri: { exact: '/shop/item' } })], { match: [item] }, NOTHING_LEFT],
  ['a pattern of its own', [http({ uri: { regex: '/s.*' } })], { match: [shop] }, UNSAID],
  ['any case', [http({ ignoreUriCase: true })], { match: [shop] }, UNSAID],
  ['gateways of a match', [http({ gateways: ['edge'] })], { match: [byPod] }, UNSAID],
  ['a rewrite', [http(undefined, { rewrite: { uri: '/' } })], { match: [shop] }, REWRITES],
]);
described('istio at gateways', mesh({ gateways: ['edge'] }), [
  ['no labels', [http(undefined)], { match: [byPod] }, /for gateways only/],
  ['paths', [http(undefined)], { match: [shop] }, undefined],
]);

const proxied = (conditions: Fields[], name = 'web', more: Fields = {}) => ({
  conditions,
  services: [to(name)],
  ...more,
});
const proxy = (spec: Fields) => ({
  router: contour,
  config: { httpProxy: 'web' },
  make: (routes: Fields[]) => [object('projectcontour.io/v1', 'HTTPProxy', { ...spec, routes })],
});
const mirror = { percent: 10, methods: 'Safe' as const };
const byX = { header: { name: 'x', exact: '1' } };
described('contour', proxy({ virtualhost: { fqdn: 'shop.example.com' } }), [
  ['a narrower path', [proxied([{ prefix: '/' }])], { match: [shop, post] }, undefined],
  ['a path elsewhere', [proxied([{ prefix: '/shop' }])], { match: [cart] }, NOWHERE],
  ['the very path', [proxied([{ exact: '/shop/item' }])], { match: [item] }, NOTHING_LEFT],
  [
    'a path of others',
    [proxied([]), proxied([{ prefix: '/shop' }], 'docs')],
    { match: [item] },
    NOWHERE,
  ],
  [
    'others by header in between',
    [proxied([]), proxied([{ prefix: '/shop' }, byX], 'docs')],
    { match: [item] },
    OVERTAKES,
  ],
  ['a pattern of its own', [proxied([{ regex: '/s.*' }])], { match: [shop] }, UNSAID],
  [
    'a rewrite',
    [proxied([], 'web', { pathRewritePolicy: { replacePrefix: [{ replacement: '/' }] } })],
    { match: [shop] },
    REWRITES,
  ],
  ['copies beside a path', [proxied([])], { match: [shop], mirror }, undefined],
]);
described('contour, included', proxy({}), [
  ['paths', [proxied([])], { match: [shop] }, /has no virtualhost/],
  ['methods', [proxied([])], { match: [post] }, undefined],
]);

const place = (path: string, name = 'web', pathType = 'Prefix') => ({
  path,
  pathType,
  backend: { service: { name, port: { number: 80 } } },
});
const balanced = (conditions: Record<string, Fields[]> = {}) => ({
  router: alb,
  config: { ingress: 'web' },
  make: (paths: Fields[]) => {
    const made = object('networking.k8s.io/v1', 'Ingress', { rules: [{ http: { paths } }] });
    const annotations = Object.entries(conditions).map(([name, list]) => [
      `alb.ingress.kubernetes.io/conditions.${name}`,
      JSON.stringify(list),
    ]);
    return [
      { ...made, metadata: { ...made.metadata, annotations: Object.fromEntries(annotations) } },
    ];
  },
});
described('alb', balanced(), [
  ['a narrower path', [place('/')], { match: [shop, post] }, undefined],
  ['a path elsewhere', [place('/shop')], { match: [cart] }, NOWHERE],
  ['the very path', [place('/shop')], { match: [shop] }, NOTHING_LEFT],
  ['a path of others', [place('/'), place('/shop', 'docs')], { match: [item] }, NOWHERE],
  [
    'a path of neither type',
    [place('/'), place('/x*', 'docs', 'ImplementationSpecific')],
    { match: [shop] },
    /neither Exact nor Prefix/,
  ],
]);
const methods = { field: 'http-request-method', httpRequestMethodConfig: { values: ['GET'] } };
described('alb with conditions', balanced({ web: [methods], docs: [methods] }), [
  ['a method', [place('/')], { match: [post] }, /http-request-method already/],
  ['others in between', [place('/'), place('/shop', 'docs')], { match: [item] }, OVERTAKES],
]);

const ruled = (rule: string) => ({ kind: 'Rule', match: rule, services: [to('web')] });
described(
  'traefik',
  {
    router: traefik,
    config: { ingressRoute: 'web' },
    make: (routes) => [object('traefik.io/v1alpha1', 'IngressRoute', { routes })],
  },
  [
    ['all that it can', [ruled('Host(`a.b`)')], { match: [item, post, byPattern] }, undefined],
    ['a path elsewhere', [ruled('PathPrefix(`/shop`)')], { match: [cart] }, NOWHERE],
    ['another method', [ruled('Host(`a.b`) && Method(`GET`)')], { match: [post] }, NOWHERE],
  ],
);

const matched = (match: Fields) => ({
  name: 'a',
  match,
  backends: [{ serviceName: 'web', servicePort: 80 }],
});
described(
  'apisix',
  {
    router: apisix,
    config: { apisixRoute: 'web' },
    make: (rules) => [object('apisix.apache.org/v2', 'ApisixRoute', { http: rules })],
  },
  [
    [
      'all that it can',
      [matched({ paths: ['/*'] })],
      { match: [item, post, byPattern] },
      undefined,
    ],
    ['a path elsewhere', [matched({ paths: ['/shop*', '/a'] })], { match: [cart] }, NOWHERE],
    ['another method', [matched({ paths: ['/*'], methods: ['GET'] })], { match: [post] }, NOWHERE],
    [
      'the very method',
      [matched({ paths: ['/*'], methods: ['POST'] })],
      { match: [post] },
      NOTHING_LEFT,
    ],
  ],
);

const synced = { status: { conditions: [{ type: 'Synced', status: 'True' }] } };
described(
  'consul',
  {
    router: consul,
    config: { serviceSplitter: 'web' },
    make: (routes) => [
      {
        ...object('consul.hashicorp.com/v1alpha1', 'ServiceSplitter', {
          splits: [{ weight: 100 }],
        }),
        ...synced,
      },
      { ...object('consul.hashicorp.com/v1alpha1', 'ServiceRouter', { routes }), ...synced },
    ],
  },
  [
    ['all that it can', [], { match: [item, post, byPattern] }, undefined],
    [
      'the very path',
      [{ match: { http: { pathPrefix: '/shop/' } } }],
      { match: [shop] },
      NOTHING_LEFT,
    ],
    [
      'a pattern of its own',
      [{ match: { http: { pathRegex: '/s.*' } } }],
      { match: [shop] },
      UNSAID,
    ],
    [
      'any case',
      [{ match: { http: { pathPrefix: '/', caseInsensitive: true } } }],
      { match: [shop] },
      UNSAID,
    ],
    ['a rewrite', [{ destination: { prefixRewrite: '/' } }], { match: [shop] }, REWRITES],
    [
      'a path elsewhere',
      [{ match: { http: { pathPrefix: '/shop/' } } }, { destination: { service: 'docs' } }],
      { match: [cart] },
      NOWHERE,
    ],
  ],
);
