/** What the API server does not let the controller write: nothing goes on by itself then, so it is told where people
 * look, on the policy and by an event. */
import { setCondition } from '../api/condition.ts';
import { sameJson } from '../api/same-json.ts';
import type { Decision } from './decision.ts';
import type { Snapshot } from './snapshot.ts';

const REASON = 'WriteRefused';

/** The same decision, which says so too; told once for each message in a row. */
export function toldOfRefusal(decision: Decision, { policy, refused, now }: Snapshot): Decision {
  if (refused === undefined || !policy) return decision;
  const { policyStatus = policy.status, events, ...rest } = decision;
  const before = policy.status.conditions?.find(({ type }) => type === 'Ready');
  // As it was, so that the time of its transition is that of what is stored.
  const conditions = (policyStatus.conditions ?? []).map((one) =>
    one.type === 'Ready' ? (before ?? one) : one,
  );
  const { generation: observedGeneration } = policy;
  const ready = { type: 'Ready', status: 'False' as const, reason: REASON, message: refused };
  const nowIso = new Date(now).toISOString();
  const next = {
    ...policyStatus,
    conditions: setCondition(conditions, { ...ready, observedGeneration }, nowIso),
  };
  const known = before?.reason === REASON && before.message === refused;
  return {
    ...rest,
    events: known ? events : [...events, { type: 'Warning', reason: REASON, message: refused }],
    ...(!sameJson(next, policy.status) && { policyStatus: next }),
  };
}
