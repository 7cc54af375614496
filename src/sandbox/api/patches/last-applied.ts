/**
 * The way from client-side to server-side apply: what `kubectl apply` noted in its annotation is
 * kubectl's own, so that applying it server-side is no conflict, and the note is kept up to date.
 */
import type { KubeObject } from '../../../api/object.ts';
import { clone, isFields, type Schema } from '../schema.ts';
import { compare, difference, emptySet, fieldsOf, type FieldSet } from './field-set.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Only this manager is known to have written the annotation. */
const KUBECTL = 'kubectl';

function lastAppliedOf(object: KubeObject): unknown {
  const text = object.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The fields that still are as `kubectl apply` wrote them. */
export function yieldedTo(manager: string, schema: Schema, live: KubeObject): FieldSet {
  const applied = manager === KUBECTL ? lastAppliedOf(live) : undefined;
  if (!isFields(applied)) return emptySet();
  const { changed, removed } = compare(schema, live, applied);
  return difference(difference(fieldsOf(schema, applied), changed), removed);
}

/** Writes what was applied into the annotation, where there is one. */
export function noteApplied(manager: string, object: KubeObject, applied: KubeObject): void {
  const { annotations } = object.metadata;
  if (manager !== KUBECTL || annotations?.[LAST_APPLIED] === undefined) return;
  const noted = clone(applied);
  delete noted.metadata.annotations?.[LAST_APPLIED];
  object.metadata.annotations = { ...annotations, [LAST_APPLIED]: `${JSON.stringify(noted)}\n` };
}
