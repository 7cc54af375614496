import { describe, expect, test } from 'vitest';
import { fieldMatcher, matcherOf, parseLabelSelector, selectorText } from './selectors.ts';

const LABELS = { app: 'web', tier: 'front', size: '5' };

describe('label selectors as text', () => {
  test.each([
    ['', true],
    ['app=web', true],
    ['app==web,tier!=back', true],
    ['app!=web', false],
    ['missing!=x', true],
    ['app in (api, web),tier', true],
    ['app notin (web)', false],
    ['missing notin (web)', true],
    ['!app', false],
    ['!missing', true],
    ['size>4,size<6', true],
    ['missing>4', false],
  ])('%s is %s', (text, wanted) => {
    expect(parseLabelSelector(text)(LABELS)).toBe(wanted);
  });

  test('nonsense is refused', () => {
    expect(() => parseLabelSelector('a===b')).toThrow(/found '=', expected: identifier/);
  });
});

test('a LabelSelector object matches as its text says', () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['front', 'back'] },
      { key: 'gone', operator: 'DoesNotExist' },
    ],
  };
  expect(matcherOf(selector)(LABELS)).toBe(true);
  expect(matcherOf(selector)({ ...LABELS, gone: '' })).toBe(false);
  expect(selectorText(selector)).toBe('app=web,tier in (front,back),!gone');
  expect(parseLabelSelector(selectorText(selector))(LABELS)).toBe(true);
});

test('fields are selected by what a kind declares, and by nothing else', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, phase: 'Running' };
  const readers = { 'status.phase': () => 'Running', 'metadata.name': () => 'a' };
  expect(fieldMatcher('status.phase=Running,metadata.name!=b', readers)(pod)).toBe(true);
  expect(fieldMatcher('status.phase!=Running', readers)(pod)).toBe(false);
  expect(() => fieldMatcher('spec.foo=1', readers)).toThrow('field label not supported: spec.foo');
});
