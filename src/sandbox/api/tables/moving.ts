/** The columns of what runs and ends: Jobs, CronJobs, autoscalers and Events. */
import type { KubeObject } from '../../../api/object.ts';
import type { TableShape } from '../resource.ts';
import { asText, fieldsAt, numberAt, objectsAt, textAt, valueAt, type Fields } from '../schema.ts';
import { age, humanDuration, orNone, selectorCell, since } from './format.ts';

const NAME = { name: 'Name', type: 'string', format: 'name' };
const AGE = { name: 'Age', type: 'string' };

function containersOf(spec: Fields, member: 'name' | 'image'): string {
  return objectsAt(spec, 'template', 'spec', 'containers')
    .map((one) => textAt(one, member))
    .join(',');
}

export const JOBS: TableShape = {
  columns: [
    NAME,
    { name: 'Status', type: 'string' },
    { name: 'Completions', type: 'string' },
    { name: 'Duration', type: 'string' },
    AGE,
    { name: 'Containers', type: 'string', priority: 1 },
    { name: 'Images', type: 'string', priority: 1 },
    { name: 'Selector', type: 'string', priority: 1 },
  ],
  cells: (job, nowMs) => {
    const spec = fieldsAt(job, 'spec');
    return [
      job.metadata.name,
      jobStatus(job),
      `${numberAt(job, 'status', 'succeeded') ?? 0}/${jobTarget(spec)}`,
      jobDuration(job, nowMs),
      age(job, nowMs),
      containersOf(spec, 'name'),
      containersOf(spec, 'image'),
      selectorCell(spec['selector']),
    ];
  },
};

function jobTarget(spec: Fields): string {
  const completions = numberAt(spec, 'completions');
  if (completions !== undefined) return String(completions);
  const parallelism = numberAt(spec, 'parallelism') ?? 1;
  return parallelism > 1 ? `1 of ${parallelism}` : '1';
}

function jobStatus(job: KubeObject): string {
  const met = new Set(
    objectsAt(job, 'status', 'conditions')
      .filter((one) => one['status'] === 'True')
      .map((one) => one['type']),
  );
  if (met.has('Complete')) return 'Complete';
  if (met.has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (met.has('Suspended')) return 'Suspended';
  if (met.has('FailureTarget')) return 'FailureTarget';
  return met.has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobDuration(job: KubeObject, nowMs: number): string {
  const start = textAt(job, 'status', 'startTime');
  if (start === '') return '';
  const end = textAt(job, 'status', 'completionTime');
  const endMs = end === '' ? nowMs : Date.parse(end);
  return humanDuration(Math.floor((endMs - Date.parse(start)) / 1_000));
}

export const CRON_JOBS: TableShape = {
  columns: [
    NAME,
    { name: 'Schedule', type: 'string' },
    { name: 'Timezone', type: 'string' },
    { name: 'Suspend', type: 'boolean' },
    { name: 'Active', type: 'integer' },
    { name: 'Last Schedule', type: 'string' },
    AGE,
    { name: 'Containers', type: 'string', priority: 1 },
    { name: 'Images', type: 'string', priority: 1 },
    { name: 'Selector', type: 'string', priority: 1 },
  ],
  cells: (job, nowMs) => {
    const spec = fieldsAt(job, 'spec');
    const jobSpec = fieldsAt(spec, 'jobTemplate', 'spec');
    const last = textAt(job, 'status', 'lastScheduleTime');
    return [
      job.metadata.name,
      textAt(spec, 'schedule'),
      orNone(textAt(spec, 'timeZone')),
      spec['suspend'] === true ? 'True' : 'False',
      objectsAt(job, 'status', 'active').length,
      last === '' ? '<none>' : since(last, nowMs),
      age(job, nowMs),
      containersOf(jobSpec, 'name'),
      containersOf(jobSpec, 'image'),
      selectorCell(jobSpec['selector']),
    ];
  },
};

export const HORIZONTAL_POD_AUTOSCALERS: TableShape = {
  columns: [
    NAME,
    { name: 'Reference', type: 'string' },
    { name: 'Targets', type: 'string' },
    { name: 'MinPods', type: 'string' },
    { name: 'MaxPods', type: 'integer' },
    { name: 'Replicas', type: 'integer' },
    AGE,
  ],
  cells: (autoscaler, nowMs) => {
    const spec = fieldsAt(autoscaler, 'spec');
    return [
      autoscaler.metadata.name,
      `${textAt(spec, 'scaleTargetRef', 'kind')}/${textAt(spec, 'scaleTargetRef', 'name')}`,
      autoscalerTargets(autoscaler),
      asText(spec['minReplicas'] ?? '<unset>'),
      spec['maxReplicas'] ?? 0,
      numberAt(autoscaler, 'status', 'currentReplicas') ?? 0,
      age(autoscaler, nowMs),
    ];
  },
};

function autoscalerTargets(autoscaler: KubeObject): string {
  const current = objectsAt(autoscaler, 'status', 'currentMetrics');
  const targets = objectsAt(autoscaler, 'spec', 'metrics').map((metric, i) => {
    const name = textAt(metric, 'resource', 'name');
    const target = fieldsAt(metric, 'resource', 'target');
    const now = fieldsAt(current[i], 'resource', 'current');
    const isPercent = target['averageUtilization'] !== undefined;
    const wanted = isPercent
      ? `${String(target['averageUtilization'])}%`
      : asText(target['averageValue'] ?? target['value'] ?? '<unset>');
    const seen = isPercent ? now['averageUtilization'] : now['averageValue'];
    const shown = seen === undefined ? '<unknown>' : `${asText(seen)}${isPercent ? '%' : ''}`;
    return name === '' ? `${shown}/${wanted}` : `${name}: ${shown}/${wanted}`;
  });
  return orNone(targets.join(', '));
}

export const EVENTS: TableShape = {
  columns: [
    { name: 'Last Seen', type: 'string' },
    { name: 'Type', type: 'string' },
    { name: 'Reason', type: 'string' },
    { name: 'Object', type: 'string' },
    { name: 'Subobject', type: 'string', priority: 1 },
    { name: 'Source', type: 'string', priority: 1 },
    { name: 'Message', type: 'string' },
    { name: 'First Seen', type: 'string', priority: 1 },
    { name: 'Count', type: 'string', priority: 1 },
    { name: 'Name', type: 'string', format: 'name', priority: 1 },
  ],
  cells: (event, nowMs) => {
    const about = fieldsAt(
      event,
      event['regarding'] === undefined ? 'involvedObject' : 'regarding',
    );
    const first = firstSeen(event);
    const count =
      numberAt(event, 'series', 'count') ??
      numberAt(event, 'count') ??
      numberAt(event, 'deprecatedCount') ??
      1;
    return [
      since(lastSeen(event), nowMs),
      textAt(event, 'type'),
      textAt(event, 'reason'),
      `${textAt(about, 'kind').toLowerCase()}/${textAt(about, 'name')}`,
      textAt(about, 'fieldPath'),
      eventSource(event),
      (textAt(event, 'message') || textAt(event, 'note')).trim(),
      since(first, nowMs),
      String(count),
      event.metadata.name,
    ];
  },
};

function firstSeen(event: KubeObject): string {
  return (
    textAt(event, 'firstTimestamp') ||
    textAt(event, 'deprecatedFirstTimestamp') ||
    textAt(event, 'eventTime')
  );
}

function lastSeen(event: KubeObject): string {
  return (
    textAt(event, 'series', 'lastObservedTime') ||
    textAt(event, 'lastTimestamp') ||
    textAt(event, 'deprecatedLastTimestamp') ||
    firstSeen(event)
  );
}

function eventSource(event: KubeObject): string {
  const source = fieldsAt(
    event,
    event['deprecatedSource'] === undefined ? 'source' : 'deprecatedSource',
  );
  const component =
    textAt(source, 'component') ||
    asText(valueAt(event, 'reportingComponent') ?? valueAt(event, 'reportingController') ?? '');
  const host = textAt(source, 'host') || textAt(event, 'reportingInstance');
  return host === '' ? component : `${component}, ${host}`;
}
