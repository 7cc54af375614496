import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Counts } from '../ports/metric-provider.ts';
import { countedBetween, type Grows } from './counters.ts';

const at = (total: number, bad: number): Counts => ({ total, bad });

describe('events between two readings', () => {
  test.each<[string, Record<string, Counts>[], Grows, Counts]>([
    ['one reading is a baseline', [{ a: at(500, 9) }], 'TotalAndBad', at(0, 0)],
    ['the difference', [{ a: at(500, 9) }, { a: at(540, 10) }], 'TotalAndBad', at(40, 1)],
    [
      'a restart counts from 0',
      [{ a: at(500, 9) }, { a: at(20, 3) }, { a: at(25, 3) }],
      'TotalAndBad',
      at(25, 3),
    ],
    [
      'a restart that bad alone shows counts from 0 in both',
      [{ a: at(10, 9) }, { a: at(20, 3) }],
      'TotalAndBad',
      at(20, 3),
    ],
    [
      'a restart that good alone shows counts from 0 in both',
      [{ a: at(10, 0) }, { a: at(12, 12) }],
      'TotalAndGood',
      at(12, 12),
    ],
    [
      'requests in flight that end well are no restart',
      [{ a: at(100, 5) }, { a: at(110, 3) }, { a: at(120, 5) }],
      'TotalAndGood',
      at(20, 0),
    ],
    [
      'a source that comes late starts at its first sight',
      [{ a: at(5, 0) }, { a: at(6, 0), b: at(900, 90) }, { a: at(7, 0), b: at(903, 91) }],
      'TotalAndBad',
      at(5, 1),
    ],
    [
      'a source that is away for a while loses nothing',
      [{ a: at(5, 0) }, {}, { a: at(9, 1) }],
      'TotalAndBad',
      at(4, 1),
    ],
    [
      'a source that is gone keeps what it counted',
      [{ a: at(5, 0), b: at(0, 0) }, { a: at(9, 4), b: at(0, 0) }, { b: at(1, 0) }],
      'TotalAndBad',
      at(5, 4),
    ],
  ])('%s', (_what, readings, grows, counted) => {
    expect(countedBetween(readings, grows)).toEqual(counted);
  });
});

/** What really happens in each source between two looks, restarts included. */
const happened = fc.array(
  fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.record({ restart: fc.boolean(), good: fc.nat(50), bad: fc.nat(50) }),
  ),
  { minLength: 1, maxLength: 12 },
);
type Happened = typeof happened extends fc.Arbitrary<infer T> ? T : never;

/** The counters an observer reads while all that happens. */
function play(steps: Happened): Record<string, Counts>[] {
  const counters: Record<string, Counts> = {};
  return steps.map((step) => {
    for (const [source, { restart, good, bad }] of Object.entries(step)) {
      const before = restart ? at(0, 0) : (counters[source] ?? at(0, 0));
      counters[source] = at(before.total + good + bad, before.bad + bad);
    }
    return Object.fromEntries(
      Object.keys(step).flatMap((s) => (counters[s] ? [[s, counters[s]]] : [])),
    );
  });
}

describe.each<Grows>(['TotalAndBad', 'TotalAndGood'])('whatever happens, with %s', (grows) => {
  test('events may be missed but are never invented', () => {
    fc.assert(
      fc.property(happened, (steps) => {
        const counted = countedBetween(play(steps), grows);
        const all = steps.flatMap((step) => Object.values(step));
        const bad = all.reduce((sum, step) => sum + step.bad, 0);
        const good = all.reduce((sum, step) => sum + step.good, 0);
        expect(counted.total).toBeGreaterThanOrEqual(0);
        expect(counted.bad).toBeGreaterThanOrEqual(0);
        expect(counted.bad).toBeLessThanOrEqual(bad);
        expect(counted.total).toBeLessThanOrEqual(good + bad);
      }),
    );
  });

  test('the order of the sources does not matter', () => {
    fc.assert(
      fc.property(happened, (steps) => {
        const readings = play(steps);
        const turned = readings.map((r) => Object.fromEntries(Object.entries(r).toReversed()));
        expect(countedBetween(turned, grows)).toEqual(countedBetween(readings, grows));
      }),
    );
  });

  test('more readings never count fewer events', () => {
    fc.assert(
      fc.property(happened, (steps) => {
        const readings = play(steps);
        const fewer = countedBetween(readings.slice(0, -1), grows);
        expect(countedBetween(readings, grows).total).toBeGreaterThanOrEqual(fewer.total);
      }),
    );
  });
});
