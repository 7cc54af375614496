/** Whether a cluster has room for so many more pods of a template, before the first is made: its
 * quotas, which say so for certain, and its nodes, which may yet grow. Pure. */
import type { KubeObject } from '../api/object.ts';
import { formatQuantity, parseQuantity } from '../api/quantity.ts';
import type { Trouble } from '../engine/index.ts';
import { type PodResources, podSpecOf, resourcesOf } from './pod-resources.ts';

type Quantities = Record<string, string>;

interface Quota {
  spec?: { hard?: Quantities; scopes?: string[]; scopeSelector?: unknown };
  status?: { hard?: Quantities; used?: Quantities };
}

export interface Wanted {
  /** More of them than there are. */
  pods: number;
  template: unknown;
}

/** What forbids some of the pods; undefined where nothing is known to. */
export function quotaShortage(
  wanted: Wanted,
  { quotas, limitRanges }: { quotas: readonly KubeObject[]; limitRanges: readonly KubeObject[] },
): Trouble | undefined {
  if (wanted.pods <= 0) return undefined;
  const pod = resourcesOf(podSpecOf(wanted.template), limitRanges);
  const found = quotas.flatMap((quota) => shortagesOf(quota, pod, wanted.pods));
  if (found.length === 0) return undefined;
  const todo = 'raise the quota, free some of it, or ask for less';
  return { reason: 'QuotaExceeded', message: `${found.join('; ')}; ${todo}`, certain: true };
}

/** What every container must say where a quota counts it. */
const DEMANDED = new Set(['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);

function shortagesOf(object: KubeObject, pod: PodResources, pods: number): string[] {
  const { spec = {}, status = {} } = object as Quota;
  if (!applies(spec, pod)) return [];
  const name = `ResourceQuota ${object.metadata.name}`;
  return Object.entries(status.hard ?? spec.hard ?? {}).flatMap(([key, hard]) => {
    const resource = ALIASES[key] ?? key;
    const unsaid = DEMANDED.has(resource) ? pod.unsaid(resource) : [];
    if (unsaid.length > 0)
      return [`${name} demands ${resource} of every container, ${unsaid.join(', ')} says none`];
    const each = resource === 'pods' ? 1 : (pod.amounts[resource] ?? 0);
    const used = status.used?.[key];
    if (each === 0 || used === undefined) return [];
    const more = each * pods;
    if (parseQuantity(used) + more <= parseQuantity(hard) * (1 + 1e-9)) return [];
    const needs = `${pods} more pods need ${formatQuantity(more, resource)}`;
    return [`${name}: ${used} of ${hard} ${key} are used, ${needs}`];
  });
}

const ALIASES: Record<string, string> = {
  cpu: 'requests.cpu',
  memory: 'requests.memory',
  'ephemeral-storage': 'requests.ephemeral-storage',
  'count/pods': 'pods',
};

/** A scope that cannot be told from here is taken for one that does not apply. */
function applies({ scopes = [], scopeSelector }: NonNullable<Quota['spec']>, pod: PodResources) {
  if (scopeSelector !== undefined) return false;
  const inScope: Record<string, boolean> = {
    NotTerminating: true,
    BestEffort: pod.bestEffort,
    NotBestEffort: !pod.bestEffort,
  };
  return scopes.every((scope) => inScope[scope] === true);
}

interface Taint {
  key: string;
  value?: string;
  effect: string;
}

interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

interface NodeSpec {
  unschedulable?: boolean;
  taints?: Taint[];
}

interface Placement {
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  priorityClassName?: string;
}

/** Where the pods certainly do not fit on the nodes there are: affinities and spread only make it
 * worse. An autoscaler may add nodes, so that this is a warning. */
export function nodeShortage(
  wanted: Wanted,
  { nodes, pods }: { nodes: readonly KubeObject[]; pods: readonly KubeObject[] },
): Trouble | undefined {
  const spec = podSpecOf(wanted.template);
  const placement = spec as Placement;
  // One with a priority may push others out.
  if (wanted.pods <= 0 || nodes.length === 0 || placement.priorityClassName) return undefined;
  const each = requestsOf(resourcesOf(spec, []));
  const taken = takenByNode(pods);
  const usable = nodes.filter((node) => takes(node, placement));
  let room = 0;
  for (const node of usable) room += roomOn(node, taken.get(node.metadata.name), each);
  if (room >= wanted.pods) return undefined;
  const asks = Object.entries(each)
    .map(([name, value]) => `${formatQuantity(value, name)} ${name}`)
    .join(' and ');
  const where = `the ${usable.length} of ${nodes.length} nodes that take them`;
  const what = `${where} have room for ${room} of ${wanted.pods} more pods`;
  const size = asks === '' ? '' : `, each of which asks for ${asks}`;
  return {
    reason: 'NoRoomOnNodes',
    message: `${what}${size}; unless nodes are added, some will not be scheduled`,
    certain: false,
  };
}

function requestsOf({ amounts }: PodResources): Record<string, number> {
  return Object.fromEntries(
    ['cpu', 'memory'].flatMap((name) => {
      const value = amounts[`requests.${name}`] ?? 0;
      return value > 0 ? [[name, value]] : [];
    }),
  );
}

interface Taken {
  pods: number;
  [resource: string]: number;
}

function takenByNode(pods: readonly KubeObject[]): Map<string, Taken> {
  const nodes = new Map<string, Taken>();
  for (const pod of pods) {
    const { nodeName } = (pod['spec'] ?? {}) as { nodeName?: string };
    const { phase } = (pod['status'] ?? {}) as { phase?: string };
    if (nodeName === undefined || phase === 'Succeeded' || phase === 'Failed') continue;
    const taken = nodes.get(nodeName) ?? { pods: 0 };
    nodes.set(nodeName, taken);
    taken.pods++;
    const requests = requestsOf(resourcesOf(podSpecOf(pod), []));
    for (const [name, value] of Object.entries(requests)) taken[name] = (taken[name] ?? 0) + value;
  }
  return nodes;
}

function takes(node: KubeObject, { nodeSelector = {}, tolerations = [] }: Placement): boolean {
  const { unschedulable, taints = [] } = (node['spec'] ?? {}) as NodeSpec;
  if (unschedulable) return false;
  const labels = node.metadata.labels ?? {};
  if (Object.entries(nodeSelector).some(([key, value]) => labels[key] !== value)) return false;
  return taints.every(
    (taint) => taint.effect === 'PreferNoSchedule' || tolerations.some((t) => covers(t, taint)),
  );
}

function covers({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint) {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === 'Exists' || (key !== undefined && value === (taint.value ?? ''));
}

function roomOn(node: KubeObject, taken: Taken = { pods: 0 }, each: Record<string, number>) {
  const { allocatable = {} } = (node['status'] ?? {}) as { allocatable?: Quantities };
  const fit = (name: string, value: number) => {
    const all = allocatable[name];
    if (all === undefined) return Infinity;
    return Math.floor(((parseQuantity(all) - (taken[name] ?? 0)) / value) * (1 + 1e-9));
  };
  const rooms = Object.entries({ pods: 1, ...each }).map(([name, value]) => fit(name, value));
  return Math.max(0, Math.min(...rooms));
}
