import { expect, test } from 'vitest';
import { labelMatcher } from './label-selector.ts';

test.each([
  ['', { a: '1' }, true],
  ['app=web', { app: 'web', x: 'y' }, true],
  ['app==web', { app: 'db' }, false],
  ['app=', { app: '' }, true],
  ['app!=web', { app: 'db' }, true],
  ['app!=web', {}, true],
  ['app=web,tier=front', { app: 'web' }, false],
  ['app in (web, db),tier', { app: 'db', tier: '' }, true],
  ['app in (web,db)', {}, false],
  ['app notin (web,db)', { app: 'web' }, false],
  ['app notin (web,db)', {}, true],
  ['segue.dev/policy', { 'segue.dev/policy': 'x' }, true],
  ['!old', { old: 'x' }, false],
  ['!old', {}, true],
])('%j on %j is %s', (selector, labels, matches) =>
  expect(labelMatcher(selector)(labels as Record<string, string>)).toBe(matches),
);

test('what is not a selector is refused', () => {
  expect(() => labelMatcher('app in web')).toThrow('cannot read "app in web"');
});
