/**
 * Rewrites the backendRefs of HTTPRoute rules: a ref to a user's Service becomes a weighted pair
 * of refs to its dedicated Services and, from the journal, itself again. Everything else stays.
 */
import { isDeepStrictEqual } from 'node:util';
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

type RefRole = 'Service' | 'Stable' | 'Candidate';

/** A rule's refs in order: groups at the place of their first ref, and refs of others. */
export type Slot = { group: RefGroup } | { foreign: BackendRef };

export type NameRef = (ref: BackendRef) => { service: string; role: RefRole } | undefined;

/** Tells which refs are the user's or ours. A ref of the user's without a share (weight 0) is no
 * business of ours: giving it one would send traffic where the user sends none. */
export function refNamer(scope: Pick<RouterScope, 'namespace' | 'services'>): NameRef {
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

/**
 * The user's ref as it was, taken out of `originals`. Rules may have moved since: the original is
 * known by what the pair still carries of it, in the order of the journal where several are alike;
 * what the user edited in the pair is kept.
 */
export function toService(group: RefGroup, originals: BackendRef[]): BackendRef[] {
  const { Service, Stable, Candidate } = group.refs;
  const like = Service ?? Stable ?? Candidate;
  if (like === undefined) return [];
  const own = { ...like, name: group.service };
  const exact = take(originals, (ref) => isDeepStrictEqual(essence(ref), essence(own)));
  if (Service) return [Service];
  if (exact) return [exact];
  const edited = originals.find(({ name, port }) => name === own.name && port === own.port);
  return [{ ...own, weight: edited?.weight ?? 1 }];
}

function take(refs: BackendRef[], wanted: (ref: BackendRef) => boolean): BackendRef | undefined {
  const index = refs.findIndex(wanted);
  return index === -1 ? undefined : refs.splice(index, 1)[0];
}

/** A ref without its weight, and with the server's defaults. */
function essence(ref: BackendRef): BackendRef {
  return { ...ref, group: ref.group ?? '', kind: ref.kind ?? 'Service', weight: 0 };
}

/** What `toService` needs later: every ref that a pair will stand for, in order. */
export function originalRefs(rules: BackendRef[][], name: NameRef): BackendRef[] {
  return rules.flat().filter((ref) => name(ref)?.role === 'Service');
}

export function journalledRefs(journal: RouterJournal): BackendRef[] {
  return (journal['refs'] ?? []) as BackendRef[];
}
