/** One object with subsets: whether the two of a release are in it, and how they come and go. */
import { isDeepStrictEqual } from 'node:util';
import { HASH_LABEL } from '../../api/group.ts';
import type {
  RouterJournal,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
} from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import {
  type Bare,
  bareOf,
  changed,
  creation,
  deletion,
  type FieldHolder,
  fieldHolder,
  fieldIn,
  restored,
} from '../spec-field.ts';
import { isSegues, type NamedSubset, SUBSETS, type SubsetShape } from './shape.ts';

export interface Holder extends FieldHolder {
  shape: SubsetShape;
}

/** @throws Error where the kind may not be read: what is not known would be taken for gone */
export function holdersOf(
  shape: SubsetShape,
  scope: RouterScope & Pick<TrafficIntent, 'release'>,
  objects: TrafficObjects,
): Holder[] {
  return shape.namesIn(scope).map((name) => ({
    ...fieldHolder({ kind: shape.kind, name, field: 'subsets' }, scope, objects),
    shape,
  }));
}

export function subsetsIn(holder: Holder): NamedSubset[] {
  return holder.shape.read(fieldIn(holder));
}

function wantedSubsets(
  { shape }: Holder,
  { stableHash, candidateHash, versionLabel: label = HASH_LABEL }: TrafficIntent,
): NamedSubset[] {
  const { Stable, Candidate } = SUBSETS;
  return [
    [Stable, shape.subset(Stable, { hash: stableHash, label })],
    [Candidate, shape.subset(Candidate, { hash: candidateHash, label })],
  ];
}

/** Both are there, and each is the pods of its version. */
export function hasVersions(holder: Holder, intent: TrafficIntent): boolean {
  const there = new Map(subsetsIn(holder).filter(isSegues));
  return wantedSubsets(holder, intent).every(([name, subset]) =>
    isDeepStrictEqual(there.get(name), subset),
  );
}

/** What a release has put there, and what is not on its way out. */
export function isLeftIn(holder: Holder): boolean {
  if (holder.isLeaving) return false;
  return (
    holder.whose === 'Release' || (holder.whose === 'User' && subsetsIn(holder).some(isSegues))
  );
}

/** Undefined where they cannot be put there: it is going, it is of another release, or it has to be the user's. */
export function additionTo(holder: Holder, intent: TrafficIntent): Write[] | undefined {
  const { shape, whose, found, isLeaving, title } = holder;
  if (found && hasVersions(holder, intent)) return [];
  const wanted = wantedSubsets(holder, intent);
  if (!found) {
    const { apiVersion } = shape;
    if (apiVersion === undefined) return undefined;
    const because = `${title} for the pods of each version`;
    return [creation(holder, intent, { apiVersion, value: shape.write(wanted), because })];
  }
  if (whose === 'Other' || isLeaving) return undefined;
  const others = subsetsIn(holder).filter((one) => !isSegues(one));
  const value = shape.write([...others, ...wanted]);
  const because = `subsets of ${title} for the pods of each version`;
  return [changed(holder, intent, { value, because })];
}

export function removalFrom(holder: Holder, intent: TrafficIntent): Write[] {
  if (!isLeftIn(holder)) return [];
  const { shape, name, title, whose } = holder;
  if (whose === 'Release') return [deletion(holder, intent)];
  const others = subsetsIn(holder).filter((one) => !isSegues(one));
  return [
    restored(holder, intent, {
      value: shape.write(others),
      isEmpty: others.length === 0,
      bare: bareIn(intent.journal)[name],
      because: `subsets of ${title} are not needed`,
    }),
  ];
}

/** By the name of the object. */
type AllBare = Record<string, Bare>;

export function captureBare(holders: readonly Holder[]): { bare?: AllBare } {
  const all = holders.flatMap((holder) => {
    const bare = bareOf(holder);
    return bare === undefined ? [] : [[holder.name, bare] as const];
  });
  return all.length > 0 ? { bare: Object.fromEntries(all) } : {};
}

function bareIn(journal: RouterJournal): Partial<AllBare> {
  return (journal['bare'] ?? {}) as Partial<AllBare>;
}
