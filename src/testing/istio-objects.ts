/** Objects of Istio as users write them, and its part of the fixture of the conformance suite. */
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { HttpRule } from '../routers/istio/request-rules.ts';
import { istio } from '../routers/istio/router.ts';
import { NAMESPACE } from './router-conformance-objects.ts';
import type { SplitRoute } from './split-route-conformance.ts';

type Fields = Record<string, unknown>;

export function virtualService(http: Fields[], spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { hosts: ['shop.example.com'], gateways: ['edge'], ...spec, http },
  };
}

/** A destination. */
export function to(host: string, more: { port?: number; subset?: string } = {}): Fields {
  const { port, subset } = more;
  const destination = {
    host,
    ...(subset !== undefined && { subset }),
    ...(port !== undefined && { port: { number: port } }),
  };
  return { destination };
}

function destinationOf(ref: Fields) {
  return ref['destination'] as { host: string; subset?: string };
}

/** The first part of its host. */
function hostOf(ref: Fields): string {
  return destinationOf(ref).host.split('.')[0] ?? '';
}

/** It leads to the candidate, by the host of its Service or by a subset. */
function isOfCandidate({ host = '', subset = '' }: { host?: string; subset?: string }): boolean {
  return host.includes('-candidate') || subset === 'segue-candidate';
}

/** Added for single requests: it mirrors, sticks, or leads to the candidate alone. */
function isAdded(rule: Fields): boolean {
  const { mirror, route = [], match = [] } = rule as HttpRule;
  return (
    isOfCandidate(mirror ?? {}) ||
    /"(Set-Cookie|cookie)"/.test(JSON.stringify([match, route])) ||
    (route.length > 0 && route.every((ref) => isOfCandidate(destinationOf(ref))))
  );
}

export function istioSplit(given: Pick<SplitRoute, 'config' | 'left' | 'rules'>): SplitRoute {
  return {
    ...given,
    router: istio,
    kind: KINDS.virtualService,
    route: virtualService,
    list: 'http',
    refs: 'route',
    rule: (path) => ({ match: [{ uri: { prefix: path } }], timeout: '5s' }),
    ref: (name, port) => to(`${name}.${NAMESPACE}.svc.cluster.local`, { port }),
    beside: (ref) => ({ ...ref, weight: 100 }),
    decorated: (ref, name) => ({ ...ref, headers: { request: { set: { [name]: '1' } } } }),
    other: {
      sharing: { ...to('other', { port: 80 }), weight: 30 },
      idle: to('next.elsewhere', { port: 80 }),
    },
    leadsTo: hostOf,
    isAdded,
  };
}
