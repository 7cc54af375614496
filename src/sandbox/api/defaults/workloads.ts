/** Defaults of the kinds that make pods. */
import type { KubeObject } from '../../../api/object.ts';
import { equal, fieldsAt, isFields, objectsAt, valueAt, type Fields } from '../schema.ts';
import { ensure, fill } from './fill.ts';
import { setTemplateDefaults } from './pod.ts';

export function setDeploymentDefaults(deployment: KubeObject): void {
  const spec = ensure(deployment, 'spec');
  setTemplateDefaults(spec);
  fill(spec, { progressDeadlineSeconds: 600, replicas: 1, revisionHistoryLimit: 10 });
  const strategy = ensure(spec, 'strategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate')
    fill(ensure(strategy, 'rollingUpdate'), { maxSurge: '25%', maxUnavailable: '25%' });
}

export function setReplicaSetDefaults(set: KubeObject): void {
  const spec = ensure(set, 'spec');
  setTemplateDefaults(spec);
  fill(spec, { replicas: 1 });
}

/** One of these without a selector takes the labels of its template. */
export function setReplicationControllerDefaults(controller: KubeObject): void {
  const spec = ensure(controller, 'spec');
  const labels = fieldsAt(spec, 'template', 'metadata', 'labels') as Record<string, string>;
  if (Object.keys(labels).length > 0) {
    fill(spec, { selector: { ...labels } });
    if (Object.keys(controller.metadata.labels ?? {}).length === 0)
      controller.metadata.labels = { ...labels };
  }
  setTemplateDefaults(spec);
  fill(spec, { replicas: 1 });
}

export function setStatefulSetDefaults(set: KubeObject): void {
  const spec = ensure(set, 'spec');
  setTemplateDefaults(spec);
  fill(spec, { podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10 });
  fill(ensure(spec, 'persistentVolumeClaimRetentionPolicy'), {
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
  });
  const strategy = ensure(spec, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate')
    fill(ensure(strategy, 'rollingUpdate'), { partition: 0 });
  for (const claim of objectsAt(spec, 'volumeClaimTemplates')) {
    fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } });
    fill(ensure(claim, 'spec'), { volumeMode: 'Filesystem' });
  }
}

/** A field whose feature gate is off is dropped without a word. */
export function dropGated(set: KubeObject): void {
  delete fieldsAt(set, 'spec', 'updateStrategy', 'rollingUpdate')['maxUnavailable'];
}

export function setDaemonSetDefaults(set: KubeObject): void {
  const spec = ensure(set, 'spec');
  setTemplateDefaults(spec);
  fill(spec, { revisionHistoryLimit: 10 });
  const strategy = ensure(spec, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate')
    fill(ensure(strategy, 'rollingUpdate'), { maxSurge: 0, maxUnavailable: 1 });
}

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** The server counts the templates of a DaemonSet in an annotation, whatever a client says. */
export function countTemplates(set: KubeObject, old?: KubeObject): void {
  const known = Number(old?.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
  const template = valueAt(set, 'spec', 'template');
  const isNew = old === undefined || !equal(template, valueAt(old, 'spec', 'template'));
  const annotations = { ...set.metadata.annotations };
  annotations[TEMPLATE_GENERATION] = String(isNew ? known + 1 : known);
  set.metadata.annotations = annotations;
}

export function setJobDefaults(job: KubeObject): void {
  setJobSpecDefaults(ensure(job, 'spec'));
  const labels = fieldsAt(job, 'spec', 'template', 'metadata', 'labels');
  if (job.metadata.labels === undefined && Object.keys(labels).length > 0)
    job.metadata.labels = { ...labels } as Record<string, string>;
}

function setJobSpecDefaults(spec: Fields): void {
  setTemplateDefaults(spec);
  if (spec['completions'] === undefined && spec['parallelism'] === undefined)
    spec['completions'] = 1;
  fill(spec, {
    backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : 2_147_483_647,
    completionMode: 'NonIndexed',
    parallelism: 1,
    podReplacementPolicy: isFields(spec['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed',
    suspend: false,
  });
}

/** A Job finds its pods by its uid, unless told otherwise. */
export function giveJobSelector(job: KubeObject): void {
  const spec = ensure(job, 'spec');
  if (spec['manualSelector'] === true) return;
  const { uid = '', name } = job.metadata;
  const labels = ensure(ensure(ensure(spec, 'template'), 'metadata'), 'labels');
  fill(labels, {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  });
  if (spec['selector'] === undefined)
    spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  if (job.metadata.labels === undefined)
    job.metadata.labels = { ...labels } as Record<string, string>;
}

export function setCronJobDefaults(job: KubeObject): void {
  const spec = ensure(job, 'spec');
  fill(spec, {
    concurrencyPolicy: 'Allow',
    failedJobsHistoryLimit: 1,
    successfulJobsHistoryLimit: 3,
    suspend: false,
  });
  const jobTemplate = ensure(spec, 'jobTemplate');
  ensure(jobTemplate, 'metadata');
  setTemplateDefaults(ensure(jobTemplate, 'spec'));
}

export function setAutoscalerDefaults(autoscaler: KubeObject): void {
  const spec = ensure(autoscaler, 'spec');
  fill(spec, { minReplicas: 1 });
  if (!Array.isArray(spec['metrics']) || spec['metrics'].length === 0)
    spec['metrics'] = [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ];
}
