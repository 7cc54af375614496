/** Compact CRDs of Istio for clusters that have no mesh: what is stored is read as it is. */
import type { KubeObject } from '../../api/object.ts';
import { compactCrd, ENTRIES, FREE, LIST } from './compact-crd.ts';
import { KINDS } from './objects.ts';

const DEFINITIONS = [
  {
    ...KINDS.istioGateway,
    plural: 'gateways',
    fields: {
      selector: { type: 'object', additionalProperties: { type: 'string' } },
      servers: ENTRIES,
    },
  },
  {
    ...KINDS.virtualService,
    plural: 'virtualservices',
    fields: {
      hosts: LIST,
      gateways: LIST,
      exportTo: LIST,
      http: ENTRIES,
      tls: ENTRIES,
      tcp: ENTRIES,
    },
  },
  {
    ...KINDS.destinationRule,
    plural: 'destinationrules',
    fields: {
      host: { type: 'string' },
      exportTo: LIST,
      subsets: ENTRIES,
      trafficPolicy: FREE,
      workloadSelector: FREE,
    },
  },
];

/** Gateway, VirtualService and DestinationRule, v1 stored, v1beta1 served. Clusters that have the upstream ones keep those. */
export function istioCrds(): KubeObject[] {
  return DEFINITIONS.map((one) => compactCrd({ ...one, versions: ['v1', 'v1beta1'] }));
}
