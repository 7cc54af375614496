/** Requests that are told by path and method, tried one by one against readers of each kind of route which were written
 * from its reference, and not by what writes it. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import type { TrafficRouter } from '../../ports/traffic-router.ts';
import { alb } from '../../routers/alb/router.ts';
import { apisix } from '../../routers/apisix/router.ts';
import { consul } from '../../routers/consul/router.ts';
import { contour } from '../../routers/contour/router.ts';
import { gatewayAPI } from '../../routers/gateway-api/router.ts';
import { istio } from '../../routers/istio/router.ts';
import { traefik } from '../../routers/traefik/router.ts';
import { kindOf, type RouteName } from './index.ts';
import type { Stored } from './route-kind.ts';
import { requestTo } from './requests.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import {
  applier,
  defaulted,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';

type Fields = Record<string, unknown>;

const object = (apiVersion: string, kind: string, spec: Fields): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'web', namespace: NAMESPACE },
  spec,
});
const path = (value: string, name: string) => ({
  path: value,
  pathType: 'Prefix',
  backend: { service: { name, port: { number: 80 } } },
});
const HOST = 'shop.example.com';
const to = (name: string) => ({ name, port: 80 });

/** By each: `/docs` of others, and all else of Service web. */
const ROUTES: { router: TrafficRouter; by: RouteName; config: Fields; objects: KubeObject[] }[] = [
  {
    router: gatewayAPI,
    by: 'httpRoute',
    config: { httpRoute: 'web' },
    objects: [
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
        parentRefs: [{ name: 'edge' }],
        rules: [
          { backendRefs: [to('web')] },
          {
            matches: [{ path: { type: 'PathPrefix', value: '/docs' } }],
            backendRefs: [to('docs')],
          },
        ],
      }),
    ],
  },
  {
    router: istio,
    by: 'istio',
    config: { virtualService: 'web' },
    objects: [
      object('networking.istio.io/v1', 'VirtualService', {
        hosts: [HOST],
        http: [
          { match: [{ uri: { prefix: '/docs' } }], route: [{ destination: { host: 'docs' } }] },
          { route: [{ destination: { host: 'web' } }] },
        ],
      }),
    ],
  },
  {
    router: contour,
    by: 'contour',
    config: { httpProxy: 'web' },
    objects: [
      object('projectcontour.io/v1', 'HTTPProxy', {
        virtualhost: { fqdn: HOST },
        routes: [
          { services: [to('web')] },
          { conditions: [{ prefix: '/docs' }], services: [to('docs')] },
        ],
      }),
    ],
  },
  {
    router: apisix,
    by: 'apisix',
    config: { apisixRoute: 'web' },
    objects: [
      object('apisix.apache.org/v2', 'ApisixRoute', {
        http: [
          {
            name: 'a',
            match: { paths: ['/*'] },
            backends: [{ serviceName: 'web', servicePort: 80 }],
          },
          {
            name: 'b',
            match: { paths: ['/docs*'] },
            backends: [{ serviceName: 'docs', servicePort: 80 }],
          },
        ],
      }),
    ],
  },
  {
    router: alb,
    by: 'alb',
    config: { ingress: 'web' },
    objects: [
      object('networking.k8s.io/v1', 'Ingress', {
        ingressClassName: 'alb',
        rules: [{ host: HOST, http: { paths: [path('/', 'web'), path('/docs', 'docs')] } }],
      }),
    ],
  },
  {
    router: traefik,
    by: 'traefik',
    config: { ingressRoute: 'web' },
    objects: [
      object('traefik.io/v1alpha1', 'IngressRoute', {
        routes: [
          { kind: 'Rule', match: `Host(\`${HOST}\`)`, services: [to('web')] },
          {
            kind: 'Rule',
            match: `Host(\`${HOST}\`) && PathPrefix(\`/docs\`)`,
            services: [to('docs')],
          },
        ],
      }),
    ],
  },
  {
    router: consul,
    by: 'consul',
    config: { serviceSplitter: 'web' },
    objects: [
      object('consul.hashicorp.com/v1alpha1', 'ServiceSplitter', { splits: [{ weight: 100 }] }),
      object('consul.hashicorp.com/v1alpha1', 'ServiceRouter', {
        routes: [{ match: { http: { pathPrefix: '/docs' } }, destination: { service: 'docs' } }],
      }),
    ],
  },
];

const MATCH: RequestMatch[] = [
  { path: { prefix: '/shop' }, method: 'GET' },
  { path: { exact: '/cart' } },
  { path: { prefix: '/docs/new' } },
  { method: 'PATCH', headers: [{ name: 'x-canary', exact: 'yes' }] },
];

/** At no percent, so that nothing else reaches the candidate. */
const ASKED: [string, string, Record<string, string>, string][] = [
  ['GET', '/shop', {}, 'web-candidate'],
  ['GET', '/shop/', {}, 'web-candidate'],
  ['GET', '/shop/cart', {}, 'web-candidate'],
  ['POST', '/shop/cart', {}, 'web-stable'],
  ['GET', '/shopping', {}, 'web-stable'],
  ['GET', '/cart', {}, 'web-candidate'],
  ['POST', '/cart', {}, 'web-candidate'],
  ['GET', '/cart/1', {}, 'web-stable'],
  ['GET', '/', {}, 'web-stable'],
  ['PATCH', '/a', { 'x-canary': 'yes' }, 'web-candidate'],
  ['PATCH', '/a', {}, 'web-stable'],
  ['GET', '/a', { 'x-canary': 'yes' }, 'web-stable'],
  ['GET', '/docs/1', {}, 'docs'],
  ['GET', '/docs/new', {}, 'docs'],
  ['PATCH', '/docs/new', { 'x-canary': 'yes' }, 'docs'],
];

const release = { name: 'web-1', uid: 'uid-web-1', policy: 'web' };

function routed({ router, by, config, objects }: (typeof ROUTES)[number], match: RequestMatch[]) {
  const store = new ObjectStore([...objects, service('web'), service('docs')], defaulted);
  const intent = splitIntent(config, { weight: 0, release, rules: [{ match }], match });
  const go = applier(router);
  for (let i = 0; i < 3; i += 1) go(store, { ...intent, journal: {} });
  const all = Object.values(KINDS);
  const stored: Stored = {
    get: (kind, name) =>
      all.map((one) => (one.kind === kind ? store.get(one, name) : undefined)).find(Boolean),
    all: (kind) => all.flatMap((one) => (one.kind === kind ? store.list(one) : [])),
  };
  const rules = kindOf({ by, objects: [] }).rules(stored);
  return (method: string, at: string, headers: Record<string, string>) => {
    const found = rules.find((rule) => rule.test(requestTo(at, { method, headers })));
    return found?.to.filter(({ percent }) => percent === 100).map((one) => one.service) ?? [];
  };
}

describe.each(ROUTES)('by $by', (route) => {
  const send = routed(route, MATCH);
  test.each(ASKED)('%s %s %j goes to %4$s', (method, at, headers, wanted) => {
    expect(send(method, at, headers)).toEqual([wanted]);
  });
});
