/**
 * Whether the API server would store a condition on a header as the definition says. What a kind has no field for it
 * drops without a word, and a rule for single requests would then take all of them. So one is tried before a release,
 * that leads to the user's own Service and is not kept.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouteDefinition } from '../../api/route-definition.ts';
import type { RouterScope, Trial } from '../../ports/traffic-router.ts';
import { placeOf, pointerTo, refsIn, rulesIn } from '../split-route/places.ts';
import type { Rule, RuleList } from '../split-route/shape.ts';
import { destinations } from './destinations.ts';
import { alternativesIn, asking, withoutName } from './request-rules.ts';

export function trialOf(
  definition: RouteDefinition,
  list: RuleList,
  { scope, route }: { scope: RouterScope; route: KubeObject },
): Trial | undefined {
  const { match } = definition;
  const entries = scope.rules.flatMap((one) => one.match ?? []).slice(0, 1);
  const dialect = destinations(definition, scope);
  const rules = rulesIn(route, list);
  const leads = rules.find((rule) => refsIn(rule, list).some((ref) => dialect.nameOf(ref)));
  if (!match || !leads) return undefined;
  const added = asking(match.headers, withoutName(match, leads), entries);
  if (added.length === 0) return undefined;
  const value = [...added, ...rules];
  return {
    body: [{ op: 'replace', path: pointerTo(placeOf(list)), value }],
    judge: (stored) => judged(definition, added, { list, stored }),
  };
}

function judged(
  { kind, match }: RouteDefinition,
  added: readonly Rule[],
  { list, stored }: { list: RuleList; stored: KubeObject },
): Problem[] {
  const rules = rulesIn(stored, list);
  const odd = added.findIndex((rule, i) => !isDeepStrictEqual(rule, rules[i]));
  if (odd === -1 || !match) return [];
  const { at } = match.headers;
  const last = alternativesIn(match.headers, rules[odd] ?? {})
    ?.at(0)
    ?.own.at(-1);
  const told = last === undefined ? 'nothing' : JSON.stringify(last);
  return [
    {
      field: `${kind} ${stored.metadata.name} ${placeOf(list)}`,
      message: `of a rule with a header at ${at} the API server would store ${told} there, and so another rule than the definition says`,
      fix: 'correct match.headers in the definition; what the API server fills in belongs to fixed',
    },
  ];
}
