/** The rules that Segue adds to a GRPCRoute: as those of an HTTPRoute, but that a rule without matches has none to
 * copy. */
import { isDeepStrictEqual } from 'node:util';
import type { Added, KnownRules } from '../split-route/shape.ts';
import { EVERY_CALL, grpcPlace } from './grpc-place.ts';
import { addedRules, isAdded, type RouteRule } from './request-rules.ts';

export function addedGrpcRules(rule: RouteRule, given: Added): RouteRule[] {
  const named = { ...rule, matches: grpcPlace.matchesOf(rule) };
  return addedRules(named, given, grpcPlace).map(({ matches, ...rest }) =>
    isDeepStrictEqual(matches, [EVERY_CALL]) ? rest : { ...rest, matches: matches ?? [] },
  );
}

export function isAddedGrpc(rule: RouteRule, known: KnownRules): boolean {
  return isAdded(rule, known, grpcPlace);
}
