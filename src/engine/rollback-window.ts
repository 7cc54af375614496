/** How near an earlier version must be to be released without stages, for people. */
import type { PolicySpec } from '../api/policy.ts';

export type RollbackWindow = NonNullable<PolicySpec['rollbackWindow']>;

/** `3 revisions, 24h`. */
export function windowText({ revisions, within }: RollbackWindow): string {
  const count = revisions === 1 ? '1 revision' : `${revisions} revisions`;
  return [...(revisions === undefined ? [] : [count]), ...(within ? [within] : [])].join(', ');
}
