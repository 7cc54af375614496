/** A DaemonSet of the modelled world and its nodes as their users write them, and what a checker reads of them. */
import type { KubeObject } from '../api/object.ts';
import { nodeOf } from '../sandbox/controllers/daemonset/placement.ts';
import type { Pod } from '../sandbox/controllers/kinds.ts';
import { controllerKind, isReady } from './facts.ts';
import type { ModelApi } from './model-api.ts';
import { completed } from './model-kinds.ts';
import { templateOf } from './objects.ts';
import type { DaemonWays } from './scenario.ts';
import { isGoing, revisionOf, strategyOf } from './stateful-objects.ts';

export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const BUDGET = 'web-budget';
/** Of somebody who did not see that there is one. */
export const OTHER_BUDGET = 'web-budget-too';

function daemonObject(spec: Record<string, unknown>, image: string): KubeObject {
  const selector = { matchLabels: { app: 'web' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ...structuredClone(spec), selector, template: templateOf(image) },
  };
}

/** As the server stores what its user wrote. */
export function ownUpdates(spec: Record<string, unknown>): unknown {
  const object = daemonObject(spec, '');
  completed(object);
  return strategyOf(object);
}

export function nodeName(index: number): string {
  return `node-${index + 1}`;
}

export function nodeObject(name: string, zone: string | undefined): KubeObject {
  const labels = {
    'kubernetes.io/hostname': name,
    ...(zone !== undefined && { [ZONE_LABEL]: zone }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

export function budgetObject(minAvailable: number, name = BUDGET): KubeObject {
  const selector = { matchLabels: { app: 'web' } };
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'shop' },
    spec: { minAvailable, selector },
  };
}

export function daemonObjects({ spec, zones, budget }: DaemonWays): KubeObject[] {
  return [
    ...zones.map((zone, i) => nodeObject(nodeName(i), zone)),
    ...(budget === undefined ? [] : [budgetObject(budget)]),
    daemonObject(spec, 'v1'),
  ];
}

export function isOfDaemons(object: KubeObject | undefined): object is KubeObject {
  return (
    object?.kind === 'Pod' && controllerKind(object) === 'DaemonSet' && revisionOf(object) !== ''
  );
}

/** The node a pod is bound to, or is to be bound to. */
export function nodeOfPod(pod: KubeObject): string {
  return nodeOf(pod as Pod) ?? '';
}

interface NodeFields {
  spec?: { unschedulable?: boolean; taints?: { key: string }[] };
  status?: { conditions?: { type: string; status: string }[] };
}

/** A pod that goes from there comes again; every taint in this world is one that keeps pods away, but that of a
 * cordon. */
export function isUsable(node: KubeObject | undefined): boolean {
  if (!node || isGoing(node)) return false;
  const { spec = {}, status = {} } = node as NodeFields;
  const ready = status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
  return ready === true && !spec.unschedulable && (spec.taints ?? []).length === 0;
}

export function usableNodes(api: ModelApi): KubeObject[] {
  return api.all('Node').filter(isUsable);
}

/** Those that stay, on nodes that can be used, by the name of the node. */
export function podsOfDaemons(api: ModelApi): KubeObject[] {
  const nodes = new Set(usableNodes(api).map(({ metadata }) => metadata.name));
  return api
    .all('Pod')
    .filter((pod) => isOfDaemons(pod) && !isGoing(pod) && nodes.has(nodeOfPod(pod)))
    .sort((a, b) => (nodeOfPod(a) < nodeOfPod(b) ? -1 : 1));
}

export function servingOn(api: ModelApi, node: string): boolean {
  return api.all('Pod').some((pod) => isOfDaemons(pod) && nodeOfPod(pod) === node && isReady(pod));
}
