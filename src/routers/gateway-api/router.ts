/** Routes of the Gateway API: weights of backendRefs, rules for single requests, and what gateways and meshes say in
 * their status. */
import { splitRoute } from '../split-route/router.ts';
import type { RouteShape } from '../split-route/shape.ts';
import { notAccepted } from './acceptance.ts';
import { backendRefs } from './backend-refs.ts';
import { checkGrpc, checkHttp } from './check-route.ts';
import { grpcPlace } from './grpc-place.ts';
import { addedGrpcRules, isAddedGrpc } from './grpc-rules.ts';
import { httpPlace } from './http-place.ts';
import { BESIDE, httpRoutesBeside, overruled } from './on-service.ts';
import { addedRules, isAdded } from './request-rules.ts';
import { connectionsTaken, takenBy } from './takes.ts';

const shared = {
  lists: [{ field: 'rules', refs: 'backendRefs' }],
  refs: backendRefs,
  reads: BESIDE,
  notAccepted,
};

const httpRoute: RouteShape = {
  ...shared,
  field: 'httpRoute',
  requests: { list: 'rules', added: addedRules, isAdded },
  ...takenBy(httpPlace),
  besides: httpRoutesBeside,
  check: checkHttp,
};

const grpcRoute: RouteShape = {
  ...shared,
  field: 'grpcRoute',
  requests: { list: 'rules', added: addedGrpcRules, isAdded: isAddedGrpc },
  ...takenBy(grpcPlace),
  check: checkGrpc,
};

/** They pass connections on, and see no requests in them. */
const connections = {
  ...shared,
  ...connectionsTaken,
  check: overruled,
};
const tlsRoute: RouteShape = { ...connections, field: 'tlsRoute' };
const tcpRoute: RouteShape = { ...connections, field: 'tcpRoute' };

/** A reading is accepted when every parent that reports on the route has accepted this generation of it and
 * resolved its refs. */
export const gatewayAPI = splitRoute('gatewayAPI', [httpRoute, grpcRoute, tlsRoute, tcpRoute]);
