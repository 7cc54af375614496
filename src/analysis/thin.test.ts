import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MeasuredCheck } from '../api/release.ts';
import type { Counts } from '../ports/metric-provider.ts';
import { judge } from './judge.ts';
import type { Sample } from './measured.ts';
import { thin } from './thin.ts';

const check: MeasuredCheck = {
  name: 'orders',
  max: '50%',
  scope: 'Version',
  interval: '30s',
  window: '1m',
  scrape: { address: 'http://g', total: 'visits', good: 'orders' },
};

/** A pod that counts ten more at each sample from `from` to `until`, and starts anew at `restart`. */
const pod = fc.record({
  from: fc.nat(60),
  length: fc.integer({ min: 1, max: 60 }),
  restart: fc.nat(60),
});

function sampleAt(i: number, pods: { from: number; length: number; restart: number }[]): Sample {
  const sources: Record<string, Counts> = {};
  pods.forEach(({ from, length, restart }, n) => {
    if (i < from || i > from + length) return;
    const total = 10 * (1 + i - (i >= restart && restart > from ? restart : from));
    sources[`pod-${n}`] = { total, bad: total * 0.9 };
  });
  const reading = { kind: 'Counters' as const, sources };
  return { atMs: i * 30_000, candidate: reading, stable: reading };
}

test('no event is lost when pods come, go and restart in the middle of a long test', () => {
  fc.assert(
    fc.property(fc.array(pod, { minLength: 1, maxLength: 3 }), (pods) => {
      const all = Array.from({ length: 60 }, (_, i) => sampleAt(i, pods));
      const kept: Sample[] = [];
      for (const sample of all) {
        kept.push(sample);
        // Each pod comes, restarts and goes: three samples on either side of that, at most.
        thin(check, kept, 2 + 3 * 6);
      }
      const now = 59 * 30_000;
      expect(kept.length).toBeLessThanOrEqual(20);
      expect(judge(check, kept, now)).toEqual(judge(check, all, now));
    }),
  );
});

test('the first and the newest stay; of other kinds only these count', () => {
  const value = (atMs: number): Sample => ({ atMs, candidate: { kind: 'Value', value: atMs } });
  const samples = [1, 2, 3, 4, 5].map(value);
  thin(check, samples, 2);
  expect(samples.map(({ atMs }) => atMs)).toEqual([1, 5]);
});
