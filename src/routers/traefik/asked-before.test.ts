/** Routes of other objects for the very requests, or connections, that a release is to share. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { NAMESPACE, service, splitIntent } from '../../testing/router-conformance-objects.ts';
import { isWithin } from './overlap.ts';
import { traefik } from './router.ts';

type Fields = Record<string, unknown>;

interface Given {
  name?: string;
  kind?: 'IngressRoute' | 'IngressRouteTCP';
  match?: string;
  priority?: number;
  syntax?: string;
  spec?: Fields;
  annotations?: Record<string, string>;
}

const HOST = 'Host(`shop.example.com`)';

function routeOf(given: Given = {}): KubeObject {
  const { name = 'web', kind = 'IngressRoute', match = HOST, spec, annotations, ...rest } = given;
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind,
    metadata: { name, namespace: NAMESPACE, ...(annotations && { annotations }) },
    spec: { ...spec, routes: [{ match, ...rest, services: [{ name: 'web', port: 80 }] }] },
  };
}

function said(own: Given, other: Given): string[] {
  const store = new ObjectStore([
    routeOf(own),
    routeOf({ name: 'other', ...other }),
    service('web'),
  ]);
  const config =
    own.kind === 'IngressRouteTCP' ? { ingressRouteTCP: 'web' } : { ingressRoute: 'web' };
  return traefik
    .check(splitIntent(config), store)
    .map(({ field, message }) => `${field}: ${message}`);
}

describe('IngressRoutes', () => {
  test('one of a greater priority has the requests', () => {
    expect(said({}, { priority: 100 })).toEqual([
      'IngressRoute web spec.routes[0]: IngressRoute other spec.routes[0] has a priority of 100 and takes Host(`shop.example.com`), so that none of it comes here',
    ]);
    expect(said({ match: `${HOST} && PathPrefix(\`/cart\`)` }, { priority: 100 })).toHaveLength(1);
    expect(said({}, { priority: 2 })).toEqual([]);
    expect(said({ priority: 200 }, { priority: 100 })).toEqual([]);
  });

  test('of one rule and priority it is chance', () => {
    expect(said({}, {})).toEqual([
      'IngressRoute web spec.routes[0]: IngressRoute other spec.routes[0] takes Host(`shop.example.com`) with a priority of 24 too, and which of the two has the requests is chance with Traefik',
    ]);
    const odd = { match: 'Query(`a`, `b`) || Header(`c`, `d`)' };
    expect(said(odd, odd)).toHaveLength(1);
    const doors = { spec: { entryPoints: ['web', 'websecure'], tls: {} } };
    expect(said({ spec: { entryPoints: ['websecure'], tls: {} } }, doors)).toHaveLength(1);
  });

  test.each<[string, Given, Given?]>([
    ['for another host', { match: 'Host(`docs.example.com`)', priority: 100 }],
    ['for a path of it', { match: `${HOST} && PathPrefix(\`/docs\`)` }],
    ['for more, and by default asked later', {}, { match: `${HOST} && PathPrefix(\`/cart\`)` }],
    [
      'at another entry point',
      { spec: { entryPoints: ['inner'] } },
      { spec: { entryPoints: ['web'] } },
    ],
    [
      'at some of its entry points',
      { spec: { entryPoints: ['web'] } },
      { spec: { entryPoints: ['web', 'b'] } },
    ],
    ['at entry points that are not said', {}, { spec: { entryPoints: ['web'] } }],
    ['for requests by TLS', { spec: { tls: { secretName: 'a' } } }],
    ['of another class', { annotations: { 'kubernetes.io/ingress.class': 'inner' } }],
    ['of another parent', { spec: { parentRefs: [{ name: 'login' }] } }],
    ['in another syntax', { syntax: 'v2' }],
    ['without a rule', { match: '', priority: 100 }],
  ])('one %s is in nobody’s way', (_name, other, own = {}) => {
    expect(said(own, other)).toEqual([]);
  });
});

describe('IngressRouteTCPs', () => {
  const kind = 'IngressRouteTCP' as const;

  test('of one name or for all', () => {
    const match = 'HostSNI(`db.example.com`)';
    const own = { kind, match, spec: { tls: {} } };
    expect(said(own, own)).toHaveLength(1);
    expect(said(own, { ...own, priority: 100 })).toEqual([
      expect.stringMatching(/other spec.routes\[0\] has a priority of 100/),
    ]);
    expect(said(own, { ...own, match: 'HostSNI(`*`)' })).toEqual([]);
    const all = { kind, match: 'HostSNI(`*`)' };
    expect(said(all, all)).toEqual([expect.stringMatching(/with a priority of -1 too/)]);
    expect(said(all, { ...all, priority: 1 })).toHaveLength(1);
    expect(said(all, { ...all, spec: { tls: { passthrough: true } } })).toEqual([]);
  });

  test('an IngressRoute is none of them', () => {
    expect(said({ kind, match: HOST }, { match: HOST })).toEqual([]);
  });
});

test.each<[string, string, boolean]>([
  ['Host(`a`) && Path(`/x`)', 'Host(`A.`)', true],
  ['Host(`a`) && Path(`/x/y`)', 'PathPrefix(`/x`)', true],
  ['Host(`a`) && PathPrefix(`/x`)', 'PathPrefix(`/x/y`)', false],
  ['PathPrefix(`/x`)', 'Path(`/x`)', false],
  ['PathPrefix(`/{id}/x`)', 'PathPrefix(`/{id}`)', false],
  ['Host(`a`)', 'Host(`a`) && Method(`GET`)', false],
  ['Host(`a`) && Method(`GET`)', 'Host(`a`) && Method(`GET`)', true],
  ['Host(`a`) || Host(`b`)', 'Host(`a`)', false],
  ['!Host(`a`)', 'Host(`a`)', false],
  ['Host(`a`)', '', false],
])('%s is within %s: %s', (one, other, is) => {
  expect(isWithin(one, other)).toBe(is);
});
