/** Where a call of gRPC goes to: a service and a method of it, which are the two parts of its path. */
import { type Call, callIn } from '../../api/grpc-call.ts';
import type { Place, RouteMatch } from './narrow.ts';

interface MethodMatch extends Partial<Call> {
  type?: string;
}

/** What a rule matches that names nothing. */
export const EVERY_CALL: RouteMatch = {};

export const grpcPlace: Place = {
  field: 'method',
  matchesOf: ({ matches }) => (matches?.length ? matches : [EVERY_CALL]),
  inCommon(match, { path }) {
    if (!path) return [{}];
    const asked = callIn(path);
    if (!asked || isPattern(match)) return undefined;
    const own = callOf(match);
    if (isApart(own, asked)) return [];
    return [{ method: { ...(match.method as object), type: 'Exact', ...own, ...asked } }];
  },
  isWithin: (one, other) =>
    !isPattern(one) && !isPattern(other) && isPartOf(callOf(one), callOf(other)),
  asks(match, { path }) {
    const asked = path && callIn(path);
    return !path || (asked !== undefined && !isPattern(match) && isPartOf(callOf(match), asked));
  },
  rankOf(match) {
    const { service = '', method = '' } = callOf(match);
    return [service.length, method.length, match.headers?.length ?? 0];
  },
  mayOverlap: (one, other) =>
    isPattern(one) || isPattern(other) || !isApart(callOf(one), callOf(other)),
  isPattern,
  textOf(match) {
    const { service = '*', method = '*' } = callOf(match);
    return `${service}/${method}`;
  },
};

function methodOf({ method }: RouteMatch): MethodMatch {
  return (method ?? {}) as MethodMatch;
}

function callOf(match: RouteMatch): Partial<Call> {
  const { service, method } = methodOf(match);
  return { ...(service && { service }), ...(method && { method }) };
}

function isPattern(match: RouteMatch): boolean {
  return methodOf(match).type === 'RegularExpression';
}

/** No call is one of both. */
function isApart(one: Partial<Call>, other: Partial<Call>): boolean {
  return PARTS.some((part) => one[part] && other[part] && one[part] !== other[part]);
}

function isPartOf(one: Partial<Call>, other: Partial<Call>): boolean {
  return PARTS.every((part) => !other[part] || one[part] === other[part]);
}

const PARTS = ['service', 'method'] as const;
