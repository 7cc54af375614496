/** Defaults of pods and pod templates. */
import type { KubeObject } from '../../../api/object.ts';
import { fieldsAt, isFields, listAt, objectsAt, textAt, type Fields } from '../schema.ts';
import { ensure, fill } from './fill.ts';

const FILE_MODE = 0o644;

/** `spec` of a pod template: what every pod gets wherever its template stands. */
function setPodSpecDefaults(spec: Fields): void {
  fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  const account = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount');
  if (account !== '') Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const volume of objectsAt(spec, 'volumes')) setVolumeDefaults(volume);
  for (const member of ['initContainers', 'containers', 'ephemeralContainers'])
    for (const container of objectsAt(spec, member)) {
      setContainerDefaults(container);
      if (spec['hostNetwork'] === true) useHostPorts(container);
    }
}

function useHostPorts(container: Fields): void {
  for (const port of objectsAt(container, 'ports')) fill(port, { hostPort: port['containerPort'] });
}

export function setTemplateDefaults(owner: Fields): void {
  const template = ensure(owner, 'template');
  ensure(template, 'metadata');
  setPodSpecDefaults(ensure(template, 'spec'));
}

function setContainerDefaults(container: Fields): void {
  fill(container, {
    imagePullPolicy: pullPolicyOf(textAt(container, 'image')),
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  for (const port of objectsAt(container, 'ports')) fill(port, { protocol: 'TCP' });
  for (const variable of objectsAt(container, 'env')) {
    const fieldRef = fieldsAt(variable, 'valueFrom')['fieldRef'];
    if (isFields(fieldRef)) fill(fieldRef, { apiVersion: 'v1' });
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (isFields(probe)) setProbeDefaults(probe);
  }
  for (const hook of ['postStart', 'preStop'])
    setHttpGetDefaults(fieldsAt(container, 'lifecycle', hook)['httpGet']);
}

/** A tag that moves is pulled always. */
function pullPolicyOf(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:/]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function setProbeDefaults(probe: Fields): void {
  const numbers = {
    failureThreshold: 3,
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 1,
  };
  for (const [name, value] of Object.entries(numbers))
    if ((probe[name] ?? 0) === 0) probe[name] = value;
  setHttpGetDefaults(probe['httpGet']);
  const { grpc } = probe;
  if (isFields(grpc)) fill(grpc, { service: '' });
}

function setHttpGetDefaults(httpGet: unknown): void {
  if (isFields(httpGet)) fill(httpGet, { path: '/', scheme: 'HTTP' });
}

function setVolumeDefaults(volume: Fields): void {
  if (Object.keys(volume).every((name) => name === 'name')) volume['emptyDir'] = {};
  for (const name of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const source = volume[name];
    if (isFields(source)) fill(source, { defaultMode: FILE_MODE });
  }
  const { hostPath } = volume;
  if (isFields(hostPath)) fill(hostPath, { type: '' });
  const items = objectsAt(volume, 'downwardAPI', 'items');
  for (const source of objectsAt(volume, 'projected', 'sources')) {
    const token = source['serviceAccountToken'];
    if (isFields(token)) fill(token, { expirationSeconds: 3_600 });
    items.push(...objectsAt(source, 'downwardAPI', 'items'));
  }
  for (const item of items) {
    const { fieldRef } = item;
    if (isFields(fieldRef)) fill(fieldRef, { apiVersion: 'v1' });
  }
}

/** What only pods get, not their templates. */
export function setPodDefaults(pod: KubeObject): void {
  const spec = ensure(pod, 'spec');
  for (const condition of objectsAt(pod, 'status', 'conditions'))
    fill(condition, { lastProbeTime: null, lastTransitionTime: null });
  setPodSpecDefaults(spec);
  fill(spec, { enableServiceLinks: true });
  for (const member of ['initContainers', 'containers'])
    for (const container of objectsAt(spec, member)) {
      const limits = fieldsAt(container, 'resources', 'limits');
      if (Object.keys(limits).length > 0)
        fill(ensure(ensure(container, 'resources'), 'requests'), limits);
    }
}

/** How long a pod stays on a node that went away. */
const AWAY_SECONDS = 300;

/** What the admission of a real server adds when a pod is made, and its first status. */
export function admitPod(pod: KubeObject): void {
  const spec = ensure(pod, 'spec');
  fill(spec, { preemptionPolicy: 'PreemptLowerPriority', priority: 0 });
  fill(spec, { serviceAccountName: 'default', serviceAccount: 'default' });
  const tolerations = listAt(spec, 'tolerations');
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      (one) =>
        (textAt(one, 'key') === key || textAt(one, 'key') === '') &&
        ['', 'NoExecute'].includes(textAt(one, 'effect')),
    );
    if (!tolerated)
      tolerations.push({
        effect: 'NoExecute',
        key,
        operator: 'Exists',
        tolerationSeconds: AWAY_SECONDS,
      });
  }
  spec['tolerations'] = tolerations;
  pod['status'] = { phase: 'Pending', qosClass: qosClassOf(spec) };
}

function qosClassOf(spec: Fields): string {
  const containers = [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')];
  const amounts = containers.map((container) => ({
    limits: fieldsAt(container, 'resources', 'limits'),
    requests: fieldsAt(container, 'resources', 'requests'),
  }));
  const none = amounts.every(
    ({ limits, requests }) => Object.keys(limits).length + Object.keys(requests).length === 0,
  );
  if (none) return 'BestEffort';
  const guaranteed = amounts.every(({ limits, requests }) =>
    ['cpu', 'memory'].every(
      (name) => limits[name] !== undefined && limits[name] === requests[name],
    ),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
