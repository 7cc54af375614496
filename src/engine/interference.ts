/** What Segue wrote and somebody undid: put back once, and after the second time the release is
 * taken back instead of being fought for (whoever writes last would win). */
import { writerSince } from '../api/last-writer.ts';
import { subsetHolders } from '../api/routed.ts';
import { beginAbort, canAbort } from './abort.ts';
import { NEWS_MS } from './announce.ts';
import { endKeep } from './keep.ts';
import { HOLD_CONTESTED, holdRule, lostText, isLeftToOthers, TIMES_MAX } from './contest.ts';
import { direct } from './traffic.ts';
import type { TrafficReading } from './snapshot.ts';
import type { Turn } from './turn.ts';

type Undone = NonNullable<Turn['status']['undone']>;
type Traffic = NonNullable<Turn['status']['traffic']>;

const SECOND_MS = 1_000;

const SEE = 'see docs/en/own-cluster.md, GitOps';

export function noticeInterference(turn: Turn): void {
  noticeMissing(turn);
  noticeRefusal(turn);
  noticeServices(turn);
  noticeAhead(turn);
  noticeTraffic(turn);
  noticeHold(turn);
}

/** What routes was deleted; told once. Whether the release waits for it or not is for its steps. */
function noticeMissing(turn: Turn): void {
  const { traffic, towards } = turn.status;
  const reading = turn.snapshot.traffic;
  if (!reading?.missing || traffic?.readBackAt === undefined || towards !== undefined) return;
  const { readBackAt: _, ...rest } = traffic;
  turn.change({ traffic: { ...rest, since: turn.nowIso } });
  const fix = 'make it again and it is routed as before';
  turn.tell('Warning', 'RouteMissing', `${reading.message}: ${fix}`);
}

/** Who takes routes up could not; told once until it could. */
function noticeRefusal(turn: Turn): void {
  const { refused = false, accepted = false, message = '' } = turn.snapshot.traffic ?? {};
  const before = turn.status.conditions?.find(({ type }) => type === 'RouteAccepted');
  const told = before?.status === 'False';
  if (refused && !told) {
    turn.tell('Warning', 'RouteRefused', message);
    turn.condition('RouteAccepted', 'False', 'RouteRefused', message);
  }
  if (told && accepted) turn.condition('RouteAccepted', 'True', 'TakenUp', 'it was taken up');
}

/** A Service of the user's that is gone, or is none that can be routed any more. */
function noticeServices(turn: Turn): void {
  const { inTheWay = '' } = turn.snapshot.traffic ?? {};
  const told = turn.status.conditions?.find(({ type }) => type === 'Routable')?.status === 'False';
  if (told === (inTheWay !== '')) return;
  if (!told) turn.tell('Warning', 'ServiceUnfit', inTheWay);
  turn.condition(
    'Routable',
    told ? 'True' : 'False',
    'ServiceUnfit',
    inTheWay || 'it is fit again',
  );
}

/**
 * The candidate has more traffic than was asked for: by a write that came before the status which tells of it, or
 * by somebody else. Put back, it has to drain like any other that loses traffic, and nothing else would tell.
 */
function noticeAhead(turn: Turn): void {
  const { traffic, towards, drainSince } = turn.status;
  const { weight = 0, route } = turn.snapshot.traffic ?? {};
  if (!traffic || turn.plan.byPods || towards !== undefined || drainSince !== undefined) return;
  if (route !== 'Split' || weight <= traffic.weight) return;
  turn.change({ drainSince: turn.nowIso });
  turn.persistNow = true;
}

/** The route was read back where it should be, and is not there any more. */
function noticeTraffic(turn: Turn): void {
  const { traffic } = turn.status;
  const reading = turn.snapshot.traffic;
  if (!reading || traffic?.readBackAt === undefined || !moved(traffic, reading)) return;
  if (isOwn(turn, reading)) return;
  const { readBackAt: _, ...rest } = traffic;
  const isNews = isNewsOfTheSame(turn, traffic);
  turn.change({ traffic: isNews ? rest : { ...rest, since: turn.nowIso } });
  // The version that goes has had traffic until now.
  if (turn.status.drainSince !== undefined) turn.change({ drainSince: turn.nowIso });
  // Another controller, by mistake, or this one before a restart: nobody to be fought. What others take out may leave
  // no trace of them, and is no weight of Segue's.
  if (reading.own && reading.route === 'Split') return;
  if (!isNews) blame(turn, traffic, reading);
}

/** Of a route and of what has its subsets, which somebody wrote at once and was told of a moment ago. */
function isNewsOfTheSame(turn: Turn, { since }: Traffic): boolean {
  const { routers = [], services = [] } = turn.spec.traffic ?? {};
  const hasSubsets = routers.some((router) => subsetHolders(router, services).length > 0);
  if (!hasSubsets || (turn.status.undone?.traffic ?? 0) === 0) return false;
  return since !== undefined && turn.now < turn.sinceMs(since) + NEWS_MS;
}

/** Put back once; after the second time the release is taken back, and after that it is left to them. */
function blame(turn: Turn, { weight, since }: Traffic, reading: TrafficReading): void {
  const times = count(turn, 'traffic');
  const by = writerSince(reading.by, turn.sinceMs(since ?? turn.status.startedAt));
  const what = `${reading.writes} was written by ${by || 'somebody'}`;
  const rule = `tell ${by || 'it'} to leave ${reading.writes} alone (${SEE})`;
  turn.tell('Warning', 'RouteTaken', `${what}, ${ordinal(times)} time: put back; ${rule}`);
  if (times < TIMES_MAX) return;
  const because = `${what} ${times} times in this release; ${rule}`;
  if (turn.status.step === 'Keep') return endKeep(turn, because);
  if (canAbort(turn)) return beginAbort(turn, 'RouteContested', because);
  // The user's own Service leads to every pod there is, and the pods of the version that has to go are what is
  // taken away next.
  if (isLeftToOthers(turn)) direct(turn, { route: 'Service', weight });
}

/** One that is gone carries no traffic, and one back at the user's Service is nobody's to move. */
function moved(wanted: Traffic, reading: TrafficReading): boolean {
  if (reading.missing || wanted.route === 'Service') return false;
  return reading.route !== wanted.route || reading.weight !== wanted.weight;
}

/** Written by Segue before a restart that came before the status which tells of it. */
function isOwn({ status, plan }: Turn, { route, weight }: TrafficReading): boolean {
  if (status.step !== 'Stage' || status.towards !== undefined || route !== 'Split') return false;
  const at = status.stage ?? 0;
  return plan.stages.slice(at, at + 2).some((stage) => stage.weight === weight);
}

/** The target was resumed. The hold is taken back by the intent, in this very turn. */
function noticeHold(turn: Turn): void {
  const { workload } = turn;
  // Sent on a move of its own, it is not held; and resumed by others at a hold it does not move.
  if (!workload || workload.held || workload.move) return;
  if (workload.ordinals?.moving !== undefined) return;
  const { holdGeneration } = turn.status.undone ?? {};
  // The pause may be on its way still.
  if (holdGeneration === workload.generation) return;
  const times = count(turn, 'hold', { holdGeneration: workload.generation });
  const { kind, name } = turn.spec.target;
  // What set the release off was of its first second.
  const by = writerSince(workload.by, turn.sinceMs(turn.status.startedAt) + SECOND_MS);
  const { what, fix } = lostText(kind, name, by);
  const rule = `${holdRule(kind)} (${SEE})`;
  turn.tell('Warning', 'HoldLost', `${what}, ${ordinal(times)} time: ${fix}; ${rule}`);
  if (times < TIMES_MAX || !canAbort(turn)) return;
  const because = `${what} ${times} times in this release; ${rule}`;
  if (turn.status.step === 'Keep') return endKeep(turn, because);
  beginAbort(turn, HOLD_CONTESTED, because);
  const images = turn.spec.stable.images.join(', ');
  turn.tell('Warning', 'TemplateRestored', `the template is put back to ${images}`);
}

function count(turn: Turn, what: 'traffic' | 'hold', rest: Partial<Undone> = {}): number {
  const times = (turn.status.undone?.[what] ?? 0) + 1;
  turn.change({ undone: { ...turn.status.undone, [what]: times, ...rest } });
  return times;
}

function ordinal(times: number): string {
  return { 1: 'the first', 2: 'the second', 3: 'the third' }[times] ?? `the ${times}th`;
}
