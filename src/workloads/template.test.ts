import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replicaSet, template } from '../testing/deployment-objects.ts';
import { nameCandidate } from './deployment/names.ts';
import { candidateHash, canonicalTemplate, isLeaving, templateHash } from './template.ts';

const leaving = { 'segue.dev/leaving': 'true' };

describe('templates that are equal', () => {
  test.each([
    ['one of a set and one of a Deployment', template('v1', 'abc'), template('v1')],
    [
      'keys in another order',
      { spec: { b: 1, a: [{ d: 1, c: 2 }] } },
      { spec: { a: [{ c: 2, d: 1 }], b: 1 } },
    ],
    [
      'a null creationTimestamp',
      { metadata: { creationTimestamp: null }, spec: {} },
      { metadata: {}, spec: {} },
    ],
    ['the mark of the swap', { metadata: { annotations: leaving }, spec: {} }, { spec: {} }],
    [
      'the mark of the swap beside another annotation',
      { metadata: { annotations: { ...leaving, a: 'b' } } },
      { metadata: { annotations: { a: 'b' } } },
    ],
    ['an undefined field', { spec: { a: 1, b: undefined } }, { spec: { a: 1 } }],
  ])('%s', (_, one, other) => {
    expect(canonicalTemplate(one)).toEqual(canonicalTemplate(other));
    expect(templateHash(one)).toBe(templateHash(other));
    expect(candidateHash(one, 0)).toBe(candidateHash(other, 0));
  });
});

describe('templates that differ', () => {
  test.each([
    ['another image', template('v1'), template('v2')],
    ['lists in another order', { spec: { a: [1, 2] } }, { spec: { a: [2, 1] } }],
    [
      'an annotation (restart)',
      template('v1'),
      { ...template('v1'), metadata: { annotations: { restartedAt: 'x' } } },
    ],
    ['null and absent', { spec: { a: null } }, { spec: {} }],
  ])('%s', (_, one, other) => expect(templateHash(one)).not.toBe(templateHash(other)));
});

test('a template is not changed by being read', () => {
  const before = template('v1', 'abc');
  const copy = structuredClone(before);
  canonicalTemplate(before);
  expect(before).toEqual(copy);
});

test('whatever JSON a template is, its hashes are names and do not depend on the order of keys', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([k, v]) => [k, shuffled(v)]),
    );
  };
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (spec) => {
      expect(templateHash({ spec })).toBe(templateHash(shuffled({ spec })));
      expect(templateHash({ spec })).toMatch(/^[0-9a-f]{16}$/);
      expect(candidateHash({ spec }, 0)).toMatch(/^[a-z0-9]{10}$/);
    }),
  );
});

test('the mark is seen', () => {
  expect(isLeaving({ metadata: { annotations: leaving } })).toBe(true);
  expect(isLeaving(template('v1'))).toBe(false);
});

describe('the name of a candidate', () => {
  test('is the Deployment and the hash of its pods', () => {
    const { name, hash } = nameCandidate('web', template('v2'), []);
    expect(name).toBe(`web-${hash}`);
  });

  test('is the same when the set of that name has the same template', () => {
    const first = nameCandidate('web', template('v2'), []);
    const there = replicaSet(first.hash, { version: 'v2' });
    expect(nameCandidate('web', template('v2'), [there])).toEqual(first);
  });

  test('is another one, hash and all, when a set of another template has it', () => {
    const first = nameCandidate('web', template('v2'), []);
    const second = nameCandidate('web', template('v2'), [replicaSet(first.hash)]);
    const third = nameCandidate('web', template('v2'), [
      replicaSet(first.hash),
      replicaSet(second.hash),
    ]);
    expect(new Set([first.hash, second.hash, third.hash]).size).toBe(3);
    expect(third.name).toBe(`web-${third.hash}`);
  });

  test.each([
    ['letters', 'a'.repeat(253)],
    ['a dash where it is cut', `${'a'.repeat(241)}-${'b'.repeat(11)}`],
    ['a dot where it is cut', `${'a'.repeat(240)}.-.${'b'.repeat(10)}`],
  ])('fits, however long the Deployment is called: %s', (_, deployment) => {
    const { name, hash } = nameCandidate(deployment, template('v2'), []);
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(name.endsWith(`-${hash}`)).toBe(true);
  });
});
