/** When decisions wait for caches that are behind others. */
import { expect, test } from 'vitest';
import type { Informer } from '../ports/informer.ts';
import { Touch } from './touch.ts';

function touch() {
  const kinds = [{ behind: false }, { behind: false }];
  let nowMs = 0;
  const told: string[] = [];
  const log = { warn: (message: string) => told.push(message) };
  const looked = new Touch(kinds as Informer[], {
    clock: { now: () => nowMs } as never,
    log: log as never,
  });
  const at = (ms: number, ...behind: boolean[]) => {
    nowMs = ms;
    kinds.forEach((kind, i) => (kind.behind = behind[i] ?? false));
    return looked.lost;
  };
  return { at, told };
}

test('while one kind is behind the others, however long the outage was before', () => {
  const { at } = touch();
  expect(at(0, false, false)).toBe(false);
  expect(at(1_000, true, true)).toBe(true);
  expect(at(60_000, true, true)).toBe(true);
  expect(at(61_000, true, false)).toBe(true);
  expect(at(61_100, false, false)).toBe(false);
});

test('not for ever: what keeps one watch shut does not keep a release from its way back', () => {
  const { at, told } = touch();
  expect(at(0, true, false)).toBe(true);
  expect(at(9_999, true, false)).toBe(true);
  expect(at(10_000, true, false)).toBe(false);
  expect(at(20_000, true, false)).toBe(false);
  expect(told).toHaveLength(1);
  expect(at(21_000, false, false)).toBe(false);
  expect(at(22_000, false, true)).toBe(true);
});
