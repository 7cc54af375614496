/** An aborted template is not tried again until it changes (invariant 12), or until a person asks
 * for it: the request stays until the new release exists and has recorded it. */
import type { RequestSnapshot, Snapshot } from './snapshot.ts';
import type { Turn } from './turn.ts';

/** The request by which the rejected template is to be released again, if one asks for that. */
export function wantedRetry(snapshot: Snapshot): RequestSnapshot | undefined {
  const { policy, requests } = snapshot;
  const { target, lastRelease } = policy?.status ?? {};
  if (target?.rejected === undefined || !mayBeTried(snapshot, target.rejected)) return undefined;
  return requests.find(
    ({ spec }) =>
      spec.action === 'Retry' && (spec.release === undefined || spec.release === lastRelease),
  );
}

/** It is what the template says; or it can be written again where it was not left there. */
function mayBeTried({ workload, history }: Snapshot, rejected: string): boolean {
  if (workload?.templateHash === rejected) return true;
  const stands = workload?.nodes && workload.templateHash === workload.runningTemplateHash;
  return (
    stands === true &&
    history.some(({ templateHash, template }) => template && templateHash === rejected)
  );
}

/** The answer of a release in progress: only one that was made for it has anything to do with it. */
export function answerRetry(turn: Turn, who: string): string {
  const again = turn.spec.retryOf;
  const asked = turn.status.requests?.some(({ action }) => action === 'Retry') === true;
  if (again === undefined) return `refused: ${turn.release.name} is in progress`;
  if (asked) return `refused: it is being tried again already, as ${turn.release.name}`;
  turn.tell('Normal', 'Retried', `${again} is tried again: asked for by ${who}`);
  return `releasing again what ${again} took back`;
}
