/** What Segue writes for ingress-nginx, routed by the sandbox's gateway, which was written from its user guide. */
import { expect, test } from 'vitest';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { RequestMatch, RequestRules } from '../api/request-match.ts';
import { ingressNginx } from '../routers/ingress-nginx/router.ts';
import { compileIngresses } from '../sandbox/gateway/ingress.ts';
import { compareMatches } from '../sandbox/gateway/route.ts';
import { ObjectStore } from './apply-writes.ts';
import { expectShare, expectStays, sendTo as send, WEIGHTS } from './routed-shares.ts';
import { applier, NAMESPACE, service, splitIntent } from './router-conformance-objects.ts';

const CLASS: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'nginx' },
  spec: { controller: 'k8s.io/ingress-nginx' },
};

const path = (at: string, name: string) => ({
  path: at,
  pathType: 'Prefix',
  backend: { service: { name, port: { number: 80 } } },
});

const web: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'shop.example.com',
        http: { paths: [path('/', 'web'), path('/docs', 'docs'), path('/api', 'web')] },
      },
    ],
  },
};

/** The rules in effect once the Ingresses are as they are wanted. */
function routed(weight: number, rules: RequestRules = {}, candidateHash = 'bbb') {
  const store = new ObjectStore([web, service('web')]);
  const intent = splitIntent(
    { ingress: 'web', annotationPrefix: 'nginx.ingress.kubernetes.io' },
    { weight, candidateHash, release: { name: 'web-1', uid: 'uid-web-1', policy: 'web' } },
  );
  const wanted = { ...intent, ...rules, rules: [rules] };
  const write = applier(ingressNginx);
  // A second time, for what waits for the first.
  write(store, wanted);
  write(store, wanted);
  const routes = compileIngresses(store.list(KINDS.ingress), [CLASS]);
  return routes.flatMap(({ matches }) => matches).toSorted(compareMatches);
}

test.each(WEIGHTS)('of 20,000 requests %i percent reach the candidate', (weight) => {
  const matches = routed(weight);
  for (const at of ['/', '/api'])
    expectShare(weight, (place) => send(matches, place, { path: at }).to);
  expect(send(matches, 0, { path: '/docs/1' }).to).toBe('docs');
});

test.each<[string, RequestMatch, Record<string, string>, Record<string, string>]>([
  [
    'a header',
    { headers: [{ name: 'X-Canary', exact: 'yes' }] },
    { 'x-canary': 'yes' },
    { 'x-canary': 'always' },
  ],
  [
    'a pattern of a header',
    { headers: [{ name: 'X-Canary', regex: 'y.s' }] },
    { 'x-canary': 'yes' },
    { 'x-canary': 'yes!' },
  ],
  [
    'a cookie',
    { cookie: { name: 'beta', exact: 'always' } },
    { cookie: 'a=1; beta=always' },
    { cookie: 'beta=1' },
  ],
])(
  'what matches by %s always reaches the candidate, and nothing else does at 0 percent',
  (_, entry, asks, others) => {
    const matches = routed(0, { match: [entry] });
    const reach = (headers: Record<string, string>) =>
      new Set([0, 0.5, 0.999].map((at) => send(matches, at, { headers }).to));
    expect(reach(asks)).toEqual(new Set(['web-candidate']));
    expect(reach(others)).toEqual(new Set(['web-stable']));
    expect(reach({})).toEqual(new Set(['web-stable']));
    expect(send(matches, 0, { path: '/docs', headers: asks }).to).toBe('docs');
  },
);

test('who has come once comes to the same version again, by all paths, and an earlier release says nothing', () => {
  const sticky = { cookie: 'ab', maxAgeSeconds: 60 };
  const matches = routed(30, { sticky });
  expectStays(matches, routed(30, { sticky }, 'ccc'));
  for (const at of ['/', '/api']) expectShare(30, (place) => send(matches, place, { path: at }).to);
  expect(send(matches, 0, { path: '/docs' }).to).toBe('docs');
});
