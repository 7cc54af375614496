/** A VirtualService without hosts, which others hand requests over to. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { RequestRules } from '../../api/request-match.ts';
import { to, virtualService } from '../../testing/istio-objects.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { NAMESPACE, service, splitIntent } from '../../testing/router-conformance-objects.ts';
import { istio } from './router.ts';

type Fields = Record<string, unknown>;

const intent = splitIntent({ virtualService: 'web' });
const route = [to('web', { port: 80 })];

const delegate = (http: Fields[], more: Fields = {}) =>
  virtualService(http, { hosts: undefined, gateways: undefined, ...more });

interface Root {
  to?: Fields;
  spec?: Fields | undefined;
}

/** One that hands these over, each by a rule of its own. */
function root(handing: Fields[], { to: one = { name: 'web' }, spec }: Root = {}): KubeObject {
  const inside = { gateways: undefined, ...spec };
  const front = virtualService(
    handing.map((rule) => ({ ...rule, delegate: one })),
    inside,
  );
  return { ...front, metadata: { name: 'front', namespace: NAMESPACE } };
}

function problems(rules: RequestRules, ...objects: KubeObject[]) {
  return istio.check({ ...intent, rules: [rules] }, new ObjectStore([...objects, service('web')]));
}

const uri = (prefix: string) => ({ match: [{ uri: { prefix } }] });
const path = (prefix: string): RequestRules => ({ match: [{ path: { prefix } }] });
const tester = { headers: [{ name: 'x-canary', exact: 'yes' }] };
const sticky: RequestRules = { sticky: { cookie: 'ab', maxAgeSeconds: 60 } };
const safe: RequestRules = { mirror: { percent: 20, methods: 'Safe' } };

describe('a delegate', () => {
  test.each<[string, RequestRules, Fields[], Fields?]>([
    ['a path within that of its root', path('/shop/new'), [uri('/shop')]],
    ['a path, where the root asks for none', path('/shop'), [{}]],
    ['a path that one of two hands over', path('/b/new'), [uri('/a'), uri('/b')]],
    ['a header, where the root asks for a path', { match: [tester] }, [uri('/shop')]],
    [
      'a cookie, where the root asks for another header',
      sticky,
      [{ match: [{ headers: { 'x-a': { exact: '1' } } }] }],
    ],
    ['copies of safe requests', safe, [uri('/shop')]],
    [
      'a path and the very method and label that the root asks for',
      { match: [{ path: { prefix: '/new' }, method: 'GET', sourceLabels: { app: 'a' } }] },
      [{ match: [{ method: { exact: 'GET' }, sourceLabels: { app: 'a' } }] }],
      { gateways: ['edge', 'mesh'] },
    ],
  ])('may be asked for %s', (_, rules, handing, spec) => {
    expect(problems(rules, root(handing, { spec }), delegate([{ route }]))).toEqual([]);
  });

  test('of which no root is known may be asked for anything', () => {
    const others = [
      root([uri('/shop')], { to: { name: 'api' } }),
      root([uri('/shop')], { to: { name: 'web', namespace: 'other' } }),
    ];
    for (const other of others)
      expect(problems(path('/else'), other, delegate([{ route }]))).toEqual([]);
  });

  test('a root says nothing of a VirtualService with hosts', () => {
    expect(problems(path('/else'), root([uri('/shop')]), virtualService([{ route }]))).toEqual([]);
  });

  test.each<[string, RequestRules, Fields[], string]>([
    ['another path', path('/else'), [uri('/shop')], 'match'],
    ['a shorter path', path('/shop'), [uri('/shop/new')], 'match'],
    [
      'a pattern of the path',
      { match: [{ path: { regex: '/shop/[0-9]+' } }] },
      [uri('/shop')],
      'match',
    ],
    [
      'one path within and one outside, which leaves out both',
      { match: [{ path: { prefix: '/shop/new' } }, { path: { prefix: '/else' } }] },
      [uri('/shop')],
      'match',
    ],
    [
      'paths of which each of two has one',
      { match: [{ path: { prefix: '/a/1' } }, { path: { prefix: '/b/1' } }] },
      [uri('/a'), uri('/b')],
      'match',
    ],
    [
      'a header and a path that only one of two hands over, which leaves out both with the other',
      { match: [tester, { path: { prefix: '/b/1' } }] },
      [uri('/b'), uri('/a')],
      'match',
    ],
    [
      'another label of who sends',
      { match: [{ path: { prefix: '/new' }, sourceLabels: { app: 'b' } }] },
      [{ match: [{ sourceLabels: { app: 'a' } }] }],
      'match',
    ],
    [
      'a header that the root asks for otherwise',
      { match: [tester] },
      [{ match: [{ headers: { 'x-canary': { exact: 'no' } } }] }],
      'match',
    ],
    [
      'a header, where the root heeds no case',
      { match: [tester] },
      [{ match: [{ uri: { prefix: '/shop' }, ignoreUriCase: true }] }],
      'match',
    ],
    [
      'a cookie, where the root asks for one',
      sticky,
      [{ match: [{ headers: { cookie: { prefix: 'a=' } } }] }],
      'sticky',
    ],
    [
      'safe methods, where the root asks for one',
      safe,
      [{ match: [{ method: { exact: 'GET' } }] }],
      'mirror',
    ],
  ])('is not asked for %s', (_, rules, handing, name) => {
    const [problem, ...more] = problems(rules, root(handing), delegate([{ route }]));
    expect(more).toEqual([]);
    expect(problem?.field).toBe('VirtualService web spec.http[0]');
    expect(problem?.message).toContain(`added for ${name} would be left out by Istio`);
    expect(problem?.message).toMatch(/VirtualService front spec\.http\[[01]\]\.match/);
  });

  test('is looked at rule by rule: what another root hands over is not known', () => {
    const rules = [
      { ...uri('/shop'), route },
      { ...uri('/other'), route },
    ];
    expect(problems(path('/shop/new'), root([uri('/shop')]), delegate(rules))).toEqual([]);
    expect(problems(path('/other/new'), root([uri('/shop')]), delegate(rules))).toEqual([]);
  });

  test('a root that rewrites a path is as a rule that does', () => {
    const rewriting = root([{ ...uri('/shop'), rewrite: { uri: '/' } }]);
    const [problem] = problems(path('/shop/new'), rewriting, delegate([{ route }]));
    expect(problem?.message).toContain('rewrites the part of the path');
    expect(problems({ match: [tester] }, rewriting, delegate([{ route }]))).toEqual([]);
  });

  test('is not asked who sends requests, where they come by gateways only', () => {
    const labels: RequestRules = { match: [{ sourceLabels: { app: 'a' } }] };
    const by = (gateways?: string[]) => root([{}], { spec: { gateways } });
    const other = { ...by(['mesh']), metadata: { name: 'other', namespace: NAMESPACE } };
    const [problem] = problems(labels, by(['edge']), delegate([{ route }]));
    expect(problem?.field).toBe('VirtualService front spec.gateways');
    expect(problems(labels, by(['edge']), other, delegate([{ route }]))).toEqual([]);
    expect(problems(labels, by(), delegate([{ route }]))).toEqual([]);
    expect(problems(labels, delegate([{ route }]))).toEqual([]);
  });

  test('connections are not handed over', () => {
    const tcp = [{ match: [{ port: 5432 }], route }];
    expect(problems({}, delegate([], { tcp })).map(({ message }) => message)).toEqual([
      'the VirtualService has no hosts, and Istio hands nothing of spec.tcp over to such a one',
    ]);
    expect(problems({}, virtualService([], { tcp }))).toEqual([]);
  });
});
