/** One field of the spec of an object that a release writes besides the route: the object is the user's, or made for
 * the length of the release where there is none. */
import { RELEASE_LABEL } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { TrafficIntent, TrafficObjects } from '../ports/traffic-router.ts';
import type { Write } from '../ports/write.ts';
import { controlledBy, ownershipOf, ownLabels } from './owned-by-release.ts';

export interface FieldHolder {
  kind: GroupKind;
  name: string;
  /** Of `spec`. */
  field: string;
  /** `ServiceResolver web` */
  title: string;
  found: KubeObject | undefined;
  /** `Other`: it belongs to another release. */
  whose: 'Nobody' | 'Release' | 'User' | 'Other';
  isLeaving: boolean;
}

/** @throws Error where the kind may not be read: what is not known would be taken for gone */
export function fieldHolder(
  { kind, name, field }: Pick<FieldHolder, 'kind' | 'name' | 'field'>,
  { release }: Pick<TrafficIntent, 'release'>,
  objects: TrafficObjects,
): FieldHolder {
  const title = `${kind.kind} ${name}`;
  const found = objects.get(kind, name);
  const refusal = found ? undefined : objects.refusal(kind);
  if (refusal !== undefined)
    throw new Error(`${title} is not known, as it may not be read: ${refusal}`);
  const isLeaving = found?.metadata.deletionTimestamp !== undefined;
  return { kind, name, field, title, found, isLeaving, whose: whoseIs(found, release) };
}

function whoseIs(found: KubeObject | undefined, release: TrafficIntent['release']) {
  if (!found) return 'Nobody' as const;
  if (ownershipOf(found, release?.uid ?? '') !== 'Foreign') return 'Release' as const;
  return found.metadata.labels?.[RELEASE_LABEL] === undefined
    ? ('User' as const)
    : ('Other' as const);
}

export function fieldIn({ found, field }: Pick<FieldHolder, 'found' | 'field'>): unknown {
  return specOf(found)[field];
}

function specOf(object: KubeObject | undefined): Record<string, unknown> {
  return (object?.['spec'] ?? {}) as Record<string, unknown>;
}

export function creation(
  { kind, name, field, title }: FieldHolder,
  { release, namespace }: TrafficIntent,
  { apiVersion, value, because }: { apiVersion: string; value: unknown; because: string },
): Write {
  if (!release) throw new TypeError(`${title} needs the Release that owns it`);
  const labels = ownLabels(release.policy, release.uid);
  const metadata = { name, namespace, labels, ownerReferences: [controlledBy(release)] };
  const object = { apiVersion, kind: kind.kind, metadata, spec: { [field]: value } };
  return { op: 'Create', object, because };
}

export function deletion({ kind, name, title, found }: FieldHolder, intent: TrafficIntent): Write {
  const uid = found?.metadata.uid;
  const target = { ...kind, namespace: intent.namespace, name };
  return { op: 'Delete', target, ...(uid && { uid }), because: `${title} is not needed` };
}

interface Change {
  value: unknown;
  because: string;
}

export function changed(holder: FieldHolder, intent: TrafficIntent, change: Change): Write {
  const { found, field } = holder;
  const { value, because } = change;
  const operation =
    found?.['spec'] === undefined
      ? { op: 'add', path: '/spec', value: { [field]: value } }
      : { op: 'add', path: `/spec/${field}`, value };
  return patch(holder, intent, { operation, because });
}

/** What was not there before a release. */
export type Bare = 'NoSpec' | 'NoField';

export function bareOf({ found, field }: FieldHolder): Bare | undefined {
  if (!found || specOf(found)[field] !== undefined) return undefined;
  return found['spec'] === undefined ? 'NoSpec' : 'NoField';
}

/** A field that was not there goes where nothing is left in it. */
export function restored(
  holder: FieldHolder,
  intent: TrafficIntent,
  { value, because, isEmpty, bare }: Change & { isEmpty: boolean; bare: Bare | undefined },
): Write {
  const { field, found } = holder;
  const path = `/spec/${field}`;
  if (!isEmpty || bare === undefined)
    return patch(holder, intent, { operation: { op: 'replace', path, value }, because });
  const alone = Object.keys(specOf(found)).length === 1;
  const operation = { op: 'remove', path: bare === 'NoSpec' && alone ? '/spec' : path };
  return patch(holder, intent, { operation, because });
}

function patch(
  { kind, name, found }: FieldHolder,
  { namespace }: TrafficIntent,
  { operation, because }: { operation: object; because: string },
): Write {
  const resourceVersion = found?.metadata.resourceVersion;
  return {
    op: 'Patch',
    target: { ...kind, namespace, name },
    type: 'json',
    body: [operation],
    ...(resourceVersion && { resourceVersion }),
    because,
  };
}
