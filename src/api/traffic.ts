/** Where the traffic is, and the routers that can move it: each a field of its own, with the object of the user's
 * that it writes. */
import * as z from 'zod';
import { KINDS } from './group.ts';
import type { GroupKind } from './object.ts';
import { duration, objectName } from './schema-parts.ts';

/** By the field of `spec.traffic.routers[]` that chooses it. A router there is none of is an unknown field. */
const ROUTERS = {
  gatewayAPI: z
    .strictObject({
      httpRoute: objectName('The HTTPRoute whose backendRefs to the Services are moved.'),
    })
    .describe('Weights on a Gateway API HTTPRoute.'),
  istio: z
    .strictObject({
      virtualService: objectName('The VirtualService whose destinations by host are moved.'),
    })
    .describe('Weights on an Istio VirtualService: of http, tls and tcp, a delegate too.'),
} as const;

export type RouterName = keyof typeof ROUTERS;

export const ROUTER_NAMES = Object.keys(ROUTERS) as RouterName[];

/** The fields of routers that name an object of the user's, and its kind. */
export const ROUTED_KINDS = {
  httpRoute: KINDS.httpRoute,
  virtualService: KINDS.virtualService,
} as const satisfies Record<string, GroupKind>;

export type RoutedField = keyof typeof ROUTED_KINDS;

type RouterShape = { [Name in RouterName]: z.ZodOptional<(typeof ROUTERS)[Name]> };

const router = z
  .strictObject(
    Object.fromEntries(
      ROUTER_NAMES.map((name) => [name, ROUTERS[name].optional()]),
    ) as unknown as RouterShape,
  )
  .describe('One router; set exactly one field.');

export type PolicyRouter = z.infer<typeof router>;

/** The one that is chosen, as it is frozen into a Release; undefined where none is, or several are. */
export function chosenRouter(
  given: PolicyRouter,
): { name: RouterName; config: unknown } | undefined {
  const chosen = ROUTER_NAMES.filter((name) => given[name] !== undefined);
  const [name] = chosen;
  return name !== undefined && chosen.length === 1 ? { name, config: given[name] } : undefined;
}

/** The user's objects that a router writes, as `HTTPRoute web`. */
export function routedObjects(config: unknown): string[] {
  return Object.entries((config ?? {}) as Record<string, unknown>).flatMap(([field, name]) => {
    const named = (ROUTED_KINDS as Record<string, GroupKind | undefined>)[field];
    return named ? [`${named.kind} ${String(name)}`] : [];
  });
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
    drain: duration('Time a version keeps its pods after it lost its traffic.').default('10s'),
  })
  .describe('Where the traffic is and what moves it.');
