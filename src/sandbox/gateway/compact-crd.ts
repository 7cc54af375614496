/** CRDs as far as what is stored is to be read again, for clusters that do not have the upstream ones. */
import type { KubeObject } from '../../api/object.ts';

export const LIST = { type: 'array', items: { type: 'string' } };
export const FREE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
export const ENTRIES = { type: 'array', items: FREE };

interface Definition {
  group: string;
  kind: string;
  plural: string;
  /** The first is stored, all of them are served. */
  versions: string[];
  /** Of `spec`, by the name of a field. */
  fields: Record<string, unknown>;
}

export function compactCrd({ group, kind, plural, versions, fields }: Definition): KubeObject {
  const properties = { spec: { type: 'object', properties: fields }, status: FREE };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: versions.map((name, i) => ({
        name,
        served: true,
        storage: i === 0,
        schema: { openAPIV3Schema: { type: 'object', properties } },
        subresources: { status: {} },
      })),
    },
  };
}
