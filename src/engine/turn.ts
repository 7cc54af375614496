/** One decision in the making about a release: the snapshot, and the status as it changes. */
import type { Verdict } from '../analysis/index.ts';
import { setCondition } from '../api/condition.ts';
import type { ReleaseSpec, ReleaseStatus, Stage, Step } from '../api/release.ts';
import type {
  NodesIntent,
  OrdinalsIntent,
  WorkloadMove,
  WorkloadState,
} from '../ports/workload.ts';
import type { ReleaseEvent, TaskAsk } from './decision.ts';
import type { ReleaseSnapshot, Snapshot } from './snapshot.ts';

const TIMELINE_MAX = 64;

export class Turn {
  readonly snapshot: Snapshot;
  readonly release: ReleaseSnapshot;
  readonly now: number;
  readonly nowIso: string;
  readonly events: ReleaseEvent[] = [];
  readonly asks: TaskAsk[] = [];
  status: ReleaseStatus;
  /** The status must be written before anything is done: a restart could not find it out again. */
  persistNow = false;
  /** What the target's own controller is to do now, where it changes the pods. */
  move: WorkloadMove | undefined;
  /** The same of a StatefulSet. */
  ordinals: OrdinalsIntent | undefined;
  /** Nothing else is left to be done: the target is resumed, since nobody will do it later. */
  letsGo = false;
  /** Pods of a DaemonSet that are to go now. */
  nodes: NodesIntent | undefined;
  private wakeMs: number | undefined;

  constructor(snapshot: Snapshot, release: ReleaseSnapshot) {
    this.snapshot = snapshot;
    this.release = release;
    this.now = snapshot.now;
    this.nowIso = new Date(snapshot.now).toISOString();
    this.status = release.status;
  }

  get spec(): ReleaseSpec {
    return this.release.spec;
  }

  get plan(): ReleaseSpec['plan'] {
    return this.release.spec.plan;
  }

  get workload(): WorkloadState | undefined {
    return this.snapshot.workload;
  }

  /** The stage it is at, undefined when the plan has none. */
  get stage(): Stage | undefined {
    return this.plan.stages[this.status.stage ?? 0];
  }

  /** The verdicts on what was measured for the gates as they stand: once these count from another
   * moment (the weight was reached, a person resumed) evidence begins anew. */
  get evidence(): readonly Verdict[] {
    const asked = measuredSince(this.release.status);
    const since = measuredSince(this.status);
    // After a lost answer, or with another controller at work, what was asked for last is older.
    const { evidence, evidenceFrom = this.sinceMs(since) } = this.snapshot;
    return asked === since && evidenceFrom === this.sinceMs(since) ? evidence : [];
  }

  /** Since when somebody looks at what the gates ask. */
  get evidenceSince(): number | undefined {
    const asked = measuredSince(this.release.status);
    return asked === measuredSince(this.status) ? this.snapshot.evidenceSince : undefined;
  }

  get hasTraffic(): boolean {
    return (this.spec.traffic?.routers.length ?? 0) > 0;
  }

  get wakeAtMs(): number | undefined {
    return this.wakeMs;
  }

  /** Looks again at `ms` at the latest. */
  wakeAt(ms: number | undefined): void {
    if (ms === undefined) return;
    this.wakeMs = this.wakeMs === undefined ? ms : Math.min(this.wakeMs, ms);
  }

  change(next: Partial<{ [K in keyof ReleaseStatus]: ReleaseStatus[K] | undefined }>): void {
    const merged: Record<string, unknown> = { ...this.status, ...next };
    for (const key of Object.keys(merged)) if (merged[key] === undefined) delete merged[key];
    this.status = merged as ReleaseStatus;
  }

  /** Says what is waited for; not worth a write of its own. */
  waitFor(message: string, wakeAtMs?: number): void {
    this.change({ message });
    this.wakeAt(wakeAtMs);
  }

  /** Has something run outside, or goes on having it run. */
  ask(task: TaskAsk): void {
    if (!this.asks.some(({ id }) => id === task.id)) this.asks.push(task);
  }

  /** Begins the next step. */
  enter(step: Step, options: { persist: boolean } = { persist: false }): void {
    this.change({ step, stepSince: this.nowIso });
    if (options.persist) this.persistNow = true;
  }

  /** Something people want to know of: an event and a line of the timeline, written at once. */
  tell(type: ReleaseEvent['type'], reason: string, message: string): void {
    const line = { at: this.nowIso, what: message, reason };
    this.change({ timeline: [...(this.status.timeline ?? []), line].slice(-TIMELINE_MAX) });
    this.events.push({ type, reason, message });
    this.persistNow = true;
  }

  sinceMs(time: string | undefined): number {
    return time === undefined ? this.now : Date.parse(time);
  }

  condition(type: string, status: 'True' | 'False', reason: string, message: string): void {
    const next = { type, status, reason, message };
    this.change({ conditions: setCondition(this.status.conditions ?? [], next, this.nowIso) });
  }
}

/** From when on samples count. */
export function measuredSince(status: ReleaseStatus): string | undefined {
  return status.gateSince ?? status.stepSince;
}
