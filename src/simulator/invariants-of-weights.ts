/** The invariants that speak of what routes send, and of when that counts: 5 and 8. */
import type { KubeObject } from '../api/object.ts';
import type { Stage } from '../api/release.ts';
import { AT_ONCE_MS, type Checker, type Report } from './checker.ts';
import type { Course } from './course.ts';
import {
  asRelease,
  matchedPercent,
  openRelease,
  OURS,
  pinOf,
  sharesService,
  type StoredRelease,
} from './facts.ts';
import { percentTo, unlikePlanned } from './routes/reading.ts';

/**
 * 5. In calm the candidate has no share any more a moment after the status says that it is taken
 * back, and the status says so a moment after a person asked.
 */
export function abortAtOnce(course: Course): Checker[] {
  const { api } = course.world;
  return [
    {
      never: {
        longerThanMs: AT_ONCE_MS,
        is() {
          const open = openRelease(api);
          if (open?.status.towards !== 'Aborted') return undefined;
          const share = candidateShare(course, open);
          return share > 0 ? `${share} % still goes to what is taken back` : undefined;
        },
      },
    },
    {
      never: {
        longerThanMs: AT_ONCE_MS,
        is() {
          const open = openRelease(api);
          const asked = api
            .all('ReleaseRequest')
            .some(({ spec }) => (spec as { action: string }).action === 'Abort');
          return open && asked ? 'an abort is not answered' : undefined;
        },
      },
    },
  ];
}

function candidateShare({ world, routing }: Course, open: StoredRelease): number {
  const { hash } = open.spec.candidate;
  if (!routing) return pinOf(world.api.get('Service', 'web')) === hash ? 100 : 0;
  const ways = routing.readings.flatMap((one) => one.ways);
  const weights = ways.map((way) => percentTo(way, 'web-candidate'));
  return Math.max(...weights, matchedPercent(routing));
}

/**
 * 8. The gates of a stage begin to count only when its weight was stored and accepted at least the
 * settle time before; and Segue's Services go only when no route has led to them for that long.
 */
export function readBackFirst(course: Course, report: Report): Checker[] {
  return [
    {
      change({ by, before, after }) {
        if (!by.startsWith('segue')) return;
        if (before?.kind === 'Release' && after)
          gatesBegin(course, { was: asRelease(before), is: asRelease(after), report });
        if (before?.kind === 'Service' && !after) serviceGoes(course, before, report);
      },
    },
  ];
}

interface Step {
  was: StoredRelease;
  is: StoredRelease;
  report: Report;
}

function gatesBegin(course: Course, { was, is, report }: Step): void {
  const { gateSince, step, stage = 0 } = is.status;
  if (step !== 'Stage' || gateSince === undefined || was.status.gateSince !== undefined) return;
  if (sharesService(is)) return;
  const planned = is.spec.plan.stages[stage];
  const weight = planned?.weight ?? 0;
  // Not waited for, where people deleted what it leads to: routers take up no way to nobody.
  if (weight === 0 && course.deletedByPeople.size > 0) return;
  if (!wasReadBack(course, is, { weight, gateSince }))
    report(`stage ${stage} counts weight ${weight} before it was read back and settled`);
  const unlike = unlikeStage(course, planned);
  if (unlike !== undefined) report(`stage ${stage} counts, and ${unlike}`);
}

/** Single requests go as the stage says. Where a route was edited a moment ago it is what Segue may not know yet. */
function unlikeStage(course: Course, planned: Stage | undefined): string | undefined {
  const byPeople = course.routedByPeopleMs >= course.believedSinceMs;
  // Everything goes to the candidate anyway.
  if (!planned || planned.weight === 100 || byPeople) return undefined;
  const readings = course.routing?.readings ?? [];
  return readings.map((one) => unlikePlanned(one, planned)).find((one) => one !== undefined);
}

export function wasReadBack(
  { routes, world }: Course,
  { spec }: StoredRelease,
  { weight, gateSince }: { weight: number; gateSince: string },
): boolean {
  const settledMs = Date.parse(gateSince) - spec.plan.settleMs;
  const version = weight > 0 ? 'candidate' : 'stable';
  const key = world.scenario.routed ? `web-${version}` : spec[version].hash;
  const wanted = weight > 0 ? weight : 100;
  // The status has whole milliseconds, and what happens has parts of them.
  return routes.some(
    ({ atMs, is: { weights, accepted } }) =>
      Math.floor(atMs) <= settledMs && accepted && weights.get(key) === wanted,
  );
}

export function serviceGoes(
  { world, now, routes }: Course,
  service: KubeObject,
  report: Report,
): void {
  const open = openRelease(world.api);
  const { name } = service.metadata;
  if (!OURS.includes(name) || !open || !world.scenario.routed) return;
  const leads = ({ is }: (typeof routes)[number]) =>
    is.readings.some(({ by, names, heard }) => (by.announces ? heard : names).has(name));
  const used = routes.findLastIndex(leads);
  if (used < 0) return;
  const left = routes[used + 1];
  const named = routes.at(-1)?.is.readings.some(({ names }) => names.has(name));
  if (!left || named) return report(`Service ${name} goes while the route leads to it`);
  const accepted = routes.slice(used + 1).find(({ is }) => is.accepted);
  const sinceMs = now - (accepted?.atMs ?? Infinity);
  if (sinceMs < open.spec.plan.settleMs)
    report(`Service ${name} goes before the route without it was accepted and settled`);
}
