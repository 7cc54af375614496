/** Which workload a policy or a release is about, and all that belongs to it. */
import type { KubeObject } from '../api/object.ts';
import type { PolicyStatus, WrittenPolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { ReleaseSpec } from '../api/release.ts';
import type { Informer } from '../ports/informer.ts';
import type { WorkloadObjects } from '../ports/workload.ts';
import type { Caches } from './caches.ts';
import { pairNames } from './pair.ts';

/** With the workloads that are held, whatever the spec may say since. */
function heldSpec(policy: KubeObject): WrittenPolicySpec {
  const spec = writtenIn(policy);
  const { name = spec.targetRef.name, pair } =
    ((policy['status'] ?? {}) as PolicyStatus).target ?? {};
  const pairRef = pair ? { name: pair.name } : spec.pairRef;
  return { ...spec, targetRef: { ...spec.targetRef, name }, ...(pairRef && { pairRef }) };
}

/** The one that is held: of a pair the one with the traffic. */
export function heldName(caches: Caches, policy: KubeObject): string {
  const spec = heldSpec(policy);
  return pairNames(caches, policy.metadata.namespace ?? '', spec)?.live ?? spec.targetRef.name;
}

export function workloadObjects(
  caches: Caches,
  namespace: string,
  policy: KubeObject | undefined,
  release: { uid: string; spec: ReleaseSpec } | undefined,
): WorkloadObjects {
  const asked = release ? askedBy(release) : policy && askedOf(caches, policy);
  const kind = release?.spec.target.kind ?? (policy && writtenIn(policy).targetRef.kind);
  const one = { kind, asked: asked?.target };
  if (kind === 'StatefulSet') return revisionedObjects(caches, namespace, one);
  if (kind === 'DaemonSet')
    return {
      ...revisionedObjects(caches, namespace, one),
      nodes: caches.nodes.list(),
      users: usersHave(policy),
    };
  const uids = [release?.uid, policy?.metadata.uid];
  const named = release ? [release.spec.stable.replicaSet, release.spec.candidate.replicaSet] : [];
  return deploymentObjects(caches, namespace, { asked, uids, named });
}

/** The hash of their version, as far as the policy knows. */
function usersHave(policy: KubeObject | undefined): string | undefined {
  return ((policy?.['status'] ?? {}) as PolicyStatus).target?.stableHash;
}

interface Beside {
  asked: Subjects | undefined;
  /** Of who may have sets beside the workloads. */
  uids: (string | undefined)[];
  /** Names of sets. */
  named: string[];
}

function deploymentObjects(
  caches: Caches,
  namespace: string,
  { asked, uids, named }: Beside,
): WorkloadObjects {
  const target = deploymentOf(caches, namespace, asked?.target);
  const idle = deploymentOf(caches, namespace, asked?.idle);
  const owners = [target?.metadata.uid, idle?.metadata.uid, ...uids];
  const owned = owners.flatMap((uid) => setsOf(caches, uid));
  const sets = [...owned, ...named.map((set) => caches.sets.get(namespace, set))];
  const unique = new Map(sets.flatMap((set) => (set ? [[set.metadata.name, set]] : [])));
  const pair = asked?.idle ? { pair: { name: asked.idle.name, idle } } : {};
  return { namespace, target, sets: [...unique.values()], ...pair };
}

/** Its pods and versions are its own: nothing of it is ever given to a release. */
function revisionedObjects(
  caches: Caches,
  namespace: string,
  { kind = '', asked }: { kind: string | undefined; asked: Asked | undefined },
): WorkloadObjects {
  const target = thatOf(asked, asked && ofKind(caches, kind).get(namespace, asked.name));
  const owned = (informer: Informer) =>
    target ? informer.byIndex('owner', target.metadata.uid ?? '') : [];
  return {
    namespace,
    kind,
    target,
    sets: [],
    pods: owned(caches.setPods),
    revisions: owned(caches.revisions),
  };
}

interface Asked {
  name: string;
  uid?: string;
}

/** The workload with the traffic, and of a pair the other one. */
interface Subjects {
  target: Asked;
  idle?: Asked | undefined;
}

function askedBy({ spec }: { spec: ReleaseSpec }): Subjects {
  return { target: spec.target, idle: spec.pair };
}

function askedOf(caches: Caches, policy: KubeObject): Subjects {
  const spec = heldSpec(policy);
  const pair = pairNames(caches, policy.metadata.namespace ?? '', spec);
  return pair
    ? { target: { name: pair.live }, idle: { name: pair.idle } }
    : { target: { name: spec.targetRef.name } };
}

function deploymentOf(
  caches: Caches,
  namespace: string,
  asked: Asked | undefined,
): KubeObject | undefined {
  return thatOf(asked, asked && caches.deployments.get(namespace, asked.name));
}

/** Another workload of the same name is not the one a release is about: it is left alone. */
function thatOf(asked: Asked | undefined, found: KubeObject | undefined): KubeObject | undefined {
  return asked?.uid !== undefined && found?.metadata.uid !== asked.uid ? undefined : found;
}

/** The workload that a policy has now. */
export function targetOf(caches: Caches, policy: KubeObject): KubeObject | undefined {
  const { namespace = '' } = policy.metadata;
  const { kind } = writtenIn(policy).targetRef;
  return ofKind(caches, kind).get(namespace, heldName(caches, policy));
}

function ofKind({ deployments, statefulSets, daemonSets }: Caches, kind: string): Informer {
  if (kind === 'DaemonSet') return daemonSets;
  return kind === 'StatefulSet' ? statefulSets : deployments;
}

export function setsOf(caches: Caches, ownerUid: string | undefined): KubeObject[] {
  return ownerUid === undefined ? [] : caches.sets.byIndex('owner', ownerUid);
}

/** Where the controller was installed before it released these. */
export function unreadProblems(caches: Caches, policy: KubeObject): Problem[] {
  const { kind } = writtenIn(policy).targetRef;
  if (kind === 'Deployment') return [];
  const { revisions, setPods, nodes } = caches;
  const read = [ofKind(caches, kind), revisions, setPods, ...(kind === 'DaemonSet' ? [nodes] : [])];
  const refusals = read.flatMap(({ refusal }) => refusal ?? []);
  return refusals.slice(0, 1).map((refusal) => ({
    field: 'spec.targetRef.kind',
    message: `the controller may not read what a ${kind} is made of (${refusal})`,
    fix: 'apply all that `segue install` prints, which allows it',
  }));
}

export function writtenIn(policy: KubeObject): WrittenPolicySpec {
  return policy['spec'] as WrittenPolicySpec;
}
