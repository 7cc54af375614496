/** How a rule of the Gateway API names Services: backendRefs, with weights of 1 where nothing is said. */
import type { RouterScope } from '../../ports/traffic-router.ts';
import { serviceNames } from '../split-route/names.ts';
import type { Ref, RefDialect } from '../split-route/refs.ts';

export interface BackendRef extends Ref {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  port?: number;
  weight?: number;
}

export function backendRefs(scope: Pick<RouterScope, 'namespace' | 'services'>): RefDialect {
  const names = serviceNames(scope.services);
  return {
    nameOf(given) {
      const { group = '', kind = 'Service', namespace = scope.namespace, name } = ref(given);
      const local = namespace === scope.namespace && group === '' && kind === 'Service';
      return local ? names.of(name) : undefined;
    },
    portOf: (given) => ref(given).port,
    weightOf: (given) => ref(given).weight ?? 1,
    textOf: (given) => ref(given).name,
    lead: (given, to) => ({ ...given, name: names.in(to) }),
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

function ref(given: Ref): BackendRef {
  return given as BackendRef;
}
