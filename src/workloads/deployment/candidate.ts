/** The set that belongs to the Release: made, sized, taken away, given back. */
import { HASH_LABEL, KINDS, RELEASE_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { PodTemplate, ReleaseIntent } from '../../ports/workload.ts';
import type { CreateWrite, DeleteWrite, PatchWrite, Write } from '../../ports/write.ts';
import { count, fields } from '../fields.ts';
import { isHandedBack } from './swap.ts';
import { canonicalTemplate, templateHash } from '../template.ts';
import type { SetView, TargetView, View } from './view.ts';
import {
  deleteSet,
  heldByTarget,
  patchSet,
  ownersWith,
  releaseOwner,
  targetOwner,
  selectedKeys,
} from './writes.ts';

/**
 * Empty sets in the Deployment's history that have the candidate's template. Two sets of one
 * template confuse the Deployment controller, so they go before the candidate comes.
 */
export function obsoleteSets(release: ReleaseIntent, { sets }: View): SetView[] {
  if (release.candidateWanted !== 'Present' || release.carrier === 'Candidate') return [];
  const wanted = templateHash(release.candidate.template);
  return sets
    .filter((set) => isHandedBack(set) && set.name !== release.stable)
    .filter((set) => set.templateHash === wanted);
}

export function obsoleteWrites(obsolete: readonly SetView[]): DeleteWrite[] {
  return obsolete
    .filter((set) => !set.deleting)
    .map((set) => deleteSet(set, 'delete an empty earlier set of the same template'));
}

/** Creates the candidate, or sizes it while the Release owns it. */
export function presentWrites(release: ReleaseIntent, { target, sets }: View): Write[] {
  if (release.candidateWanted !== 'Present') return [];
  const candidate = sets.find((set) => set.name === release.candidate.name);
  if (candidate) return scaleWrites(release, candidate, release.candidateReplicas);
  const set = {
    ...release.candidate,
    release: release.owner,
    replicas: release.candidateReplicas ?? 0,
    because: `the candidate of Deployment ${target.name}`,
  };
  return [createSet(set, target)];
}

/**
 * A Deployment that is not paused makes a set anew that somebody deleted; a held one does not, so
 * that its users would be without pods. It belongs to whom it belonged before.
 */
export function keptWrites({ keep, owner }: ReleaseIntent, { target, sets }: View): Write[] {
  if (!keep || keep.empty || sets.some((set) => set.name === keep.name)) return [];
  const carried = sets.some((set) => set.owner === 'Target' && set.active);
  const set = {
    ...keep,
    release: carried ? owner : undefined,
    replicas: target.replicas,
    because: `what users have of Deployment ${target.name}, which was deleted`,
  };
  return [createSet(set, target)];
}

/**
 * What the Deployment controller is to fill, by the template there is: made empty and given to it, so
 * that its name and the hash of its pods are known before. To a controller that has not seen the
 * template it is an old empty set, which goes where the history is short, and so is a second one of
 * the same template: `Wait` until it has, and until the other has gone.
 */
export function emptySetWrites(
  { candidate, keep, stable }: ReleaseIntent,
  { target, sets }: View,
): Write[] | 'Wait' {
  const wanted = [candidate, ...(keep?.empty && keep.name === stable ? [keep] : [])];
  const set = wanted.find(({ template }) => templateHash(template) === target.templateHash);
  if (!set || sets.some(({ name }) => name === set.name)) return [];
  const twins = sets.some(
    (one) => one.owner === 'Target' && one.templateHash === target.templateHash,
  );
  if (!target.observed || twins) return 'Wait';
  const { name, hash, template } = set;
  const because = `an empty set for Deployment ${target.name} to fill`;
  return [createSet({ name, hash, template, release: undefined, replicas: 0, because }, target)];
}

export interface NewSet {
  name: string;
  hash: string;
  template: PodTemplate;
  /** Its owner; the Deployment when undefined. */
  release: ReleaseIntent['owner'] | undefined;
  replicas: number;
  because: string;
  /** By which it tells its pods from others of the version; by the hash alone unless given. */
  mark?: Record<string, string>;
}

export function createSet(set: NewSet, target: TargetView): CreateWrite {
  const { name, hash, release, replicas, because } = set;
  const template = canonicalTemplate(set.template);
  const metadata = fields(template['metadata']);
  const own = { [HASH_LABEL]: hash, ...set.mark };
  const labels = { ...(fields(metadata['labels']) as Record<string, string>), ...own };
  const spec = fields(target.object['spec']);
  const selector = fields(spec['selector']);
  const minReadySeconds = count(spec['minReadySeconds']);
  const object: KubeObject = {
    apiVersion: 'apps/',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: target.namespace,
      ...(release
        ? {
            labels: { ...hiddenFrom(target, labels), [RELEASE_LABEL]: release.uid },
            ownerReferences: ownersWith(releaseOwner(release), target),
          }
        : { labels, ownerReferences: [targetOwner(target)] }),
    },
    spec: {
      replicas,
      ...(minReadySeconds > 0 ? { minReadySeconds } : {}),
      selector: {
        ...selector,
        matchLabels: { ...fields(selector['matchLabels']), ...own },
      },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
  const ownedBy = {
    ...KINDS.deployment,
    namespace: target.namespace,
    name: target.name,
    uid: target.uid,
  };
  return { op: 'Create', object, ownedBy, because };
}

/** The labels of which the Deployment selects none. */
function hiddenFrom(target: TargetView, labels: Record<string, string>): Record<string, string> {
  const selected = selectedKeys(target);
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !selected.includes(key)));
}

/** The set belongs to this Release, or did until the garbage collector took the owner away. */
export function belongsTo(release: ReleaseIntent, set: SetView): boolean {
  return (set.controllerUid ?? set.releaseUid) === release.owner.uid;
}

/** Sizes the stable set once it belongs to the Release. */
export function outgoingWrites(release: ReleaseIntent, { sets }: View): PatchWrite[] {
  const stable = sets.find((set) => set.name === release.stable);
  return stable ? scaleWrites(release, stable, release.outgoingReplicas) : [];
}

export function scaleWrites(
  release: ReleaseIntent,
  set: SetView,
  replicas: number | undefined,
): PatchWrite[] {
  if (replicas === undefined || set.replicas === replicas) return [];
  if (!belongsTo(release, set) || set.deleting) return [];
  const because = `scale ${set.name} from ${set.replicas} to ${replicas}`;
  return [patchSet(set, { spec: { replicas } }, because)];
}

/** Puts the empty stable set into the Deployment's history. */
export function handBackWrites(release: ReleaseIntent, { target, sets }: View): PatchWrite[] {
  const stable = sets.find((set) => set.name === release.stable);
  if (!release.handBack || !stable || stable.active) return [];
  if (!belongsTo(release, stable) || stable.deleting) return [];
  const body = { metadata: heldByTarget(target, stable) };
  return [patchSet(stable, body, 'put the empty stable set into the history of the Deployment')];
}

/** Deletes the empty stable set, where its version is not to stay in the history. */
export function outgoingGoneWrites(release: ReleaseIntent, { sets }: View): DeleteWrite[] {
  if (!release.outgoingAbsent) return [];
  return sets
    .filter((set) => set.name === release.stable && !set.active && !set.deleting)
    .filter((set) => belongsTo(release, set))
    .map((set) => deleteSet(set, 'delete the empty old set'));
}

/** Deletes the candidate while the Release owns it. */
export function absentWrites(release: ReleaseIntent, sets: readonly SetView[]): DeleteWrite[] {
  if (release.candidateWanted !== 'Absent') return [];
  return sets
    .filter((set) => set.name === release.candidate.name && !set.deleting)
    .filter((set) => belongsTo(release, set))
    .map((set) => deleteSet(set, 'delete the candidate'));
}

/** Without the Deployment nobody else removes what the Release owns, whichever of the two sets it
 * is by now. */
export function abandonedWrites(release: ReleaseIntent, sets: readonly SetView[]): DeleteWrite[] {
  if (release.candidateWanted !== 'Absent' && release.outgoingReplicas !== 0) return [];
  return sets
    .filter((set) => belongsTo(release, set) && !set.deleting)
    .map((set) => deleteSet(set, 'delete what the release owns: the Deployment is gone'));
}
