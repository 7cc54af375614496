/**
 * Istio's DestinationRule: which pods of a Service a subset is, by their labels. Its policies (TLS, load balancing,
 * outliers) hold for both versions, since the host stays the same.
 */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import { serviceNames } from '../split-route/names.ts';
import { refsIn, rulesIn } from '../split-route/places.ts';
import { type NamedSubset, type SubsetShape } from '../subsets/shape.ts';
import { serviceOf } from './host.ts';

interface Subset {
  name?: string;
}

interface DestinationRuleSpec {
  host?: string;
  exportTo?: string[];
  workloadSelector?: object;
}

/** Whether versions are subsets of one host, and no hosts of their own. */
export function isBySubset({ config }: Pick<RouterScope, 'config'>): boolean {
  return config['destinationRule'] !== undefined;
}

/** A subset that is not there answers nobody. Once the route has gone on without, it goes on so: who has the
 * DestinationRule again does not have its subsets yet. */
function isWithout(scope: RouterScope, objects: TrafficObjects): boolean {
  const { config, services } = scope;
  if (!isBySubset(scope)) return false;
  const route = objects.get(KINDS.virtualService, String(config['virtualService']));
  const names = serviceNames(services);
  const byHost = (route ? destinationsIn(route) : []).some(({ host = '' }) => {
    const role = names.of(serviceOf(host, scope.namespace) ?? '')?.role;
    return role === 'Stable' || role === 'Candidate';
  });
  return byHost || !objects.get(KINDS.destinationRule, String(config['destinationRule']));
}

interface Destination {
  host?: string;
}

function destinationsIn(route: KubeObject): Destination[] {
  const lists = ['http', 'tls', 'tcp'].map((field) => ({ field, refs: 'route' }));
  return lists.flatMap((list) =>
    rulesIn(route, list)
      .flatMap((rule) => refsIn(rule, list) as { destination?: Destination }[])
      .flatMap(({ destination }) => destination ?? []),
  );
}

export const destinationRule: SubsetShape = {
  kind: KINDS.destinationRule,
  field: 'spec.traffic.routers[].istio.destinationRule',
  namesIn: (scope) => (isBySubset(scope) ? [String(scope.config['destinationRule'])] : []),
  read: (subsets) => ((subsets ?? []) as Subset[]).map((one): NamedSubset => [one.name ?? '', one]),
  write: (subsets) => subsets.map(([, subset]) => subset),
  subset: (name, { hash, label }) => ({ name, labels: { [label]: hash } }),
  without: isWithout,
  check: checkDestinationRule,
  // Istio says nothing of it.
  notAccepted: () => undefined,
};

function checkDestinationRule(object: KubeObject, title: string, scope: RouterScope): Problem[] {
  const {
    host = '',
    exportTo = [],
    workloadSelector,
  } = (object['spec'] ?? {}) as DestinationRuleSpec;
  const { services, namespace } = scope;
  const problems: Problem[] = [];
  if (!services.includes(serviceOf(host, namespace) ?? ''))
    problems.push({
      field: `${title} spec.host`,
      message: `it is of host ${host}, and the Service of the policy is ${services.join(', ')}`,
      fix: 'name the DestinationRule of that Service, or leave destinationRule out',
    });
  if (workloadSelector)
    problems.push({
      field: `${title} spec.workloadSelector`,
      message:
        'it holds for some clients only, and the others would be led to a subset that is not there',
      fix: 'name one without workloadSelector, or leave destinationRule out',
    });
  if (exportTo.length > 0 && !exportTo.includes('*'))
    problems.push({
      field: `${title} spec.exportTo`,
      message: `only ${exportTo.join(', ')} see it, and clients elsewhere would be led to a subset that is not there`,
      fix: "write exportTo: ['*'], or leave destinationRule out",
    });
  return problems;
}
