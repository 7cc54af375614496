/** Traefik: weights of the services of an IngressRoute, of a weighted TraefikService, and of an IngressRouteTCP. */
import { KINDS } from '../../api/group.ts';
import { splitRoute } from '../split-route/router.ts';
import type { RouteShape } from '../split-route/shape.ts';
import { askedBefore, priorityOfTCP } from './asked-before.ts';
import { byNodePort, checkIngressRoute } from './check.ts';
import { withServicesBeside } from './beside.ts';
import { addedRoutes, isAdded, priorityOf } from './request-rules.ts';
import { routeServices, weightedServices } from './services.ts';
import { stickyAlready, withCookies } from './weighted-cookie.ts';

const ingressRoute: RouteShape = {
  field: 'ingressRoute',
  lists: [{ field: 'routes', refs: 'services' }],
  by: 'route',
  refs: routeServices,
  requests: { list: 'routes', added: addedRoutes, isAdded },
  check: (scope, route) => [
    ...checkIngressRoute(scope, route),
    ...askedBefore(route, { kind: KINDS.ingressRoute, priorityOf }),
  ],
  notAccepted: saysNothing,
};

const traefikService: RouteShape = {
  field: 'traefikService',
  lists: [{ field: 'weighted', refs: 'services', single: true }],
  by: 'service in spec.weighted',
  refs: weightedServices,
  check: (scope, route) => [...byNodePort(scope, route), ...stickyAlready(scope, route)],
  notAccepted: saysNothing,
};

const ingressRouteTCP: RouteShape = {
  field: 'ingressRouteTCP',
  lists: [{ field: 'routes', refs: 'services' }],
  by: 'route',
  refs: routeServices,
  check: (scope, route) => [
    ...byNodePort(scope, route),
    ...askedBefore(route, { kind: KINDS.ingressRouteTCP, priorityOf: priorityOfTCP }),
  ],
  notAccepted: saysNothing,
};

export const traefik = withCookies(
  withServicesBeside(splitRoute('traefik', [ingressRoute, traefikService, ingressRouteTCP])),
);

/** Traefik writes no status. */
function saysNothing(): undefined {
  return undefined;
}
