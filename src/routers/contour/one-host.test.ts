/** Two HTTPProxies for one host. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { NAMESPACE, service, splitIntent } from '../../testing/router-conformance-objects.ts';
import { contour } from './router.ts';

type Fields = Record<string, unknown>;

interface Given {
  name?: string;
  fqdn?: string;
  spec?: Fields;
  annotations?: Record<string, string>;
}

function proxy({
  name = 'web',
  fqdn = 'shop.example.com',
  spec,
  annotations,
}: Given = {}): KubeObject {
  return {
    apiVersion: 'projectcontour.io/v1',
    kind: 'HTTPProxy',
    metadata: { name, namespace: NAMESPACE, ...(annotations && { annotations }) },
    spec: { virtualhost: { fqdn }, routes: [{ services: [{ name: 'web', port: 80 }] }], ...spec },
  };
}

function said(own: KubeObject, other: KubeObject): string[] {
  const store = new ObjectStore([own, other, service('web')]);
  return contour
    .check(splitIntent({ httpProxy: 'web' }), store)
    .map(({ field, message }) => `${field}: ${message}`);
}

const other = (given: Given) => proxy({ name: 'other', ...given });

test('of one host and class are both refused by Contour', () => {
  const spec = { ingressClassName: 'edge' };
  expect(said(proxy(), other({ fqdn: 'Shop.Example.com' }))).toEqual([
    'HTTPProxy web spec.virtualhost.fqdn: HTTPProxy other has shop.example.com too, and Contour takes up neither of the two',
  ]);
  expect(said(proxy({ spec }), other({ spec }))).toHaveLength(1);
  const annotations = { 'kubernetes.io/ingress.class': 'edge' };
  expect(said(proxy({ spec }), other({ annotations }))).toHaveLength(1);
});

test.each<[string, KubeObject, KubeObject]>([
  ['another host', proxy(), other({ fqdn: 'docs.example.com' })],
  ['another class', proxy(), other({ spec: { ingressClassName: 'edge' } })],
  [
    'another class by annotation',
    proxy(),
    other({ annotations: { 'projectcontour.io/ingress.class': 'edge' } }),
  ],
  ['what it includes', proxy(), other({ spec: { virtualhost: undefined } })],
  ['what includes it', proxy({ spec: { virtualhost: undefined } }), other({})],
])('%s is nobody’s business', (_name, own, beside) => {
  expect(said(own, beside)).toEqual([]);
});
