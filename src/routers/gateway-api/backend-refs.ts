/**
 * Rewrites the backendRefs of HTTPRoute rules: a ref to a user's Service becomes a weighted pair
 * of refs to its dedicated Services and, from the journal, itself again. Everything else stays.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/object.ts';
import type { RouterJournal, RouterScope } from '../../ports/traffic-router.ts';
import { dedicatedName } from '../dedicated-services.ts';

export interface BackendRef {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  port?: number;
  weight?: number;
  [key: string]: unknown;
}

/** The refs of one rule that lead to one port of one user's Service: the user's own, the pair, or
 * (somebody's edit) some of both. */
export interface RefGroup {
  service: string;
  port: number | undefined;
  refs: Partial<Record<RefRole, BackendRef>>;
}

export type RefRole = 'Service' | 'Stable' | 'Candidate';

/** A rule's refs in order: groups at the place of their first ref, and refs of others. */
export type Slot = { group: RefGroup } | { foreign: BackendRef };

/** A ref as it was before the release, and the index of the rule it was in. */
export interface OriginalRef {
  rule: number;
  ref: BackendRef;
}

export type NameRef = (ref: BackendRef) => { service: string; role: RefRole } | undefined;

/** Each rule's refs; empty for a rule that has none (a redirect). */
export function refsOfRules(route: KubeObject): BackendRef[][] {
  const spec = (route['spec'] ?? {}) as { rules?: { backendRefs?: BackendRef[] }[] };
  return (spec.rules ?? []).map((rule) => rule.backendRefs ?? []);
}

/** Tells which refs are the user's or ours. A ref of the user's without a share (weight 0) is no
 * business of ours: giving it one would send traffic where the user sends none. */
export function refNamer(scope: RouterScope): NameRef {
  const roles = new Map<string, { service: string; role: RefRole }>();
  for (const service of scope.services) {
    roles.set(dedicatedName(service, 'stable'), { service, role: 'Stable' });
    roles.set(dedicatedName(service, 'candidate'), { service, role: 'Candidate' });
  }
  for (const service of scope.services) roles.set(service, { service, role: 'Service' });
  return (ref) => {
    const local = ref.namespace === undefined || ref.namespace === scope.namespace;
    if (!local || (ref.group ?? '') !== '' || (ref.kind ?? 'Service') !== 'Service') return;
    const named = roles.get(ref.name);
    return named?.role === 'Service' && weightOf(ref) === 0 ? undefined : named;
  };
}

export function weightOf(ref: BackendRef): number {
  return ref.weight ?? 1;
}

export function slotsOf(refs: BackendRef[], name: NameRef): Slot[] {
  const slots: Slot[] = [];
  const groups: RefGroup[] = [];
  for (const ref of refs) {
    const named = name(ref);
    if (named === undefined) {
      slots.push({ foreign: ref });
      continue;
    }
    const open = groups.find(
      (group) =>
        group.service === named.service &&
        group.port === ref.port &&
        group.refs[named.role] === undefined,
    );
    const group = open ?? { service: named.service, port: ref.port, refs: {} };
    group.refs[named.role] = ref;
    if (open) continue;
    groups.push(group);
    slots.push({ group });
  }
  return slots;
}

export function groupsOf(slots: Slot[]): RefGroup[] {
  return slots.flatMap((slot) => ('group' in slot ? [slot.group] : []));
}

/** The pair, the candidate with `weight` percent. The user's own ref, where there is one, is their
 * latest word about port and filters; else each keeps what it has. */
export function toSplit(group: RefGroup, weight: number): BackendRef[] {
  const { Service, Stable, Candidate } = group.refs;
  const part = (own: BackendRef | undefined, suffix: 'stable' | 'candidate', share: number) => ({
    ...(Service ?? own ?? Stable ?? Candidate),
    name: dedicatedName(group.service, suffix),
    weight: share,
  });
  return [part(Stable, 'stable', 100 - weight), part(Candidate, 'candidate', weight)];
}

/** The user's ref as it was. Rules may have moved since: the original is known by what the pair
 * still carries of it, then by its place; what the user edited in the pair is kept. */
export function toService(group: RefGroup, rule: number, originals: OriginalRef[]): BackendRef[] {
  const { Service, Stable, Candidate } = group.refs;
  const like = Service ?? Stable ?? Candidate;
  if (like === undefined || like === Service) return Service ? [Service] : [];
  const known = originals.filter(
    ({ ref }) => ref.name === group.service && ref.port === group.port,
  );
  const same = known.filter(({ ref }) => isDeepStrictEqual(essence(ref), essence(like)));
  const exact = atRule(same, rule);
  if (exact) return [exact.ref];
  const weight = atRule(known, rule)?.ref.weight ?? 1;
  return [{ ...like, name: group.service, weight }];
}

function atRule(originals: OriginalRef[], rule: number): OriginalRef | undefined {
  return originals.find((original) => original.rule === rule) ?? originals[0];
}

/** A ref without what a pair changes of it, and with the server's defaults. */
function essence(ref: BackendRef): Record<string, unknown> {
  return { ...withDefaults(ref), name: '', weight: 1 };
}

function withDefaults(ref: BackendRef): BackendRef {
  return { ...ref, group: ref.group ?? '', kind: ref.kind ?? 'Service', weight: weightOf(ref) };
}

/** Equal but for what a server fills in. */
export function sameRefs(a: BackendRef[], b: BackendRef[]): boolean {
  return isDeepStrictEqual(a.map(withDefaults), b.map(withDefaults));
}

/** What `toService` needs later: every ref that a pair will stand for. */
export function originalRefs(rules: BackendRef[][], name: NameRef): OriginalRef[] {
  return rules.flatMap((refs, rule) =>
    refs.filter((ref) => name(ref)?.role === 'Service').map((ref) => ({ rule, ref })),
  );
}

export function journalledRefs(journal: RouterJournal): OriginalRef[] {
  return (journal['refs'] ?? []) as OriginalRef[];
}
