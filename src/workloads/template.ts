/** Pod templates compared and named: two templates are equal when their canonical forms are. */
import { createHash } from 'node:crypto';
import { HASH_LABEL } from '../api/group.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { fields, isFields, sorted } from './fields.ts';

/**
 * On the template of a set that is leaving the Deployment, between two writes of the swap. It makes
 * the template differ from the Deployment's, so that the Deployment controller cannot take the set
 * for its new one and scale the other down (see swap.ts). Pods are not restarted by it.
 */
export const LEAVING_ANNOTATION = 'segue.dev/leaving';

/**
 * The template with sorted keys and without what does not make a difference to the pods: the hash
 * label, a null creationTimestamp, the mark of a leaving set. Nothing else is normalised: both
 * sides of a comparison come from the API server, with its defaults.
 */
export function canonicalTemplate(template: unknown): PodTemplate {
  if (typeof template !== 'object' || template === null) return {};
  const known = forms.get(template);
  if (known) return known;
  const form = canonical(template);
  forms.set(template, form);
  return form;
}

/** What is read comes from caches and never changes: each template is worked out once. */
const forms = new WeakMap<object, PodTemplate>();
const hashes = new WeakMap<PodTemplate, string>();

function canonical(template: object): PodTemplate {
  const source = fields(template);
  const metadata = { ...fields(source['metadata']) };
  drop(metadata, 'labels', HASH_LABEL);
  drop(metadata, 'annotations', LEAVING_ANNOTATION);
  if (metadata['creationTimestamp'] === null) delete metadata['creationTimestamp'];
  return fields(sorted({ ...source, metadata }));
}

/** Takes a key out of a map, and the map with it when that was the last. */
function drop(metadata: Record<string, unknown>, map: string, key: string): void {
  const before = metadata[map];
  if (!isFields(before)) return;
  const { [key]: _, ...rest } = before;
  if (Object.keys(rest).length > 0) metadata[map] = rest;
  else delete metadata[map];
}

export function isLeaving(template: unknown): boolean {
  const annotations = fields(fields(fields(template)['metadata'])['annotations']);
  return annotations[LEAVING_ANNOTATION] !== undefined;
}

/** 16 hex digits; equal templates have equal hashes. */
export function templateHash(template: unknown): string {
  const form = canonicalTemplate(template);
  const hash = hashes.get(form) ?? digest(form, '').toString('hex').slice(0, 16);
  hashes.set(form, hash);
  return hash;
}

// No vowels, so that no words appear, and nothing that needs care in a name or a label.
const LETTERS = 'bcdfghjkmnpqrstvwxz23456789';
const HASH_LENGTH = 10;

/** The value of `pod-template-hash`: 10 characters that are safe in names and labels. `collision`
 * counts the names that were taken already. */
export function candidateHash(template: unknown, collision: number): string {
  const bytes = digest(template, collision === 0 ? '' : `#${collision}`);
  return Array.from(bytes.subarray(0, HASH_LENGTH), (byte) => LETTERS[byte % LETTERS.length]).join(
    '',
  );
}

function digest(template: unknown, salt: string): Buffer {
  const canonical = JSON.stringify(canonicalTemplate(template));
  return createHash('sha256').update(canonical).update(salt).digest();
}
