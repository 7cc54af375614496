/** Which ConfigMaps and Secrets a pod template refers to, and which of their keys. */
import type { ConfigKind } from '../api/config.ts';
import type { PodTemplate } from '../ports/workload.ts';

export interface ConfigReference {
  kind: ConfigKind;
  name: string;
  /** Pods start without it. */
  optional: boolean;
  keys: 'All' | string[];
}

type Fields = Record<string, unknown>;

/** One for each object, by kind and name; empty for a template that refers to none. Image pull secrets and
 * what CSI drivers read are not configuration of the pods. */
export function configReferences(template: PodTemplate): ConfigReference[] {
  const known = found.get(template);
  if (known) return known;
  const spec = fields(template['spec']);
  const containers = [...list(spec['initContainers']), ...list(spec['containers'])];
  const all = [
    ...containers.flatMap(ofContainer),
    ...list(spec['volumes']).flatMap(ofVolume),
  ].filter(({ name }) => name !== '');
  const references = joined(all);
  found.set(template, references);
  return references;
}

/** Templates come from caches and never change. */
const found = new WeakMap<PodTemplate, ConfigReference[]>();

function ofContainer({ env, envFrom }: Fields): ConfigReference[] {
  const single = list(env).flatMap(({ valueFrom }) => {
    const { configMapKeyRef, secretKeyRef } = fields(valueFrom);
    return [...keyOf('ConfigMap', configMapKeyRef), ...keyOf('Secret', secretKeyRef)];
  });
  const whole = list(envFrom).flatMap(({ configMapRef, secretRef }) => [
    ...objectOf('ConfigMap', configMapRef),
    ...objectOf('Secret', secretRef),
  ]);
  return [...single, ...whole];
}

function ofVolume({ configMap, secret, projected }: Fields): ConfigReference[] {
  const sources = list(fields(projected)['sources']).flatMap((source) => [
    ...objectOf('ConfigMap', source['configMap']),
    ...objectOf('Secret', source['secret']),
  ]);
  return [...objectOf('ConfigMap', configMap), ...objectOf('Secret', secret), ...sources];
}

function keyOf(kind: ConfigKind, reference: unknown): ConfigReference[] {
  if (reference === undefined) return [];
  const { key } = fields(reference);
  return objectOf(kind, reference).map((one) => ({ ...one, keys: [text(key)] }));
}

/** A volume of a Secret says its name in a word of its own. */
function objectOf(kind: ConfigKind, reference: unknown): ConfigReference[] {
  if (reference === undefined) return [];
  const { name, secretName, optional, items } = fields(reference);
  const keys = list(items).map(({ key }) => text(key));
  return [
    {
      kind,
      name: text(name ?? secretName),
      optional: optional === true,
      keys: keys.length > 0 ? keys : 'All',
    },
  ];
}

/** What one place needs, the pods need. */
function joined(all: ConfigReference[]): ConfigReference[] {
  const byName = new Map<string, ConfigReference>();
  for (const one of all) {
    const name = `${one.kind}/${one.name}`;
    const before = byName.get(name);
    byName.set(name, before ? both(before, one) : one);
  }
  return [...byName.keys()].sort().map((name) => byName.get(name) as ConfigReference);
}

function both(a: ConfigReference, b: ConfigReference): ConfigReference {
  return { ...a, optional: a.optional && b.optional, keys: allKeys(a.keys, b.keys) };
}

function allKeys(a: ConfigReference['keys'], b: ConfigReference['keys']): ConfigReference['keys'] {
  return a === 'All' || b === 'All' ? 'All' : [...new Set([...a, ...b])].sort();
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
