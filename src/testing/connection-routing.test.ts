/** What Segue writes for whole connections, routed by the sandbox's gateway, which was written from the references of
 * the Gateway API, Istio and Traefik. */
import { expect, test } from 'vitest';
import { KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { TrafficIntent, TrafficRouter } from '../ports/traffic-router.ts';
import { gatewayAPI } from '../routers/gateway-api/router.ts';
import { istio } from '../routers/istio/router.ts';
import { traefik } from '../routers/traefik/router.ts';
import { findConnection } from '../sandbox/gateway/connection-rule.ts';
import { compileConnectionRoute } from '../sandbox/gateway/connection-route.ts';
import { ingressListeners } from '../sandbox/gateway/ingress-class.ts';
import { compileIngressRouteTcps } from '../sandbox/gateway/ingress-route-tcp.ts';
import { istioListeners } from '../sandbox/gateway/istio-gateway.ts';
import type { Listening } from '../sandbox/gateway/listening.ts';
import { chooseBackend } from '../sandbox/gateway/shares.ts';
import type { CompiledRoute } from '../sandbox/gateway/route.ts';
import { buildTable } from '../sandbox/gateway/table.ts';
import { compileVirtualService } from '../sandbox/gateway/virtual-service.ts';
import { ObjectStore } from './apply-writes.ts';
import {
  applier,
  defaulted,
  gatewayRoute,
  NAMESPACE,
  service,
  splitIntent,
} from './router-conformance-objects.ts';
import { expectShare, WEIGHTS } from './routed-shares.ts';

type Fields = Record<string, unknown>;

const object = (apiVersion: string, kind: string, name: string, spec: Fields): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
});

const PORT = 443;
const NAME = 'shop.example.com';
const TRAEFIK = object('networking.k8s.io/v1', 'IngressClass', 'traefik', {
  controller: 'traefik.io/ingress-controller',
});
TRAEFIK.metadata.annotations = { 'segue.dev/http-port': String(PORT) };

/** A Gateway with one listener, or a server of Istio's. */
const gateway = (listener: Fields): Listening => ({
  key: `${NAMESPACE}/edge`,
  object: TRAEFIK,
  namespace: NAMESPACE,
  listeners: [{ name: 'one', port: PORT, protocol: 'TCP', ...listener }],
});
const edge = (server: Fields): Listening =>
  istioListeners(
    object('networking.istio.io/v1', 'Gateway', 'edge', {
      servers: [{ port: { number: PORT, protocol: 'TCP' }, hosts: ['*'], ...server }],
    }),
  );
const virtualService = (spec: Fields) =>
  object('networking.istio.io/v1', 'VirtualService', 'web', {
    hosts: ['*.example.com'],
    gateways: ['edge'],
    ...spec,
  });
const ingressRouteTcp = (match: string, spec: Fields = {}) =>
  object('traefik.io/v1alpha1', 'IngressRouteTCP', 'web', {
    routes: [{ match, services: [{ name: 'web', port: 80 }] }],
    ...spec,
  });
const ref = { name: 'web', port: 80 };
const destination = { destination: { host: 'web', port: { number: 80 } } };

interface Case {
  router: TrafficRouter;
  config: TrafficIntent['config'];
  kind: GroupKind;
  object: KubeObject;
  compile: (object: KubeObject) => CompiledRoute[];
  at: Listening[];
  /** That clients ask for; undefined: they speak no TLS. */
  serverName?: string;
}

const one = (compile: (object: KubeObject) => CompiledRoute) => (given: KubeObject) => [
  compile(given),
];
const ofTraefik = (given: KubeObject) => compileIngressRouteTcps([given], [TRAEFIK]);

const CASES: Record<string, Case> = {
  TCPRoute: {
    router: gatewayAPI,
    config: { tcpRoute: 'web' },
    kind: KINDS.tcpRoute,
    object: gatewayRoute({ kind: 'TCPRoute', version: 'v1alpha2' }, [{ backendRefs: [ref] }]),
    compile: one(compileConnectionRoute),
    at: [gateway({})],
  },
  TLSRoute: {
    router: gatewayAPI,
    config: { tlsRoute: 'web' },
    kind: KINDS.tlsRoute,
    object: gatewayRoute({ kind: 'TLSRoute' }, [{ backendRefs: [ref] }], { hostnames: [NAME] }),
    compile: one(compileConnectionRoute),
    at: [gateway({ protocol: 'TLS', tls: { mode: 'Passthrough' } })],
    serverName: NAME,
  },
  'VirtualService, tcp': {
    router: istio,
    config: { virtualService: 'web' },
    kind: KINDS.virtualService,
    object: virtualService({ tcp: [{ match: [{ port: PORT }], route: [destination] }] }),
    compile: one(compileVirtualService),
    at: [edge({})],
  },
  'VirtualService, tls': {
    router: istio,
    config: { virtualService: 'web' },
    kind: KINDS.virtualService,
    object: virtualService({ tls: [{ match: [{ sniHosts: [NAME] }], route: [destination] }] }),
    compile: one(compileVirtualService),
    at: [edge({ port: { number: PORT, protocol: 'TLS' }, tls: { mode: 'PASSTHROUGH' } })],
    serverName: NAME,
  },
  'IngressRouteTCP, any': {
    router: traefik,
    config: { ingressRouteTCP: 'web' },
    kind: KINDS.ingressRouteTCP,
    object: ingressRouteTcp('HostSNI(`*`)'),
    compile: ofTraefik,
    at: ingressListeners(TRAEFIK),
  },
  'IngressRouteTCP, by name': {
    router: traefik,
    config: { ingressRouteTCP: 'web' },
    kind: KINDS.ingressRouteTCP,
    object: ingressRouteTcp(`HostSNI(\`${NAME}\`)`, { tls: { passthrough: true } }),
    compile: ofTraefik,
    at: ingressListeners(TRAEFIK),
    serverName: NAME,
  },
};

/** Where connections go, by their place among the shares. */
function routed({ router, config, kind, object, compile, at, serverName }: Case, weight: number) {
  const store = new ObjectStore([object, service('web')], defaulted);
  const intent = splitIntent(config, { weight });
  applier(router)(store, { ...intent, journal: router.capture(intent, store) });
  const routes = compile(store.get(kind, 'web') ?? expect.fail('the route is gone'));
  expect(routes.map(({ problem }) => problem)).toEqual([undefined]);
  const { connections } = buildTable(routes, {
    gateways: new Map(at.map((listening) => [listening.key, listening])),
    services: { has: () => true },
    namespaceLabels: () => ({}),
  });
  const rule = findConnection(connections.get(PORT) ?? [], serverName) ?? expect.fail('no rule');
  expect(rule.problem).toBeUndefined();
  return (place: number) => chooseBackend(rule, place)?.service.split('/')[1];
}

test.each(Object.keys(CASES).flatMap((name) => WEIGHTS.map((weight) => [name, weight] as const)))(
  '%s: of 20,000 connections %i percent reach the candidate',
  (name, weight) => {
    expectShare(weight, routed(CASES[name] ?? expect.fail(name), weight));
  },
);

test.each(Object.entries(CASES))('%s: all of one version at the ends', (_, given) => {
  for (const [weight, version] of [
    [0, 'web-stable'],
    [100, 'web-candidate'],
  ] as const)
    expect([0, 0.999].map(routed(given, weight))).toEqual([version, version]);
});
