/** How a VirtualService names Services: by host, short within its namespace or long, with a subset and a port. A version
 * is a host of its own, or a subset of the Service's. */
import type { RouterScope } from '../../ports/traffic-router.ts';
import { serviceNames } from '../split-route/names.ts';
import {
  EVERYTHING,
  type Ref,
  type RefDialect,
  type RefRole,
  weightsOfRefs,
} from '../split-route/refs.ts';
import { SUBSETS } from '../subsets/shape.ts';
import { isBySubset } from './destination-rule.ts';
import { serviceOf } from './host.ts';

export interface RouteDestination extends Ref {
  destination?: { host?: string; subset?: string; port?: { number?: number } };
  weight?: number;
  headers?: { response?: { add?: Record<string, string> } };
}

type Scope = Pick<RouterScope, 'namespace' | 'services' | 'config' | 'withoutSubsets'>;

export function destinations(scope: Scope): RefDialect {
  return {
    ...weightsOfRefs,
    ...(isBySubset(scope) ? bySubset(scope) : byHost(scope)),
    portOf: (ref) => of(ref).destination?.port?.number,
    // Where only one is named it has everything, whatever it says; beside others one without a weight has nothing.
    weightOf: (ref, alone) => (alone ? EVERYTHING : (of(ref).weight ?? 0)),
    textOf: (ref) => [hostOf(ref), of(ref).destination?.subset].filter(Boolean).join(' subset '),
  };
}

type Versions = Pick<RefDialect, 'nameOf' | 'lead'>;

function byHost({ namespace, services }: Scope): Versions {
  const names = serviceNames(services);
  return {
    nameOf: (ref) => names.of(serviceOf(hostOf(ref), namespace) ?? ''),
    lead(ref, to) {
      const [, ...domain] = hostOf(ref).split('.');
      const host = [names.in(to), ...domain].join('.');
      return { ...ref, destination: { ...of(ref).destination, host } };
    },
  };
}

function bySubset(scope: Scope): Versions {
  const { namespace, services } = scope;
  const names = serviceNames(services);
  return {
    nameOf(ref) {
      const service = serviceOf(hostOf(ref), namespace) ?? '';
      // Versions may be led to by host too, for want of subsets.
      if (!services.includes(service)) return subsetOf(ref) ? undefined : names.of(service);
      const role = roleOf(subsetOf(ref));
      return role && { service, role };
    },
    lead(ref, to) {
      const { subset: _, ...destination } = of(ref).destination ?? {};
      const own = scope.withoutSubsets ? to : { ...to, role: 'Service' as const };
      const [, ...domain] = hostOf(ref).split('.');
      const host = [names.in(own), ...domain].join('.');
      const subset = own.role === to.role ? {} : { subset: SUBSETS[to.role as Version] };
      return { ...ref, destination: { ...destination, host, ...subset } };
    },
  };
}

type Version = keyof typeof SUBSETS;

/** Undefined for a subset of the user's. */
function roleOf(subset: string | undefined): RefRole | undefined {
  if (subset === undefined) return 'Service';
  if (subset === SUBSETS.Stable) return 'Stable';
  return subset === SUBSETS.Candidate ? 'Candidate' : undefined;
}

function hostOf(ref: Ref): string {
  return of(ref).destination?.host ?? '';
}

function subsetOf(ref: Ref): string | undefined {
  return of(ref).destination?.subset;
}

function of(ref: Ref): RouteDestination {
  return ref as RouteDestination;
}
