/** The columns of the built-in kinds, as `kubectl get` shows them. */
import type { KubeObject } from '../../../api/object.ts';
import type { TableShape } from '../resource.ts';
import { asText, fieldsAt, listAt, objectsAt, textAt, valueAt } from '../schema.ts';
import { age, labelsText, orNone, selectorCell, since } from './format.ts';
import { EVENTS, HORIZONTAL_POD_AUTOSCALERS, JOBS, CRON_JOBS } from './moving.ts';
import { ENDPOINT_SLICES, ENDPOINTS, INGRESSES, SERVICES } from './network.ts';
import { NODES, PODS } from './pods.ts';
import { containersOf, count, table } from './shape.ts';
import { STORED_KINDS } from './stored.ts';

function dataCount(object: KubeObject): number {
  return ['data', 'binaryData'].reduce(
    (sum, member) => sum + Object.keys(fieldsAt(object, member)).length,
    0,
  );
}

const BY_STORAGE: Record<string, TableShape> = {
  ...STORED_KINDS,
  '/pods': PODS,
  '/nodes': NODES,
  '/services': SERVICES,
  '/endpoints': ENDPOINTS,
  '/events': EVENTS,
  'batch/jobs': JOBS,
  'batch/cronjobs': CRON_JOBS,
  'autoscaling/horizontalpodautoscalers': HORIZONTAL_POD_AUTOSCALERS,
  'discovery.k8s.io/endpointslices': ENDPOINT_SLICES,
  'networking.k8s.io/ingresses': INGRESSES,
  '/namespaces': table('Name, Status, Age', (o, now) => [
    o.metadata.name,
    textAt(o, 'status', 'phase'),
    age(o, now),
  ]),
  '/configmaps': table('Name, Data, Age', (o, now) => [o.metadata.name, dataCount(o), age(o, now)]),
  '/secrets': table('Name, Type, Data, Age', (o, now) => [
    o.metadata.name,
    textAt(o, 'type'),
    dataCount(o),
    age(o, now),
  ]),
  '/serviceaccounts': table('Name, Secrets, Age', (o, now) => [
    o.metadata.name,
    listAt(o, 'secrets').length,
    age(o, now),
  ]),
  'apps/deployments': table(
    'Name, Ready, Up-to-date, Available, Age, Containers*, Images*, Selector*',
    (o, now) => [
      o.metadata.name,
      `${count(o, 'status', 'readyReplicas')}/${count(o, 'spec', 'replicas')}`,
      count(o, 'status', 'updatedReplicas'),
      count(o, 'status', 'availableReplicas'),
      age(o, now),
      containersOf(o, 'name'),
      containersOf(o, 'image'),
      selectorCell(valueAt(o, 'spec', 'selector')),
    ],
  ),
  'apps/replicasets': table(
    'Name, Desired#, Current#, Ready#, Age, Containers*, Images*, Selector*',
    (o, now) => [
      o.metadata.name,
      count(o, 'spec', 'replicas'),
      count(o, 'status', 'replicas'),
      count(o, 'status', 'readyReplicas'),
      age(o, now),
      containersOf(o, 'name'),
      containersOf(o, 'image'),
      selectorCell(valueAt(o, 'spec', 'selector')),
    ],
  ),
  'apps/statefulsets': table('Name, Ready, Age, Containers*, Images*', (o, now) => [
    o.metadata.name,
    `${count(o, 'status', 'readyReplicas')}/${count(o, 'spec', 'replicas')}`,
    age(o, now),
    containersOf(o, 'name'),
    containersOf(o, 'image'),
  ]),
  'apps/daemonsets': table(
    'Name, Desired#, Current#, Ready#, Up-to-date#, Available#, Node Selector, Age, Containers*, Images*, Selector*',
    (o, now) => [
      o.metadata.name,
      count(o, 'status', 'desiredNumberScheduled'),
      count(o, 'status', 'currentNumberScheduled'),
      count(o, 'status', 'numberReady'),
      count(o, 'status', 'updatedNumberScheduled'),
      count(o, 'status', 'numberAvailable'),
      labelsText(valueAt(o, 'spec', 'template', 'spec', 'nodeSelector')),
      age(o, now),
      containersOf(o, 'name'),
      containersOf(o, 'image'),
      selectorCell(valueAt(o, 'spec', 'selector')),
    ],
  ),
  'apps/controllerrevisions': table('Name, Controller, Revision#, Age', (o, now) => [
    o.metadata.name,
    controllerOf(o),
    count(o, 'revision'),
    age(o, now),
  ]),
  'policy/poddisruptionbudgets': table(
    'Name, Min Available, Max Unavailable, Allowed Disruptions#, Age',
    (o, now) => [
      o.metadata.name,
      asText(valueAt(o, 'spec', 'minAvailable') ?? 'N/A'),
      asText(valueAt(o, 'spec', 'maxUnavailable') ?? 'N/A'),
      count(o, 'status', 'disruptionsAllowed'),
      age(o, now),
    ],
  ),
  'networking.k8s.io/networkpolicies': table('Name, Pod-Selector, Age', (o, now) => [
    o.metadata.name,
    selectorCell(valueAt(o, 'spec', 'podSelector')),
    age(o, now),
  ]),
  'networking.k8s.io/ingressclasses': table('Name, Controller, Parameters, Age', (o, now) => [
    o.metadata.name,
    textAt(o, 'spec', 'controller'),
    orNone(textAt(o, 'spec', 'parameters', 'name')),
    age(o, now),
  ]),
  'rbac.authorization.k8s.io/roles': table('Name, Created At', (o) => [
    o.metadata.name,
    o.metadata.creationTimestamp,
  ]),
  'rbac.authorization.k8s.io/clusterroles': table('Name, Created At', (o) => [
    o.metadata.name,
    o.metadata.creationTimestamp,
  ]),
  'rbac.authorization.k8s.io/rolebindings': table(
    'Name, Role, Age, Users*, Groups*, ServiceAccounts*',
    bindingCells,
  ),
  'rbac.authorization.k8s.io/clusterrolebindings': table(
    'Name, Role, Age, Users*, Groups*, ServiceAccounts*',
    bindingCells,
  ),
  'coordination.k8s.io/leases': table('Name, Holder, Age', (o, now) => [
    o.metadata.name,
    textAt(o, 'spec', 'holderIdentity'),
    age(o, now),
  ]),
  'apiextensions.k8s.io/customresourcedefinitions': table('Name, Created At', (o) => [
    o.metadata.name,
    o.metadata.creationTimestamp,
  ]),
};

function controllerOf(object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find((one) => one.controller === true);
  if (owner === undefined) return '<none>';
  const slash = owner.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

function bindingCells(binding: KubeObject, nowMs: number): unknown[] {
  const subjects = objectsAt(binding, 'subjects');
  const named = (kind: string) =>
    subjects
      .filter((one) => one['kind'] === kind)
      .map((one) =>
        kind === 'ServiceAccount'
          ? `${textAt(one, 'namespace')}/${textAt(one, 'name')}`
          : textAt(one, 'name'),
      )
      .join(', ');
  return [
    binding.metadata.name,
    `${textAt(binding, 'roleRef', 'kind')}/${textAt(binding, 'roleRef', 'name')}`,
    since(binding.metadata.creationTimestamp, nowMs),
    named('User'),
    named('Group'),
    named('ServiceAccount'),
  ];
}

export const NAME_AND_AGE = table('Name, Age', (o, now) => [o.metadata.name, age(o, now)]);

export function tableFor(storage: string): TableShape {
  return BY_STORAGE[storage] ?? NAME_AND_AGE;
}
