/** How an ApisixRoute names Services: by name and port, in its own namespace. */
import type { RouterScope } from '../../ports/traffic-router.ts';
import { serviceNames } from '../split-route/names.ts';
import { serviceAt } from './copies.ts';
import { type Ref, type RefDialect, weightsOfRefs } from '../split-route/refs.ts';

export interface Backend extends Ref {
  serviceName?: string;
  /** By number or by name. */
  servicePort?: number | string;
  weight?: number;
  subset?: string;
  /** In the place of the rest: where a plugin copies requests to. */
  host?: string;
}

/** Of one that does not say; alone it has everything, whatever it says. */
const BY_DEFAULT = 100;

export function backends(scope: Pick<RouterScope, 'namespace' | 'services'>): RefDialect {
  const names = serviceNames(scope.services);
  return {
    ...weightsOfRefs,
    nameOf: (ref) =>
      names.of(of(ref).serviceName ?? serviceAt(of(ref).host, scope.namespace) ?? ''),
    portOf: (ref) => of(ref).servicePort,
    weightOf: (ref, alone) => (alone ? BY_DEFAULT : (of(ref).weight ?? BY_DEFAULT)),
    textOf: (ref) => of(ref).serviceName ?? '',
    lead: (ref, to) => ({ ...ref, serviceName: names.in(to) }),
    // One that says nothing has as much as others that say nothing.
    restore: (ref, original) => weightsOfRefs.restore(ref, original, true),
  };
}

function of(ref: Ref): Backend {
  return ref as Backend;
}
