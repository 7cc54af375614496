/** The Gateway API's HTTPRoute: weights of backendRefs, rules for single requests, and what gateways say in its
 * status. */
import { splitRoute } from '../split-route/router.ts';
import { notAccepted } from './acceptance.ts';
import { backendRefs } from './backend-refs.ts';
import { checkAdded } from './check-route.ts';
import { addedRules, isAdded } from './request-rules.ts';

/** A reading is accepted when every parent that reports on the route has accepted this generation of it and
 * resolved its refs. */
export const gatewayAPI = splitRoute({
  name: 'gatewayAPI',
  field: 'httpRoute',
  capabilities: { match: true, mirror: true, sticky: true },
  lists: [{ field: 'rules', refs: 'backendRefs' }],
  refs: backendRefs,
  requests: { list: 'rules', added: addedRules, isAdded },
  check: checkAdded,
  notAccepted,
});
