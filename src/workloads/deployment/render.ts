/** The writes that are missing between a Deployment with its sets and an intent, in order. */
import type {
  NativeIntent,
  ReleaseIntent,
  WorkloadIntent,
  WorkloadObjects,
} from '../../ports/workload.ts';
import type { Write } from '../../ports/write.ts';
import {
  abandonedWrites,
  absentWrites,
  emptySetWrites,
  handBackWrites,
  obsoleteSets,
  obsoleteWrites,
  outgoingGoneWrites,
  outgoingWrites,
  keptWrites,
  presentWrites,
} from './candidate.ts';
import { failureWrites } from './failure-condition.ts';
import { freshWrites } from './fresh.ts';
import { holdWrites, releaseHoldWrites, rogueWrites, templateWrites } from './hold.ts';
import { backWrites, goneWrites, moveWrites, ownWrites, standWrites } from './native.ts';
import { nextSwapStep } from './swap.ts';
import { type View, viewOf, viewSets } from './view.ts';

/**
 * One write an object at most: the next one needs the version that the first one makes, and comes
 * with the next render. Empty when nothing is missing, and while something has to be waited for.
 */
export function render(intent: WorkloadIntent, objects: WorkloadObjects): Write[] {
  const view = viewOf(objects);
  if (!view)
    return intent.release ? abandonedWrites(intent.release, viewSets(objects.sets, undefined)) : [];
  const { release, template } = intent;
  if (release?.native?.phase === 'Move') return moveWrites(release, release.native, view, template);
  const hold = holdWrites(intent, view);
  // Before it is held nothing else is safe: every other write is for a Deployment that rests.
  if (hold.length > 0) return hold;
  return oncePerObject([
    ...rogueWrites(intent, view),
    ...templateWrites(intent, view),
    ...(intent.release ? releaseWrites(intent.release, view) : []),
    ...releaseHoldWrites(intent, view),
    ...failureWrites(intent, view.target),
  ]);
}

function releaseWrites(release: ReleaseIntent, view: View): Write[] {
  const { native } = release;
  if (native?.phase === 'Hold') {
    const empty = emptySetWrites(release, view);
    return [...(empty === 'Wait' ? [] : empty), ...standWrites(native, view)];
  }
  if (native?.phase === 'Own')
    return [...keptWrites(release, view), ...ownWrites(native, release.strategy, view)];
  if (native) return [...nativeWrites(release, native, view), ...heldWrites(release, view)];
  const obsolete = obsoleteSets(release, view);
  if (obsolete.length > 0) return obsoleteWrites(obsolete);
  return heldWrites(release, view);
}

function nativeWrites(release: ReleaseIntent, native: NativeIntent, view: View): Write[] {
  return [
    ...backWrites(release, view),
    ...goneWrites(release, view),
    ...ownWrites(native, release.strategy, view),
  ];
}

/** While the Deployment is held: the set that is the Release's, and who has which of the two. */
function heldWrites(release: ReleaseIntent, view: View): Write[] {
  const swap = swapWrites(release, view);
  return [
    ...keptWrites(release, view),
    ...presentWrites(release, view),
    ...swap.writes,
    ...outgoingWrites(release, view),
    ...(swap.done && release.carrier === 'Candidate'
      ? [...handBackWrites(release, view), ...outgoingGoneWrites(release, view)]
      : []),
    ...absentWrites(release, view.sets),
    ...freshWrites(release, view),
  ];
}

function swapWrites(release: ReleaseIntent, view: View): { writes: Write[]; done: boolean } {
  const stable = view.sets.find((set) => set.name === release.stable);
  const candidate = view.sets.find((set) => set.name === release.candidate.name);
  const towards = release.carrier;
  const [incoming, outgoing] = towards === 'Candidate' ? [candidate, stable] : [stable, candidate];
  const { owner, strategy } = release;
  const step = nextSwapStep({ ...view, incoming, outgoing, towards, owner, strategy });
  return { writes: step.kind === 'Write' ? [step.write] : [], done: step.kind === 'Done' };
}

function oncePerObject(writes: Write[]): Write[] {
  const seen = new Set<string>();
  return writes.filter((write) => {
    const [kind, name] =
      write.op === 'Create'
        ? [write.object.kind, write.object.metadata.name]
        : [write.target.kind, write.target.name];
    const key = `${kind}/${name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
