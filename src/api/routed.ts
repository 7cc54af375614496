/** The objects of users that routers write, and what can be told of requests on the way through each. */
import { KINDS } from './group.ts';
import type { GroupKind } from './object.ts';

/** By what an entry of `match` can ask for a request. */
export type MatchPart = 'headers' | 'cookie' | 'query';

/** What a router can do with such an object besides weights. */
export interface Able {
  match: readonly MatchPart[];
  mirror: boolean;
  sticky: boolean;
}

export interface Routed {
  kind: GroupKind;
  able: Able;
}

const EVERYTHING: Able = { match: ['headers', 'cookie', 'query'], mirror: true, sticky: true };
/** Clients of gRPC keep no cookies, and its requests have no query. */
const REQUESTS: Able = { match: ['headers'], mirror: true, sticky: false };
/** Connections are not looked into. */
const WEIGHTS: Able = { match: [], mirror: false, sticky: false };

/** By the field of a router's part of a policy that names the object. Each router has exactly one of its own set. */
export const ROUTED = {
  httpRoute: { kind: KINDS.httpRoute, able: EVERYTHING },
  grpcRoute: { kind: KINDS.grpcRoute, able: REQUESTS },
  tlsRoute: { kind: KINDS.tlsRoute, able: WEIGHTS },
  tcpRoute: { kind: KINDS.tcpRoute, able: WEIGHTS },
  virtualService: { kind: KINDS.virtualService, able: EVERYTHING },
  apisixRoute: { kind: KINDS.apisixRoute, able: { ...EVERYTHING, mirror: false, sticky: false } },
  httpProxy: { kind: KINDS.httpProxy, able: { ...EVERYTHING, sticky: false } },
  ingress: {
    kind: KINDS.ingress,
    able: { match: ['headers', 'cookie'], mirror: false, sticky: false },
  },
} as const satisfies Record<string, Routed>;

export type RoutedField = keyof typeof ROUTED;

const FIELDS = Object.keys(ROUTED) as RoutedField[];

/** Those that a router's part of a policy sets. */
export function routedFields(config: unknown): RoutedField[] {
  const given = (config ?? {}) as Partial<Record<string, unknown>>;
  return FIELDS.filter((field) => given[field] !== undefined);
}

/** As `HTTPRoute web`. */
export function routedObjects(config: unknown): string[] {
  return routedFields(config).map((field) => {
    const name = (config as Record<RoutedField, unknown>)[field];
    return `${ROUTED[field].kind.kind} ${String(name)}`;
  });
}

/** The fields whose objects a router can do that with. */
export function routedFieldsThat(can: (able: Able) => boolean): RoutedField[] {
  return FIELDS.filter((field) => can(ROUTED[field].able));
}
