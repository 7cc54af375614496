/** The sandbox's gateway and the Gateway API's CRDs. */
export { startGateway, type Gateway } from './gateway.ts';
export { gatewayApiCrds } from './crds.ts';
export { istioCrds } from './istio-crds.ts';
export { traefikCrds } from './traefik-crds.ts';
