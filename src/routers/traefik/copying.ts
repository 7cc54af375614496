/** A router of routes, with the TraefikServices beside an IngressRoute that copy requests. */
import { KINDS } from '../../api/group.ts';
import type {
  RouteReading,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import { onlyGroup } from '../split-route/added.ts';
import { groupsToAdd, named, slotsOf } from '../split-route/refs.ts';
import {
  isCopying,
  mirrorName,
  mirrorSpec,
  mirrorsWaitFor,
  mirrorWrites,
  type Wanted,
} from './mirrors.ts';
import { type HttpRoute, isAdded } from './request-rules.ts';
import { routeServices } from './services.ts';

export function copying(router: TrafficRouter): TrafficRouter {
  return {
    ...router,

    render(intent, objects) {
      const route = router.render(intent, objects);
      const { before, after } = mirrorWrites(intent, wantedMirrors(intent, objects), objects);
      return [...before, ...route, ...after];
    },

    observe(intent, objects) {
      const reading = router.observe(intent, objects);
      if (reading.route === 'Other' || reading.missing) return reading;
      const { route, weight = 0 } = reading;
      const reached = { ...intent, route, weight };
      const waits = mirrorsWaitFor(reached, wantedMirrors(reached, objects), objects);
      return { ...reading, ...(waits && waitingFor(waits, reading)) };
    },
  };
}

function waitingFor(what: string, { message, accepted }: RouteReading): Partial<RouteReading> {
  return { accepted: false, message: accepted ? what : message };
}

/** One for each destination that the routes of an IngressRoute have; none for other objects of Traefik. */
function wantedMirrors(intent: TrafficIntent, objects: TrafficObjects): Wanted {
  const { config, route, mirror } = intent;
  const name = config['ingressRoute'];
  if (route !== 'Split' || !mirror || !isCopying(intent) || typeof name !== 'string')
    return new Map();
  const found = objects.get(KINDS.ingressRoute, name);
  const dialect = routeServices(intent);
  const nameOf = (ref: object, alone: boolean) => named(dialect, { ...ref }, alone);
  const { routes = [] } = (found?.['spec'] ?? {}) as { routes?: HttpRoute[] };
  return new Map(
    routes
      .filter((one) => one.match && !isAdded(one, { ...intent, nameOf }))
      .flatMap(({ services = [] }) => {
        const group = onlyGroup({ groups: groupsToAdd(dialect, slotsOf(dialect, services)) });
        return group ? [[mirrorName(intent, group), mirrorSpec(group, mirror)] as const] : [];
      }),
  );
}
