/**
 * Rewrites the destinations of a route's rules: one that leads to a user's Service becomes a weighted
 * pair, to each version, and, from the journal, itself again. Everything else stays. How a router
 * writes a destination is its dialect.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RouterJournal } from '../../ports/traffic-router.ts';

/** A destination as it stands in the object. */
export type Ref = Record<string, unknown>;

/** `Service`: as its user wrote it; the others are the pair that stands for it during a release. */
export type RefRole = 'Service' | 'Stable' | 'Candidate';

export interface Named {
  /** A user's Service. */
  service: string;
  role: RefRole;
}

export interface RefDialect {
  /** Of which of the user's Services it is, or undefined when it is a destination of others. */
  nameOf(ref: Ref): Named | undefined;
  /** What tells two destinations of one Service apart. */
  portOf(ref: Ref): unknown;
  /** Destinations never say a port: it is that by which the request came. */
  portless?: true;
  /** What stands among the destinations and is none: requests are copied to it, by Segue or by others. */
  copyOf?(ref: Ref): 'Own' | 'Other' | undefined;
  /** Whether each of these has a share whatever it says of it: by default where there is only one. */
  isAlone?(refs: readonly Ref[]): boolean;
  /** One without a share is not written: that it leads to nothing would break its rule. */
  leavesOutIdle?: true;
  /** Its share, as the router understands it; `alone` where its rule has no other destination. */
  weightOf(ref: Ref, alone: boolean): number;
  /** For people. */
  textOf(ref: Ref): string;
  /** The same destination in another role. */
  lead(ref: Ref, to: Named): Ref;
  /** The same destination with another share. */
  share(ref: Ref, weight: number): Ref;
  /** The same destination with the share that its user wrote, as far as that is remembered; `alone` where its rule
   * has no other destination. */
  restore(ref: Ref, original: Ref | undefined, alone: boolean): Ref;
  /** What two that are alike have in common: with the server's defaults, without the share. */
  essence(ref: Ref): Ref;
}

/** Of one that has everything. */
export const EVERYTHING = 100;

/** Of destinations with a share in `weight`, which one that stands alone needs not say. */
export const weightsOfRefs: Pick<RefDialect, 'share' | 'restore' | 'essence'> = {
  share: (ref, weight) => ({ ...ref, weight }),
  restore(ref, original, alone) {
    const { weight: _, ...rest } = ref;
    const weight = original ? original['weight'] : alone ? undefined : EVERYTHING;
    return { ...rest, ...(weight !== undefined && { weight }) };
  },
  essence: (ref) => ({ ...ref, weight: 0 }),
};

/** The destinations of one rule that lead to one port of one user's Service: the user's own, the pair,
 * or (somebody's edit) some of both. */
export interface RefGroup {
  service: string;
  port: unknown;
  refs: Partial<Record<RefRole, Ref>>;
}

/** A rule's destinations in order: groups at the place of their first one, and those of others. */
export type Slot = { group: RefGroup } | { foreign: Ref };

/** A destination of the user's without a share (weight 0) is no business of ours: giving it one would
 * send traffic where the user sends none. */
export function named(dialect: RefDialect, ref: Ref, alone: boolean): Named | undefined {
  const found = dialect.nameOf(ref);
  return found?.role === 'Service' && dialect.weightOf(ref, alone) === 0 ? undefined : found;
}

/** Of all entries of a rule. */
export function isAlone(dialect: RefDialect, refs: readonly Ref[]): boolean {
  return dialect.isAlone?.(refs) ?? refs.length === 1;
}

export function slotsOf(dialect: RefDialect, refs: readonly Ref[]): Slot[] {
  const slots: Slot[] = [];
  const groups: RefGroup[] = [];
  const alone = isAlone(dialect, refs);
  for (const ref of refs) {
    const found = named(dialect, ref, alone);
    if (found === undefined) {
      slots.push({ foreign: ref });
      continue;
    }
    const { service, role } = found;
    const port = dialect.portOf(ref);
    const open = groups.find(
      (group) => group.service === service && group.port === port && group.refs[role] === undefined,
    );
    const group = open ?? { service, port, refs: {} };
    group.refs[role] = ref;
    if (open) continue;
    groups.push(group);
    slots.push({ group });
  }
  return slots;
}

export function groupsOf(slots: readonly Slot[]): RefGroup[] {
  return slots.flatMap((slot) => ('group' in slot ? [slot.group] : []));
}

/** What rules for single requests are made of. */
export interface SplitGroup {
  service: string;
  port: unknown;
  /** To the stable version and to the candidate, which has so many percent. */
  pair: (weight: number) => [Ref, Ref];
}

export function groupsToAdd(dialect: RefDialect, slots: readonly Slot[]): SplitGroup[] {
  return groupsOf(slots).map((group) => ({
    service: group.service,
    port: group.port,
    pair: (weight) => toSplit(dialect, group, weight),
  }));
}

/** What stands for the group in its rule. */
export function splitRefs(dialect: RefDialect, group: RefGroup, weight: number): Ref[] {
  const pair = toSplit(dialect, group, weight);
  if (!dialect.leavesOutIdle) return pair;
  return pair.filter((ref) => dialect.weightOf(ref, false) > 0);
}

/** The pair, the candidate with `weight` percent. The user's own, where there is one, is their latest
 * word about everything else; without it each keeps what it has. */
function toSplit(dialect: RefDialect, group: RefGroup, weight: number): [Ref, Ref] {
  const { Service, Stable, Candidate } = group.refs;
  const part = (own: Ref | undefined, role: RefRole, share: number): Ref => {
    const like = Service ?? own ?? Stable ?? Candidate ?? {};
    return dialect.share(dialect.lead(like, { service: group.service, role }), share);
  };
  return [part(Stable, 'Stable', 100 - weight), part(Candidate, 'Candidate', weight)];
}

/**
 * The user's own as it was, taken out of `originals`. Rules may have moved since: the original is
 * known by what the pair still carries of it, in the order of the journal where several are alike;
 * what the user edited in the pair is kept.
 */
export function toService(
  dialect: RefDialect,
  group: RefGroup,
  { originals, alone }: { originals: Ref[]; alone: boolean },
): Ref[] {
  const { Service, Stable, Candidate } = group.refs;
  const like = Service ?? Stable ?? Candidate;
  if (like === undefined) return [];
  const own = dialect.lead(like, { service: group.service, role: 'Service' });
  const exact = take(originals, (ref) =>
    isDeepStrictEqual(dialect.essence(ref), dialect.essence(own)),
  );
  if (Service) return [Service];
  if (exact) return [exact];
  const edited = originals.find(
    (ref) => dialect.nameOf(ref)?.service === group.service && dialect.portOf(ref) === group.port,
  );
  return [dialect.restore(own, edited, alone)];
}

function take(refs: Ref[], wanted: (ref: Ref) => boolean): Ref | undefined {
  const index = refs.findIndex(wanted);
  return index === -1 ? undefined : refs.splice(index, 1)[0];
}

/** What `toService` needs later: every destination that a pair will stand for, in order. */
export function originalRefs(dialect: RefDialect, rules: readonly Ref[][]): Ref[] {
  return rules.flatMap((refs) =>
    refs.filter((ref) => named(dialect, ref, isAlone(dialect, refs))?.role === 'Service'),
  );
}

export function journalledRefs(journal: RouterJournal): Ref[] {
  return (journal['refs'] ?? []) as Ref[];
}

/** Where one group leads: to the user's Service, a weight of the pair, or a mixture. */
export function stateOf(dialect: RefDialect, { refs }: RefGroup): 'Service' | 'Other' | number {
  const { Service, Stable, Candidate } = refs;
  if (Service) return Stable || Candidate ? 'Other' : 'Service';
  if (!Stable || !Candidate) {
    if (!dialect.leavesOutIdle) return 'Other';
    return Candidate ? 100 : 0;
  }
  const weight = dialect.weightOf(Candidate, false);
  return dialect.weightOf(Stable, false) + weight === 100 ? weight : 'Other';
}
