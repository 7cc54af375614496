/** How often Segue puts back what others undo, before it stops fighting whoever writes last. */
import type { Turn } from './turn.ts';

/** So many times it is put back: a route, a pin, the hold. */
export const TIMES_MAX = 2;

/** Why a release was taken back whose target was resumed more often than that. */
export const HOLD_CONTESTED = 'HoldContested';

/** What was done to the hold by whom, and what Segue does about it, for people. */
export function lostText(kind: string, name: string, by: string) {
  const whom = by === '' ? 'somebody' : by;
  return kind !== 'Deployment'
    ? { what: `the update strategy of ${kind} ${name} was written by ${whom}`, fix: 'put back' }
    : { what: `${kind} ${name} was resumed by ${whom}`, fix: 'paused again' };
}

/** Which field of a workload nobody else is to write while a policy is on it. */
export function holdRule(kind: string): string {
  const field = kind === 'Deployment' ? 'spec.paused' : 'spec.updateStrategy';
  return `${field} is Segue's while a policy is on it`;
}

/** The route was undone so often that it is not fought for any more. */
export function isLeftToOthers({ status }: Turn): boolean {
  return (status.undone?.traffic ?? 0) > TIMES_MAX;
}
