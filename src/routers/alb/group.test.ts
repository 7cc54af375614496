/** Other Ingresses of the group, whose rules the load balancer asks first. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { NAMESPACE, service, splitIntent } from '../../testing/router-conformance-objects.ts';
import { keyOf, PREFIX } from './ingress.ts';
import { alb } from './router.ts';

interface Given {
  name?: string;
  host?: string | undefined;
  path?: string;
  pathType?: string;
  className?: string;
  /** What it says of itself, without the prefix. */
  says?: Record<string, string>;
  action?: object;
}

const HOST = 'shop.example.com';
const USE = { name: 'use-annotation' };

function ingress(given: Given = {}): KubeObject {
  const { name = 'web', path = '/', pathType = 'Prefix', className = 'alb', action } = given;
  const host = 'host' in given ? given.host : HOST;
  const says = { 'target-type': 'ip', 'group.name': 'edge', ...given.says };
  const annotations = Object.fromEntries(
    Object.entries(says).map(([key, value]) => [`${PREFIX}${key}`, value]),
  );
  if (action) annotations[keyOf('actions', 'to-x')] = JSON.stringify(action);
  const backend = {
    service: action ? { name: 'to-x', port: USE } : { name: 'web', port: { number: 80 } },
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: NAMESPACE, annotations },
    spec: {
      ingressClassName: className,
      rules: [{ ...(host && { host }), http: { paths: [{ path, pathType, backend }] } }],
    },
  };
}

function said(own: Given, other: Given): string[] {
  const store = new ObjectStore([
    ingress(own),
    ingress({ name: 'other', ...other }),
    service('web'),
  ]);
  return alb
    .check(splitIntent({ ingress: 'web' }), store)
    .map(({ field, message }) => `${field}: ${message}`);
}

const order = (number: number) => ({ 'group.order': String(number) });

describe('an Ingress of the group', () => {
  test('with a lower order has the requests', () => {
    expect(said({ says: order(2) }, { says: order(-1) })).toEqual([
      'Ingress web spec.rules[0].http.paths[0]: Ingress other comes first in group edge (group.order -1) and takes shop.example.com/ (Prefix), so that none of it comes here',
    ]);
    // Of one order by name.
    expect(said({}, {})).toHaveLength(1);
    expect(said({}, { name: 'zoo' })).toEqual([]);
    expect(said({ says: order(9) }, { says: order(10) })).toEqual([]);
  });

  test.each<[string, Given, Given?]>([
    ['every host', { host: undefined }],
    ['a longer part of its path', {}, { path: '/cart' }],
    ['an exact path of it', { path: '/cart' }, { path: '/cart/all', pathType: 'Exact' }],
    [
      'every path by a pattern',
      { path: '/*', pathType: 'ImplementationSpecific' },
      { path: '/cart' },
    ],
    ['the same by an action', { action: { type: 'fixed-response' } }],
    [
      'the same ports',
      { says: { 'listen-ports': '[{"HTTP": 80}]', 'certificate-arn': 'arn:aws:acm:x' } },
      { says: { 'listen-ports': '[{"HTTP": 80}]' } },
    ],
  ])('and %s has the requests', (_name, other, own = {}) => {
    expect(said(own, other)).toHaveLength(1);
  });

  test.each<[string, Given, Given?]>([
    ['another host', { host: 'docs.example.com' }],
    ['its host alone', {}, { host: undefined }],
    ['a longer path', { path: '/docs' }],
    ['another path', { path: '/docs' }, { path: '/cart' }],
    ['one exact path', { pathType: 'Exact' }],
    [
      'a pattern of its own',
      { path: '/c*', pathType: 'ImplementationSpecific' },
      { path: '/cart' },
    ],
    ['conditions', { says: { 'conditions.web': '[]' } }],
    ['a redirect', { action: { type: 'redirect', redirectConfig: { protocol: 'HTTPS' } } }],
    ['another group', { says: { 'group.name': 'inner' } }],
    ['another class', { className: 'inner' }],
    ['other ports', { says: { 'listen-ports': '[{"HTTP": 8080}]' } }],
    ['ports by a certificate', { says: { 'certificate-arn': 'arn:aws:acm:x' } }],
  ])('with %s is in nobody’s way', (_name, other, own = {}) => {
    expect(said(own, other)).toEqual([]);
  });

  test('is none of one that has no group', () => {
    const without = ingress();
    delete without.metadata.annotations?.[`${PREFIX}group.name`];
    const store = new ObjectStore([
      without,
      { ...structuredClone(without), metadata: { ...without.metadata, name: 'other' } },
      service('web'),
    ]);
    expect(alb.check(splitIntent({ ingress: 'web' }), store)).toEqual([]);
  });
});
