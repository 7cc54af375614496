/**
 * The hold lost while no release is in progress: somebody resumed the target, and what its template
 * says began to roll out without a plan. It is paused again and what started is taken back, so that
 * the template is released by the policy, or not at all when it was taken back already.
 */
import { writerSince } from '../api/last-writer.ts';
import type { PolicyStatus } from '../api/policy.ts';
import type { SetState, WorkloadIntent, WorkloadState } from '../ports/workload.ts';
import { holdRule, lostText, TIMES_MAX } from './contest.ts';
import type { ReleaseEvent } from './decision.ts';
import type { Finding } from './finding.ts';
import { waitsForBeyond } from './ordinals-mixed.ts';
import type { PolicySnapshot } from './snapshot.ts';

type Target = NonNullable<PolicyStatus['target']>;
export type Resumed = NonNullable<Target['resumed']>;

interface Held {
  now: number;
  policy: PolicySnapshot;
  workload: WorkloadState;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Resumptions further apart have nothing to do with each other. */
const WINDOW_MS = 30 * MINUTE_MS;
const LONGEST_WAIT_MS = 10 * MINUTE_MS;

/** Undefined while nothing is lost. */
export function lookAtHold(held: Held): Finding | undefined {
  const { policy, workload } = held;
  const stays = stayingSet(policy, workload);
  if (!stays) return undefined;
  // Of a DaemonSet what came up with its template is counted, or replaced under the hold.
  const rogues = workload.nodes ? [] : roguesBeside(stays, held);
  if (rogues.length > 0) return takeBack(held, stays, rogues);
  if (workload.held) return undefined;
  return isOwnMove(workload) ? holdAgain(held, stays) : takeBack(held, stays, rogues);
}

function takeBack(held: Held, stays: SetState, rogues: SetState[]): Finding {
  const { policy, workload } = held;
  const { rejected } = policy.status.target ?? {};
  // A template that may not go out is put back in the write that pauses: whatever comes next, the
  // target's own controller goes back to what users have.
  const mayGoOut = !workload.held || workload.ordinals?.base !== stays.name;
  const restore = mayGoOut && workload.templateHash === rejected && stays.templateHash !== '';
  const { resumed, events } = notice(held, restore ? restored(stays) : []);
  const target: Target = { ...policy.status.target, ...(resumed && { resumed }) };
  const found = { ready: 'False' as const, target, events };
  const atStake = rogues.length > 0 || workload.templateHash !== stays.templateHash;
  const left = atStake ? undefined : leftAlone(held, resumed);
  if (left) return { ...found, ...left };
  const intent = { held: true, keep: keepOnly(stays, policy) };
  return {
    ...found,
    ...lostMessage(held, { rogues, stays, resumed }),
    workload: { ...intent, ...(restore && { template: stays.template }) },
  };
}

/** Where Segue itself sent it: its release has ended a moment ago, and nobody has resumed it. */
function isOwnMove({ ordinals }: WorkloadState): boolean {
  return ordinals?.moving !== undefined;
}

function holdAgain({ policy }: Held, stays: SetState): Finding {
  const workload = { held: true, keep: keepOnly(stays, policy) };
  const target: Target = { ...policy.status.target };
  const message = 'taking hold of the target';
  return { ready: 'False', reason: 'Holding', message, target, workload };
}

function keepOnly(
  stays: SetState,
  { name, uid, status }: PolicySnapshot,
): NonNullable<WorkloadIntent['keep']> {
  const { rejected } = status.target ?? {};
  return { set: stays.name, owner: { name, uid }, ...(rejected !== undefined && { rejected }) };
}

/** With nothing at stake who resumes it again and again is not fought; for a while. */
function leftAlone(
  held: Held,
  resumed: Resumed | undefined,
): Pick<Finding, 'reason' | 'message' | 'wakeAtMs'> | undefined {
  if (!resumed || resumed.times <= TIMES_MAX) return undefined;
  const wakeAtMs = Date.parse(resumed.at) + waitMs(resumed.times);
  if (held.now >= wakeAtMs) return undefined;
  return { ...contested(held, resumed), wakeAtMs };
}

/** How often it was resumed lately; undefined when that is long ago. */
export function resumedLately({ policy, now }: Pick<Held, 'policy' | 'now'>): Resumed | undefined {
  const { resumed } = policy.status.target ?? {};
  return resumed && now < Date.parse(resumed.at) + WINDOW_MS ? resumed : undefined;
}

/** What the status goes on saying: that it was resumed, and what was taken back before where Segue itself
 * put the template in the target. It is left out with the next change after it is long ago, and is not
 * worth a write by itself. */
export function stillTold(
  held: Pick<Held, 'policy' | 'now'>,
  { generation }: WorkloadState,
): Pick<Target, 'resumed' | 'rejected'> {
  const { target } = held.policy.status;
  const same = target?.observedGeneration === generation;
  const resumed = same ? target.resumed : resumedLately(held);
  if (!resumed) return {};
  const { rejected } = target ?? {};
  return { resumed, ...(resumed.restored && rejected !== undefined && { rejected }) };
}

/** The set users had when the target was held last, unless another one has taken over since. */
function stayingSet({ status }: PolicySnapshot, workload: WorkloadState): SetState | undefined {
  const hash = status.target?.stableHash;
  if (hash === undefined) return undefined;
  const { owned, replicas } = workload;
  const found = owned.find((set) => set.hash === hash && (isActive(set) || replicas === 0));
  return found ?? overrun({ status }, workload);
}

/** Of a StatefulSet or a DaemonSet whose controller gave every pod what was taken back: that can still be told,
 * and undone. */
function overrun(
  { status }: Pick<PolicySnapshot, 'status'>,
  { owned, ordinals, nodes }: WorkloadState,
): SetState | undefined {
  const { rejected, stableHash } = status.target ?? {};
  const { earlier } = ordinals ?? nodes ?? {};
  if (!earlier || !owned.some((set) => isActive(set) && set.templateHash === rejected))
    return undefined;
  return earlier.find((set) => set.hash === stableHash);
}

/** What the target's controller gave pods to: users have one set. And an empty set of a template that
 * was taken back, which would be filled when the target comes back from zero replicas. */
function roguesBeside(stays: SetState, { policy, workload }: Held): SetState[] {
  const { rejected } = policy.status.target ?? {};
  const made = workload.owned.filter(
    (set) => set.name !== stays.name && (set.templateHash === rejected || isActive(set)),
  );
  return [...workload.strays, ...made];
}

export function isActive({ replicas, current }: SetState): boolean {
  return replicas > 0 || current > 0;
}

/** A resumption that was not counted yet. */
function notice(
  held: Held,
  restoring: ReleaseEvent[],
): { resumed: Resumed | undefined; events: ReleaseEvent[] } {
  const { policy, workload, now } = held;
  const before = resumedLately(held);
  const { generation } = workload;
  const counted = before?.generation === generation || isOwnMove(workload);
  if (workload.held || counted) return { resumed: before, events: [] };
  const at = new Date(now).toISOString();
  const again = before?.restored === true || restoring.length > 0;
  const times = (before?.times ?? 0) + 1;
  const by = whoResumed(held);
  const resumed = { times, at, generation, ...(by && { by }), ...(again && { restored: true }) };
  const { kind, name } = policy.spec.targetRef;
  const message = `${lostText(kind, name, by).what}; ${holdRule(kind)} (${SEE})`;
  return { resumed, events: [{ type: 'Warning', reason: 'HoldLost', message }, ...restoring] };
}

const SEE = 'see docs/en/own-cluster.md, GitOps';

/** Of those who have written since the policy was last said to be ready, or not to be. */
function whoResumed({ policy, workload }: Held): string {
  const ready = policy.status.conditions?.find(({ type }) => type === 'Ready');
  const sinceMs = ready ? Date.parse(ready.lastTransitionTime) + SECOND_MS : 0;
  return writerSince(workload.by, sinceMs);
}

/** Twice as long each time. */
export function waitMs(times: number): number {
  return Math.min(LONGEST_WAIT_MS, MINUTE_MS * 2 ** (times - TIMES_MAX - 1));
}

function contested(
  { policy }: Held,
  { times, by = 'somebody' }: Resumed,
): Pick<Finding, 'reason' | 'message'> {
  const { kind, name } = policy.spec.targetRef;
  const what = `${kind} ${name} was resumed ${times} times, last by ${by}`;
  const next = 'it is paused again in a while, or when its template changes';
  return { reason: 'HoldContested', message: `${what}: ${next}; ${holdRule(kind)} (${SEE})` };
}

function lostMessage(
  { policy, workload }: Held,
  { rogues, stays, resumed }: { rogues: SetState[]; stays: SetState; resumed: Resumed | undefined },
): Pick<Finding, 'reason' | 'message'> {
  const { kind, name } = policy.spec.targetRef;
  const { what: lost, fix } = lostText(kind, name, resumed?.by ?? '');
  const reason = 'HoldLost';
  if (rogues.length === 0)
    return { reason, message: `${lost}: ${fix}; ${holdRule(kind)} (${SEE})` };
  const names = rogues.map((set) => set.name).join(' and ');
  if (workload.ordinals && (workload.held || isOwnMove(workload)))
    return { reason: 'TakingBack', message: takingBack(names, stays, workload) };
  return { reason, message: `${lost}: taking back ${names}, which it started` };
}

/** What is left of a release or a rollout: nobody has lost the hold now. */
function takingBack(
  names: string,
  { name, current, ready }: SetState,
  workload: WorkloadState,
): string {
  const broken = current - ready;
  if (broken === 0 && workload.ordinals?.going) return waitsForBeyond(workload);
  const waits = broken > 0 ? `; ${broken} pods of ${name} are not ready: mend or delete these` : '';
  return `the pods of ${names} go back to ${name} one by one${waits}`;
}

function restored(stays: SetState): ReleaseEvent[] {
  const why = 'what it said was taken back before and must not go out';
  const message = `the template was put back to that of ${stays.name}: ${why}`;
  return [{ type: 'Warning', reason: 'TemplateRestored', message }];
}
