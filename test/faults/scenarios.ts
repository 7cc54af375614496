/** The releases that must survive every fault, and what they leave behind. */
import { HASH_LABEL, KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import type { CanarySpec } from '../../src/api/strategy.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Recorder, Recording } from '../../src/testing/recorder.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { configure, openConfigured } from '../../src/testing/shop-config.ts';
import { recreate, rolling } from '../../src/testing/shop-native.ts';
import { openDaemons } from '../../src/testing/shop-daemons.ts';
import { openStateful } from '../../src/testing/shop-stateful.ts';
import { daemonsLeft } from './daemons.ts';
import { until } from '../../src/testing/until.ts';
import type { Field } from './field.ts';
import type { ReleaseWatch } from './release-watch.ts';
import { podShortages, versionsLeft } from './stateful.ts';

export interface Scenario {
  name: string;
  /** By the weights of an HTTPRoute; otherwise by pinning the Service or by the pods behind it. */
  route: boolean;
  outcome: 'Promoted' | 'Aborted';
  /** By its nature there is nobody to serve for a while. */
  stops?: boolean;
  policy: (shop: Shop) => Parameters<Shop['attach']>[0];
  /** A second Deployment, with which the first takes turns: the new image is written there. */
  pair?: boolean;
  /** A StatefulSet instead. */
  stateful?: boolean;
  /** A DaemonSet, with a pod on each of four nodes. */
  daemons?: boolean;
  /** What is released; default segue-demo:v2. */
  image?: string;
  /** The ConfigMap that its pods read is changed: in place of the image, or after it. */
  config?: 'Alone' | 'WithImage';
  /** What a person does on the way, beside the new image. */
  meanwhile?: (course: Course) => Promise<void>;
}

const REPLICAS = 4;
const NODES = [0, 1, 2, 3].map((i) => `segue-hollow-${i}`);

const REVISION = 'deployment.kubernetes.io/revision';

/** The second of two Deployments that take turns. */
const IDLE = 'web-green';
const bake = '200ms';

export const CANARY: Scenario = {
  name: 'canary',
  route: true,
  outcome: 'Promoted',
  policy: (shop) =>
    shop.canary(
      [
        { weight: 25, hold: '100ms' },
        { weight: 50, hold: '100ms' },
      ],
      { bake },
    ),
};

export const BLUE_GREEN: Scenario = {
  name: 'blue-green',
  route: false,
  outcome: 'Promoted',
  policy: (shop) => shop.blueGreen({ hold: '100ms' }, { bake }),
};

export const ROUTED_BLUE_GREEN: Scenario = {
  name: 'blue-green by a route',
  route: true,
  outcome: 'Promoted',
  policy: (shop) => {
    const { traffic } = shop.canary([]);
    return shop.blueGreen({ hold: '100ms' }, { bake, ...(traffic && { traffic }) });
  },
};

/** A small preview, and an old version that is kept for a moment when the release has ended. */
export const KEPT_BLUE_GREEN: Scenario = {
  name: 'kept blue-green',
  route: false,
  outcome: 'Promoted',
  policy: (shop) => shop.blueGreen({ preview: { replicas: 1 }, after: 'Keep', keepFor: '300ms' }),
};

export const TAKEN_BACK_BLUE_GREEN: Scenario = {
  name: 'kept blue-green taken back',
  route: false,
  outcome: 'Aborted',
  policy: (shop) => shop.blueGreen({ after: 'Keep' }),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the keeping', ({ step }) => step === 'Keep');
    await shop.ask('Abort');
  },
};

/** Its images are pulled by a Job of the release before anything is touched. */
export const TRIED_IMAGES: Scenario = {
  name: 'blue-green whose images are tried first',
  route: false,
  outcome: 'Promoted',
  policy: (shop) => shop.blueGreen({ hold: '100ms' }, { bake, tryImages: 'Always' }),
};

export const NO_IMAGE: Scenario = {
  name: 'blue-green whose image does not exist',
  route: false,
  outcome: 'Aborted',
  image: 'segue-demo:broken-image',
  policy: (shop) => shop.blueGreen({ hold: '100ms' }, { bake, tryImages: 'Always' }),
};

export const ABORTED_CANARY: Scenario = {
  name: 'aborted canary',
  route: true,
  outcome: 'Aborted',
  policy: (shop) =>
    shop.canary([
      { weight: 25, hold: '100ms' },
      { weight: 50, approval: {} },
    ]),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the second stage', atGates(1));
    await shop.ask('Abort');
  },
};

export const MATCHED_CANARY: Scenario = {
  name: 'canary that tells requests apart',
  route: true,
  outcome: 'Promoted',
  policy: (shop) => {
    const match = [{ headers: [{ name: 'x-canary', exact: 'yes' }] }];
    return shop.canary(
      [
        { weight: 0, match, hold: '100ms' },
        { weight: 25, match, mirror: { percent: 100, methods: 'Safe' }, hold: '100ms' },
        { weight: 50, hold: '100ms' },
      ],
      { bake },
    );
  },
};

export const AB_TEST: Scenario = {
  name: 'A/B test',
  route: true,
  outcome: 'Promoted',
  policy: (shop) => {
    const scrape = { pods: { port: 8080 }, total: 'http_requests_total', good: 'orders_total' };
    const abTest = { sticky: { percent: 25 }, duration: '1h', goal: { name: 'orders', scrape } };
    return { ...shop.canary([]), strategy: { abTest }, bake };
  },
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the test', atGates(0));
    await shop.ask('Promote');
  },
};

function podShares(shop: Shop, stages: CanarySpec['stages']): ReturnType<Scenario['policy']> {
  return shop.blueGreen({}, { bake, strategy: { canary: { stages } } });
}

export const POD_SHARES: Scenario = {
  name: 'canary without a router',
  route: false,
  outcome: 'Promoted',
  policy: (shop) =>
    podShares(shop, [
      { weight: 20, hold: '100ms' },
      { weight: 80, hold: '100ms' },
    ]),
};

export const ABORTED_POD_SHARES: Scenario = {
  name: 'aborted canary without a router',
  route: false,
  outcome: 'Aborted',
  policy: (shop) =>
    podShares(shop, [
      { weight: 20, hold: '100ms' },
      { weight: 80, approval: {} },
    ]),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the second stage', atGates(1));
    await shop.ask('Abort');
  },
};

export const ROLLING: Scenario = {
  name: 'rolling update',
  route: false,
  outcome: 'Promoted',
  policy: () => rolling({ stages: [{ holdAfter: 2, hold: '100ms' }] }, { bake }),
};

export const ABORTED_ROLLING: Scenario = {
  name: 'aborted rolling update',
  route: false,
  outcome: 'Aborted',
  policy: () => rolling({ stages: [{ holdAfter: 2, approval: {} }] }),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the hold', atGates(0));
    await shop.ask('Abort');
  },
};

export const RECREATE: Scenario = {
  name: 'recreate',
  route: false,
  outcome: 'Promoted',
  stops: true,
  policy: () => recreate({ bake }),
};

export const ABORTED_RECREATE: Scenario = {
  name: 'aborted recreate',
  route: false,
  outcome: 'Aborted',
  stops: true,
  policy: () => recreate({ bake: '1h' }),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the bake', ({ step }) => step === 'Bake');
    await shop.ask('Abort');
  },
};

export const PAIR: Scenario = {
  name: 'pair',
  route: false,
  pair: true,
  outcome: 'Promoted',
  policy: (shop) => shop.blueGreen({ hold: '100ms' }, { bake, pairRef: { name: IDLE } }),
};

export const ABORTED_PAIR: Scenario = {
  name: 'pair that goes back',
  route: false,
  pair: true,
  outcome: 'Aborted',
  policy: (shop) => shop.blueGreen({}, { bake: '1h', pairRef: { name: IDLE } }),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the bake', ({ step }) => step === 'Bake');
    await shop.ask('Abort');
  },
};

/** A release that is about to begin, with everything about it recorded. */
export interface Course {
  scenario: Scenario;
  shop: Shop;
  recorder: Recorder;
  releases: ReleaseWatch;
}

export async function open({ lab, releases }: Field, scenario: Scenario): Promise<Course> {
  const { route } = scenario;
  const shop = await shopOf(lab, scenario);
  if (scenario.pair) await addIdle(shop);
  await shop.attach(scenario.policy(shop));
  await shop.held();
  const pods = isInPlace(scenario) ? KINDS.pod : KINDS.replicaSet;
  const kinds = [KINDS.service, pods, ...(route ? [KINDS.httpRoute] : [])];
  const recorder = await shop.record(...kinds);
  lab.proxy.recount(shop.namespace);
  return { scenario, shop, recorder, releases };
}

/** Its pods are replaced, without a second set. */
function isInPlace({ stateful, daemons }: Scenario): boolean {
  return stateful === true || daemons === true;
}

function shopOf(lab: Field['lab'], scenario: Scenario): Promise<Shop> {
  const { route, pair, stateful, daemons, config } = scenario;
  if (daemons) return openDaemons(lab, { name: 'web', nodes: NODES });
  const options = { name: 'web', replicas: REPLICAS };
  if (config) return openConfigured(lab, { ...options, route });
  if (stateful) return openStateful(lab, { ...options, route });
  return openShop(lab, { ...options, route, ...(pair && { deployment: coloured('blue') }) });
}

const CONTAINER = { name: 'web', image: 'segue-demo:v1', ports: [{ containerPort: 8080 }] };

function coloured(version: string) {
  const labels = { app: 'web', version };
  const template = { metadata: { labels }, spec: { containers: [CONTAINER] } };
  return { selector: { matchLabels: labels }, template };
}

/** The other colour, without pods, and the Service that names the one with the traffic. */
async function addIdle(shop: Shop): Promise<void> {
  const { namespace, lab } = shop;
  await shop.patch(KINDS.service, { spec: { selector: { version: 'blue' } } });
  await lab.client.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: IDLE, namespace },
    spec: { replicas: 0, ...coloured('green') },
  });
}

/** From the new image to the outcome. */
export async function release(course: Course): Promise<void> {
  const { scenario, shop, releases } = course;
  const { image = 'segue-demo:v2', config } = scenario;
  if (config !== 'Alone') await shop.setImage(image, {}, scenario.pair ? IDLE : undefined);
  if (config) await configure(shop, { LEVEL: 'two' });
  await scenario.meanwhile?.(course);
  // One whose old version is kept has its outcome before.
  const ended = (status: ReleaseStatus) => status.step === 'Done';
  const { outcome, reason, message } = await releases.reach(shop.namespace, 'its end', ended);
  if (outcome !== scenario.outcome)
    throw new Error(`${scenario.name} in ${shop.namespace}: ${outcome} ${reason} ${message}`);
}

/** Everything that the next release, or a user, could tell a difference by. */
export interface Left {
  weights: (number | 'Service')[];
  /** How many rules the route had, one number after the other. */
  rules: number[];
  /** The hashes that the user's Service was pinned to, one after the other; '' for none. */
  pins: string[];
  shortages: string[];
  objects: unknown;
}

/** What stands when nothing is left to do: as in `like`, or whatever it is after a while. */
export async function left({ shop, recorder, scenario }: Course, like?: Left): Promise<Left> {
  const wanted = JSON.stringify(like?.objects);
  const settled = async () => {
    const objects = await standing(shop, scenario);
    const { finished } = objects;
    return finished && (like === undefined || JSON.stringify(objects) === wanted) && objects;
  };
  const what = `${scenario.name} in ${shop.namespace} to leave what others leave`;
  const objects = await until(what, settled, 15_000).catch(() => standing(shop, scenario));
  const recording = await recorder.stop();
  return {
    weights: routeWeights(recording, 'web'),
    rules: rulesOf(recording),
    pins: pinsOf(recording),
    shortages: shortagesOf(recording, scenario),
    objects,
  };
}

function shortagesOf(recording: Recording, scenario: Scenario): string[] {
  if (scenario.stops) return [];
  return isInPlace(scenario)
    ? podShortages(recording, REPLICAS)
    : shortages(recording, 'web', REPLICAS);
}

function rulesOf({ initial, changes }: Recording): number[] {
  const routes = [...initial, ...changes.map(({ object }) => object)].filter(
    ({ kind }) => kind === 'HTTPRoute',
  );
  const counts = routes.map((route) => (route['spec'] as { rules: unknown[] }).rules.length);
  return counts.filter((count, i) => count !== counts[i - 1]);
}

function pinsOf({ initial, changes }: Recording): string[] {
  const services = [...initial, ...changes.map(({ object }) => object)].filter(
    ({ kind, metadata }) => kind === 'Service' && metadata.name === 'web',
  );
  const pins = services.map((service) => {
    const { selector } = service['spec'] as { selector: Record<string, string> };
    return selector[HASH_LABEL] ?? '';
  });
  return pins.filter((pin, i) => pin !== pins[i - 1]);
}

function targetOf(shop: Shop, { stateful, daemons }: Scenario): Promise<KubeObject> {
  if (daemons) return shop.get(KINDS.daemonSet);
  return stateful ? shop.get(KINDS.statefulSet) : shop.deployment();
}

async function standing(shop: Shop, scenario: Scenario) {
  const { outcome, stops, daemons } = scenario;
  const { namespace } = shop;
  const list = async (kind: { group: string; kind: string }) =>
    (await shop.lab.client.list(kind, { namespace })).items;
  const [releases, services, requests] = await Promise.all(
    [KINDS.release, KINDS.service, KINDS.releaseRequest].map(list),
  );
  const routes = (await shop.lab.client.resolve(KINDS.httpRoute))
    ? await list(KINDS.httpRoute)
    : [];
  const sets = await list(KINDS.replicaSet);
  const jobs = await list({ group: 'batch', kind: 'Job' });
  const policy = await shop.get(KINDS.releasePolicy);
  const deployment = await targetOf(shop, scenario);
  const pods = isInPlace(scenario) ? await list(KINDS.pod) : [];
  const idle = await shop.lab.client.get({ ...KINDS.deployment, namespace, name: IDLE });
  const left = {
    releases: releases?.map(releaseLeft),
    services: services?.map(specAndMarks),
    routes: routes.map(specAndMarks),
    sets: sets.map(setLeft).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    requests: requests?.length,
    pods: daemons ? daemonsLeft(pods) : versionsLeft(pods),
    jobs: jobs.map(({ metadata }) => metadata.name),
    policy: { marks: marks(policy), status: policyLeft(policy) },
    deployment: deploymentLeft(outcome === 'Aborted' && stops ? uncounted(deployment) : deployment),
    idle: idle && deploymentLeft(idle),
  };
  return { ...left, finished: isFinished(left, scenario) };
}

/** The release has ended, and all that is said of its end is said. */
function isFinished(
  left: {
    releases: ReturnType<typeof releaseLeft>[] | undefined;
    policy: { status: ReturnType<typeof policyLeft> };
    deployment: ReturnType<typeof deploymentLeft>;
  },
  scenario: Scenario,
): boolean {
  const { conditions, release } = left.policy.status;
  const said = conditions.some((one) => /^Ready (True Held|False ReleaseAborted)$/.test(one));
  const aborted = left.releases?.some(({ outcome }) => outcome === 'Aborted');
  // Other workloads have no condition to say it by.
  const failure = isInPlace(scenario)
    ? aborted
    : left.deployment.conditions.some((one) => one.endsWith('DeadlineExceeded'));
  const ended = left.releases?.every(({ finalizers }) => finalizers === 0);
  return ended === true && said && release === undefined && aborted === failure;
}

function marks({ metadata }: KubeObject) {
  const { labels, annotations, finalizers } = metadata;
  return { name: metadata.name, labels, annotations, finalizers };
}

/**
 * Where a template goes to and fro its controller counts up, if it sees it before the set of that template
 * has gone.
 */
function uncounted(deployment: KubeObject): KubeObject {
  const { [REVISION]: _, ...annotations } = deployment.metadata.annotations ?? {};
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

function specAndMarks(object: KubeObject) {
  const { clusterIP: _, clusterIPs: __, ...spec } = object['spec'] as Record<string, unknown>;
  return { ...marks(object), spec };
}

function releaseLeft(release: KubeObject) {
  const status = release['status'] as Record<string, unknown>;
  const { step, outcome, reason, towards } = status;
  return {
    name: release.metadata.name,
    finalizers: release.metadata.finalizers?.length ?? 0,
    step,
    outcome,
    reason,
    towards,
  };
}

function setLeft(set: KubeObject) {
  const { replicas } = set['spec'] as { replicas: number };
  const { availableReplicas = 0 } = (set['status'] ?? {}) as { availableReplicas?: number };
  const owners = set.metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`);
  return {
    ...marks(set),
    hash: set.metadata.labels?.[HASH_LABEL],
    replicas,
    availableReplicas,
    owners,
  };
}

function policyLeft(policy: KubeObject) {
  const { target, release, lastRelease, conditions } = policy['status'] as {
    target?: Record<string, unknown>;
    release?: string;
    lastRelease?: string;
    conditions: { type: string; status: string; reason: string }[];
  };
  return {
    rejected: target?.['rejected'] !== undefined,
    release,
    lastRelease,
    conditions: conditionsLeft(conditions),
  };
}

function conditionsLeft(conditions: { type: string; status: string; reason: string }[]) {
  return conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`).toSorted();
}

function deploymentLeft(deployment: KubeObject) {
  const { conditions = [] } = (deployment['status'] ?? {}) as {
    conditions?: { type: string; status: string; reason: string }[];
  };
  return {
    ...specAndMarks(deployment),
    conditions: conditionsLeft(conditions),
  };
}

/** A release without a fault: what every other one must leave, and the writes it takes. */
export async function undisturbed(
  field: Field,
  scenario: Scenario,
): Promise<{ left: Left; writes: readonly string[] }> {
  const course = await open(field, scenario);
  await release(course);
  const rest = await left(course);
  return { left: rest, writes: field.lab.proxy.writesIn(course.shop.namespace) };
}
