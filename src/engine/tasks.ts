/** What a release has run outside of it: each task asked for until it has answered, the answer kept in
 * the status so that nothing is run twice. */
import type { Task, TaskRecord } from '../api/release.ts';
import { pulledImages } from './pull.ts';
import type { Turn } from './turn.ts';

/** Where in the plan tasks are asked: `before`, `stage-2-tests`, `stage-2`, `after`, `on-abort`. */
type Moment = string;

export type TaskReading =
  | { is: 'Passed' }
  /** `kind`: of the task that failed. */
  | { is: 'Failed'; because: string; kind: Task['kind'] }
  | { is: 'Waiting'; for: string };

/** Where the tasks of a stage are. */
export function stageMoment(stage = 0): Moment {
  return `stage-${stage + 1}`;
}

function idOf(moment: Moment, task: Pick<Task, 'name'>): string {
  return `${moment}/${task.name}`;
}

/** One after the other: the first that has not passed decides. Asks for it, and keeps its answer. */
export function runTasks(turn: Turn, moment: Moment, tasks: readonly Task[] = []): TaskReading {
  for (const task of tasks) {
    const id = idOf(moment, task);
    const record = answered(turn, id, task) ?? recordOf(turn, id);
    if (isOver(record)) continue;
    if (record?.state === 'Failed') return failed(task, record.message);
    const round = record?.round ?? 1;
    turn.ask({ id, round, task });
    return { is: 'Waiting', for: waitText(task, noteBegin(turn, { id, round }, record)) };
  }
  return { is: 'Passed' };
}

/** The same, for what may be looked at any time: asks for nothing. */
export function readTasks(turn: Turn, moment: Moment, tasks: readonly Task[] = []): TaskReading {
  for (const task of tasks) {
    const record = recordOf(turn, idOf(moment, task));
    if (isOver(record)) continue;
    if (record?.state === 'Failed') return failed(task, record.message);
    return { is: 'Waiting', for: waitText(task, record?.message ?? '') };
  }
  return { is: 'Passed' };
}

/** It stands in nobody's way. */
function isOver(record: TaskRecord | undefined): boolean {
  return record?.state === 'Passed' || record?.state === 'Unknown';
}

function waitText(task: Task, message: string): string {
  return `${wordsOf(task)}${message === '' ? '' : `: ${message}`}`;
}

/** People read in the status what is waited for: that it began is written, and what it said first;
 * what it says later only when something else is. */
function noteBegin(
  turn: Turn,
  { id, round }: Pick<TaskRecord, 'id' | 'round'>,
  record: TaskRecord | undefined,
): string {
  const answer = turn.snapshot.tasks.find((one) => one.id === id && one.round === round);
  const before = record?.message ?? '';
  // One that has just begun anew has said nothing yet.
  const message = answer?.message || before;
  if (record && message === before) return message;
  const at = record?.at ?? turn.nowIso;
  // An empty text is left out: API servers of old take one in a patch for null, and refuse it.
  const said = message === '' ? {} : { message };
  keep(turn, { id, round, state: 'Waiting', ...said, at }, before === '');
  return message;
}

/** Jobs that have begun go on, whatever else is waited for: they are not cut off in the middle, and what
 * they come to is not lost. */
export function continueJobs(turn: Turn): void {
  for (const [moment, tasks = []] of momentsOf(turn))
    for (const task of tasks) {
      const begun = recordOf(turn, idOf(moment, task))?.state === 'Waiting';
      if (task.kind === 'Job' && begun) runTasks(turn, moment, [task]);
    }
}

/** What may be running where the release is. */
function momentsOf({ status, plan, stage }: Turn): [Moment, readonly Task[] | undefined][] {
  const { step, towards } = status;
  const here = stageMoment(status.stage);
  if (step === 'Wait') return [['before', plan.before?.tasks]];
  if (step === 'Stage')
    return [
      [`${here}-tests`, stage?.tests],
      [here, stage?.tasks],
    ];
  // Begun before an old version is kept, and on the way to the end where a newer template came meanwhile.
  if (step === 'Bake' || towards === 'Promoted') return [['after', plan.after]];
  return step === 'CleanUp' ? [['on-abort', plan.onAbort]] : [];
}

function failed(task: Task, message = 'it says no more'): TaskReading {
  const because = `${wordsOf(task)} failed: ${message}`;
  return { is: 'Failed', because, kind: task.kind };
}

/** What it is, for people. */
export function wordsOf({ kind, name, spec }: Task): string {
  if (kind === 'Webhook') return `webhook ${name}`;
  if (kind === 'Http') return `smoke test ${name}`;
  if (kind === 'Job') return `job ${name}`;
  if (kind === 'Pull') return `the pull of ${pulledImages({ spec }).join(', ') || 'the images'}`;
  const { namespace } = spec as { namespace: string };
  return `a release of the same images in namespace ${namespace}`;
}

/** Keeps an answer that has just come in; a task of an earlier round is nobody's any more. */
function answered(turn: Turn, id: string, task: Task): TaskRecord | undefined {
  const before = recordOf(turn, id);
  if (before && before.state !== 'Waiting') return undefined;
  const round = before?.round ?? 1;
  const answer = turn.snapshot.tasks.find((one) => one.id === id && one.round === round);
  if (!answer || answer.state === 'Waiting') return undefined;
  const { state, message } = answer;
  const record: TaskRecord = { id, round, state, message, at: turn.nowIso };
  keep(turn, record);
  const words = wordsOf(task);
  if (state === 'Passed') turn.tell('Normal', 'TaskPassed', `${words} passed: ${message}`);
  else if (state === 'Failed') turn.tell('Warning', 'TaskFailed', `${words} failed: ${message}`);
  else turn.tell('Warning', 'TaskUnknown', `${words}: not known, ${message}; going on`);
  return record;
}

function recordOf({ status }: Turn, id: string): TaskRecord | undefined {
  return status.tasks?.find((record) => record.id === id);
}

function keep(turn: Turn, record: TaskRecord, now = true): void {
  const others = (turn.status.tasks ?? []).filter(({ id }) => id !== record.id);
  turn.change({ tasks: [...others, record] });
  if (now) turn.persistNow = true;
}

/** Tries what failed once more: a person resumed. What has passed is not asked again. */
export function beginFailedTasksAnew(turn: Turn): void {
  const failed = (turn.status.tasks ?? []).filter(({ state }) => state === 'Failed');
  for (const { id, round } of failed)
    keep(turn, { id, round: round + 1, state: 'Waiting', at: turn.nowIso });
}
