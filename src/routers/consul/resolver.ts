/**
 * Consul's ServiceResolver: which instances of a service a subset is. Consul on Kubernetes registers each pod with its
 * name as metadata (`pod-name`), and the pods of a Deployment have the hash of their template in their names.
 */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { SubsetShape } from '../subsets/shape.ts';
import { notSynced, unsynced } from './acceptance.ts';

/** Of the name of a pod that the API server generates: the last five characters. */
const GENERATED = '[a-z0-9]{5}';

export const serviceResolver: SubsetShape = {
  kind: KINDS.serviceResolver,
  apiVersion: 'consul.hashicorp.com/v1alpha1',
  field: 'spec.traffic.routers[].consul.serviceSplitter',
  namesIn: ({ services }) => services,
  read: (subsets) => Object.entries((subsets ?? {}) as Record<string, unknown>),
  write: (subsets) => Object.fromEntries(subsets),
  subset: (_, { hash }) => ({ filter: podsOf(hash) }),
  check: checkResolver,
  notAccepted: notSynced,
};

/** A filter in Consul's own language. */
function podsOf(hash: string): string {
  return `Service.Meta["pod-name"] matches "-${hash}-${GENERATED}$"`;
}

interface ResolverSpec {
  defaultSubset?: string;
  redirect?: object;
  failover?: Record<string, Failover>;
}

interface Failover {
  service?: string;
  targets?: { service?: string }[];
}

function checkResolver(resolver: KubeObject, title: string): Problem[] {
  const { defaultSubset, redirect, failover = {} } = (resolver['spec'] ?? {}) as ResolverSpec;
  const { name } = resolver.metadata;
  return [
    ...unsynced(resolver, title),
    ...(redirect
      ? [
          {
            field: `${title} spec.redirect`,
            message: 'it leads all requests elsewhere, and Consul looks at no subset then',
            fix: 'take it out, or name the Service that it leads to in spec.traffic.services',
          },
        ]
      : []),
    ...(defaultSubset
      ? [
          {
            field: `${title} spec.defaultSubset`,
            message: `requests go to the instances of ${defaultSubset} only, and a version is pods of its own`,
            fix: 'take it out: Segue itself tells the pods of each version',
          },
        ]
      : []),
    ...Object.entries(failover)
      .filter(([subset, to]) => ['*', ''].includes(subset) && staysIn(name, to))
      .map(([subset]) => ({
        field: `${title} spec.failover[${subset}]`,
        message: `it goes to other instances of ${name}, and the subsets of a release have pods of this cluster only`,
        fix: 'name another service there, or take it out for the release',
      })),
  ];
}

/** Some of it goes to the service itself, where the subset of a version would be asked for again. */
function staysIn(name: string, { service, targets = [] }: Failover): boolean {
  const services = targets.length > 0 ? targets.map((one) => one.service) : [service];
  return services.some((one) => one === undefined || one === '' || one === name);
}
