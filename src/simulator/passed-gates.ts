/** What a release has gone past from one status to the next. */
import type { ReleaseWindow } from '../api/gates.ts';
import type { Stage, Task } from '../api/release.ts';
import type { StoredRelease } from './facts.ts';

/** What was gone past in one write of the status. */
export interface Gate {
  does: string;
  window?: ReleaseWindow | undefined;
  tasks: readonly Task[];
  moment: string;
  /** When it was gone past, and since when a person may have asked for it. */
  atMs: number;
  sinceMs: number;
}

interface Step {
  was: StoredRelease;
  is: StoredRelease;
  /** When the stage was come to that is left: where pods are the shares the sets change places within it. */
  cameMs: number;
}

/** It has touched nothing yet. */
export function isWaiting({ status: { step } }: StoredRelease): boolean {
  return step === undefined || step === 'Wait';
}

/** When its present step or stage began. */
export function beganMs({ status }: StoredRelease): number {
  return Date.parse(status.stepSince ?? '');
}

export function passedGates(step: Step): Gate[] {
  return [...begun(step), ...left(step), ...raised(step)];
}

function begun({ was, is }: Step): Gate[] {
  if (!isWaiting(was) || isWaiting(is)) return [];
  const { window, tasks = [] } = is.spec.plan.before ?? {};
  const sinceMs = Date.parse(is.object.metadata.creationTimestamp ?? '');
  return [{ does: 'begins', window, tasks, moment: 'before', atMs: beganMs(is), sinceMs }];
}

function left(step: Step): Gate[] {
  const { was, cameMs } = step;
  const stage = leftStage(step);
  if (!stage) return [];
  const { window, tests = [], tasks = [] } = stage;
  const number = (was.status.stage ?? 0) + 1;
  const gone = { does: `leaves stage ${number}`, atMs: leftMs(step), sinceMs: cameMs };
  return [
    { ...gone, ...(hasPassed(step) ? {} : { window }), tasks, moment: `stage-${number}` },
    { ...gone, tasks: tests, moment: `stage-${number}-tests` },
  ];
}

/** The stage after it was gone past as well before the status was written: nothing tells when that began, where its
 * pods were there already. */
function hasPassed({ was, is }: Pick<Step, 'was' | 'is'>): boolean {
  const { step, stage = 0 } = is.status;
  return is.spec.plan.roll !== undefined && step !== 'Stage' && stage > (was.status.stage ?? 0);
}

/** A status may have been kept in memory for a while: the traffic tells when it was sent on, where it is
 * that of the next stage already. */
function leftMs({ was, is }: Step): number {
  const { stages, roll } = is.spec.plan;
  const { stage: from = 0 } = was.status;
  const [here, next] = [stages[from]?.weight, stages[from + 1]?.weight];
  const { weight, since = '' } = is.status.traffic ?? {};
  const sentMs = Date.parse(since);
  // Where pods are changed one by one, the only one has all of the traffic at every stage.
  const isSent = !roll && weight === next && next !== here && sentMs > beganMs(was);
  return Math.min(beganMs(is), ...(isSent ? [sentMs] : []), ...growsMs({ was, is }));
}

/** Where pods are the shares the next stage began when it asked for them, and may have come to its swap since. */
function growsMs({ was, is }: Pick<Step, 'was' | 'is'>): number[] {
  const { unavailableSince, step } = is.status;
  if (is.spec.plan.byPods !== true || step !== 'Swap' || unavailableSince === undefined) return [];
  const sinceMs = Date.parse(unavailableSince);
  return sinceMs > beganMs(was) ? [sinceMs] : [];
}

function leftStage({ was, is }: Step): Stage | undefined {
  const { stages, byPods } = is.spec.plan;
  const { stage: from = 0, step } = was.status;
  if (step !== 'Stage' || is.status.step === 'Prepare') return undefined;
  // Where pods are the shares the sets change places within a stage.
  const within = is.status.step === 'Stage' || (byPods === true && is.status.step === 'Swap');
  const stays = within && (is.status.stage ?? 0) <= from;
  return stays ? undefined : stages[from];
}

function raised({ was, is }: Step): Gate[] {
  const { stage: at = 0, step, traffic } = is.status;
  const here = is.spec.plan.stages[at];
  if (step !== 'Stage' || !here || !traffic) return [];
  const { weight, since } = traffic;
  if (weight !== here.weight || weight <= weightOf(was)) return [];
  const atMs = since === undefined ? beganMs(is) : Date.parse(since);
  const number = at + 1;
  const gone = { does: `sends ${weight} % at stage ${number}`, atMs, sinceMs: beganMs(is) };
  const moment = `stage-${number}-tests`;
  return [
    { ...gone, moment, tasks: here.tests ?? [] },
    // Who let it past that window may have said so at any stage before.
    { ...gone, moment, tasks: [], window: windowBefore(is, at), sinceMs: 0 },
  ];
}

/** Where pods are the shares they have it as soon as they are there. */
function windowBefore({ spec }: StoredRelease, stage: number): ReleaseWindow | undefined {
  const { byPods, before, stages } = spec.plan;
  return byPods ? undefined : (stages[stage - 1] ?? before)?.window;
}

function weightOf({ status }: StoredRelease): number {
  return status.traffic?.weight ?? 0;
}
