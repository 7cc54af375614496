/** For tests: stories whose outcome a real control plane and this one must agree on. */
import type { KubeObject } from '../../../api/object.ts';
import { KIND, type Pod, type ReplicaSet } from '../kinds.ts';
import {
  deploy,
  get,
  imageOf,
  list,
  outcome,
  patch,
  release,
  settled,
  template,
  until,
  untilSizes,
  type World,
} from './world.ts';

export type Scenario = (world: World) => Promise<unknown>;

const SURGE_ONE = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
const RECREATE = { type: 'Recreate', rollingUpdate: null };
const paused = (value: boolean) => ({ spec: { paused: value } });
const replicas = (value: number) => ({ spec: { replicas: value } });

async function change(world: World, body: Record<string, unknown>): Promise<void> {
  await patch(world, KIND.deployment, 'web', body);
}

async function setOf(world: World, image: string): Promise<ReplicaSet> {
  return until(async () => {
    const sets = await list<ReplicaSet>(world, KIND.replicaSet);
    return sets.find((set) => imageOf(set) === image);
  }, `a set of ${image}`);
}

async function firstDeploy(world: World): Promise<unknown> {
  await deploy(world, { replicas: 3 });
  await untilSizes(world, 'web:1 3/3');
  await settled(world);
  return outcome(world);
}

async function newImage(world: World): Promise<unknown> {
  await firstDeploy(world);
  await release(world, { image: 'web:2' });
  await untilSizes(world, 'web:1 0/0', 'web:2 3/3');
  await settled(world);
  return outcome(world);
}

async function backToTheFirst(world: World): Promise<unknown> {
  await newImage(world);
  await release(world, { image: 'web:1' });
  await untilSizes(world, 'web:1 3/3', 'web:2 0/0');
  await settled(world);
  return outcome(world);
}

async function pausedIgnoresTemplates(world: World): Promise<unknown> {
  await firstDeploy(world);
  await change(world, paused(true));
  await release(world, { image: 'web:2' });
  await settled(world);
  return outcome(world);
}

async function pausedStillScales(world: World): Promise<unknown> {
  await pausedIgnoresTemplates(world);
  await change(world, replicas(5));
  await untilSizes(world, 'web:1 5/5');
  await settled(world);
  const up = await outcome(world);
  await change(world, replicas(0));
  await untilSizes(world, 'web:1 0/0');
  await settled(world);
  const none = await outcome(world);
  await change(world, replicas(2));
  await untilSizes(world, 'web:1 2/2');
  await settled(world);
  return { up, none, back: await outcome(world) };
}

async function resumeReleases(world: World): Promise<unknown> {
  await pausedIgnoresTemplates(world);
  await change(world, paused(false));
  await untilSizes(world, 'web:1 0/0', 'web:2 3/3');
  await settled(world);
  return outcome(world);
}

async function recreates(world: World): Promise<unknown> {
  await deploy(world, { strategy: RECREATE });
  await untilSizes(world, 'web:1 3/3');
  await settled(world);
  await release(world, { image: 'web:2' });
  await untilSizes(world, 'web:1 0/0', 'web:2 3/3');
  await settled(world);
  return outcome(world);
}

/** A rollout that hangs because the new pods never become ready. */
async function hang(world: World): Promise<unknown> {
  await deploy(world, { replicas: 4, strategy: SURGE_ONE });
  await untilSizes(world, 'web:1 4/4');
  await settled(world);
  await release(world, { image: 'web:2', behaviour: 'false' });
  await untilSizes(world, 'web:1 4/4', 'web:2 1/0');
  await settled(world);
  return outcome(world);
}

/** Two active sets: the difference is spread in proportion, up and down, paused or not. */
function scalesInProportion(pause: boolean): Scenario {
  return async (world) => {
    const before = await hang(world);
    if (pause) await change(world, paused(true));
    const steps = [];
    for (const size of [10, 4, 7, 2, 20]) {
      await change(world, replicas(size));
      await settled(world);
      steps.push(await outcome(world));
    }
    return { before, steps };
  };
}

/** The Deployment controller leaves a set alone that something else controls, though it matches. */
async function foreignSet(world: World): Promise<unknown> {
  await firstDeploy(world);
  await change(world, paused(true));
  await release(world, { image: 'web:2' });
  const candidate = await addForeignSet(world, 3);
  await untilSizes(world, 'web:1 3/3', 'web:2 3/3');
  await settled(world);
  const beside = await outcome(world);
  await change(world, replicas(6));
  await untilSizes(world, 'web:1 6/6', 'web:2 3/3');
  await settled(world);
  return { candidate: candidate.metadata.name, beside, scaled: await outcome(world) };
}

async function addForeignSet(world: World, size: number): Promise<ReplicaSet> {
  const { client } = world.cluster;
  const { namespace } = world;
  const metadata = { name: 'release', namespace };
  const owner = await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  const labels = { app: 'web', 'pod-template-hash': 'next' };
  const pods = template({ image: 'web:2' }) as { metadata: object };
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'release', controller: true };
  return (await client.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'web-next',
      namespace,
      labels,
      ownerReferences: [{ ...reference, uid: owner.metadata.uid ?? '' }],
    },
    spec: {
      replicas: size,
      selector: { matchLabels: labels },
      template: { ...pods, metadata: { ...pods.metadata, labels } },
    },
  })) as ReplicaSet;
}

/** The swap of DESIGN section 2: candidate and stable change places under the paused Deployment. */
async function swap(world: World): Promise<unknown> {
  await firstDeploy(world);
  await change(world, paused(true));
  await release(world, { image: 'web:2' });
  const candidate = await addForeignSet(world, 3);
  await untilSizes(world, 'web:1 3/3', 'web:2 3/3');
  await settled(world);
  const stable = await setOf(world, 'web:1');
  const [ofDeployment] = stable.metadata.ownerReferences ?? [];
  const ofRelease = candidate.metadata.ownerReferences;
  const desired = { 'deployment.kubernetes.io/desired-replicas': null };
  await change(world, { spec: { strategy: RECREATE } });
  await patch(world, KIND.replicaSet, stable.metadata.name, { metadata: { annotations: desired } });
  await patch(world, KIND.replicaSet, 'web-next', {
    metadata: { ownerReferences: [ofDeployment] },
  });
  await settled(world);
  const both = await outcome(world);
  await patch(world, KIND.replicaSet, stable.metadata.name, {
    metadata: { ownerReferences: ofRelease },
  });
  await settled(world);
  await change(world, { spec: { strategy: SURGE_ONE } });
  await settled(world);
  const swapped = await outcome(world);
  await change(world, replicas(5));
  await untilSizes(world, 'web:1 3/3', 'web:2 5/5');
  await settled(world);
  const scaled = await outcome(world);
  await patch(world, KIND.replicaSet, stable.metadata.name, replicas(0));
  await untilSizes(world, 'web:1 0/0', 'web:2 5/5');
  await patch(world, KIND.replicaSet, stable.metadata.name, {
    metadata: { ownerReferences: [ofDeployment] },
  });
  await settled(world);
  return { both, swapped, scaled, handedBack: await outcome(world) };
}

/** What the swap is for: handed over as it is, a loaded set is taken for excess. */
async function handedOver(world: World): Promise<unknown> {
  await deploy(world, { replicas: 10, spec: paused(true).spec });
  await change(world, paused(false));
  await untilSizes(world, 'web:1 10/10');
  await change(world, paused(true));
  await release(world, { image: 'web:2' });
  await addForeignSet(world, 10);
  await untilSizes(world, 'web:1 10/10', 'web:2 10/10');
  await settled(world);
  const stable = await setOf(world, 'web:1');
  const { ownerReferences } = stable.metadata;
  await patch(world, KIND.replicaSet, 'web-next', { metadata: { ownerReferences } });
  await settled(world);
  const after = await outcome(world);
  await change(world, replicas(4));
  await settled(world);
  return { after, scaled: await outcome(world) };
}

/** A set that belongs to nobody is adopted; one whose labels no longer match is released. */
async function adopts(world: World): Promise<unknown> {
  await firstDeploy(world);
  const set = await setOf(world, 'web:1');
  const free = { metadata: { ownerReferences: null } };
  await patch(world, KIND.replicaSet, set.metadata.name, free);
  await settled(world);
  const adopted = await outcome(world);
  const pods = await list<Pod>(world, KIND.pod);
  await patch(world, KIND.pod, pods[0]?.metadata.name ?? '', {
    metadata: { labels: { app: 'other' } },
  });
  await until(async () => (await list(world, KIND.pod)).length === 4, 'a fourth pod');
  await untilSizes(world, 'web:1 3/3');
  await settled(world);
  const owners = (await list<Pod>(world, KIND.pod)).map(
    (pod) =>
      `${pod.metadata.labels?.['app']} ${pod.metadata.ownerReferences?.[0]?.kind ?? 'nobody'}`,
  );
  return { adopted, owners: owners.sort() };
}

async function forgetsHistory(world: World): Promise<unknown> {
  await deploy(world, { replicas: 1, spec: { revisionHistoryLimit: 1 } });
  for (const version of [2, 3, 4]) {
    await settled(world);
    await release(world, { image: `web:${version}` });
  }
  await settled(world);
  await until(async () => (await list(world, KIND.replicaSet)).length === 2, 'two sets');
  await settled(world);
  return outcome(world);
}

/** A missed deadline is said, and neither a pause nor a resume wipes it. */
async function missesDeadline(world: World): Promise<unknown> {
  await deploy(world, { replicas: 1, strategy: SURGE_ONE, spec: { progressDeadlineSeconds: 1 } });
  await untilSizes(world, 'web:1 1/1');
  await settled(world);
  await release(world, { image: 'web:2', behaviour: 'false' });
  const exceeded = async () =>
    JSON.stringify(await outcome(world)).includes('ProgressDeadlineExceeded');
  await until(exceeded, 'the deadline to be missed');
  await settled(world);
  const missed = await outcome(world);
  await change(world, paused(true));
  await settled(world);
  return { missed, paused: await outcome(world) };
}

/** Endpoints follow readiness, by named port. */
async function endpoints(world: World): Promise<unknown> {
  const { client } = world.cluster;
  await client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: world.namespace, labels: { team: 'shop' } },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });
  await hang(world);
  return until(async () => {
    const found = await get<KubeObject & { subsets?: EndpointSubset[] }>(
      world,
      KIND.endpoints,
      'web',
    );
    const [subset] = found?.subsets ?? [];
    if (subset?.addresses?.length !== 4 || subset.notReadyAddresses?.length !== 1) return undefined;
    return { team: found?.metadata.labels?.['team'], ports: subset.ports };
  }, 'four ready and one unready address');
}

interface EndpointSubset {
  addresses?: unknown[];
  notReadyAddresses?: unknown[];
  ports?: unknown[];
}

function deletes(propagationPolicy: 'Foreground' | 'Background' | 'Orphan'): Scenario {
  return async (world) => {
    await firstDeploy(world);
    const { client } = world.cluster;
    const target = { ...KIND.deployment, namespace: world.namespace, name: 'web' };
    await client.delete(target, { propagation: propagationPolicy });
    await until(async () => !(await client.get(target)), 'the Deployment to go');
    const leftNow = (await list(world, KIND.replicaSet)).length;
    const owned = async () => {
      const sets = await list(world, KIND.replicaSet);
      return sets.filter((set) => set.metadata.ownerReferences?.length).length;
    };
    await until(async () => (await owned()) === 0, 'no set to have an owner');
    if (propagationPolicy !== 'Orphan')
      await until(async () => (await list(world, KIND.pod)).length === 0, 'the pods to go');
    const sets = (await list(world, KIND.replicaSet)).length;
    const pods = (await list(world, KIND.pod)).length;
    // Whether background deletion had begun when the Deployment was gone is chance.
    return { ...(propagationPolicy === 'Background' ? {} : { leftNow }), sets, pods };
  };
}

/** Objects whose owner never was, or is of another uid, go; with one living owner they stay. */
async function deadOwner(world: World): Promise<unknown> {
  const { client } = world.cluster;
  const { namespace } = world;
  const config = async (name: string, ownerReferences: object[]) => {
    const metadata = { name, namespace, ownerReferences };
    return client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata } as KubeObject);
  };
  const owner = await config('owner', []);
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner' };
  const living = { ...reference, uid: owner.metadata.uid };
  const dead = { ...reference, uid: '11111111-1111-4111-8111-111111111111' };
  await config('of-dead', [dead]);
  await config('of-both', [living, dead]);
  await config('of-living', [living]);
  return until(async () => {
    const found = await list(world, { group: '', kind: 'ConfigMap' });
    const left = found
      .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
      .map(({ metadata }) => `${metadata.name} ${metadata.ownerReferences?.length ?? 0}`)
      .sort();
    return left.join() === 'of-both 1,of-living 1,owner 0' ? left : undefined;
  }, 'only the dead owner to be forgotten');
}

async function failedPodsAreReplaced(world: World): Promise<unknown> {
  await firstDeploy(world);
  const [pod] = await list<Pod>(world, KIND.pod);
  const status = { phase: 'Failed' };
  const target = { ...KIND.pod, namespace: world.namespace, name: pod?.metadata.name ?? '' };
  const { client } = world.cluster;
  await client.patch(target, { type: 'merge', body: { status } }, { subresource: 'status' });
  await until(async () => (await list(world, KIND.pod)).length === 4, 'a replacement');
  await untilSizes(world, 'web:1 3/3');
  await settled(world);
  return outcome(world);
}

export const SCENARIOS: Record<string, Scenario> = {
  'a first deploy': firstDeploy,
  'a new image': newImage,
  'back to the first image': backToTheFirst,
  'a template changed while paused': pausedIgnoresTemplates,
  'scaled while paused': pausedStillScales,
  resumed: resumeReleases,
  recreate: recreates,
  'two active sets scaled': scalesInProportion(false),
  'two active sets scaled while paused': scalesInProportion(true),
  'a set of another controller': foreignSet,
  'a swap': swap,
  'handed over without a swap': handedOver,
  'adoption and release': adopts,
  'history beyond its limit': forgetsHistory,
  'a missed deadline': missesDeadline,
  'endpoints follow readiness': endpoints,
  'a foreground deletion': deletes('Foreground'),
  'a background deletion': deletes('Background'),
  'an orphaning deletion': deletes('Orphan'),
  'dead owners': deadOwner,
  'a failed pod': failedPodsAreReplaced,
};
