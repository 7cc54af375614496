/** Watches DaemonSets, their pods and the nodes, and carries out what `syncDaemonSet` says. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../api/object.ts';
import { matchesSelector } from '../../../api/label-selector.ts';
import { KubeError } from '../../../ports/kube.ts';
import { claimed } from '../adoption.ts';
import type { Environment } from '../environment.ts';
import { recordRevision, type Recorded } from '../history/record.ts';
import { REVISION_LABEL } from '../history/revision.ts';
import { type ControllerRevision, type DaemonSet, KIND, type Node, type Pod } from '../kinds.ts';
import { type Controller, controllerKey, RetryLater } from '../loop.ts';
import { controllerOf, isDeleting } from '../ownership.ts';
import { timestamp } from '../pods.ts';
import { isTerminating } from '../terminating.ts';
import { keyOf, nameOf, splitKey, type Write } from '../write.ts';
import { createBackoff } from './backoff.ts';
import { fitOf, renderPod } from './placement.ts';
import { hashOf, type History, sortHistory, toForget } from './revisions.ts';
import { nextAvailableMs, nextStatus } from './status.ts';
import { podsByNode, type Snapshot } from './snapshot.ts';
import { syncDaemonSet } from './sync.ts';

const COMPONENT = 'daemonset-controller';

export function daemonSetController(environment: Environment): Controller {
  const { caches, applier, clock } = environment;
  const sets = caches.of(KIND.daemonSet);
  const pods = caches.of(KIND.pod);
  const nodes = caches.of(KIND.node);
  caches.of(KIND.controllerRevision);
  const backoff = createBackoff(clock);

  function ownersOfOrphan(pod: KubeObject): string[] {
    if (controllerOf(pod)) return [];
    return sets
      .byIndex('namespace', pod.metadata.namespace ?? '')
      .filter((set) => matchesSelector((set as DaemonSet).spec.selector, pod.metadata.labels))
      .map(keyOf);
  }

  /** A pod whose deletion was asked for is on its way out, also where the cache is behind. */
  async function podsOf(set: DaemonSet): Promise<Pod[]> {
    const deletionTimestamp = timestamp(clock.now());
    const { selector } = set.spec;
    const own = await claimed<Pod>(environment, {
      owner: set,
      selector,
      kind: KIND.pod,
      by: COMPONENT,
    });
    return own.map((pod) =>
      applier.isDeleted(pod) ? { ...pod, metadata: { ...pod.metadata, deletionTimestamp } } : pod,
    );
  }

  return {
    name: COMPONENT,
    workers: 2,
    wire(queue) {
      const add = (key: string | undefined) => key !== undefined && queue.add(key);
      sets.onChange(({ old, object }) => add(keyOf((object ?? old) as KubeObject)));
      pods.onChange(({ old, object }) => {
        add(controllerKey(old, 'DaemonSet'));
        add(controllerKey(object, 'DaemonSet'));
        if (object) for (const key of ownersOfOrphan(object)) queue.add(key);
      });
      nodes.onChange(({ old, object }) => {
        if (isSameToDaemons(old, object)) return;
        for (const set of sets.list()) queue.add(keyOf(set));
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const set = sets.get(namespace, name) as DaemonSet | undefined;
      if (!set || isDeleting(set)) return undefined;
      const own = await podsOf(set);
      const history = sortHistory(set, await revisionsOf(environment, set));
      const { revision, collisions } = await presentRevision(environment, set, history);
      const snapshot: Snapshot = {
        set,
        podsByNode: podsByNode(own),
        fits: new Map(
          (nodes.list() as Node[]).map((node) => [node.metadata.name, fitOf(set, node)]),
        ),
        hash: hashOf(revision),
        nowMs: clock.now(),
      };
      const retryMs = await movePods(environment, snapshot, backoff);
      await forget(environment, toForget(set, history.old, own));
      const status = nextStatus(snapshot, collisions);
      if (status) await applier.keepStatus({ ...set, status });
      return earliest(retryMs, nextAvailableMs(snapshot));
    },
  };
}

/** What of a node decides whether a DaemonSet runs there; a heartbeat does not. */
function isSameToDaemons(old: KubeObject | undefined, now: KubeObject | undefined): boolean {
  const relevant = (node: Partial<Node> | undefined) =>
    node && [
      node.metadata?.labels,
      node.spec?.taints,
      node.spec?.unschedulable,
      node.status?.conditions?.find(({ type }) => type === 'Ready')?.status,
    ];
  return isDeepStrictEqual(relevant(old), relevant(now));
}

function earliest(...waits: (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function revisionsOf(environment: Environment, set: DaemonSet): Promise<ControllerRevision[]> {
  const { selector } = set.spec;
  const kind = KIND.controllerRevision;
  return claimed<ControllerRevision>(environment, { owner: set, selector, kind, by: COMPONENT });
}

/** Finds the revision of the present template, or stores it; one that was there is made the newest. */
async function presentRevision(
  environment: Environment,
  set: DaemonSet,
  { present, number }: History,
): Promise<Recorded> {
  const collisions = set.status?.collisionCount ?? 0;
  const found = present.at(-1);
  if (!found) {
    const wanted = { revision: number, collisions, label: REVISION_LABEL };
    return recordRevision(environment, set, wanted);
  }
  if (found.revision >= number) return { revision: found, collisions };
  const revision = { ...found, revision: number };
  await environment.applier.apply([{ op: 'Update', object: revision }], COMPONENT);
  return { revision, collisions };
}

async function forget({ applier }: Environment, revisions: ControllerRevision[]): Promise<void> {
  const writes = revisions.map((revision): Write => {
    return { op: 'Delete', target: nameOf(revision), uid: revision.metadata.uid ?? '' };
  });
  await applier.apply(writes, COMPONENT);
}

/** Returns after how many milliseconds a pod that failed again is to be looked at once more. */
async function movePods(
  environment: Environment,
  snapshot: Snapshot,
  backoff: ReturnType<typeof createBackoff>,
): Promise<number | undefined> {
  const { set, hash } = snapshot;
  const { applier, random } = environment;
  const plan = syncDaemonSet(snapshot);
  const waits = plan.ended.map((pod) => ({ pod, ms: backoff.waitMs(set, pod) }));
  const due = waits.filter(({ ms }) => ms === 0).map(({ pod }) => pod);
  for (const pod of due) await applier.apply([endedEvent(set, pod)], COMPONENT);
  for (const node of plan.create) {
    const pod = renderPod(set, { node, hash, random });
    await tried(environment, { set, done: 'Create', name: pod.metadata.name }, () =>
      applier.create(pod),
    );
  }
  for (const pod of [...plan.delete, ...due])
    await tried(environment, { set, done: 'Delete', name: pod.metadata.name }, () =>
      applier.delete({ op: 'Delete', target: nameOf(pod), uid: pod.metadata.uid ?? '' }),
    );
  return earliest(...waits.filter(({ ms }) => ms > 0).map(({ ms }) => ms));
}

const WORDS = {
  Create: ['Created pod', 'Error creating'],
  Delete: ['Deleted pod', 'Error deleting'],
} as const;

/** Tells of it in an event, whether it went well or was refused. */
async function tried(
  { applier }: Environment,
  { set, done, name }: { set: DaemonSet; done: 'Create' | 'Delete'; name: string },
  run: () => Promise<unknown>,
): Promise<void> {
  const [well, badly] = WORDS[done];
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    applier.apply(
      [{ op: 'Event', about: set, type, reason: `${reason}${done}`, message }],
      COMPONENT,
    );
  try {
    await run();
  } catch (error) {
    const isNews = error instanceof KubeError && error.code !== 404 && error.code !== 409;
    if (!isNews || isTerminating(error)) throw error;
    await tell('Warning', 'Failed', `${badly}: ${error.message}`);
    throw new RetryLater(error.message);
  }
  await tell('Normal', 'Successful', `${well}: ${name}`);
}

function endedEvent(set: DaemonSet, pod: Pod): Write {
  const hasFailed = pod.status?.phase === 'Failed';
  const what = `${pod.metadata.namespace}/${pod.metadata.name} on node ${pod.spec.nodeName}`;
  return {
    op: 'Event',
    about: set,
    type: hasFailed ? 'Warning' : 'Normal',
    reason: hasFailed ? 'FailedDaemonPod' : 'SucceededDaemonPod',
    message: hasFailed
      ? `Found failed daemon pod ${what}, will try to kill it`
      : `Found succeeded daemon pod ${what}, will try to delete it`,
  };
}
