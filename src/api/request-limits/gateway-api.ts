/** Routes of the Gateway API, and those of Linkerd that are like them. */
import { callIn } from '../grpc-call.ts';
import type { RequestMatch, RequestRules } from '../request-match.ts';
import type { Limit, LimitsOf } from './limit.ts';

/** Matches of one rule. */
export const LINKERD_MATCHES_MAX = 8;

export const httpRouteLimits: LimitsOf = (rules) => oddParameters(rules);

export const linkerdLimits: LimitsOf = (rules) => tooManyMatches(rules);

export const grpcRouteLimits: LimitsOf = (rules) => [
  ...(rules.match ?? []).flatMap((entry, i) => notACall(entry, `match[${i}].path`)),
  ...noneIsSafe(rules),
];

/** As the API server holds against HTTPRoutes: parameters are named like headers. */
const PARAMETER = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

function oddParameters({ match = [] }: RequestRules): Limit[] {
  return match.flatMap(({ query = [] }, i) =>
    query.flatMap(({ name }, k) =>
      PARAMETER.test(name)
        ? []
        : [
            {
              at: `match[${i}].query[${k}].name`,
              message: `the Gateway API takes no parameter of the name ${JSON.stringify(name)}`,
              fix: "write letters, digits and any of ! # $ % & ' * + - . ^ _ ` | ~ only",
            },
          ],
    ),
  );
}

/** Every rule that leads to the Services gets a match for each entry at least; by path or method it may be another rule. */
function tooManyMatches({ match = [] }: RequestRules): Limit[] {
  const count = match.filter(({ path, method }) => !path && method === undefined).length;
  if (count <= LINKERD_MATCHES_MAX) return [];
  return [
    {
      at: 'match',
      message: `it would make ${count} matches in one rule, and Linkerd allows ${LINKERD_MATCHES_MAX}`,
      fix: 'ask for fewer: one entry with a regular expression instead of several',
    },
  ];
}

/** Calls are all that is looked at. A pattern is refused as one. */
function notACall({ path }: RequestMatch, at: string): Limit[] {
  if (!path || path.regex !== undefined || callIn(path)) return [];
  return [
    {
      at,
      message: `gatewayAPI.grpcRoute sees calls of gRPC, and ${path.exact ?? path.prefix} is the path of none`,
      fix: 'write prefix: /package.Service for a service, or exact: /package.Service/Method for one method',
    },
  ];
}

/** Every request of gRPC is a POST. */
function noneIsSafe({ mirror }: RequestRules): Limit[] {
  if (mirror?.methods !== 'Safe') return [];
  return [
    {
      at: 'mirror',
      message: 'mirror copies safe methods only, and of no method of gRPC it is known that it is',
      fix: 'set mirror.methods to All where a call may come twice, or remove mirror',
    },
  ];
}
