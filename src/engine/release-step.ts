/** One decision about the release in progress: answer, look for triggers, go as far as the
 * snapshot allows, then say what the world should look like. */
import type { Verdict } from '../analysis/index.ts';
import type { ReleaseStatus, Step } from '../api/release.ts';
import { sameJson } from '../api/same-json.ts';
import { discard, retreat, swapBack } from './abort.ts';
import { measuredChecks } from './checks.ts';
import { isColdAt } from './capacity.ts';
import { announceAnew } from './announce.ts';
import { withConfigText } from './config-difference.ts';
import type { Decision } from './decision.ts';
import { cleanUp, finish, restore } from './ending.ts';
import { bake, drain, enterPrepare, prepare, stage, swap } from './forward.ts';
import { noticeShortage } from './fresh-baseline.ts';
import { trafficGoal, workloadIntent } from './intent.ts';
import { noticeInterference } from './interference.ts';
import { keep } from './keep.ts';
import { isByNodes, isNative, isOrdinal } from './native.ts';
import { nodeStage } from './nodes.ts';
import { ordinalStage } from './ordinals.ts';
import { answerRequests } from './requests.ts';
import { rollStage } from './roll.ts';
import type { ReleaseSnapshot, Snapshot } from './snapshot.ts';
import { shelter } from './shelter.ts';
import { continueJobs } from './tasks.ts';
import { fireTriggers } from './triggers.ts';
import { measuredSince, Turn } from './turn.ts';
import { enterWait, wait } from './wait.ts';

/** The transitions: what each step looks at before the next one begins. */
const STEPS: Record<Step, (turn: Turn) => void> = {
  Wait: wait,
  Prepare: prepare,
  Stage: stageOf,
  Swap: swap,
  Bake: bake,
  Keep: keep,
  Drain: drain,
  Retreat: retreat,
  SwapBack: swapBack,
  Discard: discard,
  Restore: restore,
  CleanUp: cleanUp,
  Done: () => {},
};

function stageOf(turn: Turn): void {
  if (isOrdinal(turn)) return ordinalStage(turn);
  if (isByNodes(turn)) return nodeStage(turn);
  return isNative(turn) ? rollStage(turn) : stage(turn);
}

/** Also before the first one. */
export function isKnownStep(step: string | undefined): boolean {
  return step === undefined || Object.hasOwn(STEPS, step);
}

/** More steps than any one snapshot can pass through; a loop in the table would be a defect. */
const TRANSITIONS_MAX = 64;

export function stepRelease(snapshot: Snapshot, release: ReleaseSnapshot): Decision {
  const turn = new Turn(snapshot, release);
  if (turn.status.step === undefined) begin(turn);
  keepEvidence(turn);
  const handled = answerRequests(turn);
  noticeInterference(turn);
  fireTriggers(turn);
  continueJobs(turn);
  for (let i = 0; i < TRANSITIONS_MAX && !shelter(turn); i++) {
    const before = turn.status.step;
    STEPS[before ?? 'Done'](turn);
    if (turn.status.step === before) break;
  }
  announceAnew(turn);
  noticeShortage(turn);
  summarise(turn);
  return decide(turn, handled);
}

function begin(turn: Turn): void {
  if (turn.workload && turn.workload.carrier !== 'Stable') return outdated(turn);
  turn.change({ startedAt: turn.nowIso });
  if (turn.plan.before) enterWait(turn);
  else enterPrepare(turn);
  const { stable, candidate, strategy } = turn.spec;
  const from = strategy === 'none' ? '' : ` from ${stable.images.join(', ')}`;
  const config = withConfigText(turn.spec);
  turn.tell('Normal', 'ReleaseStarted', `releasing ${candidate.images.join(', ')}${from}${config}`);
  const { goesBack } = turn.plan;
  if (goesBack) turn.tell('Normal', 'StagesSkipped', `without stages: ${goesBack}`);
}

/** It was made twice, or long ago: to route to what was stable then would be an outage. Nothing is
 * touched yet, so there is nothing to take back. */
function outdated(turn: Turn): void {
  const because = `${turn.spec.stable.replicaSet} does not run any more`;
  turn.change({ startedAt: turn.nowIso, towards: 'Aborted', reason: 'Outdated', because });
  finish(turn);
}

function decide(turn: Turn, handled: string[]): Decision {
  const done = turn.status.step === 'Done';
  const traffic = trafficGoal(turn);
  const checks = done ? [] : measuredChecks(turn);
  const about = { ...shareNow(turn), ...warmth(turn) };
  const same = !turn.persistNow && sameJson(turn.status, turn.release.status);
  return {
    release: {
      status: turn.status,
      persist: turn.persistNow ? 'Now' : same ? 'Same' : 'Checkpoint',
    },
    ...(!done && { workload: workloadIntent(turn) }),
    ...(!done && traffic && { traffic }),
    ...(checks.length > 0 && {
      measure: { sinceMs: turn.sinceMs(measuredSince(turn.status)), checks, ...about },
    }),
    ...(turn.asks.length > 0 && { tasks: turn.asks }),
    handled,
    events: turn.events,
    ...(turn.wakeAtMs !== undefined && { wakeAtMs: turn.wakeAtMs }),
  };
}

/** Fills in what people and scripts read: phase, conditions, the last verdicts. */
function summarise(turn: Turn): void {
  const phase = phaseOf(turn.status);
  if (turn.status.phase !== phase) turn.change({ phase });
  const { paused } = turn.status;
  if (paused) turn.condition('Paused', 'True', paused.reason, paused.message);
  else turn.condition('Paused', 'False', 'NotPaused', 'it goes on by itself');
  if (turn.status.outcome !== undefined) return concluded(turn);
  turn.condition('Progressing', 'True', phase, 'the release is in progress');
  turn.condition('Completed', 'False', phase, 'the release is in progress');
  if (turn.status.conditions?.some(({ type }) => type === 'Promoted'))
    turn.condition('Promoted', 'False', phase, 'the release is in progress');
}

/** What was found out last of each check, in their order, before anything is decided by it; what is not asked at present
 * stays, to be gone on from. */
function keepEvidence(turn: Turn): void {
  const now = turn.evidence.map(recordOf);
  if (now.length === 0) return;
  const known = [...now, ...(turn.status.evidence ?? [])];
  const evidence = turn.spec.checks.flatMap(
    ({ name }) => known.find(({ check }) => check === name) ?? [],
  );
  turn.change({ evidence });
}

/** As it is kept: what was counted is in the words, and in what is gone on from. */
function recordOf(verdict: Verdict): NonNullable<ReleaseStatus['evidence']>[number] {
  const { check, because, isMeasured, log, outcome, wrongShare, kept } = verdict;
  return {
    check,
    verdict: verdict.verdict,
    because,
    ...(isMeasured !== undefined && { isMeasured }),
    ...(log && { log }),
    ...(outcome && { outcome }),
    ...(wrongShare !== undefined && { wrongShare }),
    ...(kept && { kept }),
  };
}

/** Which share of the requests the candidate has at present, where it is the route that says so. */
function shareNow({ status, hasTraffic, stage }: Turn): { share?: number } {
  const weight = status.traffic?.weight ?? 0;
  const isSettled = status.gateSince !== undefined;
  if (!hasTraffic || !isSettled || stage?.match || weight <= 0 || weight >= 100) return {};
  return { share: weight / 100 };
}

/** What warms up is pods and not shares; the bake goes on from what the last stage was. */
function warmth({ spec, plan, status }: Turn): { isWarm?: true } {
  if (spec.checks.every(({ warmup }) => warmup === undefined)) return {};
  const last = plan.stages.length - 1;
  const index = status.step === 'Stage' ? (status.stage ?? 0) : last;
  return isColdAt(plan.stages, index) ? {} : { isWarm: true };
}

function concluded(turn: Turn): void {
  const { reason = 'Done', message = 'it ended', outcome } = turn.status;
  turn.condition('Progressing', 'False', reason, message);
  turn.condition('Completed', 'True', reason, message);
  turn.condition('Promoted', outcome === 'Promoted' ? 'True' : 'False', reason, message);
}

function phaseOf(status: ReleaseStatus): NonNullable<ReleaseStatus['phase']> {
  if (status.outcome) return status.outcome;
  if (status.towards === 'Aborted') return 'Aborting';
  if (status.towards === 'Promoted') return 'Promoting';
  if (status.paused) return 'Paused';
  if (status.step === 'Bake') return 'Baking';
  return status.step === 'Prepare' || status.step === 'Wait' ? 'Pending' : 'Progressing';
}
