/** Linkerd's own HTTPRoute, of policy.linkerd.io, on a Service: as that of the Gateway API, without copies. */
import { splitRoute } from '../split-route/router.ts';
import type { RouteShape } from '../split-route/shape.ts';
import { notAccepted } from './acceptance.ts';
import { backendRefs } from './backend-refs.ts';
import { checkLinkerd } from './check-route.ts';
import { httpPlace } from './http-place.ts';
import { BESIDE, httpRoutesBeside } from './on-service.ts';
import { addedRules, isAdded } from './request-rules.ts';
import { takenBy } from './takes.ts';

const httpRoute: RouteShape = {
  field: 'httpRoute',
  lists: [{ field: 'rules', refs: 'backendRefs' }],
  refs: backendRefs,
  requests: { list: 'rules', added: addedRules, isAdded },
  ...takenBy(httpPlace),
  reads: BESIDE,
  besides: httpRoutesBeside,
  check: checkLinkerd,
  notAccepted,
};

export const linkerd = splitRoute('linkerd', [httpRoute]);
