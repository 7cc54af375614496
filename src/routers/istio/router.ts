/** Istio's VirtualService: weights of its destinations by host, for HTTP, TLS and TCP. */
import { splitRoute } from '../split-route/router.ts';
import type { RouteShape } from '../split-route/shape.ts';
import { notReconciled } from './acceptance.ts';
import { checkVirtualService } from './check.ts';
import { destinations } from './destinations.ts';
import { addedRules, isAdded } from './request-rules.ts';
import { takenBy } from './takes.ts';

const virtualService: RouteShape = {
  field: 'virtualService',
  lists: [
    { field: 'http', refs: 'route' },
    { field: 'tls', refs: 'route' },
    { field: 'tcp', refs: 'route' },
  ],
  refs: destinations,
  requests: { list: 'http', added: addedRules, isAdded },
  takes: takenBy,
  check: checkVirtualService,
  notAccepted: notReconciled,
};

export const istio = splitRoute('istio', [virtualService]);
