/** One object with subsets: whether the two of a release are in it, and how they come and go. */
import { isDeepStrictEqual } from 'node:util';
import { HASH_LABEL, RELEASE_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type {
  RouterJournal,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
} from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import { controlledBy, ownershipOf, ownLabels } from '../owned-by-release.ts';
import { isSegues, type NamedSubset, SUBSETS, type SubsetShape } from './shape.ts';

export interface Holder {
  shape: SubsetShape;
  name: string;
  /** `ServiceResolver web` */
  title: string;
  found: KubeObject | undefined;
  /** `Other`: it belongs to another release. */
  whose: 'Nobody' | 'Release' | 'User' | 'Other';
  isLeaving: boolean;
}

/** @throws Error where the kind may not be read: what is not known would be taken for gone */
export function holdersOf(
  shape: SubsetShape,
  scope: RouterScope & Pick<TrafficIntent, 'release'>,
  objects: TrafficObjects,
): Holder[] {
  return shape.namesIn(scope).map((name) => {
    const title = `${shape.kind.kind} ${name}`;
    const found = objects.get(shape.kind, name);
    const refusal = found ? undefined : objects.refusal(shape.kind);
    if (refusal !== undefined)
      throw new Error(`${title} is not known, as it may not be read: ${refusal}`);
    const isLeaving = found?.metadata.deletionTimestamp !== undefined;
    return { shape, name, title, found, isLeaving, whose: whoseIs(found, scope.release) };
  });
}

function whoseIs(found: KubeObject | undefined, release: TrafficIntent['release']) {
  if (!found) return 'Nobody' as const;
  if (ownershipOf(found, release?.uid ?? '') !== 'Foreign') return 'Release' as const;
  return found.metadata.labels?.[RELEASE_LABEL] === undefined
    ? ('User' as const)
    : ('Other' as const);
}

function specOf(object: KubeObject | undefined): Record<string, unknown> {
  return (object?.['spec'] ?? {}) as Record<string, unknown>;
}

export function subsetsIn({ shape, found }: Pick<Holder, 'shape' | 'found'>): NamedSubset[] {
  return shape.read(specOf(found)['subsets']);
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
  const { shape, whose, found, isLeaving } = holder;
  if (found && hasVersions(holder, intent)) return [];
  if (!found) return shape.apiVersion === undefined ? undefined : [creation(holder, intent)];
  if (whose === 'Other' || isLeaving) return undefined;
  const others = subsetsIn(holder).filter((one) => !isSegues(one));
  const subsets = shape.write([...others, ...wantedSubsets(holder, intent)]);
  const operation =
    found['spec'] === undefined
      ? { op: 'add', path: '/spec', value: { subsets } }
      : { op: 'add', path: '/spec/subsets', value: subsets };
  const because = `subsets of ${holder.title} for the pods of each version`;
  return [patch(holder, intent, { operation, because })];
}

function creation({ shape, name, title, ...rest }: Holder, intent: TrafficIntent): Write {
  const { release, namespace } = intent;
  if (!release) throw new TypeError(`${title} needs the Release that owns it`);
  return {
    op: 'Create',
    object: {
      apiVersion: shape.apiVersion ?? '',
      kind: shape.kind.kind,
      metadata: {
        name,
        namespace,
        labels: ownLabels(release.policy, release.uid),
        ownerReferences: [controlledBy(release)],
      },
      spec: { subsets: shape.write(wantedSubsets({ shape, name, title, ...rest }, intent)) },
    },
    because: `${title} for the pods of each version`,
  };
}

export function removalFrom(holder: Holder, intent: TrafficIntent): Write[] {
  if (!isLeftIn(holder)) return [];
  const { shape, name, title, found, whose } = holder;
  const uid = found?.metadata.uid;
  const target = { ...shape.kind, namespace: intent.namespace, name };
  if (whose === 'Release')
    return [{ op: 'Delete', target, ...(uid && { uid }), because: `${title} is not needed` }];
  const because = `subsets of ${title} are not needed`;
  return [patch(holder, intent, { operation: removed(holder, intent.journal), because })];
}

/** A field that was not there goes with the last subset in it. */
function removed(holder: Holder, journal: RouterJournal) {
  const { shape, name, found } = holder;
  const others = subsetsIn(holder).filter((one) => !isSegues(one));
  const before = bareIn(journal)[name];
  if (others.length > 0 || before === undefined)
    return { op: 'replace', path: '/spec/subsets', value: shape.write(others) };
  const alone = Object.keys(specOf(found)).length === 1;
  return { op: 'remove', path: before === 'NoSpec' && alone ? '/spec' : '/spec/subsets' };
}

function patch(
  { shape, name, found }: Holder,
  { namespace }: TrafficIntent,
  { operation, because }: { operation: object; because: string },
): Write {
  const resourceVersion = found?.metadata.resourceVersion;
  return {
    op: 'Patch',
    target: { ...shape.kind, namespace, name },
    type: 'json',
    body: [operation],
    ...(resourceVersion && { resourceVersion }),
    because,
  };
}

/** What is not there before a release, by the name of the object. */
type Bare = Record<string, 'NoSpec' | 'NoSubsets'>;

export function captureBare(holders: readonly Holder[]): { bare?: Bare } {
  const bare: Bare = {};
  for (const { name, found } of holders) {
    if (!found || specOf(found)['subsets'] !== undefined) continue;
    bare[name] = found['spec'] === undefined ? 'NoSpec' : 'NoSubsets';
  }
  return Object.keys(bare).length > 0 ? { bare } : {};
}

function bareIn(journal: RouterJournal): Partial<Bare> {
  return (journal['bare'] ?? {}) as Partial<Bare>;
}
