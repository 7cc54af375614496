/** What must be so when everything has come to rest: the user's objects as the user wrote them, and
 * nothing of Segue's left. */
import { isDeepStrictEqual } from 'node:util';
import { FINALIZER } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { twoAtWork } from './acts.ts';
import { unreleasedConfig } from './config-scenario.ts';
import { controllerKind, OURS, releasesOf, sizeOf, templateImage } from './facts.ts';
import { completed } from './model-kinds.ts';
import { jobEnd } from './outside.ts';
import { deploymentObject, serviceObject } from './objects.ts';
import { isOfRoutes, servedBy, writtenIn } from './routes/index.ts';
import { EDITED } from './routes/route-kind.ts';
import type { World } from './world.ts';
import { lost, type Problem, rest } from './problem.ts';

type Fields = Record<string, unknown>;

export function restProblems(world: World): Problem[] {
  return [
    ...routing(world),
    ...leftOvers(world),
    ...deployment(world),
    ...releases(world),
    ...configuration(world),
  ];
}

/** What users have is what is stored, where nothing keeps it from that. */
function configuration({ api, scenario }: World): Problem[] {
  const seen = scenario.config === undefined ? undefined : unreleasedConfig(api);
  return seen === undefined ? [] : [{ invariant: 'Progress', seen }];
}

/** Invariant 9: exactly as the user wrote them. */
function routing(world: World): Problem[] {
  const { api } = world;
  const wanted = serviceObject();
  completed(wanted);
  const found = api.get('Service', 'web');
  const same = !found || isDeepStrictEqual(found['spec'], wanted['spec']);
  const seen = `Service web was not put back: ${JSON.stringify(found?.['spec'])}`;
  return [...(same ? [] : [{ invariant: 9 as const, seen }]), ...routesAsWritten(world)];
}

/** 9. Routes are as their users wrote them, and nothing of Segue's is left beside them. */
export function routesAsWritten({ api, scenario }: World): Problem[] {
  const { routes } = scenario;
  const all = Object.keys(servedBy(routes)).flatMap((kind) => api.all(kind));
  return all.flatMap((found) => {
    const { kind, metadata } = found;
    const own = writtenIn(routes, kind, metadata.name)?.own;
    if (!own) return isOfRoutes(routes, found) ? [rest(`${kind} ${metadata.name} is left`)] : [];
    const parts = (one: KubeObject) => [
      one['spec'],
      unedited(one.metadata.annotations),
      unedited(one.metadata.labels),
    ];
    if (isDeepStrictEqual(parts(found), parts(own))) return [];
    return [lost(`${kind} ${metadata.name} was not put back: ${JSON.stringify(parts(found))}`)];
  });
}

/** Without what people have written half way. */
function unedited(all: Record<string, string> | undefined): Record<string, string> | undefined {
  const { [EDITED]: found, ...others } = all ?? {};
  return found === undefined ? all : Object.keys(others).length === 0 ? undefined : others;
}

function leftOvers(world: World): Problem[] {
  const { api } = world;
  const services = [...OURS, 'web-preview'].filter((name) => api.get('Service', name));
  const sets = api
    .all('ReplicaSet')
    .filter((set) => controllerKind(set) !== 'Deployment' && !isOrphan(world, set));
  // A Retry waits for the end of a rollout of the workload's own, which the policy says and may have none.
  const policy = api.get('ReleasePolicy', 'web');
  const native = policy !== undefined && readyOf(policy).reason === 'NativeRollout';
  const requests = native ? [] : api.all('ReleaseRequest');
  const jobs = api.all('Job').filter((job) => !forgottenOrOrphan(world, job));
  return [
    ...services.map((name) => rest(`Service ${name} is left`)),
    ...sets.map((set) => rest(`ReplicaSet ${set.metadata.name} belongs to ${controllerKind(set)}`)),
    ...jobs.map(({ metadata }) => rest(`Job ${metadata.name} is left`)),
    ...requests.map(({ metadata }) => rest(`ReleaseRequest ${metadata.name} was not answered`)),
  ];
}

export function forgottenOrOrphan(world: World, job: KubeObject): boolean {
  return isOrphan(world, job) || isForgotten(world, job);
}

/** Nobody came to delete it when it had ended: it goes by its time to live. */
function isForgotten({ scenario, deaths }: World, job: KubeObject): boolean {
  const { ttlSecondsAfterFinished } = job['spec'] as { ttlSecondsAfterFinished?: number };
  const away = scenario.acts.some(({ does }) => does === 'cut off');
  const spoiled = deaths > 0 || away || scenario.writeFaults.size > 0;
  return spoiled && ttlSecondsAfterFinished !== undefined && jobEnd(job) !== undefined;
}

/** People resumed the Deployment, and what they wrote rolls out, or cannot. */
function isResumed({ api, scenario }: World, deployment: KubeObject): boolean {
  if ((deployment['spec'] as { paused?: boolean }).paused === true) return false;
  if (!scenario.acts.some(({ does }) => does === 'unpause')) return false;
  const policy = api.get('ReleasePolicy', 'web');
  return policy === undefined || readyOf(policy).reason === 'NativeRollout';
}

/** Deployed as it is where nothing ran, by its own controller, which waits for pods that do not come. */
function isStuck({ api }: World, deployment: KubeObject): boolean {
  const policy = api.get('ReleasePolicy', 'web');
  if (!policy || readyOf(policy).reason !== 'NativeRollout') return false;
  if ((deployment['spec'] as { paused?: boolean }).paused === true) return false;
  const image = templateImage(deployment);
  const [set] = api.all('ReplicaSet').filter((one) => templateImage(one) === image);
  const { availableReplicas = 0 } = (set?.['status'] ?? {}) as { availableReplicas?: number };
  return availableReplicas < sizeOf(deployment);
}

/** People asked to leave it alone when they deleted its owner. */
function isOrphan({ scenario }: World, set: KubeObject): boolean {
  const asked = scenario.acts.some((act) => act.does === 'delete' && act.propagation === 'Orphan');
  return asked && controllerKind(set) === undefined;
}

function deployment(world: World): Problem[] {
  const { api, scenario } = world;
  const found = api.get('Deployment', 'web');
  const sets = api.all('ReplicaSet').filter((set) => !isOrphan(world, set));
  if (!found) return sets.length > 0 ? [rest('sets without a Deployment')] : [];
  // One sends it on a move when the other has let it go: what was its user's went with the release.
  const managed = api.get('ReleasePolicy', 'web') !== undefined;
  if (!managed && twoAtWork(scenario.acts)) return [];
  const problems = keeps(world, found);
  if (isResumed(world, found) || isStuck(world, found)) return problems;
  // Without a policy it rolls out by itself, as far as its pods let it.
  return [...problems, ...(managed ? running(sets, found) : []), ...holding(api, found)];
}

/** What is Segue's, and was left on it. */
function keeps({ scenario }: World, found: KubeObject): Problem[] {
  const wanted = deploymentObject(scenario, 'v1');
  completed(wanted);
  const spec = found['spec'] as Fields;
  const { strategy, minReadySeconds, progressDeadlineSeconds } = wanted['spec'] as Fields;
  const problems: Problem[] = [];
  if (!isDeepStrictEqual(spec['strategy'], strategy))
    problems.push({ invariant: 9, seen: `strategy is ${JSON.stringify(spec['strategy'])}` });
  const lent = [spec['minReadySeconds'] ?? 0, spec['progressDeadlineSeconds']];
  if (!isDeepStrictEqual(lent, [minReadySeconds, progressDeadlineSeconds]))
    problems.push({ invariant: 9, seen: `the Deployment keeps ${JSON.stringify(lent)}` });
  if (JSON.stringify(found.metadata.labels ?? {}).includes('segue.dev'))
    problems.push(rest(`the Deployment is labelled ${JSON.stringify(found.metadata.labels)}`));
  return problems;
}

function running(sets: KubeObject[], deployment: KubeObject): Problem[] {
  const active = sets.filter((set) => sizeOf(set) > 0);
  const marked = sets.filter((set) =>
    JSON.stringify(set['spec']).replaceAll('segue.dev/config', '').includes('segue.dev'),
  );
  const size = sizeOf(deployment);
  const all = active.reduce((sum, set) => sum + sizeOf(set), 0);
  return [
    ...marked.map((set) => rest(`ReplicaSet ${set.metadata.name} is still marked`)),
    ...(active.length > 1 ? [rest(`${active.length} sets have pods`)] : []),
    ...(all === size || sets.length === 0 ? [] : [rest(`${all} of ${size} pods are wanted`)]),
  ];
}

/** Held while there is a policy, and running by itself when there is none. */
function holding(api: World['api'], deployment: KubeObject): Problem[] {
  const policy = api.get('ReleasePolicy', 'web');
  const { paused = false } = deployment['spec'] as { paused?: boolean };
  const [set] = api.all('ReplicaSet').filter((one) => sizeOf(one) > 0);
  if (!set) return [];
  if (!policy) return paused ? [rest('the Deployment was left paused')] : [];
  const { reason, message } = readyOf(policy);
  if (reason === 'Invalid') return [];
  if (!paused) return [rest(`the Deployment is not held, ${reason}: ${message}`)];
  const image = templateImage(deployment);
  if (templateImage(set) === image || reason === 'ReleaseAborted') return [];
  return [{ invariant: 'Progress', seen: `${image} is not released, ${reason}: ${message}` }];
}

export function readyOf(policy: KubeObject): Pick<Ready, 'reason' | 'message'> {
  const { conditions = [] } = (policy['status'] ?? {}) as { conditions?: Ready[] };
  return conditions.find(({ type }) => type === 'Ready') ?? { reason: '', message: '' };
}

interface Ready {
  type: string;
  reason: string;
  message: string;
}

function releases({ api }: World): Problem[] {
  return releasesOf(api).flatMap(({ object, name }) => {
    const { finalizers, deletionTimestamp } = object.metadata;
    if (finalizers?.includes(FINALIZER)) return [rest(`Release ${name} keeps its finalizer`)];
    return deletionTimestamp ? [rest(`Release ${name} is not gone`)] : [];
  });
}

/** What a run came to, without names of pods and times. */
export function outcomeOf({ api }: World): string {
  const deployment = api.get('Deployment', 'web');
  const sets = api.all('ReplicaSet').filter((set) => sizeOf(set) > 0);
  return JSON.stringify({
    deployment: deployment && [templateImage(deployment), sizeOf(deployment)],
    sets: sets.map((set) => `${templateImage(set)} x${sizeOf(set)}`).sort(),
    releases: releasesOf(api)
      .map(({ name, status }) => `${name} ${status.outcome} ${reasonOf(status.reason)}`)
      .sort(),
  });
}

/** Which of the two comes first a restart may change. */
function reasonOf(reason = ''): string {
  return ['Superseded', 'ProgressDeadlineExceeded'].includes(reason) ? 'Late' : reason;
}
