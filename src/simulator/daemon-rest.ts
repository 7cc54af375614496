/** What must be so of a DaemonSet when everything has come to rest. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/object.ts';
import { nodeOfPod, ownUpdates, podsOfDaemons, usableNodes } from './daemon-objects.ts';
import { isReady, releasesOf, type StoredRelease, templateImage } from './facts.ts';
import { imageOf } from './kubelet.ts';
import { readyOf } from './rest.ts';
import { HELD_ANNOTATION, isOnDelete, keptStrategy, strategyOf } from './stateful-objects.ts';
import { leftOvers, releases, services } from './stateful-rest.ts';
import type { World } from './world.ts';
import { back, lost, type Problem, rest } from './problem.ts';

export function daemonProblems(world: World): Problem[] {
  return [...services(world), ...leftOvers(world), ...target(world), ...releases(world)];
}

function target(world: World): Problem[] {
  const { api } = world;
  const set = api.get('DaemonSet', 'web');
  if (!set) return [];
  const policy = api.get('ReleasePolicy', 'web');
  const written = template(world, set);
  if (policy) return [...written, ...held(world, set, policy), ...running(world, set, policy)];
  const annotated = set.metadata.annotations?.[HELD_ANNOTATION] !== undefined;
  const own = wroteUpdates(world) || isDeepStrictEqual(strategyOf(set), ownOf(world));
  return [
    ...written,
    ...(annotated ? [rest('the DaemonSet keeps the annotation of Segue')] : []),
    ...(own ? [] : [lost(`updateStrategy is ${JSON.stringify(strategyOf(set))}`)]),
  ];
}

function ownOf({ scenario }: World): unknown {
  return ownUpdates(scenario.daemon?.spec ?? {});
}

function wroteUpdates({ scenario }: World): boolean {
  return scenario.acts.some(({ does }) => does === 'write strategy');
}

/** What its user wrote last stands there, but where that was taken back, or was not released when the policy went:
 * then what runs is put back, since to let it go would roll the other out. */
function template({ api, scenario, written }: World, set: KubeObject): Problem[] {
  const image = templateImage(set);
  if (image === written || !api.get('ReleasePolicy', 'web')) return [];
  // Who wrote the hold again and again finds the version that users have.
  if (releasesOf(api).some(({ status }) => status.reason === 'HoldContested')) return [];
  // Its outcome went with it.
  if (scenario.acts.some((act) => act.does === 'delete' && act.what === 'release')) return [];
  // Somebody asked for it once more.
  const again = ({ spec, status }: StoredRelease) =>
    spec.retryOf !== undefined &&
    status.outcome === 'Promoted' &&
    spec.candidate.images[0] === image;
  if (releasesOf(api).some(again)) return [];
  const taken = releasesOf(api).some(
    ({ spec, status }) => spec.candidate.images[0] === written && status.outcome === 'Aborted',
  );
  return taken ? [] : [lost(`the template is ${image}, its user wrote ${written}`)];
}

/** With what its user wrote kept for when it is let go. */
function held(world: World, set: KubeObject, policy: KubeObject): Problem[] {
  const { reason, message } = readyOf(policy);
  if (reason === 'Invalid' || reason === 'HoldContested' || isNative(reason)) return [];
  const kept = keptStrategy(set);
  const own = wroteUpdates(world) || isDeepStrictEqual(kept, ownOf(world));
  const isHeld = isOnDelete(set) && kept !== undefined;
  return [
    ...(isHeld ? [] : [rest(`it is not held, ${reason}: ${message}`)]),
    ...(own ? [] : [lost(`of its user is kept ${JSON.stringify(kept)}`)]),
  ];
}

/** Its controller waits for pods that do not come. */
function isNative(reason: string): boolean {
  return reason === 'NativeRollout' || reason === 'FirstDeploy' || reason === 'NothingRuns';
}

/** 5. On every node that can be used there is one version: that of the template. */
function running({ api }: World, set: KubeObject, policy: KubeObject): Problem[] {
  const { reason, message } = readyOf(policy);
  if (reason === 'Invalid' || isNative(reason)) return [];
  const pods = podsOfDaemons(api);
  // What users had before does not become ready: no other pod goes as long as that one is missing.
  if (reason === 'ReplacingPods' && !pods.every(isReady)) return [];
  const images = [...new Set([...pods.map(imageOf), templateImage(set)])];
  const count = usableNodes(api).length;
  return [
    ...(images.length > 1 ? [back(`${told(pods)}, the template is ${templateImage(set)}`)] : []),
    ...(['ReleaseAborted', 'Held'].includes(reason)
      ? []
      : [rest(`the policy is ${reason}: ${message}`)]),
    ...(pods.length === count ? [] : [rest(`${pods.length} pods on ${count} nodes`)]),
  ];
}

function told(pods: KubeObject[]): string {
  return pods.map((pod) => `${nodeOfPod(pod)} has ${imageOf(pod)}`).join(', ');
}

/** What a run came to, without names of pods and times. */
export function daemonOutcome({ api }: World): string {
  const set = api.get('DaemonSet', 'web');
  const ready = podsOfDaemons(api).filter(isReady);
  return JSON.stringify({
    set: set && [templateImage(set), strategyOf(set), keptStrategy(set)],
    pods: ready.map((pod) => `${nodeOfPod(pod)} ${imageOf(pod)}`),
    releases: releasesOf(api)
      .map(({ name, status }) => `${name} ${status.outcome} ${status.reason}`)
      .sort(),
  });
}
