/**
 * The controllers on the sandbox's API, with hollow pods. The outcomes they are held to were
 * recorded by running the same stories on a real control plane (kube-controller-manager 1.20).
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterOver, createLog, systemClock } from '../../kube/index.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';
import { type ApiServer, startApiServer } from '../api/index.ts';
import type { EndpointSlice } from './endpoints/slices.ts';
import { type RunningControllers, startControllers } from './index.ts';
import { type Job, KIND, type Pod } from './kinds.ts';
import { BEHAVIOUR, type HollowNode, startHollowNode } from './testing/hollow-node.ts';
import { templateHash } from './template.ts';
import { aJob, aPod, aService, aSet } from './testing/objects.ts';
import { SCENARIOS } from './testing/scenarios.ts';
import {
  deploy,
  deployment,
  get,
  list,
  newWorld,
  patch,
  settled,
  until,
  untilSizes,
  type World,
} from './testing/world.ts';

const RECORDED = JSON.parse(
  readFileSync(new URL('./testing/outcomes.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

const lines: string[] = [];
const log = createLog({ format: 'json', level: 'warn', write: (line) => lines.push(line) });
const deps = { clock: systemClock, log, random: Math.random };

/** Every write of the controllers, and a way to refuse some. */
const writes: string[] = [];
let refusal: ((object: KubeObject) => KubeError | undefined) | undefined;

function observed(client: KubeClient): KubeClient {
  const note =
    <A extends unknown[], R>(verb: string, call: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      writes.push(`${verb} ${JSON.stringify(given)}`);
      const refused = verb === 'create' ? refusal?.(given[0] as KubeObject) : undefined;
      if (refused) throw refused;
      return call(...given);
    };
  return Object.assign(Object.create(client) as KubeClient, {
    create: note('create', client.create.bind(client)),
    replace: note('replace', client.replace.bind(client)),
    patch: note('patch', client.patch.bind(client)),
    delete: note('delete', client.delete.bind(client)),
    resolve: client.resolve.bind(client),
    get: client.get.bind(client),
    list: client.list.bind(client),
    watch: client.watch.bind(client),
    raw: client.raw.bind(client),
  });
}

let server: ApiServer;
let controllers: RunningControllers;
let node: HollowNode;
let cluster: Cluster;

beforeAll(async () => {
  server = await startApiServer({ clock: systemClock, log });
  cluster = clusterOver(server.client(), deps);
  controllers = startControllers({
    cluster: clusterOver(observed(server.client()), deps),
    ...deps,
  });
  await controllers.ready;
  node = await startHollowNode(cluster, 'hollow');
});

afterAll(async () => {
  await node.stop();
  await controllers.stop();
  await server.close();
});

describe.concurrent('as on a real control plane', () => {
  test.each(Object.entries(SCENARIOS))('%s', async (name, scenario) => {
    const world = await newWorld(cluster, name.replaceAll(' ', '-'));
    expect(await scenario(world)).toEqual(RECORDED[name]);
  });
});

describe('beyond Deployments', () => {
  const CONFIG = { group: '', kind: 'ConfigMap' };
  const SLICE = { group: 'discovery.k8s.io', kind: 'EndpointSlice' };

  async function events(world: World, reason: string): Promise<string[]> {
    const found = await list<KubeObject>(world, { group: '', kind: 'Event' });
    return found
      .filter((event) => event['reason'] === reason)
      .map(({ message }) => String(message));
  }

  test('slices follow readiness, and forget what is gone', async () => {
    const world = await newWorld(cluster, 'slices');
    await cluster.client.create(aService({ selector: { app: 'web' } }, world.namespace));
    await deploy(world, { replicas: 3 });
    const ready = async (): Promise<string> => {
      const [slice] = await list<EndpointSlice>(world, SLICE);
      const states = (slice?.endpoints ?? []).map(({ conditions }) => conditions.ready);
      return states.join();
    };
    await until(async () => (await ready()) === 'true,true,true', 'three ready endpoints');
    await patch(world, KIND.deployment, 'web', { spec: { replicas: 1 } });
    await until(async () => (await ready()) === 'true', 'one ready endpoint');
    const [slice] = await list<EndpointSlice>(world, SLICE);
    const [pod] = await list<Pod>(world, KIND.pod);
    expect(slice).toMatchObject({
      ports: [{ name: 'http', port: 8080 }],
      endpoints: [{ nodeName: 'hollow', targetRef: { uid: pod?.metadata.uid } }],
    });
    await cluster.client.delete({ ...KIND.service, namespace: world.namespace, name: 'web' });
    const left = async (): Promise<number> =>
      (await list(world, SLICE)).length + (await list(world, KIND.endpoints)).length;
    await until(async () => (await left()) === 0, 'slices and Endpoints to go with the Service');
  });

  test('a refused pod is told of and tried again', async () => {
    const world = await newWorld(cluster, 'refused');
    refusal = ({ kind, metadata }) =>
      kind === 'Pod' && metadata.namespace === world.namespace
        ? new KubeError('exceeded quota', { code: 403, reason: 'Forbidden' })
        : undefined;
    await deploy(world, { replicas: 2 });
    const failing = async (): Promise<boolean> =>
      JSON.stringify((await deployment(world)).status ?? {}).includes('FailedCreate');
    await until(failing, 'the Deployment to say ReplicaFailure');
    expect((await events(world, 'FailedCreate'))[0]).toBe('Error creating: exceeded quota');
    refusal = undefined;
    await untilSizes(world, 'web:1 2/2');
    await until(async () => !(await failing()), 'the failure to be over');
  });

  test('so is that of a Job, whose deadline runs all the same', async () => {
    const world = await newWorld(cluster, 'refused-job');
    const { namespace } = world;
    refusal = ({ kind, metadata }) =>
      kind === 'Pod' && metadata.namespace === namespace
        ? new KubeError('exceeded quota', { code: 403, reason: 'Forbidden' })
        : undefined;
    const template = {
      spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:1' }] },
    };
    await cluster.client.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'job', namespace },
      spec: { template },
    });
    const told = async () => (await events(world, 'FailedCreate'))[0];
    await until(async () => (await told()) !== undefined, 'the Job to say so');
    expect(await told()).toBe('Error creating: exceeded quota');
    const [job] = await list<Job>(world, KIND.job);
    expect(job?.status?.startTime).toBeDefined();
    refusal = undefined;
    await until(async () => (await list(world, KIND.pod)).length === 1, 'its pod');
  });

  test('a set whose name is taken gets another one', async () => {
    const world = await newWorld(cluster, 'collision');
    const { namespace } = world;
    await deploy(world, { spec: { paused: true } });
    const hash = templateHash((await deployment(world)).spec.template, 0);
    const { apiVersion, kind, spec } = aSet('taken', { image: 'web:1', replicas: 0 });
    const labels = { app: 'other' };
    const template = { ...spec.template, metadata: { labels } };
    await cluster.client.create({
      apiVersion,
      kind,
      metadata: { name: `web-${hash}`, namespace, labels },
      spec: { replicas: 0, selector: { matchLabels: labels }, template },
    });
    await patch(world, KIND.deployment, 'web', { spec: { paused: false } });
    await until(
      async () => (await deployment(world)).status?.availableReplicas === 3,
      'three pods',
    );
    expect((await deployment(world)).status?.collisionCount).toBe(1);
    const names = (await list(world, KIND.replicaSet)).map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(2);
  });

  test('a pod that fits nowhere says why, and is placed when it does', async () => {
    const world = await newWorld(cluster, 'unschedulable');
    const pod = aPod('picky', { node: '', spec: { nodeSelector: { disk: 'ssd' } } });
    const { uid: _, creationTimestamp: __, ...metadata } = pod.metadata;
    const containers = [{ name: 'web', image: 'web:1' }];
    await cluster.client.create({
      ...pod,
      metadata: { ...metadata, namespace: world.namespace },
      spec: { ...pod.spec, containers },
    });
    const why = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    await until(async () => (await events(world, 'FailedScheduling')).includes(why), 'an event');
    const labels = { metadata: { labels: { disk: 'ssd' } } };
    await cluster.client.patch({ ...KIND.node, name: 'hollow' }, { type: 'merge', body: labels });
    const placed = async (): Promise<boolean> =>
      (await get<Pod>(world, KIND.pod, 'picky'))?.status?.phase === 'Running';
    await until(placed, 'the pod to run');
  });

  test('a Job runs to its end, or to its limit', async () => {
    const world = await newWorld(cluster, 'jobs');
    const job = async (name: string, behaviour: string): Promise<void> => {
      const { apiVersion, kind, spec } = aJob({ backoffLimit: 0, completions: 2, parallelism: 2 });
      const annotations = { [BEHAVIOUR]: behaviour };
      const { containers } = spec.template.spec;
      const template = { metadata: { annotations }, spec: { containers, restartPolicy: 'Never' } };
      const metadata = { name, namespace: world.namespace };
      await cluster.client.create({ apiVersion, kind, metadata, spec: { ...spec, template } });
    };
    await job('good', 'succeed');
    await job('bad', 'fail');
    const ends = async (): Promise<string> => {
      const jobs = await list<Job>(world, KIND.job);
      return jobs.map(({ status }) => status?.conditions?.[0]?.type ?? '').join();
    };
    await until(async () => (await ends()) === 'Failed,Complete', 'both to end');
  });

  test('what a custom resource owns goes with it', async () => {
    const world = await newWorld(cluster, 'custom');
    const { client } = cluster;
    const names = { kind: 'Thing', plural: 'things', singular: 'thing' };
    const schema = { openAPIV3Schema: { type: 'object' } };
    await client.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.demo.example' },
      spec: {
        group: 'demo.example',
        scope: 'Namespaced',
        names,
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    const metadata = { name: 'mine', namespace: world.namespace };
    const kind = { group: 'demo.example', kind: 'Thing' };
    await until(() => client.resolve(kind), 'the kind to be served');
    const owner = await client.create({ apiVersion: 'demo.example/v1', kind: 'Thing', metadata });
    const uid = owner.metadata.uid ?? '';
    const reference = { apiVersion: 'demo.example/v1', kind: 'Thing', name: 'mine', uid };
    await client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, ownerReferences: [reference] },
    });
    await client.delete({ ...kind, ...metadata });
    await until(async () => !(await get(world, CONFIG, 'mine')), 'the ConfigMap to go');
  });

  test('a namespace goes with all that is in it', async () => {
    const world = await newWorld(cluster, 'leaving');
    await deploy(world, { replicas: 3 });
    await untilSizes(world, 'web:1 3/3');
    const name = { group: '', kind: 'Namespace', name: 'leaving' };
    await cluster.client.delete(name);
    await until(async () => !(await cluster.client.get(name)), 'the namespace to go');
    expect(await list(world, KIND.pod)).toEqual([]);
  });
});

test('with nothing to do nothing is written', async () => {
  const world = await newWorld(cluster, 'steady');
  await cluster.client.create(aService({ selector: { app: 'web' } }, world.namespace));
  await deploy(world, { replicas: 3 });
  await untilSizes(world, 'web:1 3/3');
  await settled(world, 1_000);
  writes.length = 0;
  // What changes nothing a controller cares about: a heartbeat, a label, a look at everything.
  const name = { ...KIND.deployment, namespace: world.namespace, name: 'web' };
  const body = { metadata: { labels: { seen: 'yes' } } };
  await cluster.client.patch(name, { type: 'merge', body });
  const beat = { status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Again' }] } };
  const subresource = { subresource: 'status' };
  await cluster.client.patch(
    { ...KIND.node, name: 'hollow' },
    { type: 'merge', body: beat },
    subresource,
  );
  await settled(world, 1_000);
  expect(writes).toEqual([]);
});

test('nothing went wrong', () => {
  expect(lines).toEqual([]);
});
