/** An Ingress that is looked at before a release, and what it is looked at for. */
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import type { ServiceNames } from '../split-route/names.ts';
import { groupsIn } from './actions.ts';
import { actionIn, actionName, type Place, type Routing, serviceName } from './ingress.ts';

export interface Checked {
  scope: RouterScope;
  objects: TrafficObjects;
  names: ServiceNames;
  /** `Ingress web` */
  title: string;
  routing: Routing;
}

/** By which the conditions of a path that leads to the policy's Services are found. */
export function conditionsName(
  { names, routing }: Checked,
  { backend }: Place,
): string | undefined {
  const service = serviceName(backend);
  if (service !== undefined) return names.of(service) ? service : undefined;
  const name = actionName(backend);
  return name !== undefined && groupsIn(actionIn(routing, name), names).length > 0
    ? name
    : undefined;
}
