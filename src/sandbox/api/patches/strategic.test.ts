import { expect, test } from 'vitest';
import { TYPES } from '../kinds/types.ts';
import type { Fields } from '../schema.ts';
import { strategicMergePatch } from './strategic.ts';

const POD_SPEC = TYPES.type('core.PodSpec');
const DEPLOYMENT = TYPES.type('apps.Deployment');

function patchSpec(target: Fields, patch: Fields): Fields {
  return strategicMergePatch(POD_SPEC, target, patch);
}

const TWO = {
  containers: [
    { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] },
    { name: 'side', image: 'side:1' },
  ],
};

test('elements are merged by their key, new ones go before those the patch does not name', () => {
  const patched = patchSpec(TWO, {
    containers: [
      { name: 'web', image: 'web:2', env: [{ name: 'B', value: '2' }] },
      { name: 'new', image: 'new:1' },
    ],
  });
  expect(patched['containers']).toEqual([
    {
      name: 'web',
      image: 'web:2',
      env: [
        { name: 'B', value: '2' },
        { name: 'A', value: '1' },
      ],
    },
    { name: 'new', image: 'new:1' },
    { name: 'side', image: 'side:1' },
  ]);
  expect(TWO.containers[0]?.image).toBe('web:1');
});

test('$patch: delete takes an element out, $patch: replace the others', () => {
  expect(patchSpec(TWO, { containers: [{ name: 'side', $patch: 'delete' }] })).toEqual({
    containers: [TWO.containers[0]],
  });
  const only = { name: 'only', image: 'only:1' };
  expect(patchSpec(TWO, { containers: [{ $patch: 'replace' }, only] })).toEqual({
    containers: [only],
  });
});

test('$setElementOrder orders what it names and keeps the others near', () => {
  const list = { containers: [{ name: 'a' }, { name: 'x' }, { name: 'b' }] };
  const patched = patchSpec(list, {
    '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
    containers: [{ name: 'c' }],
  });
  expect(patched['containers']).toEqual([
    { name: 'x' },
    { name: 'b' },
    { name: 'c' },
    { name: 'a' },
  ]);
});

test('$retainKeys drops what it does not name', () => {
  const patched = strategicMergePatch(
    DEPLOYMENT,
    { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
    { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
  );
  expect(patched).toEqual({ spec: { strategy: { type: 'Recreate' } } });
});

test('sets of texts are joined, and $deleteFromPrimitiveList takes out of them', () => {
  const meta = TYPES.type('meta.ObjectMeta');
  const joined = strategicMergePatch(meta, { finalizers: ['a/a'] }, { finalizers: ['b/b', 'a/a'] });
  expect(joined).toEqual({ finalizers: ['b/b', 'a/a'] });
  const less = strategicMergePatch(meta, joined, {
    '$deleteFromPrimitiveList/finalizers': ['a/a'],
  });
  expect(less).toEqual({ finalizers: ['b/b'] });
});

test('a null removes, lists without a key are replaced, maps are merged', () => {
  const patched = patchSpec(
    { nodeSelector: { a: '1', b: '2' }, tolerations: [{ key: 'x' }], hostname: 'h' },
    { nodeSelector: { a: null, c: '3' }, tolerations: [{ key: 'y' }], hostname: null },
  );
  expect(patched).toEqual({ nodeSelector: { b: '2', c: '3' }, tolerations: [{ key: 'y' }] });
});

test('an element without its key is refused', () => {
  expect(() => patchSpec(TWO, { containers: [{ image: 'x' }] })).toThrow(/merge key: name/);
});
