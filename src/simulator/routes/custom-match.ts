/** Objects of a kind that users define with the place of headers in its rules: the first rule that takes a request is
 * the one, and it asks for all headers of its list, or of one of its alternatives. */
import type { RequestView } from '../../sandbox/gateway/match.ts';
import { isSaid, saying } from './condition.ts';
import { definitionObject, router } from './custom.ts';
import { specOf, withoutMoved } from './foreign-fields.ts';
import { headerOf } from './http-proxy.ts';
import { HOST, objectOf, type RouteKind, sharesBy } from './route-kind.ts';

const VERSION = 'lanes.example.com/v1';

const BASE = `group: lanes.example.com
versions: [v1]
kind: Lane
destinations: ['spec.lanes[].targets[]']
service: service
weight: weight
accepted: { type: Programmed }
match:
  order: First
`;
const LISTS = `${BASE}  headers:
    at: when.headers[]
    name: key
    value: text.exact
    fixed: { type: Exact }
  ruleName: name
`;
const ALTERNATIVES = `${BASE}  headers: { at: 'anyOf[].headers[]', name: key, value: text.exact, fixed: { type: Exact } }
  ruleName: name
`;

interface When {
  path: string;
  headers?: { key: string; type: string; text: { exact: string } }[];
}

interface Lane {
  name?: string;
  when?: When;
  anyOf?: When[];
  targets: { service: string; weight: number }[];
}

export const lane: RouteKind = {
  kind: 'Lane',
  served: { Lane: VERSION, ConfigMap: 'v1' },
  router,
  able: { match: ['headers'], mirror: false, sticky: false },
  draw(chance) {
    const listed = chance.maybe(0.5);
    const taking = (...paths: string[]) => {
      const all = paths.map((path): When => ({ path }));
      return listed ? { when: all[0] } : { anyOf: all };
    };
    const to = (service: string) => ({ targets: [{ service, weight: 100, zone: 'eu' }] });
    const tenant = { key: 'x-tenant', type: 'Exact', text: { exact: 'a' } };
    const lanes = [
      ...(chance.maybe(0.5) ? [{ name: 'docs', ...taking('/docs'), ...to('docs') }] : []),
      ...(chance.maybe(0.5) && listed
        ? [{ name: 'tenant', when: { path: '/api', headers: [tenant] }, ...to('web') }]
        : []),
      { name: 'web', ...taking('/api', '/'), ...to('web'), timeout: '5s' },
      ...(listed ? [{ name: 'rest', ...taking('/'), ...to('web') }] : []),
    ];
    return [
      objectOf(VERSION, 'Lane', { host: HOST, lanes }),
      definitionObject(listed ? LISTS : ALTERNATIVES),
    ];
  },
  rules(stored) {
    const { lanes = [] } = specOf(stored.get('Lane', 'web')) as { lanes?: Lane[] };
    return lanes.map(({ when, anyOf, targets }) => ({
      test: (request) => (anyOf ?? (when ? [when] : [])).some((one) => takes(one, request)),
      to: sharesBy(targets),
      copies: [],
    }));
  },
  foreign: (object, own) =>
    object.kind === 'ConfigMap'
      ? object
      : withoutMoved(object, own, {
          rules: 'lanes',
          refs: 'targets',
          nameOf: ({ service }) => String(service),
        }),
  taker: {
    kinds: ['Lane'],
    always: true,
    status: (_, verdict) => ({ conditions: [saying('Programmed', verdict, 'Pending')] }),
    hasTaken: (object) => isSaid(object, 'Programmed') === true,
    refusal(object) {
      const { lanes = [] } = specOf(object) as { lanes?: Lane[] };
      const names = lanes.flatMap(({ name }) => name ?? []);
      return new Set(names).size < names.length ? 'two lanes have one name' : undefined;
    },
  },
};

function takes({ path, headers = [] }: When, request: RequestView): boolean {
  return (
    request.path.startsWith(path) &&
    headers.every(({ key, text }) => headerOf(request, key) === text.exact)
  );
}
