/**
 * Watches a run by the invariants of ARCHITECTURE.md. They look at what is stored, at every write of
 * anybody, and at how long something stays so while nothing disturbs the world (`calm`): with caches
 * held back, processes stopped or rivals at work Segue cannot know better, and is given what it may
 * still believe. Invariant 4 compares whole runs: see run.ts.
 */
import type { Checker, Invariant, Report } from './checker.ts';
import { Course } from './course.ts';
import { defaultsHold, gatesAreWaitedFor, hooksRunOnce } from './invariants-of-gates.ts';
import {
  pairAbortsAtOnce,
  pairCapacity,
  pairForeignFields,
  pairHolds,
  pairKeepsPods,
} from './invariants-of-pairs.ts';
import { freshStaysSmall } from './invariants-of-fresh.ts';
import { othersAreLeft, routesAreReady, routesLeadSomewhere } from './invariants-of-routes.ts';
import {
  awayIsLeft,
  comesBackAsItWas,
  fewMissing,
  isNotAskedInVain,
  nodesHold,
  readyIsEvicted,
  refusalIsSaid,
  takenBackStays,
  templateFirst,
  updatesAreKept,
  zonesApart,
} from './invariants-of-nodes.ts';
import {
  carriedBeforeTheyGo,
  sharesFollowPods,
  sharesGoBackAtOnce,
  weightsSettleFirst,
} from './invariants-of-ordinal-shares.ts';
import {
  heldStartsNothing,
  highestFirst,
  oneAtATime,
  ordinalsHold,
  strategyIsKept,
} from './invariants-of-ordinals.ts';
import {
  foreignFieldsSurvive,
  missingIsNoPass,
  nothingForNothing,
  outcomesHaveReasons,
  rejectedStaysRejected,
} from './invariants-of-releases.ts';
import {
  capacityBeforeTraffic,
  deletionsLoseNothing,
  neverTooSmall,
  trafficBeforeScaleDown,
} from './invariants-of-traffic.ts';
import { abortAtOnce, readBackFirst } from './invariants-of-weights.ts';
import { holdsHold, neverTogether, rollsWithinLimits } from './invariants-of-rolling.ts';
import type { Violation } from './violation.ts';
import { START_MS, type World } from './world.ts';

export interface Checkers {
  found: Violation | undefined;
  report(invariant: Violation['invariant'], seen: string): void;
}

/** By number; a later strategy or workload adds its own beside them. */
const INVARIANTS: Record<number, Invariant> = {
  1: both(capacityBeforeTraffic, routesAreReady),
  2: trafficBeforeScaleDown,
  3: both(neverTooSmall, rollsWithinLimits, neverTogether),
  5: abortAtOnce,
  6: missingIsNoPass,
  7: nothingForNothing,
  8: readBackFirst,
  9: both(foreignFieldsSurvive, othersAreLeft),
  10: outcomesHaveReasons,
  11: both(deletionsLoseNothing, routesLeadSomewhere),
  12: both(rejectedStaysRejected, holdsHold),
  13: both(gatesAreWaitedFor, defaultsHold),
  14: hooksRunOnce,
  15: freshStaysSmall,
};

/** Of two Deployments that take turns. */
const INVARIANTS_OF_PAIRS: Record<number, Invariant> = {
  1: pairCapacity,
  2: pairKeepsPods,
  5: pairAbortsAtOnce,
  7: nothingForNothing,
  9: pairForeignFields,
  10: outcomesHaveReasons,
  12: pairHolds,
  13: both(gatesAreWaitedFor, defaultsHold),
  14: hooksRunOnce,
};

/** Of a StatefulSet; shares only where a route has them. */
const INVARIANTS_OF_STATEFUL: Record<number, Invariant> = {
  1: both(sharesFollowPods, routesAreReady),
  2: carriedBeforeTheyGo,
  3: both(oneAtATime, highestFirst),
  5: sharesGoBackAtOnce,
  6: missingIsNoPass,
  7: nothingForNothing,
  8: weightsSettleFirst,
  9: both(foreignFieldsSurvive, strategyIsKept, othersAreLeft),
  10: outcomesHaveReasons,
  12: both(rejectedStaysRejected, ordinalsHold, heldStartsNothing),
  13: both(gatesAreWaitedFor, defaultsHold),
  14: hooksRunOnce,
};

/** Of a DaemonSet. */
const INVARIANTS_OF_DAEMONS: Record<number, Invariant> = {
  2: readyIsEvicted,
  3: both(fewMissing, awayIsLeft, zonesApart),
  6: missingIsNoPass,
  7: both(nothingForNothing, isNotAskedInVain),
  9: both(foreignFieldsSurvive, updatesAreKept),
  10: both(outcomesHaveReasons, refusalIsSaid),
  12: both(nodesHold, templateFirst, takenBackStays, comesBackAsItWas),
  13: both(gatesAreWaitedFor, defaultsHold),
  14: hooksRunOnce,
};

function invariantsOf(scenario: World['scenario']): Record<number, Invariant> {
  const { pair, stateful, daemon } = scenario;
  if (daemon) return INVARIANTS_OF_DAEMONS;
  if (pair) return INVARIANTS_OF_PAIRS;
  return stateful ? INVARIANTS_OF_STATEFUL : INVARIANTS;
}

function both(...all: Invariant[]): Invariant {
  return (course, report) => all.flatMap((one) => one(course, report));
}

export function startCheckers(world: World): Checkers {
  const course = new Course(world);
  const checkers: Checkers = {
    found: undefined,
    report(invariant, seen) {
      checkers.found ??= { invariant, seen, atMs: world.clock.now() - START_MS };
    },
  };
  const all = Object.entries(invariantsOf(world.scenario)).flatMap(([number, begin]) => {
    const report: Report = (seen) => checkers.report(Number(number), seen);
    return begin(course, report).map((checker) => ({ ...checker, report }));
  });
  const dogs = all.flatMap(({ never, report }) => (never ? [watchdog(world, never, report)] : []));
  world.api.onChange((change) => {
    course.take(change);
    for (const { change: look } of all) look?.(change);
    for (const look of dogs) look();
  });
  world.writeListeners.push((write) => {
    for (const { write: look } of all) look?.(write);
  });
  return checkers;
}

/** Reports what stays so for too long in calm. */
function watchdog(
  world: World,
  { is, longerThanMs }: NonNullable<Checker['never']>,
  report: Report,
): () => void {
  let sinceMs: number | undefined;
  let set = false;
  const endMs = () => Math.max(sinceMs ?? Infinity, world.calmSinceMs) + longerThanMs;
  const ring = (): void => {
    set = false;
    if (sinceMs === undefined) return;
    const seen = is();
    if (seen === undefined) sinceMs = undefined;
    else if (world.clock.now() >= endMs()) report(seen);
    else arm();
  };
  const arm = (): void => {
    if (set) return;
    set = true;
    world.clock.at(endMs(), ring);
  };
  return () => {
    if (is() === undefined) sinceMs = undefined;
    else {
      sinceMs ??= world.clock.now();
      arm();
    }
  };
}
