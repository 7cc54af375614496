/** Watches StatefulSets, their pods and revisions, and carries out what `syncStatefulSet` says. */
import type { KubeObject } from '../../../api/object.ts';
import { matchesSelector } from '../../../api/label-selector.ts';
import { KubeError } from '../../../ports/kube.ts';
import { claimed } from '../adoption.ts';
import type { Environment } from '../environment.ts';
import { recordRevision } from '../history/record.ts';
import { HASH_LABEL } from '../history/revision.ts';
import { type ControllerRevision, KIND, type Pod, type StatefulSet } from '../kinds.ts';
import { type Controller, controllerKey, RetryLater } from '../loop.ts';
import { controllerOf, isDeleting } from '../ownership.ts';
import { timestamp } from '../pods.ts';
import { isTerminating } from '../terminating.ts';
import { keyOf, nameOf, splitKey, type Write } from '../write.ts';
import { claimsOf, wantedOwners } from './claims.ts';
import { missingLabels, ordinalOf, type Revisions } from './identity.ts';
import { findCurrent, findUpdate, toForget } from './revisions.ts';
import { type StatefulSetPlan, syncStatefulSet } from './sync.ts';

const COMPONENT = 'statefulset-controller';

export function statefulSetController(environment: Environment): Controller {
  const { caches, applier, clock } = environment;
  const sets = caches.of(KIND.statefulSet);
  const pods = caches.of(KIND.pod);
  caches.of(KIND.controllerRevision);
  caches.of(KIND.claim);

  function ownersOfOrphan(pod: KubeObject): string[] {
    if (controllerOf(pod)) return [];
    return sets
      .byIndex('namespace', pod.metadata.namespace ?? '')
      .filter((set) => matchesSelector((set as StatefulSet).spec.selector, pod.metadata.labels))
      .map(keyOf);
  }

  /** A pod whose deletion was asked for is on its way out, also where the cache is behind. */
  async function podsOf(set: StatefulSet): Promise<Pod[]> {
    const deletionTimestamp = timestamp(clock.now());
    const own = await claimed<Pod>(environment, {
      owner: set,
      selector: set.spec.selector,
      kind: KIND.pod,
      by: COMPONENT,
      adopts: (pod) => ordinalOf(set, pod) !== undefined,
    });
    return own.map((pod) =>
      applier.isDeleted(pod) ? { ...pod, metadata: { ...pod.metadata, deletionTimestamp } } : pod,
    );
  }

  return {
    name: COMPONENT,
    workers: 4,
    wire(queue) {
      const add = (key: string | undefined) => key !== undefined && queue.add(key);
      sets.onChange(({ old, object }) => add(keyOf((object ?? old) as KubeObject)));
      pods.onChange(({ old, object }) => {
        add(controllerKey(old, 'StatefulSet'));
        add(controllerKey(object, 'StatefulSet'));
        if (object) for (const key of ownersOfOrphan(object)) queue.add(key);
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const set = sets.get(namespace, name) as StatefulSet | undefined;
      if (!set) return undefined;
      const own = await podsOf(set);
      const { revisions, collisions, history } = await resolve(environment, set);
      const plan = syncStatefulSet({ set, pods: own, revisions, collisions, nowMs: clock.now() });
      await keepClaims(environment, set, own);
      await carryOut(environment, set, plan);
      const live = Object.values(revisions) as ControllerRevision[];
      await forget(environment, toForget(set, history, { pods: own, live }));
      return plan.requeueAfterMs;
    },
  };
}

interface Resolved {
  revisions: Revisions;
  collisions: number;
  history: ControllerRevision[];
}

/** Finds the revisions of the set, and stores the newest where that is not done yet. */
async function resolve(environment: Environment, set: StatefulSet): Promise<Resolved> {
  const history = await claimed<ControllerRevision>(environment, {
    owner: set,
    selector: set.spec.selector,
    kind: KIND.controllerRevision,
    by: COMPONENT,
  });
  const known = set.status?.collisionCount ?? 0;
  const found = findUpdate(set, history);
  const done = (update: ControllerRevision, collisions: number): Resolved => ({
    revisions: { current: findCurrent(set, history, update), update },
    collisions,
    history,
  });
  if (found.kind === 'new') {
    const wanted = { revision: found.number, collisions: known, label: HASH_LABEL };
    const { revision, collisions } = await recordRevision(environment, set, wanted);
    return done(revision, collisions);
  }
  if (found.kind === 'raised')
    await environment.applier.apply([{ op: 'Update', object: found.revision }], COMPONENT);
  return done(found.revision, known);
}

async function forget({ applier }: Environment, revisions: ControllerRevision[]): Promise<void> {
  const writes = revisions.map((revision): Write => {
    return { op: 'Delete', target: nameOf(revision), uid: revision.metadata.uid ?? '' };
  });
  await applier.apply(writes, COMPONENT);
}

/** The status is written whatever became of the pods: it tells what there is. */
async function carryOut(
  environment: Environment,
  set: StatefulSet,
  plan: StatefulSetPlan,
): Promise<void> {
  const refused = await movePods(environment, set, plan);
  const { status } = plan;
  if (status) await environment.applier.keepStatus({ ...set, status });
  if (refused) throw new RetryLater(refused.message);
}

/** Step by step until one is refused. */
async function movePods(
  environment: Environment,
  set: StatefulSet,
  plan: StatefulSetPlan,
): Promise<KubeError | undefined> {
  const steps = [
    ...plan.mend.map((pod) => ({ verb: 'update', pod, run: () => mend(environment, set, pod) })),
    ...plan.create.map((pod) => ({
      verb: 'create',
      pod,
      run: () => create(environment, set, pod),
    })),
    ...plan.delete.map((pod) => ({ verb: 'delete', pod, run: () => remove(environment, pod) })),
  ];
  for (const { verb, pod, run } of steps) {
    const refused = await run().then(() => undefined, refusalOf);
    await environment.applier.apply([eventOf({ set, verb, pod, refused })], COMPONENT);
    if (refused) return refused;
  }
  return undefined;
}

async function create(environment: Environment, set: StatefulSet, pod: Pod): Promise<void> {
  for (const claim of claimsOf(set, ordinalOf(set, pod) ?? 0))
    await createClaim(environment, { set, pod, claim });
  await environment.applier.create(pod);
}

/** A claim that is there already is what the pod before it wrote to. */
async function createClaim(
  { applier, cluster }: Environment,
  { set, pod, claim }: { set: StatefulSet; pod: Pod; claim: KubeObject },
): Promise<void> {
  if (await cluster.client.get(nameOf(claim))) return;
  await cluster.client.create(claim);
  const { name } = claim.metadata;
  const message = `create Claim ${name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} success`;
  await applier.apply(
    [{ op: 'Event', about: set, type: 'Normal', reason: 'SuccessfulCreate', message }],
    COMPONENT,
  );
}

/** Hands claims over to whom they go with, before that one goes. */
async function keepClaims(environment: Environment, set: StatefulSet, pods: Pod[]): Promise<void> {
  if (isDeleting(set) || (set.spec.volumeClaimTemplates ?? []).length === 0) return;
  const cache = environment.caches.of(KIND.claim);
  for (const pod of pods) {
    const names = claimsOf(set, ordinalOf(set, pod) ?? 0).map(({ metadata }) => metadata.name);
    for (const name of names) {
      const claim = cache.get(set.metadata.namespace ?? '', name);
      const ownerReferences = claim && wantedOwners(set, pod, claim);
      if (!claim || !ownerReferences) continue;
      const { uid, resourceVersion } = claim.metadata;
      const body = { metadata: { uid, resourceVersion, ownerReferences } };
      await environment.applier.apply([{ op: 'Patch', target: nameOf(claim), body }], COMPONENT);
    }
  }
}

async function remove({ applier }: Environment, pod: Pod): Promise<void> {
  await applier.delete({ op: 'Delete', target: nameOf(pod), uid: pod.metadata.uid ?? '' });
}

async function mend({ applier }: Environment, set: StatefulSet, pod: Pod): Promise<void> {
  const body = { metadata: { labels: missingLabels(set, pod) } };
  await applier.apply([{ op: 'Patch', target: nameOf(pod), body }], COMPONENT);
}

/** A quota or an admission policy, for people to see. */
function refusalOf(error: unknown): KubeError {
  const isNews = error instanceof KubeError && error.code !== 404 && error.code !== 409;
  if (isNews && !isTerminating(error)) return error;
  throw error;
}

function eventOf(news: {
  set: StatefulSet;
  verb: string;
  pod: Pod;
  refused: KubeError | undefined;
}): Write {
  const { set, verb, pod, refused } = news;
  const ended = refused ? `failed error: ${refused.message}` : 'successful';
  const done = verb.charAt(0).toUpperCase() + verb.slice(1);
  return {
    op: 'Event',
    about: set,
    type: refused ? 'Warning' : 'Normal',
    reason: `${refused ? 'Failed' : 'Successful'}${done}`,
    message: `${verb} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} ${ended}`,
  };
}
