/** An Ingress that is looked at before a release, and what it is looked at for. */
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import type { ServiceNames } from '../split-route/names.ts';
import type { Routing } from './ingress.ts';

export interface Checked {
  scope: RouterScope;
  objects: TrafficObjects;
  names: ServiceNames;
  /** `Ingress web` */
  title: string;
  routing: Routing;
}
