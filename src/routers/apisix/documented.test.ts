/** The examples that the documentation of APISIX and of its ingress controller have for ApisixRoutes. */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { apisixRouteSpec } from '../../testing/apisix-schema.ts';
import { describeDocumented, type Documented } from '../../testing/documented-examples.ts';
import { MATCH, NAMESPACE, service } from '../../testing/router-conformance-objects.ts';
import { apisix } from './router.ts';

type Fields = Record<string, unknown>;

const to = (serviceName: string, more: Fields = {}): Fields => ({
  serviceName,
  servicePort: 80,
  ...more,
});
const rule = (more: Fields = {}): Fields => ({
  name: 'web',
  match: { paths: ['/*'] },
  backends: [to('web')],
  ...more,
});

function route(spec: Fields): KubeObject[] {
  const object = {
    apiVersion: 'apisix.apache.org/v2',
    kind: 'ApisixRoute',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec,
  };
  return [object, service('web'), service('docs')];
}

const example = (
  name: string,
  http: Fields[],
  more: Omit<Documented, 'name' | 'objects'> = {},
) => ({
  name,
  objects: route({ http }),
  ...more,
});
const plugin = (name: string, config?: Fields): Fields => ({
  name,
  enable: true,
  ...(config && { config }),
});
const copying: RequestRules = { mirror: { percent: 20, methods: 'All' } };
const matching: RequestRules = { match: MATCH };
const agent = {
  subject: { scope: 'Header', name: 'User-Agent' },
  op: 'RegexMatch',
  value: '.*X.*',
};
const stream = (protocol: string, ingressPort: number, serviceName: string) => ({
  name: 's',
  protocol,
  match: { ingressPort },
  backend: to(serviceName),
});

describeDocumented({
  router: apisix,
  config: { apisixRoute: 'web' },
  kinds: [KINDS.apisixRoute],
  problems: (object) => apisixRouteSpec.safeParse(object['spec']).error?.issues ?? [],
  pages: {
    ApisixRoute: [
      example('by path, to two Services', [
        rule({ match: { hosts: ['shop.example.com'], paths: ['/web/*'] } }),
        rule({ name: 'docs', match: { paths: ['/docs/*'] }, backends: [to('docs')] }),
      ]),
      example('by method', [rule({ match: { paths: ['/'], methods: ['GET'] } })], {
        rules: matching,
      }),
      example(
        'by a parameter',
        [
          rule({
            match: {
              paths: ['/'],
              exprs: [{ subject: { scope: 'Query', name: 'id' }, op: 'Equal', value: '21' }],
            },
          }),
        ],
        { rules: { ...matching, ...copying } },
      ),
      example('to the address of the Service', [
        rule({ backends: [to('web', { resolveGranularity: 'service' })] }),
      ]),
      example(
        'two Services by weight',
        [
          rule({
            match: { paths: ['/*'], methods: ['GET'], exprs: [agent] },
            backends: [to('web', { weight: 100 }), to('docs', { weight: 50 })],
          }),
        ],
        {
          refused: {
            field: 'ApisixRoute web spec.http[0].backends',
            says: 'shares requests between web, docs',
          },
        },
      ),
      example('a plugin without a config', [rule({ plugins: [plugin('cors')] })], {
        rules: copying,
      }),
      example('a plugin whose config is in a Secret, and a weight that nothing stands beside', [
        rule({
          backends: [to('web', { weight: 10 })],
          plugins: [
            { ...plugin('echo', { before_body: 'a', headers: { b: 'c' } }), secretRef: 'e' },
          ],
        }),
      ]),
      example('WebSockets', [
        rule({ websocket: true, match: { hosts: ['ws.x.org'], paths: ['/*'] } }),
      ]),
      {
        name: 'connections only',
        objects: route({ stream: [stream('TCP', 9100, 'web')] }),
        refused: { field: 'ApisixRoute web', says: 'no rule leads to Service web' },
      },
      {
        name: 'datagrams of another Service, beside requests',
        objects: route({ http: [rule()], stream: [stream('UDP', 9200, 'docs')] }),
      },
      {
        name: 'connections of the Service itself, beside requests',
        objects: route({ http: [rule()], stream: [stream('TCP', 9100, 'web')] }),
        refused: { field: 'ApisixRoute web spec.stream[0].backend', says: 'has no weights' },
      },
    ],
    'Configuration Examples': [
      {
        name: 'a class, and one exact path',
        objects: route({ ingressClassName: 'apisix', http: [rule({ match: { paths: ['/ip'] } })] }),
      },
      example(
        'what is outside of the cluster, by an ApisixUpstream',
        [rule({ backends: undefined, upstreams: [{ name: 'outside' }] })],
        { refused: { field: 'ApisixRoute web', says: 'no rule leads to Service web' } },
      ),
      example(
        'three to seven',
        [rule({ backends: [to('web', { weight: 3 }), to('docs', { weight: 7 })] })],
        { refused: { field: 'ApisixRoute web spec.http[0].backends', says: 'shares requests' } },
      ),
      example(
        'a login, for which a rule of a release asks too',
        [rule({ authentication: { enable: true, type: 'keyAuth' } })],
        { rules: matching },
      ),
      example('a limit', [
        rule({
          plugins: [plugin('limit-count', { count: 2, time_window: 10, rejected_code: 429 })],
        }),
      ]),
      example('plugins of an ApisixPluginConfig', [rule({ plugin_config_name: 'p' })], {
        rules: matching,
      }),
      example(
        'plugins of an ApisixPluginConfig, where requests are copied',
        [rule({ plugin_config_name: 'p' })],
        {
          rules: copying,
          refused: {
            field: 'ApisixRoute web spec.http[0].plugin_config_name',
            says: 'is not seen',
          },
        },
      ),
    ],
    'traffic-split': [
      example(
        'the plugin, by a header',
        [
          rule({
            plugins: [
              plugin('traffic-split', {
                rules: [
                  {
                    match: [{ vars: [['http_subset', '==', 'v1']] }],
                    weighted_upstreams: [
                      { upstream: { name: 'v1', nodes: { 'docs.shop:80': 1 } } },
                    ],
                  },
                ],
              }),
            ],
          }),
        ],
        { refused: { field: 'ApisixRoute web spec.http[0].plugins', says: 'traffic-split' } },
      ),
    ],
    'proxy-mirror': [
      example('copies of the user, of a part and by another path', [
        rule({
          plugins: [
            plugin('proxy-mirror', {
              host: 'http://127.0.0.1:9797',
              path: '/copies',
              path_concat_mode: 'prefix',
              sample_ratio: 0.5,
            }),
          ],
        }),
      ]),
      example(
        'copies of the user, beside those of the release',
        [rule({ plugins: [plugin('proxy-mirror', { host: 'http://127.0.0.1:9797' })] })],
        {
          rules: copying,
          refused: {
            field: 'ApisixRoute web spec.http[0].plugins',
            says: 'copies its requests already',
          },
        },
      ),
    ],
    ApisixUpstream: [
      example('a subset of a Service', [rule({ backends: [to('web', { subset: 'v1' })] })], {
        refused: { field: 'ApisixRoute web spec.http[0].backends', says: 'subset v1' },
      }),
      example(
        'two subsets by weight',
        [
          rule({
            backends: ['v1', 'v2'].map((subset) => to('web', { subset, weight: 50 })),
          }),
        ],
        {
          refused: {
            field: 'ApisixRoute web spec.http[0].backends',
            says: 'shares requests between web, web',
          },
        },
      ),
    ],
    'API Reference': [
      example(
        'timeouts, addresses, a set of values, a function, all methods but some',
        [
          rule({
            priority: 10,
            timeout: { connect: '5s', send: '1m', read: '1m30s' },
            match: {
              paths: ['/*'],
              remoteAddrs: ['10.0.0.0/8', '::1'],
              exprs: [
                { subject: { scope: 'Cookie', name: 'a' }, op: 'In', set: ['1', '2'] },
                { subject: { scope: 'Path' }, op: 'RegexNotMatch', value: '^/admin' },
                {
                  subject: { scope: 'Variable', name: 'server_port' },
                  op: 'NotEqual',
                  value: '81',
                },
              ],
              filter_func: 'function(vars) return true end',
            },
          }),
        ],
        { rules: { ...matching, ...copying } },
      ),
    ],
  },
});
