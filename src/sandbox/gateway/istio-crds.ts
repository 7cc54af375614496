/** Compact CRDs of Istio for clusters that have no mesh: what is stored is read as it is. */
import type { KubeObject } from '../../api/object.ts';
import { KINDS } from './objects.ts';

const LIST = { type: 'array', items: { type: 'string' } };
const ENTRIES = {
  type: 'array',
  items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

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
];

/** Gateway and VirtualService, v1 stored, v1beta1 served. Clusters that have the upstream ones keep those. */
export function istioCrds(): KubeObject[] {
  return DEFINITIONS.map(({ group, kind, plural, fields }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [version('v1', true, fields), version('v1beta1', false, fields)],
    },
  }));
}

function version(name: string, storage: boolean, fields: Record<string, unknown>) {
  const status = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const properties = { spec: { type: 'object', properties: fields }, status };
  return {
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: 'object', properties } },
    subresources: { status: {} },
  };
}
