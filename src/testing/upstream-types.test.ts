import { expect, test } from 'vitest';
import { httpRoute, service } from './router-conformance-objects.ts';
import { typeProblems } from './upstream-types.ts';

test('finds unknown fields and wrong types in what upstream describes, and nothing else', () => {
  const good = httpRoute('web', [{ backendRefs: [{ name: 'web', port: 80, weight: 1 }] }]);
  expect(typeProblems([good, service('web')])).toEqual([]);
  const unknown = httpRoute('web', [{ backendRefs: [{ name: 'web', wieght: 1 }] }]);
  const wrong = service('web', { ports: [{ port: '80' }] });
  expect(typeProblems([unknown, wrong])).toEqual([
    expect.stringMatching(/wieght.* does not exist/),
    expect.stringContaining("'string' is not assignable to type 'number'"),
  ]);
});
