/** On which nodes a DaemonSet runs, pure: what its pods tolerate, and how each is tied to its node. */
import { controllerReference } from '../ownership.ts';
import type { DaemonSet, Node, Pod, PodSpec, Toleration } from '../kinds.ts';
import { selectsNode, taintsOf, untolerated } from '../scheduler/fit.ts';
import { REVISION_LABEL } from '../history/revision.ts';
import { generatedName } from '../template.ts';

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const GENERATION_LABEL = 'pod-template-generation';

/** Pods of a DaemonSet stay where other pods would be driven away. */
const ALWAYS_TOLERATED: Toleration[] = [
  ...['not-ready', 'unreachable'].map((name) => tolerated(name, 'NoExecute')),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) =>
    tolerated(name, 'NoSchedule'),
  ),
];

function tolerated(name: string, effect: string): Toleration {
  return { key: `node.kubernetes.io/${name}`, operator: 'Exists', effect };
}

function withTolerations(spec: PodSpec): PodSpec {
  const added = spec.hostNetwork
    ? [...ALWAYS_TOLERATED, tolerated('network-unavailable', 'NoSchedule')]
    : ALWAYS_TOLERATED;
  const isSame = (a: Toleration, b: Toleration) =>
    a.key === b.key && a.effect === b.effect && a.operator === b.operator;
  const own = (spec.tolerations ?? []).filter((one) => !added.some((two) => isSame(one, two)));
  return { ...spec, tolerations: [...own, ...added] };
}

export interface Fit {
  /** A pod is to be made there. */
  shouldRun: boolean;
  /** One that is there may stay. */
  mayStay: boolean;
}

export function fitOf(set: DaemonSet, node: Node): Fit {
  const { nodeName } = set.spec.template.spec;
  const spec = withTolerations(set.spec.template.spec);
  const pod = { spec };
  if ((nodeName && nodeName !== node.metadata.name) || !selectsNode(pod, node))
    return { shouldRun: false, mayStay: false };
  const taints = taintsOf(node);
  const isKeptOff = untolerated(pod, taints, ['NoSchedule', 'NoExecute']) !== undefined;
  const isDrivenAway = untolerated(pod, taints, ['NoExecute']) !== undefined;
  return { shouldRun: !isKeptOff, mayStay: !isDrivenAway };
}

/** The node a pod is bound to, or waits to be bound to. */
export function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = (required?.nodeSelectorTerms ?? []).flatMap((term) => term.matchFields ?? []);
  return fields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In')
    ?.values?.[0];
}

function generationOf(set: DaemonSet): string | undefined {
  return set.metadata.annotations?.[TEMPLATE_GENERATION];
}

/** Of the present template, by the revision's hash or by the server's count of templates. */
export function isUpdated(set: DaemonSet, pod: Pod, hash: string): boolean {
  const { labels = {} } = pod.metadata;
  const generation = generationOf(set);
  const isOfGeneration = generation !== undefined && labels[GENERATION_LABEL] === generation;
  return labels[REVISION_LABEL] === hash || isOfGeneration;
}

/** A pod of the set's template that only one node can take. */
export function renderPod(
  set: DaemonSet,
  { node, hash, random }: { node: string; hash: string; random: () => number },
): Pod {
  const { labels, annotations, finalizers } = set.spec.template.metadata ?? {};
  const { name, namespace } = set.metadata;
  const generateName = `${name}-`;
  const generation = generationOf(set);
  const spec = withTolerations(structuredClone(set.spec.template.spec));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: generatedName(generateName, random),
      generateName,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...labels,
        [REVISION_LABEL]: hash,
        ...(generation === undefined ? {} : { [GENERATION_LABEL]: generation }),
      },
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: { ...spec, affinity: tiedTo(node, spec.affinity) },
  };
}

/** The template's own required terms were asked already, and give way. */
function tiedTo(node: string, affinity: PodSpec['affinity']): NonNullable<PodSpec['affinity']> {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}
