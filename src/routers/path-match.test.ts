/** What two parts of routes have in common, held against the paths themselves. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  inCommon,
  isWithin,
  mayMeet,
  pathByParts,
  pathsByStart,
  type PathSet,
} from './path-match.ts';

const PATHS = ['/', '/a', '/a/', '/ab', '/a/b', '/a/b/', '/a/bc', '/ab/c', '/a/b/c', '/b'];

const text = fc.constantFrom('/', '/a', '/a/', '/ab', '/a/b', '/a/b/', '/b');
const regex = fc.constantFrom('/a.*', '/[ab]', '/a/b', '.*');
const asked = fc.oneof(
  text.map((exact) => ({ exact })),
  text.map((prefix) => ({ prefix })),
  regex.map((one) => ({ regex: one })),
);
const byStart: fc.Arbitrary<PathSet> = fc.oneof(
  text.map((exact) => ({ exact })),
  text.map((start) => ({ start })),
  regex.map((one) => ({ regex: one })),
);
const byParts: fc.Arbitrary<PathSet> = fc.oneof(
  text.map((exact) => ({ exact })),
  text.map((parts) => ({ parts })),
  regex.map((one) => ({ regex: one })),
);

/** Written apart from what is tried. */
function has(set: PathSet, path: string): boolean {
  if ('exact' in set) return path === set.exact;
  if ('start' in set) return path.startsWith(set.start);
  if ('regex' in set) return new RegExp(`^(?:${set.regex})$`).test(path);
  const parts = (of: string) =>
    of.split('/').filter((part, i, all) => part !== '' || (i > 0 && i < all.length - 1));
  const wanted = parts(set.parts);
  return wanted.every((part, i) => parts(path)[i] === part);
}

const hasAny = (sets: readonly PathSet[], path: string) => sets.some((one) => has(one, path));

test.each([
  ['text', byStart, pathsByStart],
  ['parts', byParts, (one: Parameters<typeof pathByParts>[0]) => [pathByParts(one)]],
] as const)('what is in common with prefixes by %s is what both have', (_, own, told) => {
  fc.assert(
    fc.property(own, asked, (mine, theirs) => {
      const sets = told(theirs);
      const common = inCommon(mine, sets);
      if (common === undefined) return;
      for (const path of PATHS)
        expect([path, hasAny(common, path)]).toEqual([path, has(mine, path) && hasAny(sets, path)]);
    }),
    { numRuns: 500 },
  );
});

test('what cannot be in common, and what is within, is so of every path', () => {
  fc.assert(
    fc.property(fc.oneof(byStart, byParts), fc.oneof(byStart, byParts), (one, other) => {
      if (!mayMeet(one, other))
        expect(PATHS.filter((path) => has(one, path) && has(other, path))).toEqual([]);
      if (isWithin(one, other))
        expect(PATHS.filter((path) => has(one, path) && !has(other, path))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [{ start: '/shop/' }, { prefix: '/shop' }, [{ start: '/shop/' }]],
  [{ start: '/' }, { prefix: '/shop' }, [{ exact: '/shop' }, { start: '/shop/' }]],
  [{ start: '/shopping' }, { prefix: '/shop' }, []],
  [{ regex: '/a.*' }, { exact: '/ab' }, undefined],
  [{ regex: '/a.*' }, { regex: '/a.*' }, [{ regex: '/a.*' }]],
  [{ regex: '/a.*' }, { prefix: '/a' }, undefined],
  [{ start: '/a' }, { regex: '/a.*' }, undefined],
] as const)('%j and %j have %j in common', (own, theirs, common) => {
  expect(inCommon(own, pathsByStart(theirs))).toEqual(common);
});
