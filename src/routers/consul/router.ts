/** Consul on Kubernetes: weights of a ServiceSplitter, to subsets that a ServiceResolver has for each version, and routes
 * of a ServiceRouter for single requests. */
import type { TrafficRouter } from '../../ports/traffic-router.ts';
import { splitRoute } from '../split-route/router.ts';
import type { RouteShape } from '../split-route/shape.ts';
import { bySubsets } from '../subsets/router.ts';
import { notSynced } from './acceptance.ts';
import { checkSplitter, unmovable } from './check.ts';
import { serviceResolver } from './resolver.ts';
import { withServiceRouter } from './service-router.ts';
import { splits } from './splits.ts';

const serviceSplitter: RouteShape = {
  field: 'serviceSplitter',
  lists: [{ field: '', refs: 'splits', single: true }],
  by: 'split',
  refs: splits,
  unmovable,
  check: checkSplitter,
  notAccepted: notSynced,
};

const split = bySubsets(
  withServiceRouter(splitRoute('consul', [serviceSplitter])),
  serviceResolver,
);

/**
 * The endpoints controller of Consul registers every pod once for each Service that selects it, and a pod that is
 * registered twice does not start. So the Services of each version, by which its ready pods are counted, are none of
 * Consul's.
 */
const NOT_IN_CONSUL = { 'consul.hashicorp.com/service-ignore': 'true' };

export const consul: TrafficRouter = {
  ...split,
  capabilities: { ...split.capabilities, serviceLabels: NOT_IN_CONSUL },
};
