/**
 * What Linkerd heeds in the place of a route on a Service (its reference of HTTPRoute, and the source of its policy
 * controller and proxy in August 2026): a ServiceProfile, and of routes those of the kind that tells requests best.
 * HTTPRoutes of both groups it takes together, the older one first.
 */
import { KINDS } from '../../api/group.ts';
import type { GroupKind, KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import type { CheckedRoute } from '../split-route/shape.ts';
import { LINKERD, reporters } from './acceptance.ts';

const PROFILE = KINDS.serviceProfile;

/** Kinds of routes, each rank before all that come after it. */
const BY_RANK: readonly GroupKind[][] = [
  [KINDS.grpcRoute],
  [KINDS.httpRoute, KINDS.linkerdRoute],
  [KINDS.tlsRoute],
  [KINDS.tcpRoute],
];

/** Kinds that are looked at for a route, and not written for it. */
export const BESIDE: readonly GroupKind[] = [...BY_RANK.flat(), PROFILE];

export interface Parent {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  port?: number;
}

export function parentsOf(route: KubeObject): Parent[] {
  return ((route['spec'] ?? {}) as { parentRefs?: Parent[] }).parentRefs ?? [];
}

/** Its parents that are Services, by either name that the group of these has. */
export function servicesOf(route: KubeObject): Parent[] {
  return parentsOf(route).filter(
    ({ group, kind }) => kind === 'Service' && (group === '' || group === 'core'),
  );
}

/** @returns problems of a route on a Service by which Linkerd does not send what clients ask of that */
export function overruled(scope: RouterScope, { route, objects }: CheckedRoute): Problem[] {
  const on = servicesOf(route).filter(
    ({ namespace = scope.namespace }) => namespace === scope.namespace,
  );
  if (on.length === 0) return [];
  return [...byProfile(scope, route, { on, objects }), ...byKind(route, { on, objects })];
}

interface OnServices {
  /** Of the namespace. */
  on: Parent[];
  objects: TrafficObjects;
}

/** One that says nothing of requests or destinations changes nothing: what is left of a TrafficSplit is such a one. */
function byProfile(
  { namespace }: RouterScope,
  route: KubeObject,
  { on, objects }: OnServices,
): Problem[] {
  const reports = reporters(route);
  if (!isLinkerds(route) && reports.length > 0) return [];
  const title = `${route.kind} ${route.metadata.name}`;
  const refusal = objects.refusal(PROFILE);
  if (refusal !== undefined)
    return [
      {
        field: `${title} spec.parentRefs`,
        message: `whether its Service has a ServiceProfile, which goes before it, may not be read (${refusal})`,
        fix: 'apply all that `segue install` prints, which allows it',
      },
    ];
  return objects.list(PROFILE).flatMap((profile) => {
    const { name, deletionTimestamp } = profile.metadata;
    // Whatever the domain of the cluster is.
    const its = on.find((parent) => name.startsWith(`${parent.name}.${namespace}.svc.`));
    const said = countsIn(profile, route);
    if (!its || said.length === 0 || deletionTimestamp) return [];
    const message = `Linkerd sends what clients ask of Service ${its.name} by it, and not by ${title}, while it has ${said.join(' and ')}`;
    return [{ field: `ServiceProfile ${name}`, message, fix: 'delete it' }];
  });
}

/** Of connections it says where they go, and no more. */
function countsIn({ spec }: KubeObject, { kind }: KubeObject): string[] {
  const said = (spec ?? {}) as Record<string, unknown[] | undefined>;
  const ofRequests = kind === KINDS.httpRoute.kind || kind === KINDS.grpcRoute.kind;
  return [...(ofRequests ? ['routes'] : []), 'dstOverrides'].filter((name) => said[name]?.length);
}

function byKind(route: KubeObject, { on, objects }: OnServices): Problem[] {
  if (!isLinkerds(route)) return [];
  const rank = BY_RANK.findIndex((kinds) => kinds.some(({ kind }) => kind === route.kind));
  const found = BY_RANK.slice(0, rank)
    .flat()
    .flatMap((kind) => objects.list(kind))
    .filter((other) => isLinkerds(other) && !other.metadata.deletionTimestamp)
    .find((other) => on.some((parent) => servicesOf(other).some((its) => isOn(its, parent))));
  if (!found) return [];
  const title = `${route.kind} ${route.metadata.name}`;
  return [
    {
      field: `${title} spec.parentRefs`,
      message: `${found.kind} ${found.metadata.name} is on the same Service, and Linkerd goes by no ${route.kind} where there is a ${found.kind}`,
      fix: `take ${found.kind} ${found.metadata.name} from the Service, or name it in the policy`,
    },
  ];
}

/** It is on all ports of the Service, or on the same one. */
function isOn({ name, port }: Parent, parent: Parent): boolean {
  return name === parent.name && (port === undefined || port === parent.port);
}

/** Its own, or one that it has taken up. */
function isLinkerds(route: KubeObject): boolean {
  const own = route.apiVersion.startsWith(`${KINDS.linkerdRoute.group}/`);
  return own || reporters(route).includes(LINKERD);
}

/** HTTPRoutes of the other group. */
export function httpRoutesBeside({ route, objects }: CheckedRoute): KubeObject[] {
  if (!isLinkerds(route)) return [];
  const { group } = KINDS.linkerdRoute;
  const other = route.apiVersion.startsWith(`${group}/`) ? KINDS.httpRoute : KINDS.linkerdRoute;
  return objects.list(other).filter(isLinkerds);
}
