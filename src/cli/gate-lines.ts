/** What the present stage of a release waits for, worked out from its plan and status: the stored
 * message is not rewritten while time passes. */
import { formatDuration } from '../api/duration.ts';
import type { Stage, ReleaseStatus, Task } from '../api/release.ts';
import { readWindow } from '../engine/gates.ts';
import { stageMoment, wordsOf } from '../engine/tasks.ts';
import type { ReleaseObject } from './objects.ts';

export interface GateLine {
  gate: 'Hold' | 'Approval' | 'Check' | 'Task' | 'Window' | 'Paused' | 'Step';
  open: boolean;
  text: string;
}

/** Hold, approval and checks of where the release is; the message of the step elsewhere. */
export function gateLines(release: ReleaseObject, nowMs: number): GateLine[] {
  const status: Partial<ReleaseStatus> = release.status ?? {};
  if (status.outcome !== undefined) return [];
  const { paused, gateSince } = status;
  const pauses: GateLine[] = paused
    ? [{ gate: 'Paused', open: false, text: `paused: ${paused.message}` }]
    : [];
  const gates = gatesOf(release);
  if (gates && gateSince !== undefined)
    return [
      ...pauses,
      ...openOrShut(release, gates, { nowMs, elapsedMs: nowMs - Date.parse(gateSince) }),
    ];
  if (pauses.length > 0) return pauses;
  const shut = beforehand(release, nowMs);
  if (shut.length > 0) return shut;
  return [{ gate: 'Step', open: false, text: status.message ?? 'the controller to begin' }];
}

/** The window that a release waits for before anything is touched. */
function beforehand({ spec, status }: ReleaseObject, nowMs: number): GateLine[] {
  if (status?.step !== 'Wait') return [];
  const opened = status.promoted === true || status.full === true || status.skipped === true;
  return windowLine(spec.plan.before?.window, nowMs, opened).filter(({ open }) => !open);
}

function openOrShut(
  release: ReleaseObject,
  gates: Gates,
  { nowMs, elapsedMs }: { nowMs: number; elapsedMs: number },
): GateLine[] {
  const { approved, full } = release.status ?? {};
  const promoted = release.status?.promoted === true || full === true;
  const approval: GateLine[] = gates.approval
    ? [{ gate: 'Approval', open: promoted || approved === true, text: 'approval by a person' }]
    : [];
  const checks = gates.checks.map((check) => checkLine(release, check, promoted));
  const lines = [
    ...holdLine(gates, elapsedMs, promoted),
    ...approval,
    ...taskLines(release, gates.tasks ?? [], promoted),
    ...checks,
    ...windowLine(gates.window, nowMs, promoted),
  ];
  const shut = lines.some((line) => !line.open) || release.status?.paused !== undefined;
  return shut ? lines : [...lines, { gate: 'Step', open: false, text: 'the next step to begin' }];
}

interface Gates {
  holdMs?: number | undefined;
  holdAtMostMs?: number | undefined;
  approval: boolean;
  checks: string[];
  tasks?: Task[] | undefined;
  window?: Stage['window'];
}

function gatesOf({ spec, status }: ReleaseObject): Gates | undefined {
  if (status?.step === 'Stage') return spec.plan.stages[status.stage ?? 0];
  if (status?.step !== 'Bake') return undefined;
  const { bakeMs, bakeChecks } = spec.plan;
  return { holdMs: bakeMs, approval: false, checks: spec.traffic ? bakeChecks : [] };
}

function holdLine(gates: Gates, elapsedMs: number, promoted: boolean): GateLine[] {
  const ms = gates.holdMs ?? gates.holdAtMostMs ?? 0;
  if (ms <= 0) return [];
  const leftMs = ms - elapsedMs;
  const text = gates.holdMs === undefined ? 'hold at most' : 'hold';
  const left = leftMs > 0 ? `, ${formatDuration(leftMs)} left` : '';
  // A most does not keep a release back: only its checks do.
  const open = promoted || leftMs <= 0 || gates.holdMs === undefined;
  return [{ gate: 'Hold', open, text: `${text} ${formatDuration(ms)}${left}` }];
}

function taskLines({ status }: ReleaseObject, tasks: Task[], promoted: boolean): GateLine[] {
  return tasks.map((task) => {
    const id = `${stageMoment(status?.stage)}/${task.name}`;
    const record = status?.tasks?.find((one) => one.id === id);
    const said = record?.message ? `: ${record.message}` : '';
    const open = record?.state === 'Passed' || promoted;
    return { gate: 'Task', open, text: `${wordsOf(task)}${said}` };
  });
}

function windowLine(window: Stage['window'], nowMs: number, promoted: boolean): GateLine[] {
  if (!window) return [];
  const reading = readWindow(window, nowMs);
  if (reading.is !== 'Waiting') return [{ gate: 'Window', open: true, text: 'the window is open' }];
  return [{ gate: 'Window', open: promoted, text: reading.for }];
}

function checkLine(release: ReleaseObject, check: string, promoted: boolean): GateLine {
  const verdict = release.status?.evidence?.find((entry) => entry.check === check);
  const text = verdict
    ? `check ${check}: ${verdict.verdict.toLowerCase()}, ${verdict.because}`
    : `check ${check}: not measured yet`;
  const open = verdict?.verdict === 'Pass' || (promoted && verdict?.verdict !== 'Fail');
  return { gate: 'Check', open, text };
}
