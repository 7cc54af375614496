/** Which set is the new one, which are old; creating the new one, and forgetting old ones. */
import type { Deployment, ReplicaSet } from '../kinds.ts';
import { controllerReference, isDeleting } from '../ownership.ts';
import { createdMs } from '../pods.ts';
import { HASH_LABEL, sameTemplate, templateHash, withHash } from '../template.ts';
import { nameOf } from '../write.ts';
import { findCondition, hasProgressDeadline, setProgressing } from './conditions.ts';
import { type Draft, emit, markChanged, type Sets, wanted, wantedByAll } from './draft.ts';
import { annotate, annotateNewSet, annotateSize, REVISION, revisionOf } from './revision.ts';
import { isRollingUpdate, maxSurge } from './strategy.ts';

/** Oldest first; equal times by name. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  return createdMs(a) - createdMs(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/** The oldest set of the Deployment's template is the new one; every other is old. */
export function findSets(deployment: Deployment, sets: ReplicaSet[]): Sets {
  const fresh = sets
    .toSorted(byAge)
    .find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { fresh, old: sets.filter((set) => set !== fresh) };
}

/** Finds the sets and brings revision, annotations and minReadySeconds of the new one up to date. */
export function syncSets(draft: Draft): Sets {
  const { deployment } = draft;
  const sets = findSets(deployment, draft.sets);
  const { fresh } = sets;
  if (!fresh) return sets;
  const annotated = annotateNewSet(fresh, deployment, nextRevision(sets));
  const minReady = deployment.spec.minReadySeconds ?? 0;
  if (annotated || (fresh.spec.minReadySeconds ?? 0) !== minReady) {
    fresh.spec.minReadySeconds = minReady;
    markChanged(draft, fresh);
  }
  annotate(deployment, REVISION, fresh.metadata.annotations?.[REVISION] ?? '');
  if (hasProgressDeadline(deployment) && !findCondition(deployment.status, 'Progressing'))
    setProgressing(draft, {
      status: 'True',
      reason: 'FoundNewReplicaSet',
      message: `Found new replica set "${fresh.metadata.name}"`,
    });
  return sets;
}

/** As `syncSets`, and makes the new set when it does not exist. */
export function syncSetsCreating(draft: Draft): Sets {
  const sets = syncSets(draft);
  if (sets.fresh) return sets;
  const { deployment } = draft;
  const fresh = renderSet(deployment);
  const revision = nextRevision(sets);
  fresh.spec.replicas = replicasOfNewSet(deployment, [...sets.old, fresh], fresh);
  annotateNewSet(fresh, deployment, revision);
  annotateSize(fresh, deployment);
  draft.writes.push({ op: 'Create', object: fresh });
  if (fresh.spec.replicas > 0)
    emit(
      draft,
      'ScalingReplicaSet',
      `Scaled up replica set ${fresh.metadata.name} from 0 to ${fresh.spec.replicas}`,
    );
  annotate(deployment, REVISION, String(revision));
  if (hasProgressDeadline(deployment))
    setProgressing(draft, {
      status: 'True',
      reason: 'NewReplicaSetCreated',
      message: `Created new replica set "${fresh.metadata.name}"`,
    });
  return { fresh, old: sets.old };
}

function nextRevision(sets: Sets): number {
  return Math.max(0, ...sets.old.map(revisionOf)) + 1;
}

function renderSet(deployment: Deployment): ReplicaSet {
  const { selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount ?? 0);
  const template = withHash(structuredClone(deployment.spec.template), hash);
  const { name, namespace } = deployment.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.metadata?.labels },
      annotations: {},
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template,
    },
  };
}

/** How many pods the new set may have now: a rolling update fills up to size plus surge. */
export function replicasOfNewSet(
  deployment: Deployment,
  all: ReplicaSet[],
  fresh: ReplicaSet,
): number {
  const size = wanted(deployment);
  if (!isRollingUpdate(deployment)) return size;
  const room = size + maxSurge(deployment) - wantedByAll(all);
  if (room <= 0) return wanted(fresh);
  return wanted(fresh) + Math.min(room, size - wanted(fresh));
}

/** How Kubernetes spells "keep all" and "no deadline". */
const NO_LIMIT = 2_147_483_647;

/** Deletes empty old sets beyond `revisionHistoryLimit`, lowest revision first. */
export function forgetOldSets(draft: Draft, sets: Sets): void {
  const limit = draft.deployment.spec.revisionHistoryLimit ?? NO_LIMIT;
  const candidates = sets.old.filter((set) => !isDeleting(set));
  const excess = candidates.length - limit;
  if (limit === NO_LIMIT || excess <= 0) return;
  const ordered = candidates.sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b));
  for (const set of ordered.slice(0, excess)) {
    if (!isEmpty(set)) continue;
    draft.writes.push({ op: 'Delete', target: nameOf(set), uid: set.metadata.uid ?? '' });
  }
}

/** Without pods, wanted or running, as far as its controller has looked. */
function isEmpty(set: ReplicaSet): boolean {
  const observed = set.status?.observedGeneration ?? 0;
  const running = set.status?.replicas ?? 0;
  return running === 0 && wanted(set) === 0 && (set.metadata.generation ?? 0) <= observed;
}

/** A set of this name stands in the way of a new one: true when it is simply the wanted one. */
export function isWantedSet(deployment: Deployment, found: ReplicaSet): boolean {
  const owner = found.metadata.ownerReferences?.find((reference) => reference.controller);
  return (
    owner?.uid === deployment.metadata.uid &&
    sameTemplate(found.spec.template, deployment.spec.template)
  );
}
