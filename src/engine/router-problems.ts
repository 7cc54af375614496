/** What is wrong with the routers of a policy, and what they cannot do that its strategy asks for. */
import { formatDuration, parseDuration } from '../api/duration.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { ROUTER_NAMES, routedFields, routedObjects } from '../api/routed.ts';
import { sameJson } from '../api/same-json.ts';
import { chosenRouter, type PolicyRouter } from '../api/traffic.ts';
import { requestsProblems } from './router-limits.ts';

const FIELD = 'spec.traffic.routers';

export function routerProblems(spec: PolicySpec): Problem[] {
  const routers = spec.traffic?.routers ?? [];
  const wrong = [...routers.flatMap(notOne), ...twice(routers), ...tooSoon(spec)];
  if (wrong.length > 0) return wrong;
  return [
    ...routers.flatMap((router, i) => withoutNames(spec, router, i)),
    ...routers.flatMap((router, i) => ofSeveral(spec, router, i)),
    ...requestsProblems(spec),
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
