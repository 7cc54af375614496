/** A DaemonSet, its revisions, its pods and their nodes as facts, read once from the untyped objects. */
import { HELD_ANNOTATION, REVISION_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type {
  AwayNode,
  DaemonPod,
  NodeState,
  PodTemplate,
  SetState,
  WorkloadObjects,
} from '../../ports/workload.ts';
import { count, fields, list, text } from '../fields.ts';
import { type RevisionView, viewRevision } from '../revisions.ts';
import { canonicalTemplate, templateHash } from '../template.ts';
import { awayOf } from './away.ts';

export interface View {
  target: TargetView;
  revisions: RevisionView[];
  /** That of the template, once its controller has made it. */
  update: RevisionView | undefined;
  /** Of the pods there are, wherever they are. */
  hashes: Set<string>;
  here: NodeState[];
  away: AwayNode[];
  /** Pods there are to be on the nodes that count. */
  wanted: number;
  users: string | undefined;
}

export interface TargetView {
  object: KubeObject;
  name: string;
  namespace: string;
  uid: string;
  generation: number;
  /** The DaemonSet controller has seen what is stored. */
  observed: boolean;
  onDelete: boolean;
  /** What Segue keeps for its user; undefined while it does not hold it. */
  kept: Kept | undefined;
  /** As its user wants it. */
  strategy: unknown;
  template: PodTemplate;
  templateHash: string;
  minReadySeconds: number;
}

export interface Kept {
  /** As its user wrote it. */
  strategy: unknown;
  /** The template was written by Segue, in place of one that its user wrote. */
  standIn?: true;
}

/** Undefined when there is no DaemonSet, or none that stays: nothing takes a deletion back. */
export function viewOf(objects: WorkloadObjects): View | undefined {
  const { target: object, namespace, pods = [], revisions = [], users } = objects;
  if (!object || object.metadata.deletionTimestamp) return undefined;
  const target = viewTarget(object, namespace);
  const versions = revisions.map(viewRevision).sort((a, b) => a.number - b.number);
  const status = fields(object['status']);
  const seen = pods.map(viewPod);
  const { here, away, left } = placed(objects, target, seen);
  return {
    target,
    revisions: versions,
    update: versions.findLast((one) => one.templateHash === target.templateHash),
    hashes: new Set(seen.map(({ pod }) => pod.hash)),
    here,
    away,
    wanted: Math.max(here.length, count(status['desiredNumberScheduled']) - left),
    users,
  };
}

function viewTarget(object: KubeObject, namespace: string): TargetView {
  const { metadata } = object;
  const spec = fields(object['spec']);
  const stored = fields(spec['updateStrategy']);
  const kept = keptOf(object);
  const generation = count(metadata.generation);
  return {
    object,
    name: metadata.name,
    namespace: metadata.namespace ?? namespace,
    uid: metadata.uid ?? '',
    generation,
    observed: count(fields(object['status'])['observedGeneration']) >= generation,
    onDelete: stored['type'] === 'OnDelete',
    kept,
    strategy: kept ? kept.strategy : stored,
    template: canonicalTemplate(spec['template']),
    templateHash: templateHash(spec['template']),
    minReadySeconds: count(spec['minReadySeconds']),
  };
}

/** One that nobody can read was not written by Segue. */
function keptOf({ metadata }: KubeObject): TargetView['kept'] {
  const written = metadata.annotations?.[HELD_ANNOTATION];
  if (written === undefined) return undefined;
  try {
    const { strategy, standIn } = fields(JSON.parse(written));
    if (typeof strategy !== 'object' || strategy === null) return undefined;
    return { strategy, ...(standIn === true && { standIn }) };
  } catch {
    return undefined;
  }
}

interface PodView {
  pod: DaemonPod;
  terminating: boolean;
}

function viewPod({ metadata, ...pod }: KubeObject): PodView {
  const conditions = list(fields(pod['status'])['conditions']);
  const ready = conditions.find((one) => one['type'] === 'Ready' && one['status'] === 'True');
  return {
    pod: {
      name: metadata.name,
      uid: metadata.uid ?? '',
      node: text(fields(pod['spec'])['nodeName']),
      hash: metadata.labels?.[REVISION_LABEL] ?? '',
      ready: ready !== undefined,
      readySince: ready && (text(ready['lastTransitionTime']) || undefined),
    },
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

/** Each node once, with the pod that stays. `left`: how many are left out that its controller counts. */
function placed(
  { nodes }: WorkloadObjects,
  { template }: TargetView,
  pods: PodView[],
): { here: NodeState[]; away: AwayNode[]; left: number } {
  const known = nodes && new Map(nodes.map((node) => [node.metadata.name, node]));
  const found = { here: [] as NodeState[], away: [] as AwayNode[], left: 0 };
  for (const [name, there] of byNode(pods)) {
    const node = known?.get(name);
    const gone = known && awayOf(node, template);
    const pod = there.find(({ terminating }) => !terminating)?.pod;
    if (!gone) found.here.push({ name, labels: node?.metadata.labels ?? {}, pod });
    else {
      const { hash } = pod ?? (there[0] as PodView).pod;
      found.away.push({ name, hash, because: gone.because });
      found.left += Number(gone.wanted);
    }
  }
  return found;
}

function byNode(pods: PodView[]): [string, PodView[]][] {
  const nodes = new Map<string, PodView[]>();
  for (const one of pods) nodes.set(one.pod.node, [...(nodes.get(one.pod.node) ?? []), one]);
  return [...nodes].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A revision as the engine sees a set: its pods on the nodes that count. */
export function setOf(view: View, revision: RevisionView): SetState {
  const all = view.here.flatMap(({ pod }) => pod ?? []);
  const pods = all.filter((pod) => pod.hash === revision.label);
  const ready = pods.filter((pod) => pod.ready).length;
  // What is missing comes with the version of the template.
  const coming = revision === view.update ? Math.max(0, view.wanted - all.length) : 0;
  return {
    name: revision.name,
    uid: revision.uid,
    hash: revision.label,
    replicas: pods.length + coming,
    current: pods.length,
    ready,
    // minReadySeconds is waited for by the release, as that of a Deployment that it moves.
    available: ready,
    owner: 'Target',
    template: revision.template,
    templateHash: revision.templateHash,
    revision: revision.number,
  };
}

/** What users have: what the policy knows of, else the one version there is beside that of the template. */
export function runningRevision(view: View) {
  const { hashes, users, revisions, update } = view;
  const known = (label: string | undefined) => revisions.find((one) => one.label === label);
  if (hashes.size === 0) return update;
  // The pods that are missing come with it: none of those that are left, or on their way out, is what users have.
  if (users !== undefined && users === update?.label && isComing(view)) return update;
  if (users !== undefined && hashes.has(users)) return known(users);
  const others = [...hashes].filter((hash) => hash !== update?.label);
  return others.length === 0 ? update : known(others.length === 1 ? others[0] : undefined);
}

function isComing({ here, wanted }: View): boolean {
  return here.filter(({ pod }) => pod).length < wanted;
}
