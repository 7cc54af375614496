/**
 * After the bake, where the policy says so: the release has its outcome, and the old version keeps its
 * pods for a way back at a moment's notice. They match the selectors of the user's Service and of the
 * target, so that the traffic stays routed to the new version and the old set stays the Release's.
 * Nothing is judged here any more: what happens to the new version is as it would be without a release.
 */
import { beginAbort } from './abort.ts';
import { configNews } from './config.ts';
import { drainsSince, enterDrain } from './forward.ts';
import { pairChanged } from './pair.ts';
import { direct, settled } from './traffic.ts';
import type { Turn } from './turn.ts';

/** Until its time is over, somebody says so, or something newer comes. */
export function keep(turn: Turn): void {
  if (!turn.workload?.stable) return endKeep(turn, 'its set was deleted');
  if (turn.hasTraffic) direct(turn, { route: 'Split', weight: 100 });
  const there = settled(turn);
  if (there) turn.change({ drainSince: drainsSince(turn) });
  const over = isOver(turn);
  if (over !== undefined && (there || isStuck(turn))) return endKeep(turn, over);
  if (!there) return;
  const { paused } = turn.status;
  if (paused) return turn.waitFor(`${keptText(turn)}, paused: ${paused.message}`);
  const endMs = endOf(turn);
  const until = endMs === undefined ? '' : `, or until ${new Date(endMs).toISOString()}`;
  turn.waitFor(`${keptText(turn)} until the next release${until}`);
}

/** Why it has been kept for long enough; undefined when it has not. */
function isOver(turn: Turn): string | undefined {
  const { promoted, full, skipped, paused } = turn.status;
  if (promoted || full || skipped) return 'as asked for';
  const endMs = endOf(turn);
  if (paused || endMs === undefined) return undefined;
  if (turn.now >= endMs) return 'its time is over';
  turn.wakeAt(endMs);
  return undefined;
}

function endOf({ plan, status }: Turn): number | undefined {
  if (plan.keepMs === undefined || status.endedAt === undefined) return undefined;
  return Date.parse(status.endedAt) + plan.keepMs;
}

/** The traffic is not where it should be: bounded, since a version without pods never takes it up. */
function isStuck(turn: Turn): boolean {
  const { since, readBackAt } = turn.status.traffic ?? {};
  if (readBackAt !== undefined || since === undefined) return false;
  const endMs = turn.sinceMs(since) + turn.plan.progressDeadlineMs;
  turn.wakeAt(endMs);
  return turn.now >= endMs;
}

function keptText({ spec }: Turn): string {
  const [now, before] = [spec.candidate, spec.stable].map(({ images }) => images.join(', '));
  return `${now} is released; ${before} is kept for a way back`;
}

/** The old version goes; the outcome stays what it is. */
export function endKeep(turn: Turn, because: string): void {
  const images = turn.spec.stable.images.join(', ');
  const { traffic, drainSince } = turn.status;
  // What others moved may reach it still.
  const away = turn.hasTraffic && traffic?.readBackAt === undefined;
  turn.change({ drainSince: away ? turn.nowIso : drainSince });
  enterDrain(turn);
  turn.tell('Normal', 'KeepEnded', `${images} is not kept any longer: ${because}`);
}

/** What ends it from outside. Only stable's own template is a way back. */
export function endKeepOnTriggers(turn: Turn): void {
  const { workload, snapshot, release, spec } = turn;
  const template = workload?.templateHash;
  if (!workload) return endKeep(turn, 'the workload was deleted');
  if (release.deleting) return endKeep(turn, 'the Release object was deleted');
  if (!snapshot.policy || snapshot.policy.deleting)
    return endKeep(turn, 'the ReleasePolicy was deleted');
  if (pairChanged(turn)) return endKeep(turn, 'a newer revision arrived');
  if (spec.pair) return;
  if (template === spec.stable.templateHash)
    return beginAbort(turn, 'TemplateReverted', "the stable version's template was put back");
  if (template !== spec.candidate.templateHash) return endKeep(turn, 'a newer revision arrived');
  const news = configNews(turn);
  if (news === 'Reverted')
    return beginAbort(turn, 'ConfigReverted', "the stable version's configuration was put back");
  if (news) endKeep(turn, 'the configuration has changed');
}
