/** An Ingress of another controller is refused before what is written there means something else. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { ofAnotherClass } from './ingress-class.ts';

function ingress(ingressClassName?: string, annotation?: string): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web',
      ...(annotation && { annotations: { 'kubernetes.io/ingress.class': annotation } }),
    },
    spec: { ...(ingressClassName && { ingressClassName }) },
  };
}

test.each([
  [undefined, undefined],
  ['nginx', undefined],
  ['edge', undefined],
  ['constructor', undefined],
  [undefined, 'nginx'],
])('class %s, annotation %s: may be', (name, annotation) => {
  expect(ofAnotherClass(ingress(name, annotation), 'nginx')).toEqual([]);
});

test.each([
  ['kong', undefined, 'HTTPRoute'],
  ['alb', undefined, 'alb.ingress'],
  ['traefik', undefined, 'a route that Traefik takes'],
  ['edge', 'kong', 'HTTPRoute'],
])('class %s, annotation %s: is of another', (name, annotation, instead) => {
  expect(ofAnotherClass(ingress(name, annotation), 'nginx')).toMatchObject([
    {
      field: 'Ingress web',
      message: expect.stringContaining('would be written for ingress-nginx') as string,
      fix: expect.stringContaining(instead) as string,
    },
  ]);
});
