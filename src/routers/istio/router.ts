/** Istio's VirtualService: weights of its destinations, by host or by subset of a DestinationRule, for HTTP, TLS and TCP. */
import { splitRoute } from '../split-route/router.ts';
import type { RouteShape } from '../split-route/shape.ts';
import { notReconciled } from './acceptance.ts';
import { bySubsets } from '../subsets/router.ts';
import { checkVirtualService, ofOwnSubset } from './check.ts';
import { destinationRule } from './destination-rule.ts';
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
  unmovable: ofOwnSubset,
  check: checkVirtualService,
  notAccepted: notReconciled,
};

export const istio = bySubsets(splitRoute('istio', [virtualService]), destinationRule);
