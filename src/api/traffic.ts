/** Where the traffic is, and the routers that can move it: each a field of its own, with the object of the user's
 * that it writes. */
import * as z from 'zod';
import { ROUTER_NAMES, type RouterName, routedObjects } from './routed.ts';
import { duration, objectName } from './schema-parts.ts';

const routeName = (kind: string) =>
  objectName(`The ${kind} whose backendRefs to the Services are moved.`).optional();

const traefikName = (kind: string, list: string) =>
  objectName(`The ${kind} whose \`${list}\` to the Services are moved.`).optional();

/** By the field of `spec.traffic.routers[]` that chooses it. A router there is none of is an unknown field. */
const ROUTERS = {
  gatewayAPI: z
    .strictObject({
      httpRoute: routeName('HTTPRoute'),
      grpcRoute: routeName('GRPCRoute'),
      tlsRoute: routeName('TLSRoute'),
      tcpRoute: routeName('TCPRoute'),
    })
    .describe('Weights on a route of the Gateway API; set exactly one field.'),
  istio: z
    .strictObject({
      virtualService: objectName('The VirtualService whose destinations are moved.'),
      destinationRule: objectName(
        'The DestinationRule of the Service: it gets a subset for each version, and destinations keep their host.',
      ).optional(),
    })
    .describe('Weights on an Istio VirtualService: of http, tls and tcp, a delegate too.'),
  contour: z
    .strictObject({
      httpProxy: objectName('The HTTPProxy whose services are moved.'),
    })
    .describe('Weights on an HTTPProxy of Contour: of its routes and its TCP proxy.'),
  ingressNginx: z
    .strictObject({
      ingress: objectName('The Ingress whose backends are the Services.'),
      annotationPrefix: z
        .string()
        .max(253)
        .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'the part of an annotation before the slash')
        .default('nginx.ingress.kubernetes.io')
        .describe('What its controller is run with as `--annotations-prefix`.'),
    })
    .describe('Weights by a canary Ingress of ingress-nginx, beside an Ingress of yours.'),
  alb: z
    .strictObject({
      ingress: objectName('The Ingress whose backends, or actions, lead to the Services.'),
    })
    .describe('Weights on target groups of an AWS Application Load Balancer, by its Ingress.'),
  apisix: z
    .strictObject({
      apisixRoute: objectName('The ApisixRoute whose backends are moved.'),
    })
    .describe('Weights on an ApisixRoute, of its rules for HTTP.'),
  traefik: z
    .strictObject({
      ingressRoute: traefikName('IngressRoute', 'routes[].services'),
      traefikService: traefikName('TraefikService', 'weighted.services'),
      ingressRouteTCP: traefikName('IngressRouteTCP', 'routes[].services'),
    })
    .describe('Weights on an object of Traefik; set exactly one field.'),
  custom: z
    .strictObject({
      definition: objectName('The ConfigMap that says where in the object its destinations are.'),
      object: objectName('The object whose destinations are moved.'),
    })
    .describe('Weights on an object of another kind, by a definition of yours.'),
  consul: z
    .strictObject({
      serviceSplitter: objectName('The ServiceSplitter whose splits are moved.'),
    })
    .describe('Weights on a ServiceSplitter of Consul, to subsets of its ServiceResolver.'),
  linkerd: z
    .strictObject({
      httpRoute: objectName(
        'The HTTPRoute of policy.linkerd.io whose backendRefs to the Services are moved.',
      ),
    })
    .describe('Weights on an HTTPRoute of policy.linkerd.io, which is on a Service.'),
} as const satisfies Record<RouterName, z.ZodObject>;

type RouterShape = { [Name in RouterName]: z.ZodOptional<(typeof ROUTERS)[Name]> };

const router = z
  .strictObject(
    Object.fromEntries(
      ROUTER_NAMES.map((name) => [name, ROUTERS[name].optional()]),
    ) as unknown as RouterShape,
  )
  .describe('One router; set exactly one field.');

export type PolicyRouter = z.infer<typeof router>;

/** The one that is chosen, with the one object that it writes, as it is frozen into a Release; undefined where there is
 * not one of each. */
export function chosenRouter(
  given: PolicyRouter,
): { name: RouterName; config: unknown } | undefined {
  const chosen = ROUTER_NAMES.filter((name) => given[name] !== undefined);
  const [name] = chosen;
  if (name === undefined || chosen.length > 1) return undefined;
  const config = given[name];
  return routedObjects(name, config).length === 1 ? { name, config } : undefined;
}

export const trafficSchema = z
  .strictObject({
    services: z
      .array(z.strictObject({ name: objectName('Name of a Service that selects the pods.') }))
      .min(1)
      .max(16)
      .describe('The Services by which users reach the workload.'),
    routers: z
      .array(router)
      .max(8)
      .optional()
      .describe(
        'What moves the traffic. Without one the Service itself is pinned (blueGreen only).',
      ),
    settle: duration(
      'Time given to data planes to take up a change after it was read back.',
    ).default('2s'),
    readBack: z
      .enum(['Reported', 'Measured'])
      .optional()
      .describe(
        'Measured: the shares that checks with compare have counted must not speak against the weights either. ' +
          'Reported, the default: what the routers say of themselves.',
      ),
    drain: duration('Time a version keeps its pods after it lost its traffic.').default('10s'),
  })
  .describe('Where the traffic is and what moves it.');
