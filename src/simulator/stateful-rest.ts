/** What must be so of a StatefulSet when everything has come to rest. */
import { isDeepStrictEqual } from 'node:util';
import { FINALIZER } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { isReady, releasesOf, sizeOf, templateImage } from './facts.ts';
import { imageOf } from './kubelet.ts';
import { completed } from './model-kinds.ts';
import { serviceObject } from './objects.ts';
import { forgottenOrOrphan, readyOf, routesAsWritten } from './rest.ts';
import {
  HELD_ANNOTATION,
  HOLD,
  isOfSet,
  keptStrategy,
  ownStrategy,
  partitionOf,
  podsOfSet,
  strategyOf,
} from './stateful-objects.ts';
import type { ModelApi } from './model-api.ts';
import type { World } from './world.ts';
import { back, lost, type Problem, rest } from './problem.ts';

export function statefulProblems(world: World): Problem[] {
  return [
    ...services(world),
    ...routesAsWritten(world),
    ...leftOvers(world),
    ...target(world),
    ...releases(world),
  ];
}

/** Invariant 9: exactly as its user wrote it. */
export function services({ api }: World): Problem[] {
  const wanted = serviceObject();
  completed(wanted);
  const found = api.get('Service', 'web');
  if (!found || isDeepStrictEqual(found['spec'], wanted['spec'])) return [];
  return [{ invariant: 9, seen: `Service web is ${JSON.stringify(found['spec'])}` }];
}

export function leftOvers(world: World): Problem[] {
  const { api } = world;
  const services = api.all('Service').filter(({ metadata }) => metadata.ownerReferences?.length);
  const jobs = api.all('Job').filter((job) => !forgottenOrOrphan(world, job));
  const left = [...services, ...jobs, ...api.all('ReleaseRequest')];
  return left.map(({ kind, metadata }) => rest(`${kind} ${metadata.name} is left`));
}

function target(world: World): Problem[] {
  const { api, scenario } = world;
  const set = api.get('StatefulSet', 'web');
  if (!set) return [];
  const policy = api.get('ReleasePolicy', 'web');
  const wrote = scenario.acts.some(({ does }) => does === 'write partition');
  if (policy) return [...held(world, set, policy), ...running(world, set, policy)];
  const kept = set.metadata.annotations?.[HELD_ANNOTATION] !== undefined;
  const own = isDeepStrictEqual(strategyOf(set), ownStrategy(scenario.stateful ?? {}));
  return [
    ...(kept ? [rest('the StatefulSet keeps the annotation of Segue')] : []),
    ...(own || wrote ? [] : [lost(`updateStrategy is ${JSON.stringify(strategyOf(set))}`)]),
  ];
}

/** By its partition, with what its user wrote kept for when it is let go. */
function held({ scenario, api }: World, set: KubeObject, policy: KubeObject): Problem[] {
  const { reason, message } = readyOf(policy);
  if (reason === 'Invalid' || reason === 'HoldContested' || isNative(reason)) return [];
  const kept = keptStrategy(set);
  const own = isDeepStrictEqual(kept, ownStrategy(scenario.stateful ?? {}));
  const wrote = scenario.acts.some(({ does }) => does === 'write partition');
  return [
    ...(partitionOf(set) === HOLD || isGoingBack(api, set, reason)
      ? []
      : [rest(`it is not held, ${reason}: ${message}`)]),
    ...(own || wrote ? [] : [lost(`of its user is kept ${JSON.stringify(kept)}`)]),
  ];
}

/** Its controller waits for pods that do not come. */
function isNative(reason: string): boolean {
  return reason === 'NativeRollout' || reason === 'FirstDeploy' || reason === 'NothingRuns';
}

/** What users had before does not become ready: its controller waits for that, and so do the pods that have to go
 * back. To take these away as well would leave nobody to serve. */
function isGoingBack(api: ModelApi, set: KubeObject, reason: string): boolean {
  // Those beyond its size too: they are taken one by one, the highest first.
  const pods = api.all('Pod').filter(isOfSet);
  return reason === 'TakingBack' && (pods.length < sizeOf(set) || !pods.every(isReady));
}

function isNotDone(api: ModelApi, set: KubeObject, reason: string): boolean {
  return reason === 'Invalid' || isNative(reason) || isGoingBack(api, set, reason);
}

/** 5. One version runs: that of the template, or the one before, where that was taken back. */
function running(world: World, set: KubeObject, policy: KubeObject): Problem[] {
  const { reason, message } = readyOf(policy);
  const pods = podsOfSet(world.api);
  if (isNotDone(world.api, set, reason)) return [];
  const images = [...new Set(pods.map(imageOf))].sort();
  const image = templateImage(set);
  const missing = sizeOf(set) - pods.length;
  const mixed = images.length > 1 && [back(`pods of ${images.join(' and ')} run`)];
  const taken = reason === 'ReleaseAborted' && images.includes(image);
  const behind = reason === 'Held' && !images.includes(image);
  const idle = !['ReleaseAborted', 'Held'].includes(reason);
  const waits = missing > 0 && pods.every(isReady);
  return [
    ...(mixed || []),
    ...(taken ? [back(`${image} was taken back and runs: ${message}`)] : []),
    ...(behind ? [rest(`${images.join()} runs, held at ${image}`)] : []),
    ...(idle ? [rest(`the policy is ${reason}: ${message}`)] : []),
    ...(waits ? [rest(`${missing} pods are missing`)] : []),
  ];
}

export function releases({ api }: World): Problem[] {
  return releasesOf(api).flatMap(({ object, name }) => {
    const { finalizers, deletionTimestamp } = object.metadata;
    if (finalizers?.includes(FINALIZER)) return [rest(`Release ${name} keeps its finalizer`)];
    return deletionTimestamp ? [rest(`Release ${name} is not gone`)] : [];
  });
}

/** What a run came to, without names of pods and times. */
export function statefulOutcome({ api }: World): string {
  const set = api.get('StatefulSet', 'web');
  const ready = podsOfSet(api).filter(isReady);
  return JSON.stringify({
    set: set && [templateImage(set), sizeOf(set), strategyOf(set), keptStrategy(set)],
    pods: ready.map((pod) => `${pod.metadata.name} ${imageOf(pod)}`),
    releases: releasesOf(api)
      .map(({ name, status }) => `${name} ${status.outcome} ${status.reason}`)
      .sort(),
  });
}
