/** All kinds of routes that worlds have, by the names that the command line takes. */
import type { KubeObject } from '../../api/object.ts';
import { alb } from './alb.ts';
import { apisixRoute } from './apisix-route.ts';
import { tcpProxy, virtualServiceTCP, virtualServiceTLS } from './connections.ts';
import { serviceSplitter } from './consul.ts';
import { edgeRoute, trafficSplit } from './custom.ts';
import { lane } from './custom-match.ts';
import { grpcRoute, httpRoute, linkerdRoute, tcpRoute, tlsRoute } from './gateway-api.ts';
import { httpProxy } from './http-proxy.ts';
import { ingressNginx } from './ingress-nginx.ts';
import type { RouteKind, RouteWays, Stored } from './route-kind.ts';
import { ingressRoute, ingressRouteTCP, traefikService } from './traefik.ts';
import { virtualService, virtualServiceSubsets } from './virtual-service.ts';

export const ROUTES = {
  httpRoute,
  grpcRoute,
  tlsRoute,
  tcpRoute,
  istio: virtualService,
  istioSubsets: virtualServiceSubsets,
  contour: httpProxy,
  ingressNginx,
  alb,
  apisix: apisixRoute,
  traefik: ingressRoute,
  traefikService,
  traefikTCP: ingressRouteTCP,
  consul: serviceSplitter,
  custom: trafficSplit,
  customEdge: edgeRoute,
  customMatch: lane,
  linkerd: linkerdRoute,
  istioTLS: virtualServiceTLS,
  istioTCP: virtualServiceTCP,
  contourTCP: tcpProxy,
} as const satisfies Record<string, RouteKind>;

export type RouteName = keyof typeof ROUTES;

export type Routes = readonly RouteWays<RouteName>[];

export function kindOf({ by }: RouteWays<RouteName>): RouteKind {
  return ROUTES[by];
}

/** Those of users, and of what a release makes for itself beside them. */
export function servedBy(routes: Routes): Record<string, string> {
  return Object.assign({}, ...routes.map((one) => kindOf(one).served)) as Record<string, string>;
}

export function isOfRoutes(routes: Routes, object: KubeObject): boolean {
  return object.kind !== 'ConfigMap' && Object.hasOwn(servedBy(routes), object.kind);
}

/** What the user wrote of this kind and name. */
export function writtenIn(
  routes: Routes,
  kind: string,
  name: string,
): { own: KubeObject; by: RouteKind } | undefined {
  for (const route of routes) {
    const own = route.objects.find((one) => one.kind === kind && one.metadata.name === name);
    if (own) return { own, by: kindOf(route) };
  }
  return undefined;
}

/** Nothing but these. */
export function storedOf(objects: readonly KubeObject[]): Stored {
  return {
    get: (kind, name) => objects.find((one) => one.kind === kind && one.metadata.name === name),
    all: (kind) => objects.filter((one) => one.kind === kind),
  };
}
