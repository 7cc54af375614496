/** What is refused of single requests by the policy alone: what the annotations, conditions and rules of a router cannot say. */
import { describe, expect, test } from 'vitest';
import { policySpecSchema } from '../api/policy.ts';
import { validatePolicy } from './validate.ts';

type Loose = Record<string, unknown>;

function told(strategy: Loose, ...routers: Loose[]): string[] {
  const spec = policySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic: { services: [{ name: 'web' }], routers, settle: '60s' },
    strategy,
  });
  return validatePolicy(spec).map(({ field, message, fix }) => `${field}: ${message}; ${fix}`);
}

const stage = (rules: Loose = {}) => ({ weight: 5, hold: '1m', ...rules });
const canary = (...stages: Loose[]) => ({ canary: { stages: stages.map(stage) } });
const AT = 'spec.strategy.canary.stages[0]';

const ROUTERS: Record<string, Loose> = {
  httpRoute: { gatewayAPI: { httpRoute: 'web' } },
  grpcRoute: { gatewayAPI: { grpcRoute: 'web' } },
  virtualService: { istio: { virtualService: 'web' } },
  httpProxy: { contour: { httpProxy: 'web' } },
  ingressNginx: { ingressNginx: { ingress: 'web' } },
  alb: { alb: { ingress: 'web' } },
  apisix: { apisix: { apisixRoute: 'web' } },
  traefik: { traefik: { ingressRoute: 'web' } },
  linkerd: { linkerd: { httpRoute: 'web' } },
};
const header = (name: string, exact: string) => ({ headers: [{ name, exact }] });
const pattern = (name: string, regex: string) => ({ headers: [{ name, regex }] });
const cookie = (name: string, exact: string) => ({ cookie: { name, exact } });
const query = (name: string, exact: string) => ({ query: [{ name, exact }] });
const both = {
  headers: [
    { name: 'a', exact: 'x' },
    { name: 'b', exact: 'y' },
  ],
};
const six = { headers: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, exact: 'x' })) };
const many = Array.from({ length: 9 }, (_, i) => header('x-user', `u${i}`));
const safe = { percent: 5 };

/** By router: what is asked, at which field it is refused, what is said. */
const CASES: [string, string, Loose, string, string][] = [
  ['ingressNginx', 'two headers at once', { match: [both] }, 'match[0]', 'several at once'],
  [
    'ingressNginx',
    'a header and a cookie at once',
    { match: [{ ...header('x', 'a'), ...cookie('c', 'always') }] },
    'match[0]',
    'several at once',
  ],
  [
    'ingressNginx',
    'two headers',
    { match: [header('x', 'a'), pattern('x', 'a')] },
    'match',
    'one header',
  ],
  [
    'ingressNginx',
    'two cookies',
    { match: [cookie('c', 'always'), cookie('d', 'always')] },
    'match',
    'one cookie',
  ],
  ['ingressNginx', 'a cookie', { match: [cookie('c', 'yes')] }, 'match[0].cookie', 'always'],
  [
    'ingressNginx',
    'a pattern of a cookie',
    { match: [{ cookie: { name: 'c', regex: 'always' } }] },
    'match[0].cookie',
    'always',
  ],
  [
    'ingressNginx',
    'an odd header',
    { match: [header('x_canary', '1')] },
    'match[0].headers[0].name',
    'x_canary',
  ],
  [
    'ingressNginx',
    'an odd value',
    { match: [header('x', 'b,c')] },
    'match[0].headers[0].exact',
    'such a value',
  ],
  [
    'ingressNginx',
    'a value that is trimmed',
    { match: [header('x', ' a')] },
    'match[0].headers[0].exact',
    'such a value',
  ],
  [
    'ingressNginx',
    'an odd pattern',
    { match: [pattern('x', 'a{1,2}')] },
    'match[0].headers[0].regex',
    'such a pattern',
  ],
  [
    'ingressNginx',
    'an odd cookie',
    { match: [cookie('a!', 'always')] },
    'match[0].cookie.name',
    'such a name',
  ],
  ['alb', 'a star', { match: [header('a', 'b*')] }, 'match[0].headers[0].exact', 'exactly'],
  ['alb', 'a question mark', { match: [query('a', 'x?')] }, 'match[0].query[0].exact', 'exactly'],
  ['alb', 'a backslash', { match: [header('a', 'x\\')] }, 'match[0].headers[0].exact', 'exactly'],
  [
    'alb',
    'a trimmed value',
    { match: [header('a', ' x')] },
    'match[0].headers[0].exact',
    'exactly',
  ],
  [
    'alb',
    'a long value',
    { match: [header('a', 'x'.repeat(129))] },
    'match[0].headers[0].exact',
    '128',
  ],
  [
    'alb',
    'a long header',
    { match: [header('a'.repeat(41), 'x')] },
    'match[0].headers[0].name',
    '40',
  ],
  ['alb', 'an encoded value', { match: [query('a', 'x y')] }, 'match[0].query[0].exact', 'exactly'],
  ['alb', 'an encoded name', { match: [query('a[b]', 'x')] }, 'match[0].query[0].name', 'exactly'],
  [
    'alb',
    'a pattern of a query',
    { match: [{ query: [{ name: 'a', regex: 'x|y' }] }] },
    'match[0].query[0].regex',
    'whole values',
  ],
  [
    'alb',
    'a path with a comma',
    { match: [{ path: { exact: '/a,b' } }] },
    'match[0].path.exact',
    'exactly',
  ],
  ['alb', 'six values', { match: [six] }, 'match[0]', '6 values'],
  [
    'apisix',
    'a header that variables cannot tell',
    { match: [header('x_canary', 'yes')] },
    'match[0].headers[0].name',
    'x_canary',
  ],
  [
    'traefik',
    'the host',
    { match: [header('Host', 'a.b')] },
    'match[0].headers[0].name',
    'host among headers',
  ],
  [
    'virtualService',
    'a header that Istio ignores',
    { match: [header('Method', 'GET')] },
    'match[0].headers[0].name',
    'ignores',
  ],
  [
    'httpProxy',
    'copies by method too',
    { match: [{ method: 'POST' }], mirror: safe },
    'match[0].method',
    'which goes first',
  ],
  [
    'httpRoute',
    'a parameter that the API server refuses',
    { match: [query('filter[x]', '1')] },
    'match[0].query[0].name',
    'filter[x]',
  ],
  ['grpcRoute', 'copies of safe methods', { mirror: safe }, 'mirror', 'safe methods only'],
  ['linkerd', 'nine entries', { match: many }, 'match', '9 matches in one rule'],
];

test.each(CASES)('%s refuses %s', (router, _, rules, at, says) => {
  const problems = told(canary(rules), ROUTERS[router] as Loose);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.split(': ')[0]).toBe(`${AT}.${at}`);
  expect(problems[0]).toContain(says);
});

/** `a; do this, or use a router that can (b, c)` */
const named = (problems: string[]) =>
  problems.map((one) => /, or use a router that can \((.*)\)$/.exec(one)?.[1]?.split(', '));

test.each(CASES)(
  'of those that %s is told of for %s each can do just that',
  (_router, _, rules) => {
    const [others] = named(told(canary(rules), ROUTERS[_router] as Loose));
    for (const other of others ?? []) {
      const [router, field] = other.split('.') as [string, string];
      expect([other, told(canary(rules), { [router]: { [field]: 'web' } })]).toEqual([other, []]);
    }
  },
);

test('a value that several cannot ask for: none of them is named', () => {
  expect(
    named(told(canary({ match: [header('x_canary', 'b*')] }), ROUTERS['apisix'] as Loose)),
  ).toEqual([
    [
      'gatewayAPI.httpRoute',
      'gatewayAPI.grpcRoute',
      'istio.virtualService',
      'contour.httpProxy',
      'traefik.ingressRoute',
      'consul.serviceSplitter',
      'linkerd.httpRoute',
    ],
  ]);
});

test('also of what a router cannot do at all, only who can do the whole is named', () => {
  const [problem] = told(canary({ match: [query('a', 'b*')] }), ROUTERS['grpcRoute'] as Loose);
  expect(problem).toMatch(/cannot match by query; use a router that can \(gatewayAPI\.httpRoute, /);
  expect(problem).not.toContain('alb.ingress');
});

test('what one router takes is taken', () => {
  const fine = canary({ match: [header('X-Canary', 'yes')] });
  for (const router of Object.values(ROUTERS)) expect(told(fine, router)).toEqual([]);
  const nginx = { match: [header('x', 'yes'), cookie('canary', 'always')] };
  expect(told(canary(nginx), ROUTERS['ingressNginx'] as Loose)).toEqual([]);
  expect(told(canary({ match: many.slice(1) }), ROUTERS['linkerd'] as Loose)).toEqual([]);
});

describe('where it is said', () => {
  const odd = header('x_canary', '1');
  const fine = header('x-canary', '1');
  const fields = (given: Loose) =>
    told(given, ROUTERS['apisix'] as Loose).map((one) => one.split(': ')[0]);

  test('once, of what all stages match', () => {
    const match = [fine, odd];
    const stages = [stage(), stage({ match: [fine] })];
    expect(fields({ canary: { match, stages } })).toEqual([
      'spec.strategy.canary.match[1].headers[0].name',
    ]);
  });

  test('at the stage, by the number that it has there', () => {
    const stages = [stage(), stage({ match: [fine, odd] })];
    expect(fields({ canary: { match: [fine], stages } })).toEqual([
      'spec.strategy.canary.stages[1].match[1].headers[0].name',
    ]);
  });

  test('entries of both together are too many for one', () => {
    const stages = [stage({ match: [fine] })];
    const given = { canary: { match: [fine], stages } };
    expect(told(given, ROUTERS['ingressNginx'] as Loose)).toEqual([
      expect.stringContaining(`${AT}.match: ingress-nginx asks for one header, and 2 entries`),
    ]);
    const always = { canary: { match: [fine, header('x-b', '1')], stages: [stage()] } };
    expect(told(always, ROUTERS['ingressNginx'] as Loose)).toEqual([
      expect.stringContaining('spec.strategy.canary.match: ingress-nginx asks for one header'),
    ]);
  });
});

test('users are kept by ingress-nginx itself, with a name that it takes', () => {
  const goal = { name: 'orders', scrape: { pods: { port: 1 }, total: 't', good: 'g' } };
  const kept = (sticky: Loose, more: Loose = {}) =>
    told(
      { abTest: { duration: '168h', goal, sticky: { percent: 20, ...sticky } } },
      { ingressNginx: { ingress: 'web', ...more } },
    );
  expect(kept({})).toEqual([]);
  expect(kept({ cookie: 'a!b' })).toEqual([
    expect.stringMatching(/^spec\.strategy\.abTest\.sticky\.cookie: .* leaves out .*a!b/),
  ]);
  expect(kept({}, { annotationPrefix: 'higress.io' })).toEqual([
    expect.stringMatching(/^spec\.strategy\.abTest\.sticky: .*higress\.io/),
  ]);
});
