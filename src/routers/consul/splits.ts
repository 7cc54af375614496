/** How a ServiceSplitter names Services: by their name in Consul, which is its own where it says none, and a subset. */
import type { RouterScope } from '../../ports/traffic-router.ts';
import { EVERYTHING, type Ref, type RefDialect, type RefRole } from '../split-route/refs.ts';
import { SUBSETS } from '../subsets/shape.ts';

export interface Split extends Ref {
  /** Percent of all, up to two decimals; nothing where it is left out. */
  weight?: number;
  service?: string;
  serviceSubset?: string;
  namespace?: string;
  partition?: string;
}

export function splits({ services, config }: Pick<RouterScope, 'services' | 'config'>): RefDialect {
  return {
    nameOf(ref) {
      const service = serviceOf(ref, config);
      const role = services.includes(service) ? roleOf(ref) : undefined;
      return role && { service, role };
    },
    portOf: () => undefined,
    portless: true,
    weightOf: (ref) => of(ref).weight ?? 0,
    textOf: (ref) =>
      [serviceOf(ref, config), of(ref).serviceSubset].filter(Boolean).join(' subset '),
    lead(ref, { role }) {
      const { serviceSubset: _, ...rest } = of(ref);
      return role === 'Service' ? rest : { ...rest, serviceSubset: SUBSETS[role] };
    },
    share: (ref, weight) => ({ ...ref, weight }),
    restore: (ref, original) => ({ ...ref, weight: original?.['weight'] ?? EVERYTHING }),
    essence: (ref) => ({ ...ref, weight: 0 }),
  };
}

/** By its name in Consul. */
export function serviceOf(ref: Ref, config: RouterScope['config']): string {
  return of(ref).service ?? String(config['serviceSplitter']);
}

/** Undefined for one that chooses among the instances otherwise, or is none of this namespace. */
function roleOf(ref: Ref): RefRole | undefined {
  const { serviceSubset = '', namespace, partition } = of(ref);
  if (namespace !== undefined || partition !== undefined) return undefined;
  if (serviceSubset === '') return 'Service';
  if (serviceSubset === SUBSETS.Stable) return 'Stable';
  return serviceSubset === SUBSETS.Candidate ? 'Candidate' : undefined;
}

function of(ref: Ref): Split {
  return ref as Split;
}
