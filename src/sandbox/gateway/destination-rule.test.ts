import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { slicesOfSubset, subsetKey, subsetsByService } from './destination-rule.ts';

const rule = (name: string, spec: object, namespace = 'shop'): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name, namespace },
  spec,
});

test('a host is a Service, short within its namespace or long; other hosts have no subsets', () => {
  const subsets = [{ name: 'v1', labels: { version: 'v1' } }];
  const found = subsetsByService([
    rule('short', { host: 'ratings', subsets }),
    rule('long', { host: 'reviews.prod.svc.cluster.local', subsets }),
    rule('outside', { host: 'api.example.com', subsets }),
    rule('wildcard', { host: '*.shop.svc.cluster.local', subsets }),
    rule('without', { host: 'details' }),
  ]);
  expect(Object.fromEntries(found)).toEqual({
    'shop/ratings': subsets,
    'prod/reviews': subsets,
    'shop/details': [],
  });
});

test('the subsets of several rules of one host count, the first of a name', () => {
  const found = subsetsByService([
    rule('one', { host: 'web', subsets: [{ name: 'v1', labels: { version: 'v1' } }] }),
    rule('two', {
      host: 'web.shop',
      subsets: [
        { name: 'v1', labels: { version: 'other' } },
        { name: 'v2', labels: { version: 'v2' } },
      ],
    }),
  ]);
  expect(found.get('shop/web')).toEqual([
    { name: 'v1', labels: { version: 'v1' } },
    { name: 'v2', labels: { version: 'v2' } },
  ]);
});

test('a subset is the endpoints whose pods have all of its labels', () => {
  const pods: Record<string, Record<string, string>> = {
    'shop/a': { app: 'web', version: 'v1' },
    'shop/b': { app: 'web', version: 'v2' },
    'shop/c': { version: 'v1' },
  };
  const endpoint = (name: string, kind = 'Pod') => ({
    addresses: [`10.0.0.${name}`],
    targetRef: { kind, name },
  });
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-x', namespace: 'shop' },
    endpoints: [...['a', 'b', 'c', 'unknown'].map((name) => endpoint(name)), endpoint('a', 'Node')],
  };
  const chosen = (labels: Record<string, string>) =>
    slicesOfSubset([slice], { name: 'one', labels }, (pod) => pods[pod]).flatMap((one) =>
      (one['endpoints'] as { targetRef: { name: string } }[]).map(
        ({ targetRef }) => targetRef.name,
      ),
    );
  expect(chosen({ app: 'web', version: 'v1' })).toEqual(['a']);
  expect(chosen({ version: 'v1' })).toEqual(['a', 'c']);
  expect(chosen({ version: 'v3' })).toEqual([]);
  const none = { ...slice, endpoints: null } as unknown as KubeObject;
  expect(slicesOfSubset([none], { name: 'one', labels: {} }, () => ({}))).toMatchObject([
    { endpoints: [] },
  ]);
});

test('a subset is routed to by a name that no Service can have', () => {
  expect(subsetKey('shop/web', undefined)).toBe('shop/web');
  expect(subsetKey('shop/web', 'v1')).toBe('shop/web|v1');
});
