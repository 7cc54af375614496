/** How a VirtualService names Services: by host, short within its namespace or long, with a subset and a port. */
import type { RouterScope } from '../../ports/traffic-router.ts';
import { serviceNames } from '../split-route/names.ts';
import { EVERYTHING, type Ref, type RefDialect, weightsOfRefs } from '../split-route/refs.ts';

export interface RouteDestination extends Ref {
  destination?: { host?: string; subset?: string; port?: { number?: number } };
  weight?: number;
  headers?: { response?: { add?: Record<string, string> } };
}

export function destinations(scope: Pick<RouterScope, 'namespace' | 'services'>): RefDialect {
  const names = serviceNames(scope.services);
  return {
    ...weightsOfRefs,
    nameOf: (ref) => names.of(serviceOf(hostOf(ref), scope.namespace) ?? ''),
    portOf: (ref) => of(ref).destination?.port?.number,
    // Where only one is named it has everything, whatever it says; beside others one without a weight has nothing.
    weightOf: (ref, alone) => (alone ? EVERYTHING : (of(ref).weight ?? 0)),
    textOf: (ref) => [hostOf(ref), of(ref).destination?.subset].filter(Boolean).join(' subset '),
    lead(ref, to) {
      const [, ...domain] = hostOf(ref).split('.');
      const host = [names.in(to), ...domain].join('.');
      return { ...ref, destination: { ...of(ref).destination, host } };
    },
  };
}

/** The Service of a host, where it is in this namespace: `web`, `web.shop`, `web.shop.svc.cluster.local`. */
function serviceOf(host: string, namespace: string): string | undefined {
  const [service, where = namespace, svc = 'svc'] = host.split('.');
  return where === namespace && svc === 'svc' ? service : undefined;
}

function hostOf(ref: Ref): string {
  return of(ref).destination?.host ?? '';
}

function of(ref: Ref): RouteDestination {
  return ref as RouteDestination;
}
