import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claim, claimWrites } from './ownership.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { matchesSelector } from '../../api/label-selector.ts';
import { generatedName, sameTemplate, templateHash, withHash } from './template.ts';
import { aDeployment, aSet, aTemplate, ago } from './testing/objects.ts';

describe('a selector', () => {
  const labels = { app: 'web', tier: 'front' };
  test.each([
    ['{"matchLabels":{"app":"web"}}', true],
    ['{"matchLabels":{"app":"web","tier":"back"}}', false],
    ['{"matchExpressions":[{"key":"tier","operator":"In","values":["front","back"]}]}', true],
    ['{"matchExpressions":[{"key":"tier","operator":"NotIn","values":["front"]}]}', false],
    ['{"matchExpressions":[{"key":"other","operator":"NotIn","values":["front"]}]}', true],
    ['{"matchExpressions":[{"key":"other","operator":"Exists"}]}', false],
    ['{"matchExpressions":[{"key":"other","operator":"DoesNotExist"}]}', true],
    ['{}', false],
  ])('%s: %s', (selector, matches) => {
    expect(matchesSelector(JSON.parse(selector) as object, labels)).toBe(matches);
  });
});

describe('a template', () => {
  test('is the same but for its hash, nulls, empties and the order of keys', () => {
    const template = aTemplate('web:1');
    const other = {
      spec: { ...template.spec, volumes: [], affinity: null } as unknown as typeof template.spec,
      metadata: { annotations: {}, ...template.metadata },
    };
    expect(sameTemplate(template, withHash(other, 'abc'))).toBe(true);
    expect(templateHash(template, 0)).toBe(templateHash(withHash(other, 'abc'), 0));
  });

  test('is another with another image, and has another name after a collision', () => {
    expect(sameTemplate(aTemplate('web:1'), aTemplate('web:2'))).toBe(false);
    expect(templateHash(aTemplate('web:1'), 0)).not.toBe(templateHash(aTemplate('web:2'), 0));
    expect(templateHash(aTemplate('web:1'), 1)).not.toBe(templateHash(aTemplate('web:1'), 0));
  });

  test('gives names that a DNS label can hold', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,80}$/), fc.nat(999), (base, n) => {
        const name = generatedName(`${base}-`, () => n / 1_000);
        expect(name.length).toBeLessThanOrEqual(63);
        expect(name).toMatch(/^[a-z]+-?[a-z0-9]{5}$/);
      }),
    );
  });
});

test.each([
  ['250m', 0.25],
  ['1Gi', 2 ** 30],
  ['1.5', 1.5],
  [3, 3],
  ['2k', 2_000],
  ['1e3', 1_000],
  ['lots', 0],
  [undefined, 0],
])('the quantity %s is %d', (text, number) => {
  expect(parseQuantity(text)).toBe(number);
});

describe('a claim', () => {
  const owner = aDeployment();
  const { selector } = owner.spec;
  const own = aSet('own', { image: 'web:1', replicas: 1 });
  const orphan = aSet('orphan', { image: 'web:1', replicas: 1 });
  delete orphan.metadata.ownerReferences;
  const foreign = structuredClone(own);
  foreign.metadata.ownerReferences = [
    { apiVersion: 'segue.dev/v1alpha1', kind: 'Release', name: 'r', uid: 'r', controller: true },
  ];
  const stray = structuredClone(own);
  stray.metadata.labels = { app: 'other' };

  test('keeps its own, adopts orphans, lets strays go and leaves what others control', () => {
    expect(claim(owner, selector, [own, orphan, foreign, stray])).toEqual({
      owned: [own],
      adopt: [orphan],
      release: [stray],
    });
  });

  test('writes with a precondition, and keeps other owners', () => {
    stray.metadata.ownerReferences?.push({ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' });
    const writes = claimWrites(owner, claim(owner, selector, [orphan, stray]));
    expect(writes).toMatchObject([
      {
        body: {
          metadata: {
            resourceVersion: '5',
            ownerReferences: [{ uid: 'web-uid', controller: true }],
          },
        },
      },
      { body: { metadata: { resourceVersion: '5', ownerReferences: [{ uid: 'x' }] } } },
    ]);
  });

  test('an owner on its way out adopts and releases nothing', () => {
    const leaving = { ...owner, metadata: { ...owner.metadata, deletionTimestamp: ago(1) } };
    expect(claim(leaving, selector, [own, orphan, stray])).toEqual({
      owned: [own],
      adopt: [],
      release: [],
    });
  });
});
