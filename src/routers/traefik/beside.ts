/** A router of routes, with the TraefikServices beside an IngressRoute that copy requests or keep users. */
import { KINDS } from '../../api/group.ts';
import type {
  RouteReading,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import { onlyGroup } from '../split-route/added.ts';
import { isKeeping } from '../split-route/arms.ts';
import { groupsToAdd, named, slotsOf, type SplitGroup } from '../split-route/refs.ts';
import {
  isCopying,
  nameBeside,
  copyingSpec,
  keepingSpec,
  besideWaitFor,
  besideWrites,
  type Wanted,
} from './services-beside.ts';
import { type HttpRoute, isAdded } from './request-rules.ts';
import { routeServices } from './services.ts';

export function withServicesBeside(router: TrafficRouter): TrafficRouter {
  return {
    ...router,

    render(intent, objects) {
      const route = router.render(intent, objects);
      const { before, after } = besideWrites(intent, wantedBeside(intent, objects), objects);
      return [...before, ...route, ...after];
    },

    observe(intent, objects) {
      const reading = router.observe(intent, objects);
      if (reading.route === 'Other' || reading.missing) return reading;
      const { route, weight = 0 } = reading;
      const reached = { ...intent, route, weight };
      const waits = besideWaitFor(reached, wantedBeside(reached, objects), objects);
      return { ...reading, ...(waits && waitingFor(waits, reading)) };
    },
  };
}

function waitingFor(what: string, { message, accepted }: RouteReading): Partial<RouteReading> {
  return { accepted: false, message: accepted ? what : message };
}

/** Undefined where none is needed. Users are kept by what A and B are compared by, and nothing is copied then. */
function specFor(
  intent: TrafficIntent,
): ((group: SplitGroup) => Record<string, unknown>) | undefined {
  const { sticky, mirror } = intent;
  if (sticky && isKeeping(intent)) return (group) => keepingSpec(group, sticky, intent);
  if (mirror && isCopying(intent)) return (group) => copyingSpec(group, mirror);
  return undefined;
}

/** One for each destination that the routes of an IngressRoute have; none for other objects of Traefik. */
function wantedBeside(intent: TrafficIntent, objects: TrafficObjects): Wanted {
  const { config, route } = intent;
  const name = config['ingressRoute'];
  const specOf = specFor(intent);
  if (route !== 'Split' || !specOf || typeof name !== 'string') return new Map();
  const found = objects.get(KINDS.ingressRoute, name);
  const dialect = routeServices(intent);
  const nameOf = (ref: object, alone: boolean) => named(dialect, { ...ref }, alone);
  const { routes = [] } = (found?.['spec'] ?? {}) as { routes?: HttpRoute[] };
  return new Map(
    routes
      .filter((one) => one.match && !isAdded(one, { ...intent, nameOf }))
      .flatMap(({ services = [] }) => {
        const group = onlyGroup({ groups: groupsToAdd(dialect, slotsOf(dialect, services)) });
        return group ? [[nameBeside(intent, group), specOf(group)] as const] : [];
      }),
  );
}
