/** Fields that `--field-selector` can select by. */
import type { KubeObject } from '../../../api/object.ts';
import { asText, textAt, valueAt } from '../schema.ts';
import type { FieldReader } from '../selectors.ts';

function reader(...path: string[]): FieldReader {
  return (object: KubeObject) => {
    const value = valueAt(object, ...path);
    return value === undefined || value === null ? '' : asText(value);
  };
}

const EVERYWHERE: Record<string, FieldReader> = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace ?? '',
};

function readers(...fields: string[]): Record<string, FieldReader> {
  return Object.fromEntries(fields.map((field) => [field, reader(...field.split('.'))]));
}

const INVOLVED = readers(
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'type',
);

/** By the kind's storage. */
const BY_STORAGE: Record<string, Record<string, FieldReader>> = {
  '/pods': {
    ...readers(
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ),
  },
  '/namespaces': readers('status.phase'),
  '/nodes': {
    'spec.unschedulable': (node) => String(valueAt(node, 'spec', 'unschedulable') === true),
  },
  '/secrets': readers('type'),
  '/services': readers('spec.clusterIP', 'spec.type'),
  'batch/jobs': { 'status.successful': (job) => asText(valueAt(job, 'status', 'succeeded') ?? 0) },
  'apps/replicasets': {
    'status.replicas': (set) => asText(valueAt(set, 'status', 'replicas') ?? 0),
  },
};

/** Events are selected by core's names and by those of events.k8s.io, whichever are served. */
const EVENT_READERS: Record<string, FieldReader> = {
  ...INVOLVED,
  ...Object.fromEntries(
    ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].flatMap(
      (name): [string, FieldReader][] => {
        const read = (event: KubeObject) =>
          textAt(event, 'involvedObject', name) || textAt(event, 'regarding', name);
        return [
          [`involvedObject.${name}`, read],
          [`regarding.${name}`, read],
        ];
      },
    ),
  ),
  reportingController: (event) =>
    textAt(event, 'reportingComponent') || textAt(event, 'reportingController'),
  source: (event) =>
    textAt(event, 'source', 'component') ||
    textAt(event, 'deprecatedSource', 'component') ||
    textAt(event, 'reportingComponent'),
};

export function selectableFields(storage: string): Record<string, FieldReader> {
  if (storage === '/events') return { ...EVERYWHERE, ...EVENT_READERS };
  return { ...EVERYWHERE, ...BY_STORAGE[storage] };
}

/** The fields a CRD declares selectable: `.spec.color`. */
export function customSelectable(paths: string[]): Record<string, FieldReader> {
  const declared = paths.map((path): [string, FieldReader] => {
    const field = path.replace(/^\./, '');
    return [field, reader(...field.split('.'))];
  });
  return { ...EVERYWHERE, ...Object.fromEntries(declared) };
}
