/**
 * DaemonSets: held, their controller replaces no pod by itself. Segue asks the old pods to go, batch of nodes by
 * batch, as a drained node would, and each comes anew with what the template says: the new version. So does one
 * that nobody asked to go, on a node that is new: it counts as one more that is done.
 */
import type { NodesState } from '../ports/workload.ts';
import { awaitCandidate } from './candidate-serves.ts';
import { enterLastStage } from './forward.ts';
import { journalOwn } from './native.ts';
import {
  type Batch,
  type BatchLimits,
  goingNow,
  nextBatch,
  type Standing,
} from './node-batches.ts';
import {
  type Daemons,
  isDaemons,
  noticeRefusal,
  limitsOf,
  refusalOf,
  REFUSED_LOOK_MS,
  standing,
} from './node-standing.ts';
import { goalOf, isWhole, mayMove, reached } from './roll.ts';
import type { Turn } from './turn.ts';

/** One stage: batch by batch, then gates. */
export function nodeStage(turn: Turn): void {
  const { workload, status, plan } = turn;
  if (!isDaemons(workload)) return;
  journalOwn(turn);
  if (status.full && turn.stage !== plan.stages.at(-1)) return enterLastStage(turn, nodeStage);
  tellOfAway(turn, workload.nodes);
  if (!workload.held) return turn.waitFor('the hold to be taken again');
  if (isAllAway(workload)) return turn.waitFor('a node on which a pod can be replaced');
  const at = standing(turn, workload);
  const limits = limitsOf(turn, workload);
  const goal = goalOf(turn, workload);
  const under = batchUnderWay(turn, at, goal);
  if (under) return moveOn(turn, { batch: under, at, limits });
  if (!isWhole(turn, workload)) return;
  const batch = mayMove(turn, workload) ? nextBatch(at, { goal, ...limits }) : undefined;
  if (batch) return beginBatch(turn, { batch, at, limits });
  turn.change({ move: undefined });
  reached(turn, nodeStage);
}

function isAllAway({ replicas, nodes }: Daemons): boolean {
  return replicas === 0 && nodes.away.length > 0;
}

interface Moving {
  batch: Batch;
  at: Standing;
  limits: BatchLimits;
}

/** The one that the status tells of, where it has nodes left. Paused by a person it stays as far as it is. */
function batchUnderWay(turn: Turn, at: Standing, goal: number): Batch | undefined {
  const { workload, status } = turn;
  const [, digits, , group = ''] = /^nodes-(\d+)-(\d+) ?(.*)$/.exec(status.move ?? '') ?? [];
  if (digits === undefined || !workload || !mayMove(turn, workload)) return undefined;
  const end = Math.min(Number(digits), goal);
  const left = at.moved < end && at.old.some((pod) => pod.group === group);
  return left ? { end, group } : undefined;
}

function beginBatch(turn: Turn, moving: Moving): void {
  turn.change({ availableSince: undefined, gateSince: undefined });
  // A restart must not count the time of the batches before against this one.
  turn.persistNow = true;
  moveOn(turn, moving);
}

/** Each pod that comes gives the next ones the time of the deadline anew; a budget that refuses takes nothing
 * of it. */
function moveOn(turn: Turn, { batch, at, limits }: Moving): void {
  const move = `nodes-${batch.end}-${at.ready} ${batch.group}`.trim();
  if (turn.status.move !== move) turn.change({ move, unavailableSince: turn.nowIso });
  const evict = goingNow(at, batch, limits.missing);
  turn.nodes = { evict, delete: [] };
  const left = `${at.ready} of ${batch.end} nodes done${batch.group && `, now ${batch.group}`}`;
  const refused = refusalOf(turn, evict);
  noticeRefusal(turn, at.ready === at.moved ? refused : '');
  if (refused !== '' && at.ready === at.moved) {
    turn.change({ unavailableSince: undefined });
    return turn.waitFor(`${left}: ${refused}`);
  }
  if (turn.status.unavailableSince === undefined) turn.change({ unavailableSince: turn.nowIso });
  turn.wakeAt(refused === '' ? undefined : turn.now + REFUSED_LOOK_MS);
  awaitCandidate(turn, left + (refused && `: ${refused}`));
}

const NAMED_MAX = 5;

/** `node-a (it is cordoned) and 3 more`. */
function awayText({ away }: Pick<NodesState, 'away'>): string {
  const named = away.slice(0, NAMED_MAX).map(({ name, because }) => `${name} (${because})`);
  const more = away.length > NAMED_MAX ? ` and ${away.length - NAMED_MAX} more` : '';
  return named.join(', ') + more;
}

const CONDITION = 'AllNodes';

/** Said once for each set of them. */
function tellOfAway(turn: Turn, nodes: NodesState): void {
  const text = awayText(nodes);
  const before = turn.status.conditions?.find(({ type }) => type === CONDITION);
  if (text === '') {
    if (before?.status === 'False') turn.condition(CONDITION, 'True', 'NodesBack', 'all count');
    return;
  }
  const message = `left out, and done when they are back: ${text}`;
  if (before?.status === 'False' && before.message === message) return;
  turn.condition(CONDITION, 'False', 'NodesLeftOut', message);
  turn.tell('Warning', 'NodesLeftOut', message);
}
