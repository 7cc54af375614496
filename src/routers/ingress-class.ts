/** Whether an Ingress is one that a router can write: its class may be that of a controller which would take what is
 * written for something else. */
import type { KubeObject } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';

/** Classes as their controllers are installed with, and whose they are. Any other name may be anybody's. */
const CLASSES: Readonly<Record<string, string>> = {
  alb: 'the AWS Load Balancer Controller',
  nginx: 'ingress-nginx',
  kong: 'Kong',
  traefik: 'Traefik',
  contour: 'Contour',
  haproxy: 'HAProxy',
  apisix: 'APISIX',
  istio: 'Istio',
  cilium: 'Cilium',
  gce: 'Google Cloud',
};

const INSTEAD: Readonly<Record<string, string>> = {
  alb: 'name it in alb.ingress',
  nginx: 'name it in ingressNginx.ingress',
  kong: 'Kong has no weights on an Ingress: write an HTTPRoute, and name it in gatewayAPI.httpRoute',
};

const ANNOTATION = 'kubernetes.io/ingress.class';

/** Undefined where it says none. */
export function classOf(ingress: KubeObject): string | undefined {
  const { ingressClassName } = (ingress['spec'] ?? {}) as { ingressClassName?: string };
  return ingress.metadata.annotations?.[ANNOTATION] ?? ingressClassName;
}

/** @param own the class as the router's controller is installed with */
export function ofAnotherClass(ingress: KubeObject, own: string): Problem[] {
  const name = classOf(ingress) ?? own;
  const whose = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (whose === undefined || name === own) return [];
  return [
    {
      field: `Ingress ${ingress.metadata.name}`,
      message: `it is of class ${name}, that of ${whose}, and would be written for ${CLASSES[own]}`,
      fix: INSTEAD[name] ?? `name an Ingress of ${CLASSES[own]}, or a route that ${whose} takes`,
    },
  ];
}
