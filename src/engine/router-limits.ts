/** What a strategy asks of single requests that a router of the policy cannot do, with the routers that can. */
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { RequestMatch, RequestRules } from '../api/request-match.ts';
import {
  type Able,
  type MatchPart,
  type Routed,
  routedObjects,
  routersThat,
} from '../api/routed.ts';
import { chosenRouter, type PolicyRouter } from '../api/traffic.ts';
import { stickyOf } from './ab-test.ts';

export function requestsProblems(spec: PolicySpec): Problem[] {
  const routers = spec.traffic?.routers ?? [];
  const all = askedOf(spec).flatMap((asked) => routers.flatMap((router) => cannot(router, asked)));
  // What all stages match is asked of each of them.
  return [...new Map(all.map((one) => [`${one.field} ${one.message}`, one])).values()];
}

/** Rules that are in effect together. */
interface Asked {
  rules: RequestRules;
  /** Where in the policy a field of them is: of `match[0].path` it may be `spec.strategy.canary.match[0].path`. */
  fieldOf(at: string): string;
}

function askedOf({ strategy: { canary, abTest }, targetRef }: PolicySpec): Asked[] {
  const stages = (canary?.stages ?? []).map(({ match = [], mirror }, i): Asked => {
    const always = canary?.match ?? [];
    const own = `spec.strategy.canary.stages[${i}]`;
    return {
      rules: { match: [...always, ...match], mirror },
      fieldOf(at) {
        const [, number, rest = ''] = /^match\[(\d+)\](.*)$/.exec(at) ?? [];
        const entry = Number(number) - always.length;
        if (entry < 0 || (at === 'match' && match.length === 0))
          return `spec.strategy.canary.${at}`;
        return number === undefined ? `${own}.${at}` : `${own}.match[${entry}]${rest}`;
      },
    };
  });
  const users = abTest && {
    rules: {
      match: abTest.match,
      ...(abTest.sticky && { sticky: stickyOf(abTest.sticky, targetRef.name) }),
    },
    fieldOf: (at: string) => `spec.strategy.abTest.${at}`,
  };
  return [...stages, ...(users ? [users] : [])];
}

/** By what it can do at all, and else by what it cannot do of that. */
function cannot(router: PolicyRouter, asked: Asked): Problem[] {
  const { name = '', config } = chosenRouter(router) ?? {};
  return routedObjects(name, config).flatMap((routed) => {
    const missing = partsOf(asked.rules).filter(({ can }) => !can(routed.able));
    if (missing.length > 0)
      return missing.map(({ at, what, can }) => ({
        field: asked.fieldOf(at),
        message: `${name}.${routed.field} cannot ${what}`,
        fix: `${orAnother('use', routersFor(asked.rules, can))}, or leave it out`,
      }));
    const limits = routed.limits?.(asked.rules, (config ?? {}) as Record<string, unknown>) ?? [];
    const others = routersFor(asked.rules);
    return limits.map(({ at, message, fix }) => ({
      field: asked.fieldOf(at),
      message,
      fix: others.length > 0 ? `${fix}, ${orAnother('or use', others)}` : fix,
    }));
  });
}

function orAnother(use: string, routers: readonly string[]): string {
  return `${use} a router that can (${routers.join(', ')})`;
}

/** Those that can do all of it, just as it is written; where there is none, those that can do a part. */
function routersFor(rules: RequestRules, can?: (able: Able) => boolean): string[] {
  const wholly = routersThat((routed) => does(routed, rules));
  return wholly.length > 0 || !can ? wholly : routersThat(({ able }) => can(able));
}

function does({ able, limits }: Routed, rules: RequestRules): boolean {
  return partsOf(rules).every(({ can }) => can(able)) && (limits?.(rules, {}) ?? []).length === 0;
}

interface Part {
  /** As in a Limit. */
  at: string;
  /** `match by cookie` */
  what: string;
  can: (able: Able) => boolean;
}

/** All that is asked besides weights. */
function partsOf({ match = [], mirror, sticky }: RequestRules): Part[] {
  return [
    ...match.flatMap((entry, i) =>
      matchPartsOf(entry).map((part) => ({
        at: `match[${i}].${PARTS[part].field}`,
        what: `match by ${PARTS[part].what}`,
        can: (able: Able) => able.match.includes(part),
      })),
    ),
    ...(mirror ? [{ at: 'mirror', what: 'mirror', can: ({ mirror: can }: Able) => can }] : []),
    ...(sticky
      ? [{ at: 'sticky', what: 'keep users with a version', can: ({ sticky: can }: Able) => can }]
      : []),
  ];
}

const PARTS: Record<MatchPart, { field: string; what: string }> = {
  headers: { field: 'headers', what: 'header' },
  headersRegex: { field: 'headers', what: 'a pattern of a header' },
  cookie: { field: 'cookie', what: 'cookie' },
  query: { field: 'query', what: 'query' },
  path: { field: 'path', what: 'path' },
  pathRegex: { field: 'path.regex', what: 'a pattern of the path' },
  method: { field: 'method', what: 'method' },
  sourceLabels: { field: 'sourceLabels', what: 'labels of the pod that sends' },
};

function matchPartsOf({ path, ...entry }: RequestMatch): MatchPart[] {
  const asked = {
    ...entry,
    headersRegex: entry.headers?.find(({ regex }) => regex !== undefined),
    path: path?.regex === undefined ? path : undefined,
    pathRegex: path?.regex,
  };
  return (Object.keys(PARTS) as MatchPart[]).filter((part) => asked[part] !== undefined);
}
