import { expect, test } from 'vitest';
import { duplicateFields } from './duplicates.ts';

test.each([
  ['{"a":1,"b":{"a":2}}', []],
  ['{"a":1,"b":2,"a":3}', ['a']],
  ['{"s":{"c":[{"n":1},{"n":1,"m":"n","n":2}]}}', ['s.c[1].n']],
  [String.raw`{"a\"{":1,"x":"a\"{","a\"{":",}]"}`, ['a"{']],
  ['{"a":[1,[2,{"k":[],"k":{}}]],"a":[]}', ['a[1][1].k', 'a']],
  ['[]', []],
])('%s', (json, duplicates) => {
  expect(duplicateFields(json)).toEqual(duplicates);
});
