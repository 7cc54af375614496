/** The examples that Linkerd's documentation has for its own HTTPRoutes. */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { describeDocumented, type Documented } from '../../testing/documented-examples.ts';
import { linkerdRouteSpec } from '../../testing/linkerd-schema.ts';
import {
  acceptRoutes,
  defaulted,
  NAMESPACE,
  service,
} from '../../testing/router-conformance-objects.ts';
import { linkerd } from './linkerd.ts';

type Fields = Record<string, unknown>;
type More = Omit<Documented, 'name' | 'objects'>;

const kind = KINDS.linkerdRoute;
const onService = { group: 'core', kind: 'Service', name: 'web', port: 80 };
const to = (name: string, more: Fields = {}): Fields => ({ name, port: 80, ...more });
const at = (...paths: string[]) => paths.map((value) => ({ path: { type: 'PathPrefix', value } }));

function route(rules: Fields[], spec: Fields = {}, version = 'v1beta3'): KubeObject {
  return {
    apiVersion: `${kind.group}/${version}`,
    kind: kind.kind,
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { parentRefs: [onService], ...spec, rules },
  };
}

const example = (name: string, rules: Fields[], more: More = {}, spec: Fields = {}) => ({
  name,
  objects: [route(rules, spec), service('web'), service('docs')],
  ...more,
});
const refused = (field: string, says: string): More => ({ refused: { field, says } });
const byHeader: RequestRules = { match: [{ headers: [{ name: 'x-canary', exact: 'yes' }] }] };

const byAnId = [
  {
    matches: [{ headers: [{ name: 'x-request-id', value: 'alternative' }] }],
    backendRefs: [to('docs')],
  },
  { backendRefs: [to('web')] },
];

describeDocumented({
  router: linkerd,
  config: { httpRoute: 'web' },
  kinds: [kind],
  defaulting: defaulted,
  accept: acceptRoutes,
  problems: (object) => linkerdRouteSpec.safeParse(object['spec']).error?.issues ?? [],
  pages: {
    'Dynamic Request Routing': [
      example('a header to another Service, and all others to ours', byAnId),
      example('a header to another Service, which the policy would overtake', byAnId, {
        rules: { match: [{ path: { prefix: '/shop' }, method: 'GET' }] },
        ...refused('HTTPRoute web spec.rules[0].matches', 'which go to docs'),
      }),
    ],
    'Traffic Splitting': [
      example(
        'two Services by weight',
        [{ backendRefs: [to('web', { weight: 90 }), to('docs', { weight: 10 })] }],
        refused('HTTPRoute web spec.rules[0].backendRefs', 'shares requests between web, docs'),
      ),
      example('all of the weight, and none', [
        { backendRefs: [to('web', { weight: 1 }), to('docs', { weight: 0 })] },
      ]),
    ],
    'Configuring Timeouts': [
      example(
        'of a request and of a try',
        [
          {
            matches: at('/'),
            timeouts: { request: '10s', backendRequest: '2s500ms' },
            backendRefs: [to('web')],
          },
        ],
        { rules: byHeader },
      ),
    ],
    HTTPRoute: [
      example(
        'paths, and a header that is set',
        [
          {
            matches: [{ path: { type: 'Exact', value: '/a' } }, ...at('/b')],
            filters: [
              {
                type: 'RequestHeaderModifier',
                requestHeaderModifier: { set: [{ name: 'x-a', value: '1' }], remove: ['x-b'] },
              },
            ],
            backendRefs: [to('web')],
          },
        ],
        { rules: byHeader },
      ),
      example('a redirect of other paths', [
        {
          matches: at('/old'),
          filters: [
            {
              type: 'RequestRedirect',
              requestRedirect: {
                hostname: 'www.example.com',
                path: { type: 'ReplaceFullPath', replaceFullPath: '/new' },
                statusCode: 301,
              },
            },
          ],
        },
        { matches: at('/'), backendRefs: [to('web')] },
      ]),
      example('headers of answers, of one destination', [
        {
          backendRefs: [
            to('web', {
              filters: [
                {
                  type: 'ResponseHeaderModifier',
                  responseHeaderModifier: { add: [{ name: 'x-a', value: '1' }] },
                },
              ],
            }),
          ],
        },
      ]),
      example('a destination in a namespace', [
        { backendRefs: [to('web', { namespace: NAMESPACE })] },
      ]),
      example(
        'a destination in another namespace',
        [{ backendRefs: [to('web', { namespace: 'other' })] }],
        refused('HTTPRoute web', 'leads to Service web'),
      ),
      example(
        'a rule without destinations, for which the Service itself stands',
        [{ matches: at('/') }],
        refused('HTTPRoute web', 'leads to Service web'),
      ),
    ],
    'Authorization Policy': [
      example(
        'paths of a Server, for which somebody is let in',
        [{ matches: [{ path: { value: '/authors.json' }, method: 'GET' }] }],
        refused('HTTPRoute web', 'Service'),
        { parentRefs: [{ group: kind.group, kind: 'Server', name: 'web-http' }] },
      ),
      example(
        'a Server, and a destination all the same',
        [{ backendRefs: [to('web')] }],
        refused('HTTPRoute web spec.parentRefs', 'is on no Service'),
        { parentRefs: [{ group: kind.group, kind: 'Server', name: 'web-http' }] },
      ),
    ],
  },
});
