/** Defaults of Services and of what else has to do with traffic. */
import type { KubeObject } from '../../../api/object.ts';
import { isFields, listAt, objectsAt, textAt } from '../schema.ts';
import { ensure, fill } from './fill.ts';

/** How long a client stays with one pod, in seconds. */
const AFFINITY_SECONDS = 10_800;

export function setServiceDefaults(service: KubeObject): void {
  const spec = ensure(service, 'spec');
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  for (const port of objectsAt(spec, 'ports')) {
    if (port['targetPort'] === 0 || port['targetPort'] === '') delete port['targetPort'];
    fill(port, { protocol: 'TCP', targetPort: port['port'] });
  }
  if (spec['sessionAffinity'] === 'ClientIP')
    fill(ensure(ensure(spec, 'sessionAffinityConfig'), 'clientIP'), {
      timeoutSeconds: AFFINITY_SECONDS,
    });
  else delete spec['sessionAffinityConfig'];
  if (spec['type'] === 'ExternalName') return;
  fill(spec, { internalTrafficPolicy: 'Cluster' });
  if (spec['type'] === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true });
  const isExternal = spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
  if (isExternal || listAt(spec, 'externalIPs').length > 0)
    fill(spec, { externalTrafficPolicy: 'Cluster' });
}

export function setEndpointsDefaults(endpoints: KubeObject): void {
  for (const subset of objectsAt(endpoints, 'subsets'))
    for (const port of objectsAt(subset, 'ports')) fill(port, { protocol: 'TCP' });
}

export function setEndpointSliceDefaults(slice: KubeObject): void {
  for (const port of objectsAt(slice, 'ports')) fill(port, { name: '', protocol: 'TCP' });
}

export function setNetworkPolicyDefaults(policy: KubeObject): void {
  const spec = ensure(policy, 'spec');
  const types = listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  fill(spec, { policyTypes: types });
  for (const rule of [...objectsAt(spec, 'ingress'), ...objectsAt(spec, 'egress')])
    for (const port of objectsAt(rule, 'ports')) fill(port, { protocol: 'TCP' });
}

export function setSecretDefaults(secret: KubeObject): void {
  fill(secret, { type: 'Opaque' });
  const { stringData } = secret;
  if (!isFields(stringData)) return;
  const data = ensure(secret, 'data');
  for (const [name, value] of Object.entries(stringData))
    data[name] = Buffer.from(String(value)).toString('base64');
  delete secret['stringData'];
}

export function setNamespaceDefaults(namespace: KubeObject): void {
  const { metadata } = namespace;
  metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';

export function setBindingDefaults(binding: KubeObject): void {
  fill(ensure(binding, 'roleRef'), { apiGroup: RBAC_GROUP });
  for (const subject of objectsAt(binding, 'subjects')) {
    if (textAt(subject, 'kind') !== 'ServiceAccount') fill(subject, { apiGroup: RBAC_GROUP });
  }
}

export function setWebhookDefaults(configuration: KubeObject): void {
  for (const webhook of objectsAt(configuration, 'webhooks')) {
    fill(webhook, {
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    });
    if (configuration.kind === 'MutatingWebhookConfiguration')
      fill(webhook, { reinvocationPolicy: 'Never' });
    for (const rule of objectsAt(webhook, 'rules')) fill(rule, { scope: '*' });
    const service = ensure(webhook, 'clientConfig')['service'];
    if (isFields(service)) fill(service, { port: 443 });
  }
}

export function setAdmissionPolicyDefaults(policy: KubeObject): void {
  const spec = ensure(policy, 'spec');
  if (policy.kind === 'ValidatingAdmissionPolicy') fill(spec, { failurePolicy: 'Fail' });
  const match = spec['matchConstraints'] ?? spec['matchResources'];
  if (!isFields(match)) return;
  fill(match, { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} });
  for (const member of ['resourceRules', 'excludeResourceRules'])
    for (const rule of objectsAt(match, member)) fill(rule, { scope: '*' });
}

/** Fields that an Event always has, old ones included. */
export function setEventDefaults(event: KubeObject): void {
  fill(event, { reportingComponent: '', reportingInstance: '', source: {} });
  for (const name of ['eventTime', 'firstTimestamp', 'lastTimestamp']) event[name] ??= null;
}
