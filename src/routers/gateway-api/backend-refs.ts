/** How a rule of the Gateway API names Services: backendRefs, with weights of 1 where nothing is said. */
import type { RouterScope } from '../../ports/traffic-router.ts';
import { dedicatedName } from '../dedicated-services.ts';
import type { Named, Ref, RefDialect, RefRole } from '../split-route/refs.ts';

export interface BackendRef extends Ref {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  port?: number;
  weight?: number;
}

export function backendRefs(scope: Pick<RouterScope, 'namespace' | 'services'>): RefDialect {
  const names = new Map<string, Named>();
  for (const service of scope.services)
    for (const role of ['Stable', 'Candidate'] as const)
      names.set(nameIn(service, role), { service, role });
  for (const service of scope.services) names.set(service, { service, role: 'Service' });
  return {
    nameOf(given) {
      const { group = '', kind = 'Service', namespace = scope.namespace, name } = ref(given);
      const local = namespace === scope.namespace && group === '' && kind === 'Service';
      return local ? names.get(name) : undefined;
    },
    portOf: (given) => ref(given).port,
    weightOf: (given) => ref(given).weight ?? 1,
    textOf: (given) => ref(given).name,
    lead: (given, { service, role }) => ({ ...given, name: nameIn(service, role) }),
    share: (given, weight) => ({ ...given, weight }),
    restore: (given, original) => ({
      ...given,
      weight: original ? (ref(original).weight ?? 1) : 1,
    }),
    essence: (given) => {
      const { group = '', kind = 'Service' } = ref(given);
      return { ...given, group, kind, weight: 0 };
    },
  };
}

function nameIn(service: string, role: RefRole): string {
  if (role === 'Service') return service;
  return dedicatedName(service, role === 'Stable' ? 'stable' : 'candidate');
}

function ref(given: Ref): BackendRef {
  return given as BackendRef;
}
