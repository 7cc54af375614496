/**
 * Subsets of Services, from Istio's DestinationRules: pure. Written from the reference of networking.istio.io/v1
 * DestinationRule: a subset is the endpoints whose pods have all of its labels, and where several rules are of one host
 * the subsets of all count. Policies (TLS, load balancing, outliers) change nothing on the way through this gateway.
 */
import type { KubeObject } from '../../api/object.ts';
import { hostService } from './istio-host.ts';
import { type SliceFields, specOf } from './objects.ts';

export interface Subset {
  name: string;
  labels: Record<string, string>;
}

interface DestinationRuleSpec {
  host?: string;
  subsets?: { name?: string; labels?: Record<string, string> }[];
}

/** By `namespace/name` of the Service, the first of a name. */
export function subsetsByService(rules: readonly KubeObject[]): Map<string, Subset[]> {
  const found = new Map<string, Subset[]>();
  for (const rule of rules) {
    const { host = '', subsets = [] } = specOf<DestinationRuleSpec>(rule);
    const service = hostService(host, rule.metadata.namespace ?? '');
    if (service === undefined) continue;
    const known = found.get(service) ?? [];
    found.set(service, known);
    for (const { name = '', labels = {} } of subsets)
      if (known.every((one) => one.name !== name)) known.push({ name, labels });
  }
  return found;
}

/** As which a subset of a Service is routed to, where it is one. */
export function subsetKey(service: string, subset: string | undefined): string {
  return subset === undefined ? service : `${service}|${subset}`;
}

/** What a destination leads to: a Service, or a subset of one; '' for a host that is none. */
export function targetOf(
  { host, subset }: { host: string; subset?: string },
  namespace: string,
): string {
  const service = hostService(host, namespace);
  return service === undefined ? '' : subsetKey(service, subset);
}

/** The EndpointSlices with only those endpoints in them.
 * @param labelsOf of a pod, by `namespace/name`; undefined where it is not known */
export function slicesOfSubset(
  slices: readonly KubeObject[],
  { labels }: Subset,
  labelsOf: (pod: string) => Record<string, string> | undefined,
): KubeObject[] {
  const wanted = Object.entries(labels);
  return slices.map((slice) => {
    const { endpoints } = slice as unknown as SliceFields;
    const chosen = (endpoints ?? []).filter(({ targetRef }) => {
      const { kind, namespace = slice.metadata.namespace ?? '', name = '' } = targetRef ?? {};
      const has = kind === 'Pod' ? labelsOf(`${namespace}/${name}`) : undefined;
      return has !== undefined && wanted.every(([key, value]) => has[key] === value);
    });
    return { ...slice, endpoints: chosen };
  });
}
