/** The examples that the documentation of Contour has for HTTPProxies. */
import {
  HTTPProxy,
  type IHTTPProxy,
} from '@kubernetes-models/contour/projectcontour.io/v1/HTTPProxy';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch, RequestRules } from '../../api/request-match.ts';
import { describeDocumented, type Documented } from '../../testing/documented-examples.ts';
import { NAMESPACE, service } from '../../testing/router-conformance-objects.ts';
import { contour } from './router.ts';

type Fields = Record<string, unknown>;
type More = Omit<Documented, 'name' | 'objects'>;

const to = (name: string, more: Fields = {}): Fields => ({ name, port: 80, ...more });
const route = (conditions: Fields[], services: Fields[] = [to('web')], more: Fields = {}) => ({
  ...(conditions.length > 0 && { conditions }),
  services,
  ...more,
});

function proxy(spec: Fields): KubeObject {
  return {
    apiVersion: 'projectcontour.io/v1',
    kind: 'HTTPProxy',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec,
  };
}

const virtualhost = { fqdn: 'shop.example.com' };
const example = (
  name: string,
  routes: Fields[],
  more: More = {},
  spec: Fields = {},
): Documented => ({
  name,
  objects: [proxy({ virtualhost, ...spec, routes }), service('web'), service('docs')],
  ...more,
});
const matching = (...match: RequestMatch[]): RequestRules => ({ match });
const byHeader = matching({ headers: [{ name: 'x-canary', exact: 'yes' }] });
const copying: RequestRules = { mirror: { percent: 20, methods: 'All' } };
const at = (field: string) => `HTTPProxy web spec.${field}`;
const SHARED: More = {
  refused: { field: at('routes[0].services'), says: 'shares requests between web, docs' },
};

function problems(object: KubeObject): unknown[] {
  try {
    new HTTPProxy(object as unknown as IHTTPProxy).validate();
    return [];
  } catch (error) {
    return [error];
  }
}

describeDocumented({
  router: contour,
  config: { httpProxy: 'web' },
  kinds: [KINDS.httpProxy],
  typed: true,
  problems,
  pages: {
    'Request Routing': [
      example(
        'several paths',
        [
          route([{ prefix: '/' }]),
          route([{ prefix: '/blog' }], [to('docs')]),
          route([{ exact: '/feed' }], [to('docs')]),
        ],
        { rules: { ...byHeader, ...copying } },
      ),
      example(
        'several paths, and one that the policy asks for',
        [route([{ prefix: '/' }]), route([{ prefix: '/blog' }], [to('docs')])],
        { rules: matching({ path: { prefix: '/shop' } }) },
      ),
      example('headers and a parameter', [
        route([{ header: { name: 'x-os', contains: 'ios' } }]),
        route([{ header: { name: 'x-os', contains: 'android' } }], [to('docs')]),
        route([{ queryParameter: { name: 'os', exact: 'other', ignoreCase: true } }], [to('docs')]),
        route([], [to('docs')]),
      ]),
      example(
        'a header, among routes of the same path',
        [
          route([{ header: { name: 'x-os', contains: 'ios' } }]),
          route([{ header: { name: 'x-os', contains: 'android' } }], [to('docs')]),
        ],
        {
          rules: byHeader,
          refused: { field: at('routes[0].conditions'), says: 'has the same path' },
        },
      ),
      example('a redirect of another path', [
        {
          conditions: [{ prefix: '/old' }],
          requestRedirectPolicy: { hostname: 'www.example.com' },
        },
        route([{ prefix: '/' }]),
      ]),
      example(
        'two Services, of which neither has a weight',
        [route([], [to('web'), to('docs')])],
        SHARED,
      ),
      example(
        'two Services by weight',
        [route([], [to('web', { weight: 10 }), to('docs', { weight: 90 })])],
        SHARED,
      ),
      example('two Services, of which one has a weight', [
        route([], [to('web', { weight: 20 }), to('docs')]),
      ]),
      example('copies of the user', [
        route([{ prefix: '/' }], [to('web'), to('docs', { mirror: true })]),
      ]),
      example(
        'copies of the user of a part, for single requests too',
        [route([{ prefix: '/' }], [to('web'), to('docs', { mirror: true, weight: 5 })])],
        { rules: byHeader },
      ),
      example(
        'copies of the user, beside those of the policy',
        [route([{ prefix: '/' }], [to('web'), to('docs', { mirror: true })])],
        {
          rules: copying,
          refused: { field: at('routes[0].services'), says: 'copies requests already' },
        },
      ),
      example(
        'timeouts, and requests that are tried again',
        [
          route([], [to('web')], {
            timeoutPolicy: { response: '1s', idle: '10s', idleConnection: '60s' },
            retryPolicy: { count: 3, perTryTimeout: '150ms' },
          }),
        ],
        { rules: { ...byHeader, ...copying } },
      ),
      example(
        'a strategy by a header and by addresses',
        [
          route([{ prefix: '/' }], [to('web')], {
            loadBalancerPolicy: {
              strategy: 'RequestHash',
              requestHashPolicies: [
                { headerHashOptions: { headerName: 'x-user' }, terminal: true },
                { hashSourceIP: true },
              ],
            },
          }),
        ],
        { rules: byHeader },
      ),
    ],
    'Request Rewriting': [
      example('a prefix', [
        route([{ prefix: '/v1' }], [to('web')], {
          pathRewritePolicy: { replacePrefix: [{ replacement: '/app' }] },
        }),
      ]),
      example(
        'a prefix, under one that the policy asks for',
        [
          route([{ prefix: '/v1' }], [to('web')], {
            pathRewritePolicy: { replacePrefix: [{ replacement: '/app' }] },
          }),
        ],
        {
          rules: matching({ path: { prefix: '/v1/shop' } }),
          refused: { field: at('routes[0]'), says: 'rewrites the part of the path' },
        },
      ),
      example('headers of a route and of a Service', [
        route([], [to('web', { requestHeadersPolicy: { set: [{ name: 'x-a', value: '1' }] } })], {
          responseHeadersPolicy: { remove: ['x-b'] },
        }),
      ]),
    ],
    'HTTPProxy Inclusion': [
      example(
        'a root that includes others',
        [route([{ prefix: '/' }])],
        { rules: byHeader },
        { includes: [{ name: 'docs', namespace: NAMESPACE, conditions: [{ prefix: '/docs' }] }] },
      ),
      example(
        'one that is included',
        [route([]), route([{ prefix: '/blog' }], [to('docs')])],
        {},
        {
          virtualhost: undefined,
        },
      ),
      example(
        'one that is included, and a path that the policy asks for',
        [route([])],
        {
          rules: matching({ path: { prefix: '/shop' } }),
          refused: { field: 'HTTPProxy web spec', says: 'it has no virtualhost' },
        },
        { virtualhost: undefined },
      ),
      example(
        'a root that includes all there is',
        [],
        { refused: { field: 'HTTPProxy web', says: 'leads to Service web' } },
        { routes: undefined, includes: [{ name: 'docs' }] },
      ),
    ],
    'TLS Termination and Delegation': [
      {
        name: 'connections',
        objects: [
          proxy({
            virtualhost: { ...virtualhost, tls: { passthrough: true } },
            tcpproxy: { services: [to('web')] },
          }),
          service('web'),
        ],
      },
      {
        name: 'connections of two Services',
        objects: [
          proxy({
            virtualhost: { ...virtualhost, tls: { secretName: 's' } },
            tcpproxy: { services: [to('web'), to('docs')] },
          }),
          service('web'),
        ],
        refused: { field: at('tcpproxy'), says: 'shares requests between web, docs' },
      },
    ],
    'External Service Routing': [
      {
        name: 'what is outside of the cluster',
        objects: [
          proxy({ virtualhost, routes: [route([], [to('web')])] }),
          service('web', {
            type: 'ExternalName',
            externalName: 'example.com',
            selector: undefined,
          }),
        ],
        refused: { field: 'Service web', says: 'ExternalName' },
      },
    ],
  },
});
