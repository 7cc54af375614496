/** All routers there are; adding one is a folder here and a line in this list. */
import type { TrafficRouter } from '../ports/traffic-router.ts';
import { alb } from './alb/router.ts';
import { apisix } from './apisix/router.ts';
import { consul } from './consul/router.ts';
import { contour } from './contour/router.ts';
import { custom } from './custom/router.ts';
import { linkerd } from './gateway-api/linkerd.ts';
import { gatewayAPI } from './gateway-api/router.ts';
import { ingressNginx } from './ingress-nginx/router.ts';
import { istio } from './istio/router.ts';
import { pairSelector } from './pair-selector/router.ts';
import { podShares } from './pod-shares/router.ts';
import { serviceSelector } from './service-selector/router.ts';
import { traefik } from './traefik/router.ts';

export { dedicatedServices as versionServices } from './dedicated-services.ts';

export const routers: TrafficRouter[] = [
  serviceSelector,
  pairSelector,
  podShares,
  gatewayAPI,
  istio,
  contour,
  ingressNginx,
  alb,
  apisix,
  traefik,
  custom,
  consul,
  linkerd,
];
