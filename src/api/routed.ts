/** The objects of users that routers write, and what can be told of requests on the way through each. */
import { KINDS } from './group.ts';
import type { GroupKind } from './object.ts';
import { albLimits } from './request-limits/alb.ts';
import { contourLimits } from './request-limits/contour.ts';
import { grpcRouteLimits, httpRouteLimits, linkerdLimits } from './request-limits/gateway-api.ts';
import { apisixLimits, istioLimits, traefikLimits } from './request-limits/headers.ts';
import { ingressNginxLimits } from './request-limits/ingress-nginx.ts';
import type { LimitsOf } from './request-limits/limit.ts';

/** By what an entry of `match` can ask for a request. */
export type MatchPart =
  | 'headers'
  | 'headersRegex'
  | 'cookie'
  | 'query'
  | 'path'
  | 'pathRegex'
  | 'method'
  | 'sourceLabels';

/** What a router can do with such an object besides weights. */
export interface Able {
  match: readonly MatchPart[];
  mirror: boolean;
  sticky: boolean;
  /** Requests are calls of gRPC. */
  calls?: true;
}

export interface Routed {
  kind: GroupKind;
  able: Able;
  /** What it cannot do of that. */
  limits?: LimitsOf;
  /** More, where a definition says how. */
  definable?: Able;
  /** Its gateway writes what is in the cookie by which it keeps users: `<cookie>-<hash>` is the name then. */
  writesCookie?: true;
  /** The least time to settle, where what takes up a change takes so long that others would lose requests. */
  settleMsMin?: number;
  /** Versions are told apart by the names of their pods, which only those of a Deployment have in them. */
  byPodNames?: true;
  subsetsIn?: SubsetsIn;
  beside?: Beside;
  /** Of another kind and the same name: it has what is told by more than weights. */
  matchesIn?: GroupKind;
}

/** What is made beside it for the length of a release, of its name and this. */
export interface Beside {
  kind: GroupKind;
  suffix: string;
  /** Only while requests are copied or users kept: these go by way of it. */
  byWay?: true;
}

/** What gets a subset for each version: the object that a field names, where it does; else one of the name of each
 * Service. */
export interface SubsetsIn {
  kind: GroupKind;
  field?: string;
}

const EVERYTHING: Able = {
  match: ['headers', 'headersRegex', 'cookie', 'query', 'path', 'method'],
  mirror: true,
  sticky: true,
};
/** Where the order of rules is that in which they are written, a pattern goes before no other. */
const PATTERNS: readonly MatchPart[] = [...EVERYTHING.match, 'pathRegex'];
/** Clients of gRPC keep no cookies, its requests have no query, and each is a POST. */
const CALLS: Able = {
  match: ['headers', 'headersRegex', 'path'],
  mirror: true,
  sticky: false,
  calls: true,
};
/** Requests or connections are not looked into. */
const WEIGHTS: Able = { match: [], mirror: false, sticky: false };

/** Stands for the kind of an object of which only a definition says the kind (`route-definition.ts`). */
const UNDEFINED: GroupKind = { group: '', kind: 'object' };

/** By router, and by the field of its part of a policy that names the object. Exactly one of these is set. */
export const ROUTED = {
  gatewayAPI: {
    httpRoute: { kind: KINDS.httpRoute, able: EVERYTHING, limits: httpRouteLimits },
    grpcRoute: { kind: KINDS.grpcRoute, able: CALLS, limits: grpcRouteLimits },
    tlsRoute: { kind: KINDS.tlsRoute, able: WEIGHTS },
    tcpRoute: { kind: KINDS.tcpRoute, able: WEIGHTS },
  },
  istio: {
    virtualService: {
      kind: KINDS.virtualService,
      able: { ...EVERYTHING, match: [...PATTERNS, 'sourceLabels'] },
      limits: istioLimits,
      subsetsIn: { kind: KINDS.destinationRule, field: 'destinationRule' },
    },
  },
  contour: {
    httpProxy: {
      kind: KINDS.httpProxy,
      able: { ...EVERYTHING, sticky: false },
      limits: contourLimits,
    },
  },
  ingressNginx: {
    ingress: {
      kind: KINDS.ingress,
      able: { match: ['headers', 'headersRegex', 'cookie'], mirror: false, sticky: true },
      limits: ingressNginxLimits,
      writesCookie: true,
      beside: { kind: KINDS.ingress, suffix: 'candidate' },
    },
  },
  alb: {
    ingress: {
      kind: KINDS.ingress,
      able: { match: ['headers', 'query', 'path', 'method'], mirror: false, sticky: false },
      limits: albLimits,
      // The controller is to write rules, and a new target to be registered and to pass a check.
      settleMsMin: 30_000,
    },
  },
  apisix: {
    apisixRoute: {
      kind: KINDS.apisixRoute,
      able: { match: PATTERNS, mirror: true, sticky: false },
      limits: apisixLimits,
    },
  },
  traefik: {
    ingressRoute: {
      kind: KINDS.ingressRoute,
      beside: { kind: KINDS.traefikService, suffix: 'segue-<digest>', byWay: true },
      able: { match: PATTERNS, mirror: true, sticky: true },
      limits: traefikLimits,
      writesCookie: true,
    },
    traefikService: {
      kind: KINDS.traefikService,
      able: { ...WEIGHTS, sticky: true },
      writesCookie: true,
    },
    ingressRouteTCP: { kind: KINDS.ingressRouteTCP, able: WEIGHTS },
  },
  custom: {
    object: {
      kind: UNDEFINED,
      able: WEIGHTS,
      definable: { match: ['headers'], mirror: false, sticky: false },
    },
  },
  consul: {
    serviceSplitter: {
      kind: KINDS.serviceSplitter,
      able: { match: PATTERNS, mirror: false, sticky: false },
      matchesIn: KINDS.serviceRouter,
      byPodNames: true,
      subsetsIn: { kind: KINDS.serviceResolver },
    },
  },
  linkerd: {
    httpRoute: {
      kind: KINDS.linkerdRoute,
      able: { ...EVERYTHING, mirror: false, sticky: false },
      limits: linkerdLimits,
    },
  },
} as const satisfies Record<string, Record<string, Routed>>;

export type RouterName = keyof typeof ROUTED;

export const ROUTER_NAMES = Object.keys(ROUTED) as RouterName[];

/** What a policy names of what a router writes. */
export interface RoutedObject extends Routed {
  field: string;
  name: string;
}

/** The fields of a router that name an object. */
export function routedFields(router: RouterName): string[] {
  return Object.keys(ROUTED[router]);
}

/** Those that its part of a policy sets; none of a router that is none of these. */
export function routedObjects(router: string, config: unknown): RoutedObject[] {
  const known: Partial<Record<string, Record<string, Routed>>> = ROUTED;
  const given = (config ?? {}) as Partial<Record<string, unknown>>;
  return Object.entries(known[router] ?? {})
    .filter(([field]) => given[field] !== undefined)
    .map(([field, routed]) => ({
      ...routed,
      ...defined(routed, given),
      field,
      name: String(given[field]),
    }));
}

/** The objects that get a subset for each version, as `DestinationRule web`. */
export function subsetHolders(
  { name, config }: { name: string; config: unknown },
  services: readonly string[],
): string[] {
  const given = (config ?? {}) as Partial<Record<string, string>>;
  return routedObjects(name, config).flatMap(({ subsetsIn }) => {
    if (!subsetsIn) return [];
    const { kind, field } = subsetsIn;
    const named = field === undefined ? undefined : given[field];
    const names = field === undefined ? services : named === undefined ? [] : [named];
    return names.map((one) => `${kind.kind} ${one}`);
  });
}

/** By its definition. While that is not known, nothing is refused that one may say. */
function defined(
  { definable, able }: Routed,
  { route }: Partial<Record<string, unknown>>,
): Partial<Routed> {
  if (route === undefined) return { able: definable ?? able };
  const { group, kind, match } = route as GroupKind & { match?: unknown };
  return { kind: { group, kind }, able: (match === undefined ? undefined : definable) ?? able };
}

/** `HTTPRoute web` */
export function routedTitle({ kind, name }: RoutedObject): string {
  return `${kind.kind} ${name}`;
}

/** By which a router can do that, as `gatewayAPI.httpRoute`. */
export function routersThat(can: (routed: Routed) => boolean): string[] {
  return ROUTER_NAMES.flatMap((router) =>
    Object.entries<Routed>(ROUTED[router])
      .filter(([, routed]) => can(routed))
      .map(([field]) => `${router}.${field}`),
  );
}
