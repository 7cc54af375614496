/** Which ended releases are kept. */
import { expect, test } from 'vitest';
import { policy, snapshot } from '../testing/snapshots.ts';
import { prunable } from './history.ts';
import type { EndedRelease } from './snapshot.ts';

const ended = (number: number, outcome = 'Promoted'): EndedRelease => ({
  name: `web-${number}`,
  number,
  outcome,
  templateHash: `template-${number}`,
  stableTemplateHash: `template-${number - 1}`,
  target: 'uid-web',
  strategy: 'canary',
});
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ended(from + i));

function pruned(history: EndedRelease[], limit: number, status = {}): string[] {
  const of = policy({ history: { limit } });
  return prunable(snapshot({ history }), { ...of, status });
}

test('the newest are kept, by number and not by name', () => {
  expect(pruned(range(1, 3), 3)).toEqual([]);
  expect(pruned(range(8, 12).toReversed(), 3)).toEqual(['web-8', 'web-9']);
});

test('the one by which the template was rejected is kept, for as long as it is', () => {
  const history = [ended(1, 'Aborted'), ended(2, 'Aborted'), ...range(3, 6)];
  expect(pruned(history, 2, { target: { rejected: 'template-2' } })).toEqual([
    'web-1',
    'web-3',
    'web-4',
  ]);
  expect(pruned(history, 2)).toHaveLength(4);
});

test('the one that the policy names as its last is kept', () => {
  expect(pruned(range(1, 3), 1, { lastRelease: 'web-1' })).toEqual(['web-2']);
});

test('a long history is pruned a part at a time, oldest first', () => {
  const names = pruned(range(1, 100), 10);
  expect(names).toHaveLength(20);
  expect(names[0]).toBe('web-1');
});
