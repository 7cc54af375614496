/** What Segue writes for Traefik, routed by the sandbox's gateway, which was written from Traefik's reference. */
import { expect, test } from 'vitest';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { RequestRules } from '../api/request-match.ts';
import { traefik } from '../routers/traefik/router.ts';
import { compileIngressRoutes } from '../sandbox/gateway/ingress-route.ts';
import { compareMatches } from '../sandbox/gateway/route.ts';
import { ObjectStore } from './apply-writes.ts';
import { expectShare, expectStays, sendTo, WEIGHTS } from './routed-shares.ts';
import { applier, MATCH, NAMESPACE, service, splitIntent } from './router-conformance-objects.ts';

const web: KubeObject = {
  apiVersion: 'traefik.io/v1alpha1',
  kind: 'IngressRoute',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: {
    routes: [
      { match: 'PathPrefix(`/docs`)', kind: 'Rule', services: [{ name: 'docs', port: 80 }] },
      { match: 'PathPrefix(`/`)', kind: 'Rule', services: [{ name: 'web', port: 80 }] },
    ],
  },
};

/** The rules in effect once the objects are as they are wanted. */
function routed(weight: number, rules: RequestRules = {}, candidateHash = 'bbb') {
  const store = new ObjectStore([web, service('web')]);
  const release = { name: 'web-1', uid: 'uid-web-1', policy: 'web' };
  const intent = splitIntent(
    { ingressRoute: 'web' },
    { weight, release, candidateHash, rules: [rules], ...rules },
  );
  applier(traefik)(store, { ...intent, journal: traefik.capture(intent, store) });
  const routes = compileIngressRoutes(
    store.list(KINDS.ingressRoute),
    [],
    store.list(KINDS.traefikService),
  );
  expect(routes.map(({ problem }) => problem)).toEqual([undefined]);
  return routes.flatMap(({ matches }) => matches).toSorted(compareMatches);
}

function send(...given: Parameters<typeof sendTo>) {
  const [matches, at, { headers = {}, ...asked } = {}] = given;
  return sendTo(matches, at, { ...asked, headers: { host: 'shop.example.com', ...headers } });
}

test.each(WEIGHTS)('of 20,000 requests %i percent reach the candidate', (weight) => {
  const matches = routed(weight);
  expectShare(weight, (at) => send(matches, at).to);
  expect(send(matches, 0, { path: '/docs/1' }).to).toBe('docs');
});

test('what matches always reaches the candidate, and nothing else does at 0 percent', () => {
  const matches = routed(0, { match: MATCH });
  const places = [0, 0.5, 0.999];
  const reach = (headers: Record<string, string>, query = '') =>
    new Set(places.map((at) => send(matches, at, { headers, query }).to));
  expect(reach({ 'x-canary': 'yes' }, 'beta=1')).toEqual(new Set(['web-candidate']));
  expect(reach({ 'x-canary': 'yes' }, 'beta=12')).toEqual(new Set(['web-stable']));
  expect(reach({ 'x-canary': 'yes' })).toEqual(new Set(['web-stable']));
  expect(reach({ cookie: 'a=1; canary=yes' })).toEqual(new Set(['web-candidate']));
  expect(reach({ cookie: 'mycanary=yes' })).toEqual(new Set(['web-stable']));
  const asked = { path: '/docs', headers: { cookie: 'canary=yes' } };
  expect(send(matches, 0, asked).to).toBe('docs');
});

test('copies go to the candidate, of requests that change nothing, and who answers is stable', () => {
  const matches = routed(0, { mirror: { percent: 20, methods: 'Safe' } });
  expect(send(matches, 0.5)).toMatchObject({
    to: 'web-stable',
    mirrors: [{ service: `${NAMESPACE}/web-candidate`, share: 0.2 }],
  });
  expect(send(matches, 0.5, { method: 'POST' })).toMatchObject({ to: 'web-stable', mirrors: [] });
});

test('who has come once comes to the same version again, and an earlier release says nothing', () => {
  const sticky = { cookie: 'ab', maxAgeSeconds: 60 };
  const matches = routed(30, { sticky });
  expectStays(matches, routed(30, { sticky }, 'ccc'));
  expectShare(30, (at) => send(matches, at).to);
  expect(send(matches, 0, { path: '/docs' }).to).toBe('docs');
});

test('who has come once by a TraefikService of the user’s comes to the same version again', () => {
  const sticky = { cookie: 'ab', maxAgeSeconds: 60 };
  const by = (candidateHash: string) => {
    const users = {
      ...web,
      kind: 'TraefikService',
      spec: { weighted: { services: [{ name: 'web', port: 80 }] } },
    };
    const route = {
      ...web,
      spec: {
        routes: [
          {
            match: 'PathPrefix(`/`)',
            kind: 'Rule',
            services: [{ name: 'web', kind: 'TraefikService' }],
          },
        ],
      },
    };
    const store = new ObjectStore([users, route, service('web')]);
    const intent = splitIntent(
      { traefikService: 'web' },
      { weight: 30, candidateHash, sticky, rules: [{ sticky }] },
    );
    applier(traefik)(store, { ...intent, journal: traefik.capture(intent, store) });
    const routes = compileIngressRoutes([route], [], store.list(KINDS.traefikService));
    return routes.flatMap(({ matches }) => matches).toSorted(compareMatches);
  };
  expectStays(by('bbb'), by('ccc'));
});
