/** The examples that Kong's documentation has for HTTPRoutes. */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import type { ObjectStore } from '../../testing/apply-writes.ts';
import { describeDocumented, type Documented } from '../../testing/documented-examples.ts';
import {
  defaulted,
  httpRoute,
  NAMESPACE,
  reportRoute,
  service,
} from '../../testing/router-conformance-objects.ts';
import { gatewayAPI } from './router.ts';

type Fields = Record<string, unknown>;
type More = Omit<Documented, 'name' | 'objects'>;

const controllerName = 'konghq.com/kic-gateway-controller';
const to = (name: string, more: Fields = {}): Fields => ({ name, port: 80, ...more });
const at = (type: string, value: string) => ({ path: { type, value } });

function annotated(object: KubeObject, annotations: Record<string, string>): KubeObject {
  const named = Object.entries(annotations).map(([key, text]) => [`konghq.com/${key}`, text]);
  const all = Object.fromEntries(named) as Record<string, string>;
  return { ...object, metadata: { ...object.metadata, annotations: all } };
}

const example = (
  name: string,
  rules: Fields[],
  {
    ofRoute = {},
    ofService = {},
    spec = {},
    ...more
  }: More & {
    ofRoute?: Record<string, string>;
    ofService?: Record<string, string>;
    spec?: Fields;
  } = {},
): Documented => ({
  name,
  objects: [
    annotated(httpRoute('web', rules, { parentRefs: [{ name: 'kong' }], ...spec }), ofRoute),
    annotated(service('web'), ofService),
    service('docs'),
  ],
  ...more,
});
const byHeader: RequestRules = { match: [{ headers: [{ name: 'x-canary', exact: 'yes' }] }] };
const one = [{ matches: [at('PathPrefix', '/echo')], backendRefs: [to('web')] }];

function accept(store: ObjectStore): void {
  const conditions = ['Accepted', 'ResolvedRefs', 'Programmed'].map((type) => ({ type }));
  reportRoute(store, 'web', { controllerName, conditions });
}

describeDocumented({
  router: gatewayAPI,
  config: { httpRoute: 'web' },
  kinds: [KINDS.httpRoute],
  defaulting: defaulted,
  accept,
  typed: true,
  // By its types, over all of them.
  problems: () => [],
  pages: {
    'Weight traffic to specific backends': [
      example(
        'two Services by weight',
        [{ backendRefs: [to('web', { weight: 75 }), to('docs', { weight: 25 })] }],
        {
          refused: {
            field: 'HTTPRoute web spec.rules[0].backendRefs',
            says: 'shares requests between web, docs',
          },
        },
      ),
    ],
    'HTTP services with Gateway API': [
      example('a prefix that is stripped', one, {
        ofRoute: { 'strip-path': 'true' },
        rules: byHeader,
      }),
      example('a host', one, { spec: { hostnames: ['kong.example'] }, rules: byHeader }),
      example('a path, exactly and by a pattern', [
        {
          matches: [at('Exact', '/a'), at('RegularExpression', '/b/[0-9]+')],
          backendRefs: [to('web')],
        },
      ]),
      example('headers, a method and parameters', [
        {
          matches: [
            {
              method: 'GET',
              headers: [{ name: 'version', value: '2' }],
              queryParams: [{ name: 'a', value: '1' }],
            },
          ],
          backendRefs: [to('web')],
        },
        { backendRefs: [to('docs')] },
      ]),
    ],
    'Supported Gateway API features': [
      example('a redirect, and headers of requests and answers', [
        {
          matches: [at('PathPrefix', '/old')],
          filters: [
            { type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } },
          ],
        },
        {
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: { add: [{ name: 'x-a', value: '1' }] },
            },
            {
              type: 'ResponseHeaderModifier',
              responseHeaderModifier: { set: [{ name: 'x-b', value: '1' }] },
            },
          ],
          backendRefs: [to('web')],
        },
      ]),
      example('copies, which it does not make', [{ backendRefs: [to('web')] }], {
        rules: { mirror: { percent: 20, methods: 'All' } },
        refused: { field: 'HTTPRoute web', says: 'no RequestMirror' },
      }),
    ],
    Annotations: [
      example('of the route: plugins, protocols, how paths are asked', one, {
        ofRoute: {
          plugins: 'login,limit',
          protocols: 'https',
          'preserve-host': 'false',
          'https-redirect-status-code': '301',
        },
        rules: byHeader,
      }),
      example('of the Service: plugins, protocol, timeouts and a policy', one, {
        ofService: {
          plugins: 'login',
          protocol: 'https',
          'connect-timeout': '5000',
          'upstream-policy': 'hashing',
        },
        rules: byHeader,
      }),
    ],
    'A plugin by a filter': [
      example(
        'an ExtensionRef',
        [
          {
            filters: [
              {
                type: 'ExtensionRef',
                extensionRef: { group: 'configuration.konghq.com', kind: 'KongPlugin', name: 'l' },
              },
            ],
            backendRefs: [to('web')],
          },
        ],
        { rules: byHeader },
      ),
    ],
    'Route to Services in other namespaces': [
      example(
        'by a ReferenceGrant',
        [{ backendRefs: [to('web', { namespace: `${NAMESPACE}-2` })] }],
        {
          refused: { field: 'HTTPRoute web', says: 'leads to Service web' },
        },
      ),
    ],
  },
});
