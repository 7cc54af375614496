/** Kinds that are served in two shapes and stored in one. */
import type { KubeObject } from '../../../api/object.ts';
import { clone, fieldsAt, isFields, objectsAt, type Fields } from '../schema.ts';

/** Names of an Event in core/v1 (stored) and in events.k8s.io/v1. */
const EVENT_NAMES: [stored: string, served: string][] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

function renamed(object: KubeObject, apiVersion: string, names: [string, string][]): KubeObject {
  const result: KubeObject = { ...object, apiVersion };
  for (const [from, to] of names) {
    if (result[from] === undefined) continue;
    result[to] = result[from];
    delete result[from];
  }
  return result;
}

export const EVENTS_V1 = {
  fromStored: (event: KubeObject) => renamed(event, 'events.k8s.io/v1', EVENT_NAMES),
  toStored: (event: KubeObject) =>
    renamed(
      event,
      'v1',
      EVENT_NAMES.map(([stored, served]) => [served, stored]),
    ),
};

function isCpu(metric: Fields): boolean {
  const target = fieldsAt(metric, 'resource', 'target');
  return fieldsAt(metric, 'resource')['name'] === 'cpu' && target['type'] === 'Utilization';
}

/** autoscaling/v1 knows one metric, the use of cpu; others are kept in an annotation, as the real
 * server keeps them. */
const METRICS_ANNOTATION = 'autoscaling.alpha.kubernetes.io/metrics';

export const AUTOSCALER_V1 = {
  fromStored(autoscaler: KubeObject): KubeObject {
    const result: KubeObject = { ...clone(autoscaler), apiVersion: 'autoscaling/v1' };
    const spec = fieldsAt(result, 'spec');
    const metrics = objectsAt(spec, 'metrics');
    const cpu = metrics.find(isCpu);
    delete spec['metrics'];
    delete spec['behavior'];
    if (cpu !== undefined)
      spec['targetCPUUtilizationPercentage'] = fieldsAt(cpu, 'resource', 'target')[
        'averageUtilization'
      ];
    const others = metrics.filter((metric) => metric !== cpu);
    if (others.length > 0)
      result.metadata.annotations = {
        ...result.metadata.annotations,
        [METRICS_ANNOTATION]: JSON.stringify(others),
      };
    const status = result['status'];
    if (isFields(status)) {
      delete status['currentMetrics'];
      delete status['conditions'];
    }
    return result;
  },
  toStored(autoscaler: KubeObject): KubeObject {
    const result: KubeObject = { ...clone(autoscaler), apiVersion: 'autoscaling/v2' };
    const spec = fieldsAt(result, 'spec');
    const percentage = spec['targetCPUUtilizationPercentage'];
    delete spec['targetCPUUtilizationPercentage'];
    const metrics: unknown[] = [];
    if (percentage !== undefined)
      metrics.push({
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percentage } },
      });
    const kept = result.metadata.annotations?.[METRICS_ANNOTATION];
    if (kept !== undefined) {
      metrics.push(...(JSON.parse(kept) as unknown[]));
      delete result.metadata.annotations?.[METRICS_ANNOTATION];
    }
    spec['metrics'] = metrics;
    return result;
  },
};
