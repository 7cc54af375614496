/** The rules that Segue adds to a GRPCRoute: as those of an HTTPRoute, but that a rule without matches has none to
 * copy. */
import { isDeepStrictEqual } from 'node:util';
import type { Added } from '../split-route/shape.ts';
import type { RouteMatch } from './narrow.ts';
import { addedRules, type RouteRule } from './request-rules.ts';

/** What a rule matches that names nothing. */
const EVERYTHING: RouteMatch[] = [{}];

export function grpcMatchesOf({ matches }: RouteRule): RouteMatch[] {
  return matches?.length ? matches : EVERYTHING;
}

export function addedGrpcRules(rule: RouteRule, given: Added): RouteRule[] {
  return addedRules({ ...rule, matches: grpcMatchesOf(rule) }, given).map(({ matches, ...rest }) =>
    isDeepStrictEqual(matches, EVERYTHING) ? rest : { ...rest, matches: matches ?? [] },
  );
}
