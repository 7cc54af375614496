/** What is wrong with the routers of a policy, and what they cannot do that its strategy asks for. */
import { formatDuration, parseDuration } from '../api/duration.ts';
import { callIn } from '../api/grpc-call.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { RequestMatch, RequestRules } from '../api/request-match.ts';
import {
  type Able,
  type MatchPart,
  ROUTER_NAMES,
  routedFields,
  routedObjects,
  routersThat,
} from '../api/routed.ts';
import { sameJson } from '../api/same-json.ts';
import { chosenRouter, type PolicyRouter } from '../api/traffic.ts';

const FIELD = 'spec.traffic.routers';

export function routerProblems(spec: PolicySpec): Problem[] {
  const routers = spec.traffic?.routers ?? [];
  const wrong = [...routers.flatMap(notOne), ...twice(routers), ...tooSoon(spec)];
  if (wrong.length > 0) return wrong;
  return [
    ...routers.flatMap((router, i) => withoutNames(spec, router, i)),
    ...routers.flatMap((router, i) => ofSeveral(spec, router, i)),
    ...askedOf(spec).flatMap((asked) => unable(routers, asked)),
    ...matchesIn(spec).flatMap((asked) => notACall(routers, asked)),
  ];
}

/** The API server keeps 58 characters of what a pod's name begins with: a name, a hash of up to 10, two dashes. */
const NAME_LENGTH_MAX = 46;

/** Of which the names of the pods do not tell the version. */
function withoutNames({ targetRef }: PolicySpec, router: PolicyRouter, i: number): Problem[] {
  const { name = '', config } = chosenRouter(router) ?? {};
  const [routed] = routedObjects(name, config);
  if (!routed?.byPodNames) return [];
  const told = `${name}.${routed.field} tells versions apart by the names of their pods`;
  if (targetRef.kind !== 'Deployment')
    return [
      {
        field: `${FIELD}[${i}].${name}`,
        message: `${told}, and those of a ${targetRef.kind} do not say it`,
        fix: 'use another router',
      },
    ];
  if (targetRef.name.length <= NAME_LENGTH_MAX) return [];
  return [
    {
      field: 'spec.targetRef.name',
      message: `${told}, and of a name of more than ${NAME_LENGTH_MAX} characters they do not say it`,
      fix: 'use a Deployment with a shorter name, or another router',
    },
  ];
}

/** One object has the subsets of one Service. */
function ofSeveral({ traffic }: PolicySpec, router: PolicyRouter, i: number): Problem[] {
  const { name = '', config } = chosenRouter(router) ?? {};
  const count = traffic?.services.length ?? 0;
  return routedObjects(name, config).flatMap(({ subsetsIn }) => {
    const { field, kind } = subsetsIn ?? {};
    const given = field !== undefined && (config as Record<string, unknown>)[field] !== undefined;
    if (!given || count === 1) return [];
    return [
      {
        field: `${FIELD}[${i}].${name}.${field}`,
        message: `a ${kind?.kind} is of one Service, and the policy has ${count}`,
        fix: `leave ${field} out: each version is then a Service of its own`,
      },
    ];
  });
}

function notOne(router: PolicyRouter, i: number): Problem[] {
  if (chosenRouter(router)) return [];
  const field = `${FIELD}[${i}]`;
  const chosen = ROUTER_NAMES.filter((name) => router[name] !== undefined);
  const [name] = chosen;
  if (name === undefined || chosen.length > 1) {
    const fix = `set exactly one field: ${ROUTER_NAMES.join(', ')}`;
    return [{ field, message: 'is not one router', fix }];
  }
  const fix = `set exactly one field: ${routedFields(name).join(', ')}`;
  return [{ field: `${field}.${name}`, message: 'does not name one object', fix }];
}

/** Both would write the same object. */
function twice(routers: readonly PolicyRouter[]): Problem[] {
  return routers.flatMap((router, i) => {
    if (routers.findIndex((other) => sameJson(other, router)) === i) return [];
    return [{ field: `${FIELD}[${i}]`, message: 'is there twice', fix: 'take one of the two out' }];
  });
}

/** Before that, requests would be sent to what cannot take them yet. */
function tooSoon({ traffic }: PolicySpec): Problem[] {
  const settleMs = parseDuration(traffic?.settle ?? '');
  return (traffic?.routers ?? []).flatMap((router) => {
    const { name = '', config } = chosenRouter(router) ?? {};
    return routedObjects(name, config).flatMap(({ field, settleMsMin = 0 }) => {
      if (settleMs === undefined || settleMs >= settleMsMin) return [];
      const least = formatDuration(settleMsMin);
      return [
        {
          field: 'spec.traffic.settle',
          message: `${traffic?.settle} is less than ${name}.${field} takes to route to what is new`,
          fix: `write ${least} or more`,
        },
      ];
    });
  });
}

interface Asked {
  field: string;
  /** `match by cookie` */
  what: string;
  can: (able: Able) => boolean;
}

/** All that a strategy asks of its routers besides weights, with the field that does. */
function askedOf(spec: PolicySpec): Asked[] {
  const { canary, abTest } = spec.strategy;
  return [
    ...matchesIn(spec).flatMap(({ field, entry }) =>
      partsOf(entry).map((part) => ({
        field: `${field}.${PARTS[part].field}`,
        what: `match by ${PARTS[part].what}`,
        can: (able: Able) => able.match.includes(part),
      })),
    ),
    ...(canary?.stages ?? []).flatMap(({ mirror }, i) =>
      mirror ? [asks(`spec.strategy.canary.stages[${i}]`, 'mirror')] : [],
    ),
    ...(abTest?.sticky ? [asks('spec.strategy.abTest', 'sticky')] : []),
  ];
}

interface Matching {
  /** `spec.strategy.canary.match[0]` */
  field: string;
  entry: RequestMatch;
}

function matchesIn({ strategy: { canary, abTest } }: PolicySpec): Matching[] {
  const each = (at: string, { match = [] }: Pick<RequestRules, 'match'> = {}) =>
    match.map((entry, i) => ({ field: `${at}.match[${i}]`, entry }));
  return [
    ...each('spec.strategy.canary', canary),
    ...(canary?.stages ?? []).flatMap((stage, i) =>
      each(`spec.strategy.canary.stages[${i}]`, stage),
    ),
    ...each('spec.strategy.abTest', abTest),
  ];
}

/** A path that no call of gRPC has, where calls are all that is looked at. A pattern is refused as one. */
function notACall(
  routers: readonly PolicyRouter[],
  { field, entry: { path } }: Matching,
): Problem[] {
  if (!path || path.regex !== undefined || callIn(path)) return [];
  return routers.flatMap((router) => {
    const { name = '', config } = chosenRouter(router) ?? {};
    return routedObjects(name, config)
      .filter(({ able }) => able.calls)
      .map((routed) => ({
        field: `${field}.path`,
        message: `${name}.${routed.field} sees calls of gRPC, and ${path.exact ?? path.prefix} is the path of none`,
        fix: 'write prefix: /package.Service for a service, or exact: /package.Service/Method for one method',
      }));
  });
}

function asks(field: string, what: 'mirror' | 'sticky'): Asked {
  return { field: `${field}.${what}`, what: DEEDS[what], can: (able) => able[what] };
}

const DEEDS = { mirror: 'mirror', sticky: 'keep users with a version' };

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

function partsOf({ path, ...entry }: RequestMatch): MatchPart[] {
  const asked = {
    ...entry,
    headersRegex: entry.headers?.find(({ regex }) => regex !== undefined),
    path: path?.regex === undefined ? path : undefined,
    pathRegex: path?.regex,
  };
  return (Object.keys(PARTS) as MatchPart[]).filter((part) => asked[part] !== undefined);
}

function unable(routers: readonly PolicyRouter[], { field, what, can }: Asked): Problem[] {
  return routers.flatMap((router) => {
    const { name = '', config } = chosenRouter(router) ?? {};
    return routedObjects(name, config)
      .filter(({ able }) => !can(able))
      .map((routed) => ({
        field,
        message: `${name}.${routed.field} cannot ${what}`,
        fix: `use a router that can (${routersThat(can).join(', ')}), or leave it out`,
      }));
  });
}
