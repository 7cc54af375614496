import { expect, test } from 'vitest';
import { TEMPLATE_VARIABLES } from '../analysis/query-problems.ts';
import { CANDIDATE, STABLE } from '../testing/metric-provider-fixture.ts';
import { renderQuery, VARIABLES } from './template.ts';

test('knows the variables that a check may name', () => {
  expect(VARIABLES.toSorted()).toEqual([...TEMPLATE_VARIABLES].sort());
});

test.each([
  ['{{namespace}}/{{ service }}', 'shop/web'],
  ['rs="{{hash}}"', 'rs="bbb222"'],
  ['pod=~"{{pods}}"', 'pod=~"web-1|web[.]2"'],
  ['node=~"{{ips}}"', 'node=~"10[.]0[.]0[.]1|10[.]0[.]0[.]2"'],
  ['service=~"{{versionService}}"', 'service=~"web-candidate"'],
  ['canary=~"{{canary}}"', 'canary=~"shop-web-candidate-.+"'],
  ['[{{window}}]', '[1m]'],
  ['{{unknown}} {hash}', '{{unknown}} {hash}'],
])('%s reads %s', (template, query) => {
  const pods = ['web-1', 'web.2'].map((name, i) => ({ name, ip: `10.0.0.${i + 1}` }));
  expect(renderQuery(template, { ...CANDIDATE, pods })).toBe(query);
});

test('of stable the canary is nothing, and its Service another', () => {
  expect(renderQuery('{{canary}}/{{versionService}}', STABLE)).toBe('/web-stable');
});

test('pods without an address match no address', () => {
  const pods = [{ name: 'web-1', ip: '' }];
  expect(renderQuery('{{ips}}', { ...CANDIDATE, pods })).toBe('-');
  const two = [...pods, { name: 'web-2', ip: '10.0.0.2' }];
  expect(renderQuery('{{ips}}', { ...CANDIDATE, pods: two })).toBe('10[.]0[.]0[.]2');
});

test('no pods match no pod, not even a series without the label', () => {
  const query = renderQuery('{{pods}}', { ...CANDIDATE, pods: [] });
  expect(['', 'web-1'].some((name) => new RegExp(`^(?:${query})$`).test(name))).toBe(false);
});

test('quotes cannot end the string they stand in', () => {
  expect(renderQuery('{{service}}', { ...CANDIDATE, service: '"\'`\\' })).toBe(
    '\\x22\\x27\\x60\\x5c',
  );
});

test.each([
  ['1m30s', '90s'],
  ['1.5s', '1500ms'],
  ['500ms', '500ms'],
])('a window of %s is a range PromQL reads', (window, range) => {
  expect(renderQuery('{{window}}', { ...CANDIDATE, window })).toBe(range);
});
