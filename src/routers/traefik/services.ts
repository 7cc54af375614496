/** How objects of Traefik name what they lead to: a Service by name and port, or a service of Traefik's own. */
import type { RouterScope } from '../../ports/traffic-router.ts';
import { serviceNames } from '../split-route/names.ts';
import { EVERYTHING, type Ref, type RefDialect, weightsOfRefs } from '../split-route/refs.ts';

export interface TraefikRef extends Ref {
  name?: string;
  /** `Service`, where it does not say. */
  kind?: string;
  /** That of the object, where it does not say. */
  namespace?: string;
  /** By number or by name. */
  port?: number | string;
  weight?: number;
  nodePortLB?: boolean;
}

type Scope = Pick<RouterScope, 'namespace' | 'services'>;

/**
 * Of a route: one that stands alone has everything, whatever it says. Traefik drops a route with a Service that
 * has no endpoints, also where it has no share (`allowEmptyServices` is off by default): a version without a share
 * must not be there.
 */
export function routeServices(scope: Scope): RefDialect {
  const names = serviceNames(scope.services);
  return {
    ...weightsOfRefs,
    leavesOutIdle: true,
    nameOf(ref) {
      const { name = '', kind = 'Service', namespace = scope.namespace } = of(ref);
      return kind === 'Service' && namespace === scope.namespace ? names.of(name) : undefined;
    },
    portOf: (ref) => of(ref).port,
    weightOf: (ref, alone) => (alone ? EVERYTHING : shareOf(ref)),
    textOf: (ref) => of(ref).name ?? '',
    lead: (ref, to) => ({ ...ref, name: names.in(to) }),
    // One that says nothing has a share in any case.
    restore: (ref, original) => weightsOfRefs.restore(ref, original, true),
  };
}

/** Of a weighted TraefikService: the weight counts alone too. */
export function weightedServices(scope: Scope): RefDialect {
  return { ...routeServices(scope), weightOf: shareOf };
}

function shareOf(ref: Ref): number {
  return of(ref).weight ?? 1;
}

function of(ref: Ref): TraefikRef {
  return ref as TraefikRef;
}
