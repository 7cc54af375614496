/** Which rules are those that Segue added for single requests: told by what they are, since names mean something to
 * users. */
import type { RequestMatch } from '../../api/request-match.ts';
import { type Arms, armsOf } from './arms.ts';
import type { Ref, SplitGroup } from './refs.ts';
import type { Added, KnownRules } from './shape.ts';

/** RFC 9110, 9.2.1, without TRACE, which asks for no service. */
export const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'] as const;

export function isSafe(method: unknown): boolean {
  return SAFE_METHODS.some((safe) => safe === method);
}

/** A redirect has no destinations, and a rule with two of ours is refused. */
export function onlyGroup({ groups }: Pick<Added, 'groups'>): SplitGroup | undefined {
  return groups.length === 1 ? groups[0] : undefined;
}

interface AddedTold {
  /** Where the rule leads. */
  refs: readonly Ref[];
  /** Where it copies requests to. */
  copies: readonly Ref[];
  /** A destination sets the cookie of one of the versions. */
  marks: (ref: Ref, arms: Arms) => boolean;
  /** Each of its matches asks what one of these does. */
  asksFor: (entries: readonly RequestMatch[]) => boolean;
}

/**
 * Nobody else copies to the candidate's Service or sets the cookie of a version, and a rule that leads to one
 * version alone asks what the plan says; a rule of the user's, half of whose pair somebody took out, does not.
 */
export function toldAsAdded(
  { refs, copies, marks, asksFor }: AddedTold,
  { nameOf, rules, candidateHash }: KnownRules,
): boolean {
  if (copies.some((ref) => nameOf(ref, true)?.role === 'Candidate')) return true;
  const arms = rules.flatMap(({ sticky }) => (sticky ? [armsOf(sticky, candidateHash)] : []));
  if (refs.some((ref) => arms.some((one) => marks(ref, one)))) return true;
  const [role, another] = new Set(refs.map((ref) => nameOf(ref, refs.length === 1)?.role));
  if (another !== undefined) return false;
  if (role === 'Stable') return asksFor(arms.map(({ stable }) => stable));
  if (role !== 'Candidate') return false;
  const entries = rules.flatMap(({ match = [] }) => match);
  return asksFor([...entries, ...arms.map(({ candidate }) => candidate)]);
}
