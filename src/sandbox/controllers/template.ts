/** Pod templates: equality as the Deployment controller sees it, and the hash that names a set. */
import type { PodTemplate } from './kinds.ts';

export const HASH_LABEL = 'pod-template-hash';

/** Letters of generated names: no vowels and no look-alikes, as in Kubernetes. */
const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Equal but for the pod-template-hash label; absent, null and empty are the same. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return formOf(a) === formOf(b);
}

/** Cached objects never change, so that a template's form is worked out once. */
const forms = new WeakMap<PodTemplate, string>();

function formOf(template: PodTemplate): string {
  const known = forms.get(template);
  if (known !== undefined) return known;
  const form = canonical(withoutHash(template));
  forms.set(template, form);
  return form;
}

export function withHash(template: PodTemplate, hash: string): PodTemplate {
  const metadata = template.metadata ?? {};
  return {
    ...template,
    metadata: { ...metadata, labels: { ...metadata.labels, [HASH_LABEL]: hash } },
  };
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** A name for a template: FNV-1a over its canonical form and the collision count. */
export function templateHash(template: PodTemplate, collisionCount: number): string {
  return safeHash(`${formOf(template)}${collisionCount > 0 ? collisionCount : ''}`);
}

/** FNV-1a of a text, in the letters of generated names. */
export function safeHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return Array.from(String(hash), (digit) => SAFE_LETTERS[digit.charCodeAt(0) % 27]).join('');
}

/** Five letters for a generated name. */
function nameSuffix(random: () => number): string {
  return Array.from({ length: 5 }, () => SAFE_LETTERS[Math.floor(random() * 27)]).join('');
}

/** A generated name: the base is cut so that the whole fits a DNS label. */
export function generatedName(base: string, random: () => number): string {
  return base.slice(0, 58) + nameSuffix(random);
}

/** JSON with sorted keys, without what is absent, null or empty. */
function canonical(value: unknown): string {
  return JSON.stringify(prune(value)) ?? '';
}

function prune(value: unknown): unknown {
  if (Array.isArray(value))
    return value.length > 0 ? value.map((item) => prune(item) ?? null) : undefined;
  if (value === null) return undefined;
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, prune(item)] as const)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
