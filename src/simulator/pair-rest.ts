/** What must be so of two Deployments that take turns when everything has come to rest. */
import { isDeepStrictEqual } from 'node:util';
import { FINALIZER } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { releasesOf, sizeOf, templateImage } from './facts.ts';
import { imageOf } from './kubelet.ts';
import { completed } from './model-kinds.ts';
import {
  COLOURS,
  type Colour,
  isPaused,
  liveColour,
  otherColour,
  pairService,
} from './pair-objects.ts';
import { forgottenOrOrphan, readyOf } from './rest.ts';
import type { World } from './world.ts';
import { type Problem, rest } from './problem.ts';

export function pairProblems(world: World): Problem[] {
  return [...services(world), ...leftOvers(world), ...sides(world), ...releases(world)];
}

/** Invariant 9: of the one that is moved all but the colour is as its user wrote it. */
function services({ api, scenario }: World): Problem[] {
  const moved = pairService('web', liveColour(api));
  const each = COLOURS.map((colour) => pairService(`web-${colour}`, colour));
  const wanted = [moved, ...(scenario.pair?.services === 'Each' ? each : [])];
  return wanted.flatMap((object) => {
    completed(object);
    const found = api.get('Service', object.metadata.name);
    if (found && isDeepStrictEqual(found['spec'], object['spec'])) return [];
    const seen = `Service ${object.metadata.name} is ${JSON.stringify(found?.['spec'])}`;
    return [{ invariant: 9 as const, seen }];
  });
}

function leftOvers(world: World): Problem[] {
  const { api } = world;
  const named = (kind: string, objects: KubeObject[]) =>
    objects.map(({ metadata }) => rest(`${kind} ${metadata.name} is left`));
  return [
    ...named('Service', api.all('Service').filter(isOwned)),
    ...named(
      'Job',
      api.all('Job').filter((job) => !forgottenOrOrphan(world, job)),
    ),
    ...named('ReleaseRequest', api.all('ReleaseRequest')),
  ];
}

function isOwned({ metadata }: KubeObject): boolean {
  return (metadata.ownerReferences ?? []).length > 0;
}

/** Held where the traffic is, and nobody's where it is not; both their users' without a policy. */
function sides(world: World): Problem[] {
  const { api } = world;
  const live = liveColour(api);
  const policy = api.get('ReleasePolicy', 'web');
  const at = (colour: Colour) => api.get('Deployment', `web-${colour}`);
  const [carrying, idle] = [at(live), at(otherColour(live))];
  if (!policy)
    return COLOURS.filter((colour) => isPaused(at(colour))).map((colour) =>
      rest(`web-${colour} was left paused`),
    );
  const { reason, message } = readyOf(policy);
  if (isResumed(world, live, reason)) return [];
  const known = ['Held', 'ReleaseAborted', 'WrittenIntoLive'].includes(reason);
  const bare = sizeOf(carrying) > 0 && readyPods(world, live) === 0 && wasWell(world, live);
  return [
    ...(known ? [] : [rest(`the policy is ${reason}: ${message}`)]),
    ...(isPaused(carrying) ? [] : [rest(`web-${live} is not held, ${reason}: ${message}`)]),
    ...(isPaused(idle) ? [rest(`web-${otherColour(live)} is held, ${reason}: ${message}`)] : []),
    ...(bare ? [rest(`web-${live} has the traffic and no ready pod`)] : []),
  ];
}

/** By people, with a template whose pods do not become ready: its own rollout has no end. */
function isResumed(world: World, live: Colour, reason: string): boolean {
  if (!world.scenario.acts.some(({ does }) => does === 'unpause')) return false;
  const paused = isPaused(world.api.get('Deployment', `web-${live}`));
  return !paused && reason === 'NativeRollout' && !wasWell(world, live);
}

/** Its pods become ready, if anybody makes them; while it is held they are not those of its template. */
function wasWell(world: World, colour: Colour): boolean {
  const { api } = world;
  const pods = api.all('Pod').filter(({ metadata }) => metadata.labels?.['version'] === colour);
  const images = [templateImage(api.get('Deployment', `web-${colour}`)), ...pods.map(imageOf)];
  return images.every((image) => {
    const { neverEvery, faintsAfterMs } = world.ways(image).pods;
    return neverEvery === 0 && faintsAfterMs === undefined;
  });
}

export function readyPods({ api }: Pick<World, 'api'>, colour: Colour): number {
  return api.all('Pod').filter((pod) => isReadyOf(pod, colour)).length;
}

function isReadyOf({ metadata, ...pod }: KubeObject, colour: Colour): boolean {
  const { conditions = [] } = (pod['status'] ?? {}) as {
    conditions?: { type: string; status: string }[];
  };
  const ready = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return (
    ready && metadata.labels?.['version'] === colour && metadata.deletionTimestamp === undefined
  );
}

function releases({ api }: World): Problem[] {
  return releasesOf(api).flatMap(({ object, name }) => {
    const { finalizers, deletionTimestamp } = object.metadata;
    if (finalizers?.includes(FINALIZER)) return [rest(`Release ${name} keeps its finalizer`)];
    return deletionTimestamp ? [rest(`Release ${name} is not gone`)] : [];
  });
}

/** What a run came to, without names of pods and times. */
export function pairOutcome({ api }: World): string {
  const side = (colour: Colour) => {
    const found = api.get('Deployment', `web-${colour}`);
    return found && [templateImage(found), sizeOf(found), isPaused(found)];
  };
  return JSON.stringify({
    live: liveColour(api),
    sides: COLOURS.map(side),
    releases: releasesOf(api)
      .map(({ name, status }) => `${name} ${status.outcome} ${status.reason}`)
      .sort(),
  });
}
