/** What is kept of ConfigMaps and Secrets, and what people may see of it. */
import { expect, test } from 'vitest';
import { ABSENT } from '../api/config-marks.ts';
import type { KubeObject } from '../api/object.ts';
import type { ConfigReference } from '../engine/index.ts';
import { KEPT_BYTES, withContent } from './config-content.ts';
import { recorded, sameConfig, trimConfig } from './config-digest.ts';

const configMap = (rest: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '7', labels: { a: 'b' } },
  ...rest,
});

const refer = (rest: Partial<ConfigReference> = {}): ConfigReference => ({
  kind: 'ConfigMap',
  name: 'web',
  optional: false,
  keys: 'All',
  ...rest,
});

const digest = (object: KubeObject | undefined, reference = refer()) =>
  recorded(reference, object && trimConfig(object), undefined).digest;

test('nothing of what is in them stays in a cache', () => {
  const secret = { ...configMap({ data: { PIN: 'czNjcjN0' } }), kind: 'Secret' };
  const kept = trimConfig(secret);
  expect(JSON.stringify(kept)).not.toContain('czNjcjN0');
  expect(Object.keys(kept.metadata)).toEqual(['name', 'namespace', 'uid', 'resourceVersion']);
});

test('the digest is of the content: text and bytes, not of labels or the order of keys', () => {
  const one = configMap({ data: { a: '1', b: '2' } });
  expect(digest(configMap({ data: { b: '2', a: '1' }, immutable: true }))).toBe(digest(one));
  expect(digest({ ...one, metadata: { ...one.metadata, labels: {}, resourceVersion: '9' } })).toBe(
    digest(one),
  );
  const others = [
    configMap({ data: { a: '1', b: '3' } }),
    configMap({ data: { a: '1' } }),
    configMap({ data: { a: '1' }, binaryData: { b: '2' } }),
    configMap({}),
    undefined,
  ].map((object) => digest(object));
  expect(new Set([...others, digest(one)]).size).toBe(6);
  expect(digest(undefined)).toBe(ABSENT);
});

test('only the keys that are referred to count', () => {
  const reference = refer({ keys: ['a', 'missing'] });
  const before = digest(configMap({ data: { a: '1', b: '2' } }), reference);
  expect(digest(configMap({ data: { a: '1', b: '3' } }), reference)).toBe(before);
  expect(digest(configMap({ data: { a: '2', b: '2' } }), reference)).not.toBe(before);
  expect(digest(configMap({ data: { a: '1', missing: '' } }), reference)).not.toBe(before);
});

test('a change of its metadata alone is told to nobody', () => {
  const one = trimConfig(configMap({ data: { a: '1' } }));
  const labelled = trimConfig(configMap({ data: { a: '1' }, immutable: true }));
  expect(sameConfig(one, labelled)).toBe(true);
  expect(sameConfig(one, trimConfig(configMap({ data: { a: '2' } })))).toBe(false);
  expect(sameConfig(one, trimConfig(configMap({ data: { a: '1', b: '' } })))).toBe(false);
});

test('without the key a value of a Secret cannot be told from its digest', () => {
  const secret = trimConfig({
    ...configMap({ data: { PIN: 'MTIzNA==', PUK: 'MTIzNA==' } }),
    kind: 'Secret',
  });
  const at = (key: string) => recorded(refer({ kind: 'Secret' }), secret, key);
  const [one, other] = [at('key one'), at('key two')];
  expect(at('key one')).toEqual(one);
  expect(other.digest).not.toBe(one.digest);
  expect(other.keys?.['PIN']).not.toBe(one.keys?.['PIN']);
  // Nor are two of one value seen to be the same.
  expect(one.keys?.['PIN']).not.toBe(one.keys?.['PUK']);
  expect(recorded(refer({ kind: 'Secret' }), secret, undefined).keys).not.toEqual(one.keys);
});

const contentOf = (name: string, text: string, kind: ConfigReference['kind'] = 'ConfigMap') => {
  const reference = refer({ kind, name });
  const object = { ...configMap({ data: { text } }), kind };
  return { reference, object, record: recorded(reference, trimConfig(object), 'key') };
};

test('content is kept up to a limit, the small ones first, and never of a Secret', () => {
  const large = 'x'.repeat(KEPT_BYTES);
  const kept = withContent([
    contentOf('large', large),
    contentOf('small', 'y'),
    contentOf('token', 'hidden', 'Secret'),
  ]);
  expect(kept[0]).toMatchObject({
    name: 'large',
    omitted: expect.stringMatching(/^65 KiB/) as string,
  });
  expect(kept[0]).not.toHaveProperty('data');
  expect(kept[1]).toMatchObject({ name: 'small', data: { text: 'y' } });
  expect(JSON.stringify(kept[2])).not.toContain('hidden');
});

test('of an object of which single keys are referred to only these are kept', () => {
  const object = configMap({ data: { a: '1', b: '2' }, binaryData: { c: 'Mw==', d: 'NA==' } });
  const reference = refer({ keys: ['a', 'c'] });
  const record = recorded(reference, trimConfig(object), undefined);
  expect(record).not.toHaveProperty('whole');
  const [kept] = withContent([{ record, reference, object }]);
  expect(kept).toMatchObject({ data: { a: '1' }, binaryData: { c: 'Mw==' } });
});
