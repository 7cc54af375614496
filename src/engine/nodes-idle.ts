/**
 * A DaemonSet that is held while no release is in progress. What its template says comes up wherever a pod is made
 * anew: so what was taken back is not left in it, and pods that have another version than users are replaced.
 */
import type { NodesState, WorkloadState } from '../ports/workload.ts';
import { TIMES_MAX } from './contest.ts';
import type { Finding } from './finding.ts';
import { type Resumed, resumedLately, waitMs } from './lost-hold.ts';
import { batchLimits, standingOf } from './node-batches.ts';
import { isDaemons, refusalOf, REFUSED_LOOK_MS } from './node-standing.ts';
import { goneBack } from './nodes-back.ts';
import { wantedRetry } from './retry.ts';
import type { PolicySnapshot, Snapshot } from './snapshot.ts';

interface Idle {
  snapshot: Snapshot;
  policy: PolicySnapshot;
  workload: WorkloadState & { nodes: NodesState };
}

/** Undefined where nothing is to be done but what is done about every workload. */
export function lookAtNodes(
  snapshot: Snapshot,
  policy: PolicySnapshot,
  workload: WorkloadState,
): Finding | undefined {
  const { rejected, stableHash } = policy.status.target ?? {};
  if (!isDaemons(workload) || !workload.held || stableHash === undefined) return undefined;
  const idle = { snapshot, policy, workload };
  const retry = wantedRetry(snapshot) !== undefined;
  if (rejected !== undefined && retry) return tryAgain(idle, rejected);
  if (rejected !== undefined && rejected === workload.templateHash) return putBack(idle);
  return replaceOthers(idle);
}

/** Stable's template stands in the DaemonSet: what was taken back is written again, to be released. */
function tryAgain({ snapshot, policy, workload }: Idle, rejected: string): Finding | undefined {
  if (workload.templateHash === rejected) return undefined;
  const tried = snapshot.history.findLast((one) => one.templateHash === rejected);
  if (!tried?.template || workload.templateHash !== workload.running?.templateHash)
    return undefined;
  return {
    ready: 'False',
    reason: 'Retrying',
    message: `writing the template of ${tried.name} once more`,
    workload: { held: true, template: tried.template },
    target: { ...policy.status.target },
  };
}

/** Somebody has written again what was taken back. It is not fought for for ever; while it stands pods come up
 * with it, which is said. */
function putBack(idle: Idle): Finding | undefined {
  const { policy, workload } = idle;
  const stable = stableOf(workload, policy);
  if (!stable) return undefined;
  const resumed = countedIn(idle);
  const { kind, name } = policy.spec.targetRef;
  const by = workload.by?.manager ?? 'somebody';
  const what = `${by} wrote into ${kind} ${name} what was taken back`;
  const target = { ...policy.status.target, resumed };
  const wakeAtMs = Date.parse(resumed.at) + waitMs(resumed.times);
  if (resumed.times > TIMES_MAX && idle.snapshot.now < wakeAtMs)
    return {
      ready: 'False',
      reason: 'TemplateContested',
      message: `${what}, ${resumed.times} times: it is put back again in a while; ${comeUp(idle)}`,
      workload: { held: true },
      target,
      wakeAtMs,
    };
  const message = `${what}: the template was put back to that of ${stable.name}, since pods that are made anew would have it; 'segue retry' releases it`;
  const told = resumed.generation !== policy.status.target?.resumed?.generation;
  return {
    ready: 'False',
    reason: 'ReleaseAborted',
    message,
    workload: { held: true, template: stable.template },
    target,
    events: told ? [{ type: 'Warning', reason: 'TemplateRestored', message }] : [],
  };
}

/** With this time, where it was not counted yet. */
function countedIn({ snapshot, policy, workload }: Idle): Resumed {
  const before = resumedLately({ policy, now: snapshot.now });
  const { generation } = workload;
  if (before?.generation === generation) return before;
  const at = new Date(snapshot.now).toISOString();
  return { times: (before?.times ?? 0) + 1, at, generation, restored: true };
}

const NAMED_MAX = 5;

/** Which pods have it already. */
function comeUp({ workload }: Idle): string {
  const set = workload.owned.find((one) => one.templateHash === workload.templateHash);
  const pods = workload.nodes.here.flatMap(({ pod }) => (pod && pod.hash === set?.hash ? pod : []));
  if (pods.length === 0) return 'no pod has it yet, one on a new node would';
  const named = pods.slice(0, NAMED_MAX).map(({ name, node }) => `${name} on ${node}`);
  const more = pods.length > NAMED_MAX ? ` and ${pods.length - NAMED_MAX} more` : '';
  return `these came up with it: ${named.join(', ')}${more}`;
}

function stableOf({ owned, nodes }: Idle['workload'], { status }: PolicySnapshot) {
  return [...owned, ...nodes.earlier].find(({ hash }) => hash === status.target?.stableHash);
}

/** On nodes that were left out of a release and are back, or that came up with what was taken back. */
function replaceOthers(idle: Idle): Finding | undefined {
  const { snapshot, policy, workload } = idle;
  const { nodes, running, replicas, minReadySeconds, templateHash } = workload;
  if (!running || running.templateHash !== templateHash) return undefined;
  const { rolling } = policy.spec.strategy;
  const at = standingOf(nodes, {
    now: snapshot.now,
    replicas,
    hash: running.hash,
    minReadySeconds,
    label: undefined,
  });
  if (at.old.length === 0) return undefined;
  const roll = { maxUnavailable: asText(rolling?.maxUnavailable) };
  const { missing: limit } = batchLimits(roll, nodes.maxUnavailable, replicas);
  const going = goneBack(at.old, { missing: at.missing, limit });
  const why = refusalOf({ snapshot }, going.evict);
  const where = at.old.map(({ node }) => node).slice(0, NAMED_MAX);
  return {
    ready: 'False',
    reason: 'ReplacingPods',
    message:
      `${at.old.length} pods of another version are replaced, on ${where.join(', ')}` +
      (why === '' ? '' : `: ${why}`),
    workload: { held: true, nodes: going },
    target: { ...policy.status.target },
    wakeAtMs: Math.min(at.soonestMs ?? Infinity, snapshot.now + REFUSED_LOOK_MS),
  };
}

function asText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
