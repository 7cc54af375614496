/** How an HTTPProxy names Services: by name and port, in its own namespace. */
import type { RouterScope } from '../../ports/traffic-router.ts';
import { serviceNames } from '../split-route/names.ts';
import { EVERYTHING, type Ref, type RefDialect, weightsOfRefs } from '../split-route/refs.ts';

export interface ProxyService extends Ref {
  name?: string;
  port?: number;
  weight?: number;
  protocol?: string;
  /** It gets copies, `weight` percent of the requests. */
  mirror?: boolean;
}

export function proxyServices(scope: Pick<RouterScope, 'services'>): RefDialect {
  const names = serviceNames(scope.services);
  return {
    ...weightsOfRefs,
    nameOf: (ref) => (of(ref).mirror ? undefined : names.of(of(ref).name ?? '')),
    copyOf(ref) {
      if (!of(ref).mirror) return undefined;
      return names.of(of(ref).name ?? '')?.role === 'Candidate' ? 'Own' : 'Other';
    },
    // Where nobody has a weight, all have the same share.
    isAlone(refs) {
      const destinations = refs.filter((ref) => !of(ref).mirror);
      return destinations.length === 1 || destinations.every((ref) => !of(ref).weight);
    },
    portOf: (ref) => of(ref).port,
    weightOf(ref, alone) {
      const { mirror, weight = 0 } = of(ref);
      if (mirror) return 0;
      return alone ? EVERYTHING : weight;
    },
    textOf: (ref) => of(ref).name ?? '',
    lead: (ref, to) => ({ ...ref, name: names.in(to) }),
  };
}

function of(ref: Ref): ProxyService {
  return ref as ProxyService;
}
