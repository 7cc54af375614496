/**
 * Routes nothing: the user's Service leads to every ready pod, so that the share of a version is its
 * share of the pods, which the engine sizes. Nothing is written.
 */
import { KINDS } from '../../api/group.ts';
import type { TrafficRouter } from '../../ports/traffic-router.ts';
import { readyEndpoints } from '../endpoints.ts';
import { checkServices } from '../service-spec.ts';
import { assertPercent } from '../whole-percents.ts';

/** No Service leads to pods that take work by themselves. */
const BY_THEMSELVES = { accepted: true, message: 'the pods take work by themselves' };

/** A reading is what is asked for, with the ready endpoints by which the engine judges. */
export const podShares: TrafficRouter = {
  name: 'podShares',
  capabilities: { weights: 'Percent', dedicatedServices: false },
  kinds: [],

  check: checkServices,

  capture: () => ({}),

  render({ route, weight }) {
    if (route === 'Split') assertPercent('podShares', weight);
    return [];
  },

  observe({ services, route, weight }, objects) {
    const found = services.filter((name) => objects.get(KINDS.service, name));
    const counts = found.map((name) => readyEndpoints(objects.endpointSlices(name)));
    const names = services.join(', ');
    if (services.length === 0)
      return { ...BY_THEMSELVES, route, ...(route === 'Split' && { weight }) };
    return {
      route,
      ...(route === 'Split' && { weight }),
      accepted: found.length > 0 || route === 'Service',
      ...(found.length === 0 && { missing: true }),
      ...(counts.length > 0 && { endpoints: Math.min(...counts) }),
      message:
        found.length > 0
          ? `Service ${names} leads to all ready pods`
          : `Service ${names} does not exist`,
    };
  },
};
