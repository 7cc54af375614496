/** What a pod template refers to, place by place. */
import { expect, test } from 'vitest';
import { configReferences } from './config-references.ts';

const of = (spec: Record<string, unknown>) => configReferences({ spec });
const all = (kind: string, name: string, optional = false) => ({
  kind,
  name,
  optional,
  keys: 'All',
});

test('a template without any refers to nothing', () => {
  expect(
    of({ containers: [{ name: 'web', image: 'v1', env: [{ name: 'A', value: 'b' }] }] }),
  ).toEqual([]);
  expect(configReferences({})).toEqual([]);
});

test('environment: single keys and whole objects, of init containers too', () => {
  const key = (name: string, at: string) => ({ name, key: at });
  const found = of({
    initContainers: [{ envFrom: [{ secretRef: { name: 'init', optional: true } }] }],
    containers: [
      {
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: key('web', 'b') } },
          { name: 'B', valueFrom: { configMapKeyRef: key('web', 'a') } },
          { name: 'C', valueFrom: { secretKeyRef: key('token', 'value') } },
          { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        envFrom: [{ configMapRef: { name: 'all' } }],
      },
    ],
  });
  expect(found).toEqual([
    all('ConfigMap', 'all'),
    { kind: 'ConfigMap', name: 'web', optional: false, keys: ['a', 'b'] },
    all('Secret', 'init', true),
    { kind: 'Secret', name: 'token', optional: false, keys: ['value'] },
  ]);
});

test('volumes and what is projected into them', () => {
  const found = of({
    volumes: [
      { name: 'a', configMap: { name: 'files', items: [{ key: 'x', path: 'x' }] } },
      { name: 'b', secret: { secretName: 'tls' } },
      { name: 'c', emptyDir: {} },
      {
        name: 'd',
        projected: {
          sources: [
            { configMap: { name: 'more', optional: true } },
            { secret: { name: 'pins', items: [{ key: 'pin', path: 'pin' }] } },
            { serviceAccountToken: { path: 'token' } },
          ],
        },
      },
    ],
  });
  expect(found).toEqual([
    { kind: 'ConfigMap', name: 'files', optional: false, keys: ['x'] },
    all('ConfigMap', 'more', true),
    { kind: 'Secret', name: 'pins', optional: false, keys: ['pin'] },
    all('Secret', 'tls'),
  ]);
});

test('what one place needs is needed, and one that takes all of it takes all', () => {
  const single = (optional: boolean) => ({
    valueFrom: { configMapKeyRef: { name: 'web', key: 'a', optional } },
  });
  const one = (...env: unknown[]) => of({ containers: [{ env }] })[0];
  expect(one(single(true), single(true))).toMatchObject({ optional: true });
  expect(one(single(true), single(false))).toMatchObject({ optional: false, keys: ['a'] });
  const both = of({
    containers: [
      { env: [single(true)], envFrom: [{ configMapRef: { name: 'web', optional: true } }] },
    ],
  });
  expect(both).toEqual([all('ConfigMap', 'web', true)]);
});
