/** Contour's HTTPProxy: weights of the services of its routes, and of its TCP proxy. */
import { splitRoute } from '../split-route/router.ts';
import type { RouteShape } from '../split-route/shape.ts';
import { notValid } from './acceptance.ts';
import { checkProxy } from './check.ts';
import { addedRules, copies, isAdded } from './request-rules.ts';
import { proxyServices } from './services.ts';

const httpProxy: RouteShape = {
  field: 'httpProxy',
  lists: [
    { field: 'routes', refs: 'services' },
    { field: 'tcpproxy', refs: 'services', single: true },
  ],
  refs: proxyServices,
  requests: { list: 'routes', added: addedRules, copies, isAdded },
  check: checkProxy,
  notAccepted: notValid,
};

export const contour = splitRoute('contour', [httpProxy]);
