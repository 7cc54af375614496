/** Names of headers that single routers cannot ask for. */
import { type LimitsOf, ofHeaders } from './limit.ts';

/** APISIX reads headers as variables of nginx, in which only letters, digits and a dash can be told. */
export const apisixLimits: LimitsOf = (rules) =>
  ofHeaders(rules, ({ name }, at) =>
    /^[A-Za-z0-9-]+$/.test(name)
      ? []
      : [
          {
            at: `${at}.name`,
            message: `APISIX cannot ask for header ${name} and no other`,
            fix: 'match by a header of letters, digits and dashes',
          },
        ],
  );

/** Go's server takes it out of the headers. */
export const traefikLimits: LimitsOf = (rules) =>
  ofHeaders(rules, ({ name }, at) =>
    name.toLowerCase() === 'host'
      ? [
          {
            at: `${at}.name`,
            message: 'Traefik does not look for the host among headers',
            fix: 'match by another header',
          },
        ]
      : [],
  );

/** As headers of a match (https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest). */
const IGNORED_BY_ISTIO = new Set(['uri', 'scheme', 'method', 'authority']);

/** Where nothing else is asked for, everybody would come to the candidate. */
export const istioLimits: LimitsOf = (rules) =>
  ofHeaders(rules, ({ name }, at) =>
    IGNORED_BY_ISTIO.has(name.toLowerCase())
      ? [
          {
            at: `${at}.name`,
            message: `Istio ignores what is asked of a header ${name}`,
            fix: 'match by another header',
          },
        ]
      : [],
  );
