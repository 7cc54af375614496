/** Istio's VirtualService: weights of its destinations by host, for HTTP, TLS and TCP. */
import { splitRoute } from '../split-route/router.ts';
import { notReconciled } from './acceptance.ts';
import { checkVirtualService } from './check.ts';
import { destinations } from './destinations.ts';
import { addedRules, isAdded } from './request-rules.ts';

export const istio = splitRoute({
  name: 'istio',
  field: 'virtualService',
  capabilities: { match: true, mirror: true, sticky: true },
  lists: [
    { field: 'http', refs: 'route' },
    { field: 'tls', refs: 'route' },
    { field: 'tcp', refs: 'route' },
  ],
  refs: destinations,
  requests: { list: 'http', added: addedRules, isAdded },
  check: checkVirtualService,
  notAccepted: notReconciled,
});
