/** The examples that the guide of the AWS Load Balancer Controller has for Ingresses. */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch, RequestRules } from '../../api/request-match.ts';
import { albProblems } from '../../testing/alb-schema.ts';
import { describeDocumented, type Documented } from '../../testing/documented-examples.ts';
import { NAMESPACE, service } from '../../testing/router-conformance-objects.ts';
import { keyOf, type Path, PREFIX } from './ingress.ts';
import { alb } from './router.ts';

type Annotations = Record<string, unknown>;

const USE = { name: 'use-annotation' };
const path = (at: string, name: string, more: Partial<Path> & { port?: object } = {}): Path => {
  const { port = USE, ...rest } = more;
  return { path: at, pathType: 'Prefix', backend: { service: { name, port } }, ...rest };
};
const web = path('/', 'web', { port: { number: 80 } });

/** What is no text is written as JSON. */
function ingress(paths: Path[], annotations: Annotations = {}, spec: object = {}): KubeObject {
  const texts = Object.entries(annotations).map(([key, value]) => [
    key.startsWith(PREFIX) ? key : `${PREFIX}${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web',
      namespace: NAMESPACE,
      ...(texts.length > 0 && { annotations: Object.fromEntries(texts) as Record<string, string> }),
    },
    spec: {
      ingressClassName: 'alb',
      rules: [{ host: 'shop.example.com', http: { paths } }],
      ...spec,
    },
  };
}

type More = Omit<Documented, 'name' | 'objects'>;

const example = (
  name: string,
  { paths = [web], ...annotations }: Annotations & { paths?: Path[] },
  more: More = {},
): Documented => ({
  name,
  objects: [ingress(paths, annotations), service('web'), service('docs')],
  ...more,
});

const byHeader: RequestMatch = { headers: [{ name: 'X-Canary', exact: 'yes' }] };
const matching = (...match: RequestMatch[]): RequestRules => ({ match });
const asked = (name: string, config: string, given: object) => ({
  [keyOf('conditions', 'web')]: [{ field: name, [config]: given }],
});
const refused = (key: string, says: string): More => ({
  refused: { field: `Ingress web metadata.annotations[${PREFIX}${key}]`, says },
});
const to = (serviceName: string, servicePort: number | string, weight?: number) => ({
  serviceName,
  servicePort,
  ...(weight !== undefined && { weight }),
});
const forward = (targetGroups: object[], more: object = {}) => ({
  type: 'forward',
  forwardConfig: { targetGroups, ...more },
});
const weighted = (action: object) => ({
  paths: [path('/', 'weighted')],
  'actions.weighted': action,
});
const beside = (name: string, action: object) => ({
  paths: [path('/other', name, { pathType: 'Exact' }), web],
  [`actions.${name}`]: action,
});
const rewriting = (config: string, regex: string, replace: string) => ({
  [config]: { rewrites: [{ regex, replace }] },
});

describeDocumented({
  router: alb,
  config: { ingress: 'web' },
  kinds: [KINDS.ingress],
  typed: true,
  problems: albProblems,
  versions: [service('web-stable'), service('web-candidate')],
  pages: {
    'Ingress annotations: actions': [
      example(
        'a fixed response',
        beside('response-503', {
          type: 'fixed-response',
          fixedResponseConfig: { contentType: 'text/plain', statusCode: '503', messageBody: 'no' },
        }),
        { rules: matching(byHeader) },
      ),
      example(
        'a redirect',
        beside('away', {
          type: 'redirect',
          redirectConfig: {
            host: 'example.com',
            path: '/docs/',
            port: '443',
            protocol: 'HTTPS',
            query: 'k=v',
            statusCode: 'HTTP_302',
          },
        }),
      ),
      example(
        'a target group by its ARN',
        beside('old', { type: 'forward', targetGroupARN: 'arn' }),
      ),
      example(
        'a target group by its name',
        beside('old', { type: 'forward', targetGroupName: 'o' }),
      ),
      example('one Service by an action', weighted(forward([to('web', 'http')])), {
        rules: matching(byHeader),
      }),
      example('one Service that has a share, and one that has none', {
        ...weighted(forward([to('web', 80, 100), to('docs', 80, 0)])),
      }),
      example(
        'two Services and two target groups by weight',
        weighted(
          forward(
            [
              to('web', 'http', 20),
              to('docs', 80, 20),
              { targetGroupARN: 'arn', weight: 60 },
              { targetGroupName: 'old', weight: 80 },
            ],
            { targetGroupStickinessConfig: { enabled: false, durationSeconds: 200 } },
          ),
        ),
        refused('actions.weighted', 'shares requests between web, docs, arn, old'),
      ),
      example(
        'users who are kept, in capital letters',
        weighted(
          forward([to('web', '80', 50)], {
            TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 120 },
          }),
        ),
        refused('actions.weighted', 'keeps users'),
      ),
      example(
        'users who are kept at a target',
        {
          'target-group-attributes':
            'stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=60',
        },
        refused('target-group-attributes', 'several target groups'),
      ),
    ],
    'Ingress annotations: transforms': [
      example(
        'a path, and a host',
        {
          'transforms.web': [
            {
              type: 'url-rewrite',
              ...rewriting('urlRewriteConfig', String.raw`^\/a\/(.+)$`, '/$1'),
            },
            {
              type: 'host-header-rewrite',
              ...rewriting('hostHeaderRewriteConfig', String.raw`^(.+)\.example\.com$`, '$1.org'),
            },
          ],
        },
        { rules: matching(byHeader) },
      ),
    ],
    'Ingress annotations: conditions': [
      example('another host', asked('host-header', 'hostHeaderConfig', { values: ['anno.org'] }), {
        rules: matching(byHeader),
      }),
      example('another path', asked('path-pattern', 'pathPatternConfig', { values: ['/a/b'] }), {
        rules: matching(byHeader),
      }),
      example(
        'another path, and one that the policy asks for',
        asked('path-pattern', 'pathPatternConfig', { values: ['/a/b'] }),
        {
          rules: matching({ path: { prefix: '/shop' } }),
          ...refused('conditions.web', 'a condition path-pattern already'),
        },
      ),
      example(
        'another path in capital letters, and one that the policy asks for',
        {
          [keyOf('conditions', 'web')]: [
            { Field: 'path-pattern', PathPatternConfig: { Values: ['/a/b'] } },
          ],
        },
        {
          rules: matching({ path: { prefix: '/shop' } }),
          ...refused('conditions.web', 'a condition path-pattern already'),
        },
      ),
      example(
        'a header of two values',
        asked('http-header', 'httpHeaderConfig', { httpHeaderName: 'a', values: ['1', '2'] }),
        { rules: matching(byHeader) },
      ),
      example(
        'two methods, in capital letters, and one that the policy asks for',
        asked('http-request-method', 'httpRequestMethodConfig', { Values: ['GET', 'HEAD'] }),
        {
          rules: matching({ method: 'GET' }),
          ...refused('conditions.web', 'a condition http-request-method already'),
        },
      ),
      example(
        'a parameter of two values',
        asked('query-string', 'queryStringConfig', {
          values: [
            { key: 'a', value: '1' },
            { key: 'a', value: '2' },
          ],
        }),
        { rules: matching(byHeader) },
      ),
      example(
        'addresses, by a name that is written in two ways',
        asked('source-ip', 'sourceIpConfig', { values: ['192.168.0.0/16', '172.16.0.0/16'] }),
        { rules: matching(byHeader) },
      ),
      example('several at once', {
        'conditions.web': [
          { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'a', values: ['1'] } },
          { field: 'query-string', queryStringConfig: { values: [{ key: 'a', value: '1' }] } },
          { field: 'query-string', queryStringConfig: { values: [{ key: 'b', value: '2' }] } },
        ],
      }),
      example(
        'several at once, and no room for more',
        {
          'conditions.web': [
            { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'a', values: ['1'] } },
            { field: 'query-string', queryStringConfig: { values: [{ key: 'a', value: '1' }] } },
            { field: 'query-string', queryStringConfig: { values: [{ key: 'b', value: '2' }] } },
          ],
        },
        {
          rules: matching(byHeader),
          refused: { field: 'Ingress web spec.rules[0].http.paths[0]', says: 'takes 5' },
        },
      ),
      example(
        'a pattern of a header',
        asked('http-header', 'httpHeaderConfig', { httpHeaderName: 'A', regexValues: ['.+X.+'] }),
        { rules: matching({ query: [{ name: 'beta', exact: '1' }] }) },
      ),
      example(
        'a pattern of a header, and one that the policy asks for',
        asked('http-header', 'httpHeaderConfig', { httpHeaderName: 'A', regexValues: ['.+X.+'] }),
        { rules: matching(byHeader), ...refused('conditions.web', 'regexValues') },
      ),
      example('paths by patterns', {
        paths: [
          path('/^/api/(.+)$', 'web', { port: { number: 80 }, pathType: 'ImplementationSpecific' }),
        ],
        'use-regex-path-match': 'true',
        ...asked('path-pattern', 'pathPatternConfig', { regexValues: ['^/a/?(.*)$'] }),
      }),
      example(
        'paths by patterns, and one that the policy asks for',
        {
          paths: [
            path('/^/api/(.+)$', 'web', {
              port: { number: 80 },
              pathType: 'ImplementationSpecific',
            }),
          ],
          'use-regex-path-match': 'true',
        },
        {
          rules: matching({ path: { prefix: '/shop' } }),
          refused: {
            field: 'Ingress web spec.rules[0].http.paths[0]',
            says: 'neither Exact nor Prefix',
          },
        },
      ),
    ],
    'Ingress annotations: the rest': [
      example('a group, its order, ports and a certificate', {
        'group.name': 'shop',
        'group.order': '10',
        'listen-ports': '[{"HTTP": 80}, {"HTTPS": 443}]',
        'ssl-redirect': '443',
        scheme: 'internet-facing',
        'target-type': 'ip',
      }),
      example('a login', {
        'auth-type': 'oidc',
        'auth-idp-oidc': { issuer: 'https://example.com', secretName: 's' },
      }),
      example('nodes', { 'target-type': 'instance' }, refused('target-type', 'targets are nodes')),
      {
        name: 'health checks of the Service',
        objects: [
          ingress([web]),
          {
            ...service('web'),
            metadata: {
              name: 'web',
              namespace: NAMESPACE,
              annotations: { [`${PREFIX}healthcheck-path`]: '/ping' },
            },
          },
        ],
        refused: { field: 'Service web metadata.annotations', says: 'do not have it' },
      },
    ],
    'Ingress specification': [
      {
        name: 'a default backend alone',
        objects: [
          ingress([], {}, { rules: undefined, defaultBackend: web.backend }),
          service('web'),
        ],
      },
      {
        name: 'a default backend alone, for requests that match',
        objects: [
          ingress([], {}, { rules: undefined, defaultBackend: web.backend }),
          service('web'),
        ],
        rules: matching(byHeader),
        refused: { field: 'Ingress web spec.defaultBackend', says: 'cannot be asked for more' },
      },
    ],
  },
});
