/** StatefulSets and DaemonSets on the sandbox's API: what their pure parts cannot show. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterOver, createLog, systemClock } from '../../kube/index.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubeClient } from '../../ports/kube.ts';
import { type ApiServer, startApiServer } from '../api/index.ts';
import { draftRevision, HASH_LABEL, revisionData } from './history/revision.ts';
import { type RunningControllers, startControllers } from './index.ts';
import { type ControllerRevision, KIND, type Pod, type StatefulSet } from './kinds.ts';
import { BEHAVIOUR, type HollowNode, startHollowNode } from './testing/hollow-node.ts';
import { get, list, newWorld, patch, template, until, type World } from './testing/world.ts';

const lines: string[] = [];
const log = createLog({ format: 'json', level: 'warn', write: (line) => lines.push(line) });
const deps = { clock: systemClock, log, random: Math.random };

/** Writes of the controllers to the namespace of a world. */
const writes: string[] = [];
/** What somebody else does right before the first status of a set in this namespace is written. */
const rivals = new Map<string, () => Promise<void>>();

function observed(client: KubeClient): KubeClient {
  return new Proxy(client, {
    get(target, name: keyof KubeClient) {
      const method = target[name] as (...given: unknown[]) => unknown;
      if (!['create', 'replace', 'patch', 'delete'].includes(name)) return method.bind(target);
      return async (first: KubeObject, ...rest: unknown[]) => {
        const { namespace = '' } =
          (first as { metadata?: KubeObject['metadata'] }).metadata ?? first;
        writes.push(`${String(namespace)}: ${name} ${first.kind}`);
        if (name === 'replace' && first.kind === 'StatefulSet') {
          await rivals.get(String(namespace))?.();
          rivals.delete(String(namespace));
        }
        return method.call(target, first, ...rest);
      };
    },
  });
}

let server: ApiServer;
let controllers: RunningControllers;
let node: HollowNode;
let cluster: Cluster;

beforeAll(async () => {
  server = await startApiServer({ clock: systemClock, log });
  cluster = clusterOver(server.client(), deps);
  const watched = clusterOver(observed(server.client()), deps);
  controllers = startControllers({ cluster: watched, ...deps });
  await controllers.ready;
  node = await startHollowNode(cluster, 'hollow');
});

afterAll(async () => {
  await node.stop();
  await controllers.stop();
  await server.close();
});

async function make(
  world: World,
  kind: 'StatefulSet' | 'DaemonSet',
  spec: Record<string, unknown> = {},
): Promise<void> {
  await cluster.client.create({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'db', namespace: world.namespace },
    spec: { selector: { matchLabels: { app: 'web' } }, template: template({}), ...spec },
  });
}

async function readyPods(world: World, count: number): Promise<Pod[]> {
  return until(async () => {
    const pods = await list<Pod>(world, KIND.pod);
    const ready = pods.filter(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
    return ready.length === count && pods.length === count && pods;
  }, `${count} ready pods`);
}

async function statusOf(world: World): Promise<NonNullable<StatefulSet['status']>> {
  const set = await get<StatefulSet>(world, KIND.statefulSet, 'db');
  return set?.status ?? { replicas: 0 };
}

test('nothing to do means no writes', async () => {
  const world = await newWorld(cluster, 'quiet');
  await make(world, 'StatefulSet', { replicas: 0 });
  await make(world, 'DaemonSet');
  const [pod] = await readyPods(world, 1);
  await until(async () => (await statusOf(world)).updateRevision, 'the status');
  const before = () => writes.filter((write) => write.startsWith('quiet: '));
  await until(async () => {
    const set = await get<KubeObject>(world, KIND.daemonSet, 'db');
    return (set?.['status'] as { numberAvailable?: number }).numberAvailable === 1;
  }, 'the count of the DaemonSet');
  const count = before().length;
  for (const kind of [KIND.statefulSet, KIND.daemonSet])
    await patch(world, kind, 'db', { metadata: { annotations: { note: 'x' } } });
  await patch(world, KIND.pod, pod?.metadata.name ?? '', { metadata: { labels: { note: 'x' } } });
  // What is made last is brought on last.
  await newWorld(cluster, 'marker');
  await make({ cluster, namespace: 'marker' }, 'StatefulSet', { replicas: 1 });
  await readyPods({ cluster, namespace: 'marker' }, 1);
  expect(before().slice(count)).toEqual([]);
});

test('a revision whose name another template has gets another name, and that is counted', async () => {
  const world = await newWorld(cluster, 'collision');
  await make(world, 'StatefulSet', { replicas: 0 });
  await until(async () => (await statusOf(world)).updateRevision, 'the first revision');
  const set = await get<StatefulSet>(world, KIND.statefulSet, 'db');
  const next = structuredClone(set?.spec.template ?? { spec: { containers: [] } });
  next.spec.containers = next.spec.containers.map((one) => ({ ...one, image: 'web:2' }));
  const then = { ...(set as StatefulSet), spec: { ...(set as StatefulSet).spec, template: next } };
  const draft = draftRevision(then, { revision: 2, collisions: 0, label: HASH_LABEL });
  const { ownerReferences: _, ...metadata } = draft.metadata;
  const taken = { ...draft, metadata, data: revisionData(template({ image: 'else' }) as never) };
  await cluster.client.create(taken);
  await patch(world, KIND.statefulSet, 'db', { spec: { template: { spec: next.spec } } });
  await until(async () => (await statusOf(world)).collisionCount === 1, 'the collision');
  const revisions = await list<ControllerRevision>(world, KIND.controllerRevision);
  expect(revisions.map(({ metadata }) => metadata.name)).toContain(
    (await statusOf(world)).updateRevision,
  );
});

test('a status that lost a race is written all the same: it alone tells the first revision', async () => {
  const world = await newWorld(cluster, 'race');
  const updateStrategy = { rollingUpdate: { partition: 2 } };
  rivals.set('race', () =>
    patch(world, KIND.statefulSet, 'db', {
      spec: { updateStrategy, template: template({ image: 'web:2' }) },
    }),
  );
  await make(world, 'StatefulSet', { replicas: 3 });
  const pods = await readyPods(world, 3);
  const images = pods.map(
    (pod) => `${pod.metadata.name} ${String(pod.spec.containers[0]?.['image'])}`,
  );
  expect(images.sort()).toEqual(['db-0 web:1', 'db-1 web:1', 'db-2 web:2']);
});

test('claims are made and bound, stay when the set shrinks, and are found again', async () => {
  const world = await newWorld(cluster, 'claims');
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  await make(world, 'StatefulSet', { replicas: 2, volumeClaimTemplates: [claim] });
  await readyPods(world, 2);
  const claims = async () =>
    (await list<KubeObject>(world, KIND.claim)).map(({ metadata, ...rest }) => {
      return `${metadata.name} ${(rest['status'] as { phase?: string }).phase} ${metadata.uid}`;
    });
  const made = await until(async () => {
    const seen = await claims();
    return seen.every((one) => one.includes('Bound')) && seen;
  }, 'bound claims');
  expect(made).toHaveLength(2);
  await patch(world, KIND.statefulSet, 'db', { spec: { replicas: 1 } });
  await readyPods(world, 1);
  await patch(world, KIND.statefulSet, 'db', { spec: { replicas: 2 } });
  await readyPods(world, 2);
  expect(await claims()).toEqual(made);
});

test('claims go with the pods the set shrinks below, where the set says so', async () => {
  const world = await newWorld(cluster, 'left-claims');
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Delete' };
  await make(world, 'StatefulSet', {
    replicas: 2,
    volumeClaimTemplates: [claim],
    persistentVolumeClaimRetentionPolicy,
  });
  await readyPods(world, 2);
  await patch(world, KIND.statefulSet, 'db', { spec: { replicas: 1 } });
  await until(async () => {
    const left = await list<KubeObject>(world, KIND.claim);
    return left.map(({ metadata }) => metadata.name).join() === 'data-db-0';
  }, 'one claim to be left');
});

test('pods that fail are made anew, in both kinds', async () => {
  const world = await newWorld(cluster, 'failing');
  await make(world, 'StatefulSet', { replicas: 1 });
  const [first] = await readyPods(world, 1);
  await patch(world, KIND.pod, 'db-0', { metadata: { annotations: { [BEHAVIOUR]: 'fail' } } });
  const again = await until(async () => {
    const pod = await get<Pod>(world, KIND.pod, 'db-0');
    return pod?.metadata.uid !== first?.metadata.uid && pod?.status?.phase === 'Running' && pod;
  }, 'another db-0');
  expect(again.metadata.annotations?.[BEHAVIOUR]).toBe('true');
  await cluster.client.delete({ ...KIND.statefulSet, namespace: 'failing', name: 'db' });
  await until(async () => (await list(world, KIND.pod)).length === 0, 'the pods to go');
  await make(world, 'DaemonSet');
  const [daemon] = await readyPods(world, 1);
  const name = daemon?.metadata.name ?? '';
  await patch(world, KIND.pod, name, { metadata: { annotations: { [BEHAVIOUR]: 'fail' } } });
  await until(async () => {
    const [pod] = await list<Pod>(world, KIND.pod);
    return pod && pod.metadata.name !== name && pod.status?.phase === 'Running';
  }, 'another pod of the DaemonSet');
});

test('a set deleted without its pods leaves them and its revisions as they are, to be found again', async () => {
  const world = await newWorld(cluster, 'orphans');
  await make(world, 'StatefulSet', { replicas: 2 });
  const pods = await readyPods(world, 2);
  const name = { ...KIND.statefulSet, namespace: world.namespace, name: 'db' };
  await cluster.client.delete(name, { propagation: 'Orphan' });
  await until(async () => !(await cluster.client.get(name)), 'the set to be gone');
  expect(await list(world, KIND.controllerRevision)).toHaveLength(1);
  await make(world, 'StatefulSet', { replicas: 2 });
  await until(async () => (await statusOf(world)).readyReplicas === 2, 'the pods to be adopted');
  expect(await list(world, KIND.controllerRevision)).toHaveLength(1);
  const uids = (some: Pod[]) => some.map(({ metadata: { uid = '' } }) => uid).sort();
  expect(uids(await readyPods(world, 2))).toEqual(uids(pods));
});

test('with surge an old pod stays until the new one beside it is ready', async () => {
  const world = await newWorld(cluster, 'surge');
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
  await make(world, 'DaemonSet', { updateStrategy: { type: 'RollingUpdate', rollingUpdate } });
  await readyPods(world, 1);
  const update = (behaviour: string) =>
    patch(world, KIND.daemonSet, 'db', {
      spec: { template: template({ image: 'web:2', behaviour }) },
    });
  const images = async () => {
    const pods = await list<Pod>(world, KIND.pod);
    return pods.map((pod) => String(pod.spec.containers[0]?.['image'])).sort();
  };
  await update('false');
  await until(async () => (await images()).join() === 'web:1,web:2', 'both side by side');
  await update('true');
  await until(async () => (await images()).join() === 'web:2', 'the new one alone');
  const set = await get<KubeObject>(world, KIND.daemonSet, 'db');
  expect(set?.['status']).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 0 });
});

test('pods that a quota refuses are told of and tried again', async () => {
  const world = await newWorld(cluster, 'quota');
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota' };
  const metadata = { name: 'none', namespace: 'quota' };
  await cluster.client.create({ ...quota, metadata, spec: { hard: { pods: '0' } } });
  await make(world, 'StatefulSet', { replicas: 1 });
  await make(world, 'DaemonSet');
  await until(async () => {
    const events = await list<KubeObject>(world, { group: '', kind: 'Event' });
    const kinds = events
      .filter(({ reason }) => reason === 'FailedCreate')
      .map((event) => (event['involvedObject'] as { kind: string }).kind);
    return kinds.includes('StatefulSet') && kinds.includes('DaemonSet');
  }, 'both to say why');
  await cluster.client.delete({ group: '', kind: 'ResourceQuota', ...metadata });
  await readyPods(world, 2);
});

test('nothing was logged as an error', () => {
  expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});
