/** `meta.k8s.io/v1` Tables and PartialObjectMetadata: what clients ask for instead of objects. */
import type { KubeObject } from '../../../api/object.ts';
import type { Resource } from '../resource.ts';
import { NAME_AND_AGE } from './builtin.ts';

export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

export interface TableOptions {
  /** What each row carries of its object. */
  includeObject: 'None' | 'Metadata' | 'Object';
  /** Left out of the later tables of a watch. */
  withColumns: boolean;
  nowMs: number;
}

export function renderTable(
  resource: Resource,
  list: { items: KubeObject[]; metadata: ListMeta },
  options: TableOptions,
): Record<string, unknown> {
  const shape = resource.table ?? NAME_AND_AGE;
  const columns = shape.columns.map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? 0,
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: list.metadata,
    columnDefinitions: options.withColumns ? columns : null,
    rows: list.items.map((object) => ({
      cells: shape.cells(object, options.nowMs),
      ...(options.includeObject === 'None'
        ? { object: null }
        : { object: options.includeObject === 'Object' ? object : partial(object) }),
    })),
  };
}

/** The metadata of an object, for rows and for clients that want nothing else. */
export function partial(object: KubeObject): KubeObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  };
}
