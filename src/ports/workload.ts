/**
 * What is released: a Deployment, a StatefulSet, a DaemonSet. Like a router a workload is a pure
 * renderer: `observe` reads objects into facts, `render` gives the writes missing between the facts
 * and an intent. The order of the writes is the mechanism's (ARCHITECTURE.md, the swap).
 */
import type { Writer } from '../api/last-writer.ts';
import type { KubeObject } from '../api/object.ts';
import type { Write } from './write.ts';

/** A pod template as stored, without the pod-template-hash label. */
export type PodTemplate = Record<string, unknown>;

export interface Workload {
  observe(objects: WorkloadObjects, release: ReleaseSets | undefined): WorkloadState | undefined;
  render(intent: WorkloadIntent, objects: WorkloadObjects): Write[];
}

export interface WorkloadObjects {
  namespace: string;
  /** Of the target, also where that is gone; default Deployment. */
  kind?: string;
  target: KubeObject | undefined;
  /** Every ReplicaSet of the namespace that the target or the release owns, or whose labels match
   * the target's selector. */
  sets: KubeObject[];
  /** Of a StatefulSet or a DaemonSet: its pods and its ControllerRevisions, which its versions are there. */
  pods?: KubeObject[];
  revisions?: KubeObject[];
  /** Of a DaemonSet: all nodes there are, and the hash of the version that users have, where that is known. */
  nodes?: KubeObject[];
  users?: string | undefined;
  /** Where two workloads take turns: the one without the traffic, or that is to get it by the release
   * in progress. The target is the other one, and the sets are those of both. */
  pair?: { name: string; idle: KubeObject | undefined };
}

/** The two sets of a release, by name. */
export interface ReleaseSets {
  stable: string;
  candidate: string;
}

export interface WorkloadState {
  uid: string;
  generation: number;
  /** The generation the workload's controller has seen. */
  observedGeneration: number;
  /** `spec.replicas`. */
  replicas: number;
  /** Held: the workload's controller releases nothing by itself. */
  held: boolean;
  template: PodTemplate;
  /** Equal templates have equal hashes; a name, compared only with itself. */
  templateHash: string;
  images: string[];
  /** Name and pod-template-hash for a candidate set of `template`, free of collisions. */
  next: { name: string; hash: string };
  /** The one set that belongs to the target and has pods to run, or the newest one when all are
   * empty; undefined when there is none or several are active (a native rollout is under way). */
  running: SetState | undefined;
  /** Every set that belongs to the target. */
  owned: SetState[];
  /** Sets of the target's controller's own making that Segue has taken from it, and that go as soon
   * as they can be done without. */
  strays: SetState[];
  /** The template of `running`, or of the newest set when all are empty. */
  runningTemplateHash: string | undefined;
  /** No native rollout is under way: at most one active set, complete and observed. */
  settled: boolean;
  /** Why it is not settled, for people. */
  unsettledBecause: string;
  progressDeadlineMs: number | undefined;
  /** `spec.minReadySeconds` and `spec.progressDeadlineSeconds` as stored now. */
  minReadySeconds: number;
  progressDeadlineSeconds: number | undefined;
  /** What Segue wrote for its controller to move by; undefined when the target is as its user wants
   * it. `stored` is false when somebody has written another strategy since. */
  move: (WorkloadMove & { stored: boolean }) | undefined;
  /** The two sets of the release in progress, where they exist. */
  stable: SetState | undefined;
  candidate: SetState | undefined;
  /** The pods of the old version that were started for the release, to be compared with. */
  fresh?: SetState;
  /** Which of the two belongs to the target now. */
  carrier: 'Stable' | 'Candidate' | 'Both' | 'Neither';
  /** The swap towards `carrier` is complete: strategy back as it was, nothing left to write. */
  swapClean: boolean;
  /** The target says that a swap is under way. */
  swapping?: true;
  /** The failure Segue has written on the target, if any. */
  failureMessage: string | undefined;
  /** Who else wrote the target last, where that is known. */
  by: Writer | undefined;
  /** The target's own update strategy as stored now. */
  strategy: unknown;
  /** What a swap under way waits for, for people; '' when it waits for nothing. */
  swapWaitsFor: string;
  /** Of a StatefulSet. */
  ordinals?: OrdinalsState;
  /** Of a DaemonSet. */
  nodes?: NodesState;
  /** Where two workloads take turns. What else is said here of the template is that of the idle one,
   * of pods and of the hold that of the live one. */
  pair?: PairState;
}

export interface PairState {
  /** The one with the traffic, or that had it when the release began. */
  live: PairSide | undefined;
  /** The other one. */
  idle: PairSide | undefined;
  idleName: string;
  /** The labels that tell their pods apart, by which a Service leads to one of them. */
  colours: { live: Record<string, string>; idle: Record<string, string> };
}

/** One workload of a pair. */
export interface PairSide {
  name: string;
  uid: string;
  generation: number;
  paused: boolean;
  /** `spec.replicas`. */
  replicas: number;
  templateHash: string;
  images: string[];
  /** The set of its template, once its controller has made it. */
  set: SetState | undefined;
  running: SetState | undefined;
  /** Why its own rollout is not over, for people; '' when it is. */
  unsettledBecause: string;
}

export interface SetState {
  name: string;
  uid: string;
  hash: string;
  /** Wanted (`spec.replicas`), existing, ready and available pods. */
  replicas: number;
  current: number;
  ready: number;
  available: number;
  owner: 'Target' | 'Release' | 'Policy' | 'Other';
  template: PodTemplate;
  templateHash: string;
  /** Its number in the history of the workload; absent when it never was in it. */
  revision?: number;
}

/** How the target's own controller is to change the pods. */
export type WorkloadMove =
  { type: 'RollingUpdate'; maxSurge: number; maxUnavailable: number } | { type: 'Recreate' };

/** How far the pods of a StatefulSet may be changed. */
export interface OrdinalsState {
  /** Name of the version that a pod has which is made anew. */
  base: string;
  /** So many pods have the version of the template, or are about to, from the highest ordinal down;
   * undefined while it is held. */
  moving: number | undefined;
  /** Segue has its user's update strategy to put back. */
  kept: boolean;
  /** Pods beyond the last, which go because it was scaled down; absent where there are none. */
  going?: number;
  /** The version that all pods have, where there is no ControllerRevision of it, or none that is known yet. */
  unknown?: string;
  /** Its versions that no pod has. Without pods it has nothing but its template to tell what users had. */
  earlier: SetState[];
}

/**
 * `Move`: its controller changes pods until so many have the version of the template, the highest ordinal
 * first. `Hold`: no pod is changed, and of those of the candidate the lowest ordinals are replaced, one by one,
 * until there are no more than `most`. `Back`: all of them are; `late`, without waiting for the other pods.
 */
export type OrdinalsIntent =
  | { phase: 'Move'; updated: number }
  | { phase: 'Hold'; most?: number }
  | { phase: 'Back'; late?: boolean };

/** Where the pods of a DaemonSet are. */
export interface NodesState {
  /** Those that count, by name. A node whose pod has just gone is not among them until it has the next one. */
  here: NodeState[];
  /** Left out: nothing is changed there, and nothing is waited for. */
  away: AwayNode[];
  /** Segue has its user's update strategy to put back. */
  kept: boolean;
  /** Its template was written by Segue in place of one that its user wrote. */
  standIn: boolean;
  /** How many pods may be missing at once, as its user's update strategy says; undefined with OnDelete. */
  maxUnavailable: unknown;
  /** Its versions that no pod has. */
  earlier: SetState[];
}

export interface NodeState {
  name: string;
  labels: Record<string, string>;
  /** Undefined while it goes or is yet to come. */
  pod: DaemonPod | undefined;
}

export interface DaemonPod extends PodOnNode {
  /** `hash` of its version. */
  hash: string;
  ready: boolean;
  /** Since when (RFC 3339). */
  readySince: string | undefined;
}

export interface PodOnNode {
  name: string;
  uid: string;
  node: string;
}

export interface AwayNode {
  name: string;
  /** For people. */
  because: string;
  /** `hash` of the version of its pod. */
  hash: string;
}

/** Pods of a DaemonSet that are to go: asked to, or, where nobody is served by them, told to. They come anew
 * with the version that the template says. */
export interface NodesIntent {
  evict: PodOnNode[];
  delete: PodOnNode[];
}

export interface WorkloadIntent {
  held: boolean;
  /** Of a DaemonSet. */
  nodes?: NodesIntent;
  /** Without a release: the set users have. Others that have pods of the target's template, or are
   * of the rejected one, were started while the hold was lost, and go. Until they can be done
   * without they belong to `owner`, the policy. */
  keep?: { set: string; owner: { name: string; uid: string }; rejected?: string };
  /** Set while a release is in progress. */
  release?: ReleaseIntent;
  /** Written as the target's Progressing=False/ProgressDeadlineExceeded message; '' takes it off;
   * undefined leaves it. */
  failureMessage?: string;
  /** The present time (RFC 3339), for conditions that are written. */
  at?: string;
  /** Write this template into the target (undo, detach); undefined leaves it. */
  template?: PodTemplate;
  /** The template takes the place of one that its user wrote, and is journalled (DaemonSets). */
  standIn?: true;
  /** In place of all of this, where two workloads take turns. */
  pair?: PairIntent;
}

export interface PairIntent {
  live: SideIntent;
  idle: SideIntent;
}

/** What is not said is left as it is. */
export interface SideIntent {
  paused?: boolean;
  replicas?: number;
  /** Written before it is resumed. */
  template?: PodTemplate;
}

export interface ReleaseIntent {
  /** Owner of the set that does not belong to the target. */
  owner: { name: string; uid: string };
  stable: string;
  /** The set that users have: made anew when somebody deleted it, which a held Deployment is not. */
  keep?: { name: string; hash: string; template: PodTemplate; empty?: boolean };
  candidate: { name: string; hash: string; template: PodTemplate };
  /** `Present`: exists with at least `candidateReplicas`. `Absent`: deleted, if the Release owns it. */
  candidateWanted: 'Present' | 'Absent' | 'AsIs';
  candidateReplicas?: number;
  /** Pods of the old version beside the stable set, in one of the Release's own: a fresh baseline. With 0 it is emptied,
   * and deleted when it is empty; undefined leaves it. */
  fresh?: { hash: string; template: PodTemplate; replicas: number };
  /** Which of the two belongs to the target. */
  carrier: 'Stable' | 'Candidate';
  /** Size of the stable set once it belongs to the Release; undefined leaves it. */
  outgoingReplicas?: number;
  /** Give the stable set back to the target (it must be empty). */
  handBack: boolean;
  /** Delete the stable set instead, once it is empty and while the Release owns it. */
  outgoingAbsent?: boolean;
  /** The target's strategy before the swap began, put back after it. */
  strategy: unknown;
  /** Set where the target's own controller changes the pods. */
  native?: NativeIntent;
  /** In its place, of a StatefulSet. */
  ordinals?: OrdinalsIntent;
}

/**
 * `Move`: resumed, until the sets are where the move leads. `Hold`: paused at the sizes there are.
 * `Own`: paused, with everything of the user's put back as soon as that moves no pods. `Back`: the
 * same, and stable belongs to the target again with all its pods.
 */
export interface NativeIntent {
  phase: 'Move' | 'Hold' | 'Own' | 'Back';
  move: WorkloadMove;
  /** The user's own, put back with the strategy. */
  minReadySeconds: number;
  progressDeadlineSeconds: number | undefined;
}
