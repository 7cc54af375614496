/** From the caches to a snapshot: reads only, decides nothing. */
import type { KubeObject } from '../api/object.ts';
import type { PolicySpec, PolicyStatus } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { ReleaseDefaultsSpec } from '../api/release-defaults.ts';
import type { ReleaseRequestSpec } from '../api/release-request.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { DEFAULTS_NAME, FINALIZER } from '../api/group.ts';
import {
  allDefined,
  compilePlan,
  configWarnings,
  type EndedRelease,
  endedRelease,
  effectiveBy,
  plannedRules,
  releaseTraffic,
  shareWarnings,
  type Snapshot,
  unreadWarnings,
  validatePolicy,
} from '../engine/index.ts';
import type { PodTemplate, Workload, WorkloadObjects, WorkloadState } from '../ports/workload.ts';
import { type Caches, isOpen, policyOf, targetName, trafficObjects } from './caches.ts';
import { definitionAt } from './custom-needs.ts';
import { fittingProblems } from './fitting.ts';
import { foreignPods, nodeWarnings, revertWarnings, warningsOf } from './neighbours.ts';
import { pairProblems } from './pair.ts';
import { setsOf, targetOf, unreadProblems, workloadObjects, writtenIn } from './target.ts';
import { templatesOf } from './templates.ts';
import { captureTraffic, readTraffic, type TrafficParts, trafficProblems } from './traffic.ts';

export interface Parts extends TrafficParts {
  workload: Workload;
}

/** What was decided last about a release and not yet written. */
export type Overlay = (release: KubeObject) => ReleaseStatus | undefined;

export interface Observed {
  snapshot: Omit<
    Snapshot,
    'evidence' | 'evidenceSince' | 'tasks' | 'trouble' | 'room' | 'config' | 'now'
  >;
  policy: KubeObject | undefined;
  release: KubeObject | undefined;
  workload: WorkloadObjects;
}

export interface PolicyKey {
  namespace: string;
  name: string;
}

export function observe(parts: Parts, caches: Caches, key: PolicyKey, overlay: Overlay): Observed {
  const policy = caches.policies.get(key.namespace, key.name);
  const all = caches.releases.byIndex('policy', `${key.namespace}/${key.name}`);
  const object = inProgress(all);
  const release = object && openRelease(object, overlay);
  const workload = workloadObjects(caches, key.namespace, policy, release);
  const at = release && { ...release, namespace: key.namespace };
  const objects = trafficObjects(caches, key.namespace);
  return {
    policy,
    release: object,
    workload,
    snapshot: {
      policy: policy && policySnapshot(caches, policy),
      workload: observeWorkload(parts, workload, release),
      release: release && releaseSnapshot(release),
      ownSets: setsOf(caches, release?.uid).map((set) => set.metadata.name),
      lastNumber: Math.max(0, ...all.map(numberOf)),
      history: all.filter((one) => !isOpen(one) && !one.metadata.deletionTimestamp).map(endedOf),
      requests: requestsOf(caches, key),
      traffic: at && readTraffic(parts, { ...at, objects }),
      ...beside(parts, caches, policy, release !== undefined),
      capture: at ? captureTraffic(parts, { ...at, objects }) : [],
    },
  };
}

/** What is beside a policy. What may keep it from releasing is looked for before it does. */
function beside(
  parts: Parts,
  caches: Caches,
  policy: KubeObject | undefined,
  releasing: boolean,
): Pick<Snapshot, 'problems' | 'warnings' | 'contested'> {
  if (!policy) return { problems: [], warnings: [], contested: false };
  return {
    problems: releasing ? [] : problemsOf(parts, caches, policy),
    warnings: releasing ? [] : warningsFor(caches, policy),
    contested: rivalProblems(caches, policy).length > 0,
  };
}

/** A release in progress, with the status that was decided last. */
export interface OpenRelease {
  object: KubeObject;
  uid: string;
  name: string;
  spec: ReleaseSpec;
  status: ReleaseStatus;
}

function openRelease(object: KubeObject, overlay: Overlay): OpenRelease {
  return {
    object,
    uid: object.metadata.uid ?? '',
    name: object.metadata.name,
    spec: object['spec'] as ReleaseSpec,
    status: overlay(object) ?? statusOf<ReleaseStatus>(object),
  };
}

function releaseSnapshot({ object, uid, name, spec, status }: OpenRelease): Snapshot['release'] {
  return { uid, name, spec, status, deleting: object.metadata.deletionTimestamp !== undefined };
}

function observeWorkload(
  parts: Parts,
  objects: WorkloadObjects,
  release: OpenRelease | undefined,
): WorkloadState | undefined {
  const sets = release && {
    stable: release.spec.stable.replicaSet,
    candidate: release.spec.candidate.replicaSet,
  };
  return parts.workload.observe(objects, sets);
}

/** The one release that has not ended; the oldest, should there ever be two. */
function inProgress(releases: KubeObject[]): KubeObject | undefined {
  return releases.filter(isOpen).sort((a, b) => numberOf(a) - numberOf(b))[0];
}

function numberOf(release: KubeObject): number {
  return (release['spec'] as ReleaseSpec).number;
}

function endedOf(release: KubeObject): EndedRelease {
  const spec = release['spec'] as ReleaseSpec;
  return endedRelease(release.metadata.name, spec, statusOf<ReleaseStatus>(release));
}

function statusOf<T>(object: KubeObject): T {
  return (object['status'] ?? {}) as T;
}

/** The one of the namespace that counts. */
function defaultsFor(caches: Caches, policy: KubeObject): ReleaseDefaultsSpec | undefined {
  const found = caches.defaults.get(policy.metadata.namespace ?? '', DEFAULTS_NAME);
  return found && ((found['spec'] ?? {}) as ReleaseDefaultsSpec);
}

/** What all decisions go by: the policy with what others in its namespace say, as they are now. */
function effective(caches: Caches, policy: KubeObject) {
  const templates = templatesOf(caches.templates, policy.metadata.namespace ?? '');
  const made = effectiveBy(writtenIn(policy), { defaults: defaultsFor(caches, policy), templates });
  // A release keeps the definitions of its routers as they are when it begins.
  return allDefined(made, (name) => definitionAt(caches, policy.metadata.namespace ?? '', name));
}

function effectiveSpec(caches: Caches, policy: KubeObject): PolicySpec {
  return effective(caches, policy).spec;
}

function policySnapshot(caches: Caches, policy: KubeObject): Snapshot['policy'] {
  const { spec, others } = effective(caches, policy);
  return {
    name: policy.metadata.name,
    uid: policy.metadata.uid ?? '',
    generation: policy.metadata.generation ?? 0,
    deleting: policy.metadata.deletionTimestamp !== undefined,
    ...(policy.metadata.deletionTimestamp !== undefined && {
      deletedAtMs: Date.parse(policy.metadata.deletionTimestamp),
    }),
    finalizer: policy.metadata.finalizers?.includes(FINALIZER) ?? false,
    spec,
    others,
    defaultsUnread: caches.defaults.refusal,
    status: statusOf<PolicyStatus>(policy),
  };
}

function requestsOf(caches: Caches, key: PolicyKey): Snapshot['requests'] {
  return caches.requests
    .byIndex('policy', `${key.namespace}/${key.name}`)
    .sort(byAge)
    .map((request) => ({
      name: request.metadata.name,
      uid: request.metadata.uid ?? '',
      spec: request['spec'] as ReleaseRequestSpec,
    }));
}

function byAge(a: KubeObject, b: KubeObject): number {
  const at = (o: KubeObject) => `${o.metadata.creationTimestamp} ${o.metadata.name}`;
  return at(a) < at(b) ? -1 : 1;
}

/** What is in the way of this policy among the objects of the cluster. */
export function problemsOf(parts: TrafficParts, caches: Caches, policy: KubeObject): Problem[] {
  const namespace = policy.metadata.namespace ?? '';
  const spec = effectiveSpec(caches, policy);
  const rivals = rivalProblems(caches, policy);
  if (rivals.length > 0 || validatePolicy(spec).length > 0) return rivals;
  const unread = unreadProblems(caches, policy);
  if (unread.length > 0) return unread;
  const traffic = releaseTraffic(spec);
  const target = targetOf(caches, policy);
  const fitting = fittingProblems(caches, { namespace, name: policy.metadata.name, spec }, target);
  if (!traffic) return fitting;
  const objects = trafficObjects(caches, namespace);
  // Where the pods share the traffic each gets what it gets.
  const at = traffic.routers.length > 0 ? neighbourhood(caches, policy) : undefined;
  const pair = pairProblems(caches, namespace, spec);
  if (pair.length > 0) return pair;
  const rules = plannedRules(compilePlan(spec).plan);
  return [
    ...trafficProblems(parts, { namespace, policy: policy.metadata.name, traffic, rules, objects }),
    ...(at ? foreignPods(caches, at) : []),
    ...fitting,
  ];
}

/** What may surprise about releasing by it. */
export function warningsFor(caches: Caches, policy: KubeObject): Problem[] {
  const unread = unreadWarnings(caches.defaults.refusal);
  const at = neighbourhood(caches, policy);
  if (!at) return unread;
  const { replicas = 1 } = (at.target['spec'] ?? {}) as { replicas?: number };
  const spec = effectiveSpec(caches, policy);
  return [
    ...unread,
    ...shareWarnings(spec, replicas),
    ...configWarnings(spec, templateOf(at.target)),
    ...revertWarnings(spec, at.target),
    ...nodeWarnings(caches, spec, at.target.kind),
    ...warningsOf(caches, at),
  ];
}

function templateOf(target: KubeObject): PodTemplate {
  return ((target['spec'] ?? {}) as { template?: PodTemplate }).template ?? {};
}

function neighbourhood(caches: Caches, policy: KubeObject) {
  const { namespace = '' } = policy.metadata;
  const target = targetOf(caches, policy);
  const services = writtenIn(policy).traffic?.services.map(({ name }) => name) ?? [];
  return target && { namespace, target, services };
}

/** Two policies on one workload: the older one has it until it has let it go, and so has a release
 * in progress of another policy, gone or not. */
function rivalProblems(caches: Caches, policy: KubeObject): Problem[] {
  const { targetRef, pairRef } = writtenIn(policy);
  return [
    ...rivalsOn(caches, policy, { field: 'spec.targetRef.name', name: targetRef.name }),
    ...(pairRef
      ? rivalsOn(caches, policy, { field: 'spec.pairRef.name', name: pairRef.name })
      : []),
  ];
}

function rivalsOn(
  caches: Caches,
  policy: KubeObject,
  { field, name }: { field: string; name: string },
): Problem[] {
  const { kind } = writtenIn(policy).targetRef;
  const target = `${policy.metadata.namespace}/${targetName(kind, name)}`;
  const release = caches.releases
    .byIndex('openTarget', target)
    .find((open) => policyOf(open) !== policy.metadata.name);
  if (release)
    return [
      {
        field,
        message: `Release ${release.metadata.name} of ${kind} ${name} is in progress by the policy ${policyOf(release)}`,
        fix: 'let it end, or abort it',
      },
    ];
  const first = caches.policies.byIndex('target', target).filter(holdsOn).sort(byClaim)[0];
  if (!first || first.metadata.uid === policy.metadata.uid) return [];
  return [
    {
      field,
      message: `${kind} ${name} is released by the policy ${first.metadata.name} already`,
      fix: 'delete one of the two policies',
    },
  ];
}

/** It is there to stay, or is being deleted and has not let its target go yet. */
function holdsOn({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp === undefined || metadata.finalizers?.includes(FINALIZER) === true
  );
}

/** Who holds a target keeps it; the age alone cannot tell two policies of one second apart. */
function byClaim(a: KubeObject, b: KubeObject): number {
  return Number(isHeld(b)) - Number(isHeld(a)) || byAge(a, b);
}

function isHeld({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}
