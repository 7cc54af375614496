/** What was decided about releases and is not written yet: kept in memory, found again while what is
 * stored is what it was decided on, and due to be written after a while. */
import type { KubeObject } from '../api/object.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { sameJson } from '../api/same-json.ts';
import type { Clock } from '../ports/clock.ts';

export interface CheckpointTimes {
  /** How long what a restart finds out again by itself may stay unwritten. */
  checkpointMs?: number;
  /** The same, for where a release is: its step, stage and traffic. */
  positionCheckpointMs?: number;
}

const CHECKPOINT_MS = 300_000;
const POSITION_CHECKPOINT_MS = 60_000;
const VERDICT_CHECKPOINT_MS = 10_000;

export class Checkpoints {
  private readonly held = new Map<string, { stored: ReleaseStatus; status: ReleaseStatus }>();
  private readonly writtenAtMs = new Map<string, number>();
  private readonly clock: Clock;
  private readonly times: CheckpointTimes;

  constructor(clock: Clock, times: CheckpointTimes = {}) {
    this.clock = clock;
    this.times = times;
  }

  /** The status that was decided last, unless somebody else has written another one since. */
  readonly find = (release: KubeObject): ReleaseStatus | undefined => {
    const overlay = this.held.get(uidOf(release));
    if (!overlay) return undefined;
    if (sameJson(overlay.stored, storedStatus(release))) return overlay.status;
    this.held.delete(uidOf(release));
    return undefined;
  };

  hold(release: KubeObject, status: ReleaseStatus): void {
    this.held.set(uidOf(release), { stored: storedStatus(release), status });
  }

  /** What differs from what is stored has waited long enough. */
  isDue(release: KubeObject, status: ReleaseStatus): boolean {
    const dueInMs = this.dueInMs(release, status);
    return dueInMs !== undefined && dueInMs <= 0;
  }

  /** How long this status may still stay unwritten; undefined when it is what is stored. */
  dueInMs(release: KubeObject, status: ReleaseStatus): number | undefined {
    const now = this.clock.now();
    const last = this.writtenAtMs.get(uidOf(release)) ?? now;
    this.writtenAtMs.set(uidOf(release), last);
    const stored = storedStatus(release);
    return sameJson(stored, status) ? undefined : last + waitMs(stored, status, this.times) - now;
  }

  written(release: KubeObject): void {
    this.held.delete(uidOf(release));
    this.writtenAtMs.set(uidOf(release), this.clock.now());
  }

  /** The release ended or vanished. */
  forget(release: KubeObject): void {
    this.held.delete(uidOf(release));
    this.writtenAtMs.delete(uidOf(release));
  }
}

/** What people wait for is written sooner than what only changes in its words. */
function waitMs(stored: ReleaseStatus, status: ReleaseStatus, times: CheckpointTimes): number {
  const { checkpointMs = CHECKPOINT_MS, positionCheckpointMs = POSITION_CHECKPOINT_MS } = times;
  if (verdicts(stored) !== verdicts(status) || hasRecovered(stored, status))
    return Math.min(VERDICT_CHECKPOINT_MS, checkpointMs);
  const moved = stored.step !== status.step || stored.stage !== status.stage;
  return moved ? positionCheckpointMs : checkpointMs;
}

/** What is stored says that the version with all the traffic cannot carry it: not any more. */
function hasRecovered(stored: ReleaseStatus, { step, gateSince }: ReleaseStatus): boolean {
  const bakes = stored.step === 'Bake' && step === 'Bake';
  return bakes && stored.gateSince === undefined && gateSince !== undefined;
}

function verdicts({ evidence = [] }: ReleaseStatus): string {
  return evidence.map(({ check, verdict }) => `${check} ${verdict}`).join();
}

function uidOf(release: KubeObject): string {
  return release.metadata.uid ?? '';
}

function storedStatus(release: KubeObject): ReleaseStatus {
  return (release['status'] ?? {}) as ReleaseStatus;
}
