/** What is wrong when everything has come to rest, by the invariant that it is against. */
import type { Violation } from './violation.ts';

export type Problem = Omit<Violation, 'atMs'>;

export function rest(seen: string): Problem {
  return { invariant: 'Rest', seen };
}

export function lost(seen: string): Problem {
  return { invariant: 9, seen };
}

export function back(seen: string): Problem {
  return { invariant: 5, seen };
}
