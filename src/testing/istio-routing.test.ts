/** What Segue writes into a VirtualService, routed by the sandbox's gateway, which was written from Istio's reference. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { RequestRules } from '../api/request-match.ts';
import { istio } from '../routers/istio/router.ts';
import { subsetsByService } from '../sandbox/gateway/destination-rule.ts';
import { compileVirtualServices } from '../sandbox/gateway/virtual-service-delegates.ts';
import { compileVirtualService } from '../sandbox/gateway/virtual-service.ts';
import { ObjectStore } from './apply-writes.ts';
import { expectShare, sendTo as send, WEIGHTS } from './routed-shares.ts';
import { applier, NAMESPACE, service, splitIntent } from './router-conformance-objects.ts';

const CONFIG = { virtualService: 'web' };

const web: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: {
    hosts: ['web'],
    http: [
      { match: [{ uri: { prefix: '/docs' } }], route: [{ destination: { host: 'docs' } }] },
      { route: [{ destination: { host: 'web', port: { number: 80 } } }] },
    ],
  },
};

/** The rules in effect once the route is as it is wanted. */
function routed(weight: number, rules: RequestRules = {}) {
  const store = new ObjectStore([web, service('web')]);
  const intent = splitIntent(CONFIG, { rules: [rules], ...rules, weight });
  applier(istio)(store, { ...intent, journal: istio.capture(intent, store) });
  const stored = store.get(KINDS.virtualService, 'web') ?? expect.fail('the route is gone');
  return compileVirtualService(stored).matches;
}

test.each(WEIGHTS)('of 20,000 requests %i percent reach the candidate', (weight) => {
  const matches = routed(weight);
  expectShare(weight, (at) => send(matches, at).to);
  expect(send(matches, 0, { path: '/docs/1' }).to).toBe('docs');
});

test('what matches always reaches the candidate, and nothing else does at 0 percent', () => {
  const matches = routed(0, {
    match: [
      { headers: [{ name: 'X-Canary', exact: 'yes' }] },
      { cookie: { name: 'beta', regex: '[0-9]+' } },
    ],
  });
  const places = [0, 0.5, 0.999];
  const reach = (headers: Record<string, string>) =>
    new Set(places.map((at) => send(matches, at, { headers }).to));
  expect(reach({ 'x-canary': 'yes' })).toEqual(new Set(['web-candidate']));
  expect(reach({ cookie: 'a=1; beta=42; c=3' })).toEqual(new Set(['web-candidate']));
  expect(reach({ cookie: 'a=1; alphabeta=42' })).toEqual(new Set(['web-stable']));
  expect(reach({ 'x-canary': 'no' })).toEqual(new Set(['web-stable']));
  expect(send(matches, 0, { path: '/docs', headers: { 'x-canary': 'yes' } }).to).toBe('docs');
});

test('copies go to the candidate, of requests that change nothing, and who answers is stable', () => {
  const matches = routed(0, { mirror: { percent: 20, methods: 'Safe' } });
  const copied = send(matches, 0.5);
  expect(copied).toMatchObject({
    to: 'web-stable',
    mirrors: [{ service: `${NAMESPACE}/web-candidate`, share: 0.2 }],
  });
  expect(send(matches, 0.5, { method: 'POST' })).toMatchObject({ to: 'web-stable', mirrors: [] });
});

test('who has come once comes to the same version again', () => {
  const matches = routed(30, { sticky: { cookie: 'ab', maxAgeSeconds: 60 } });
  for (const [at, version] of [
    [0.1, 'web-stable'],
    [0.9, 'web-candidate'],
  ] as const) {
    const first = send(matches, at);
    expect(first.to).toBe(version);
    const cookie = first.cookie?.split(';')[0] ?? '';
    for (const later of [0, 0.5, 0.999])
      expect(send(matches, later, { headers: { cookie: `x=1; ${cookie}` } }).to).toBe(version);
  }
});

describe('through a VirtualService that hands over to the one of the policy', () => {
  const root: KubeObject = {
    ...web,
    metadata: { name: 'front', namespace: 'edge' },
    spec: {
      hosts: ['web'],
      http: [
        {
          match: [{ uri: { prefix: '/shop' }, withoutHeaders: { closed: {} } }],
          delegate: { name: 'web', namespace: NAMESPACE },
        },
        { route: [{ destination: { host: 'rest' } }] },
      ],
    },
  };
  const delegate: KubeObject = {
    ...web,
    spec: { http: [{ route: [{ destination: { host: 'web', port: { number: 80 } } }] }] },
  };

  function handedOver(weight: number, rules: RequestRules = {}) {
    const store = new ObjectStore([delegate, service('web')]);
    const intent = splitIntent(CONFIG, { rules: [rules], ...rules, weight });
    applier(istio)(store, { ...intent, journal: istio.capture(intent, store) });
    const stored = store.get(KINDS.virtualService, 'web') ?? expect.fail('the route is gone');
    const [route, ...others] = compileVirtualServices([root, stored]);
    expect(others).toEqual([]);
    expect(route?.unheeded).toBeUndefined();
    return route?.matches ?? [];
  }

  test.each(WEIGHTS)('of 20,000 requests %i percent reach the candidate', (weight) => {
    const matches = handedOver(weight);
    expectShare(weight, (at) => send(matches, at, { path: '/shop/1' }).to);
    expect(send(matches, 0).to).toBe('rest');
  });

  test('what matches, copies and those who stay are asked for what was handed over too', () => {
    const match = [
      { headers: [{ name: 'x-canary', exact: 'yes' }] },
      { path: { prefix: '/shop/new' } },
    ];
    const matching = handedOver(0, { match });
    const headers = { 'x-canary': 'yes' };
    const path = '/shop/1';
    expect(send(matching, 0.999, { path, headers }).to).toBe('web-candidate');
    expect(send(matching, 0.999, { path: '/shop/new/1' }).to).toBe('web-candidate');
    expect(send(matching, 0.999, { path }).to).toBe('web-stable');
    expect(send(matching, 0, { headers }).to).toBe('rest');
    expect(send(matching, 0, { path, headers: { ...headers, closed: '1' } }).to).toBe('rest');
    const copying = handedOver(0, { mirror: { percent: 20, methods: 'Safe' } });
    const copies = [{ service: `${NAMESPACE}/web-candidate`, share: 0.2 }];
    expect(send(copying, 0.5, { path }).mirrors).toMatchObject(copies);
    expect(send(copying, 0.5, { path, method: 'POST' }).mirrors).toEqual([]);
    const staying = handedOver(30, { sticky: { cookie: 'ab', maxAgeSeconds: 60 } });
    const cookie = send(staying, 0.9, { path }).cookie?.split(';')[0] ?? '';
    expect(send(staying, 0, { path, headers: { cookie } }).to).toBe('web-candidate');
  });
});

describe('by subsets', () => {
  const config = { ...CONFIG, destinationRule: 'web' };
  const rule: KubeObject = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { host: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } },
  };
  const SUBSETS = { 'web|segue-stable': 'web-stable', 'web|segue-candidate': 'web-candidate' };
  const inSubset = (to = '') => (SUBSETS as Record<string, string>)[to] ?? to;

  function split(weight: number, rules: RequestRules = {}) {
    const store = new ObjectStore([web, rule, service('web')]);
    const intent = splitIntent(config, { rules: [rules], ...rules, weight });
    applier(istio)(store, { ...intent, journal: istio.capture(intent, store) });
    const stored = store.get(KINDS.virtualService, 'web') ?? expect.fail('the route is gone');
    const subsets = subsetsByService([store.get(KINDS.destinationRule, 'web') ?? rule]);
    expect(subsets.get(`${NAMESPACE}/web`)).toEqual([
      { name: 'segue-stable', labels: { 'pod-template-hash': intent.stableHash } },
      { name: 'segue-candidate', labels: { 'pod-template-hash': intent.candidateHash } },
    ]);
    return compileVirtualService(stored).matches;
  }

  test.each(WEIGHTS)('of 20,000 requests %i percent reach the candidate', (weight) => {
    const matches = split(weight);
    expectShare(weight, (at) => inSubset(send(matches, at).to));
    expect(send(matches, 0, { path: '/docs/1' }).to).toBe('docs');
  });

  test('what matches, copies and those who stay go by subset too', () => {
    const header = split(0, { match: [{ headers: [{ name: 'x-canary', exact: 'yes' }] }] });
    const asked = { headers: { 'x-canary': 'yes' } };
    expect(inSubset(send(header, 0.1, asked).to)).toBe('web-candidate');
    expect(inSubset(send(header, 0.999).to)).toBe('web-stable');
    const copied = send(split(0, { mirror: { percent: 20, methods: 'All' } }), 0.5);
    expect(copied.mirrors).toMatchObject([
      { service: `${NAMESPACE}/web|segue-candidate`, share: 0.2 },
    ]);
    const sticky = split(30, { sticky: { cookie: 'ab', maxAgeSeconds: 60 } });
    const first = send(sticky, 0.9);
    const cookie = first.cookie?.split(';')[0] ?? '';
    for (const at of [0, 0.5, 0.999])
      expect(send(sticky, at, { headers: { cookie } }).to).toBe(first.to);
  });
});
