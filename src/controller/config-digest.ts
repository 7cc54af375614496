/** What is kept of a ConfigMap or a Secret in memory: names and digests, never what is in it. */
import { createHash, createHmac } from 'node:crypto';
import type { RecordedObject } from '../api/config.ts';
import { ABSENT, PUT_BACK_ANNOTATION } from '../api/config-marks.ts';
import type { KubeObject } from '../api/object.ts';
import type { ConfigReference } from '../engine/index.ts';

type Texts = Record<string, string>;

const DIGEST_LENGTH = 16;

/** In place of an object in a cache: the digest of each of its keys. */
export function trimConfig(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid, resourceVersion, annotations } = metadata;
  const putBack = annotations?.[PUT_BACK_ANNOTATION];
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(putBack !== undefined && { annotations: { [PUT_BACK_ANNOTATION]: putBack } }),
    },
    digests: { ...digestsOf(object, 'data'), ...digestsOf(object, 'binaryData') },
  };
}

function digestsOf(object: KubeObject, field: 'data' | 'binaryData'): Texts {
  const entries = Object.entries((object[field] ?? {}) as Texts);
  const digest = (value: string) => createHash('sha256').update(`${field}\n${value}`);
  return Object.fromEntries(entries.map(([key, value]) => [key, digest(value).digest('hex')]));
}

/** Nothing that is read of it has changed. */
export function sameConfig(a: KubeObject, b: KubeObject): boolean {
  const [old, now] = [a, b].map((one) => Object.entries(one['digests'] as Texts)) as [
    [string, string][],
    [string, string][],
  ];
  const known = new Map(old);
  return old.length === now.length && now.every(([key, digest]) => known.get(key) === digest);
}

/** By which the digests of Secrets cannot be guessed from what may be in them. */
export type Key = string;

const KEYS_MAX = 200;

/** What a template refers to of an object, as digests.
 *
 * @param key undefined for ConfigMaps, whose content everybody may read that may read releases */
export function recorded(
  reference: ConfigReference,
  trimmed: KubeObject | undefined,
  key: Key | undefined,
): RecordedObject {
  const { kind, name } = reference;
  if (!trimmed) return { kind, name, digest: ABSENT };
  const all = (trimmed['digests'] ?? {}) as Texts;
  const wanted = reference.keys === 'All' ? Object.keys(all) : reference.keys;
  const entries = wanted.toSorted().flatMap((one): [string, string][] => {
    const digest = all[one];
    return digest === undefined ? [] : [[one, keyed(`${kind}/${name}/${one}`, digest, key)]];
  });
  return {
    kind,
    name,
    digest: digestOf(entries),
    ...(entries.length <= KEYS_MAX && { keys: Object.fromEntries(entries) }),
    ...(reference.keys === 'All' && { whole: true }),
    ...putBackOf(trimmed),
  };
}

/** With its place, so that two Secrets of one value do not look it. */
function keyed(place: string, digest: string, key: Key | undefined): string {
  if (key === undefined) return digest.slice(0, DIGEST_LENGTH);
  const mac = createHmac('sha256', key).update(`${place}\n${digest}`);
  return mac.digest('hex').slice(0, DIGEST_LENGTH);
}

export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, DIGEST_LENGTH);
}

/** One that nobody can read was not written by Segue. */
function putBackOf({ metadata }: KubeObject): Pick<RecordedObject, 'putBack'> {
  try {
    const said = JSON.parse(metadata.annotations?.[PUT_BACK_ANNOTATION] ?? '{}') as Texts;
    const { by, at, from } = said;
    return by && at && from ? { putBack: { by, at, from } } : {};
  } catch {
    return {};
  }
}
