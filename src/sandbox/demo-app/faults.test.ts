import { assert, integer, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { decideOutcome, phaseOf, readSettings, settingsAt } from './faults.ts';

test('the version is the image tag unless VERSION says otherwise', () => {
  expect(readSettings({ SEGUE_IMAGE: 'localhost:5000/segue-demo:v2' }).version).toBe('v2');
  expect(readSettings({ SEGUE_IMAGE: 'segue-demo' }).version).toBe('latest');
  expect(readSettings({ SEGUE_IMAGE: 'segue-demo:v2', VERSION: 'x' }).version).toBe('x');
});

test('of a thousand requests in a row just the wanted share fails', () => {
  assert(
    property(
      integer({ min: 0, max: 100 }),
      integer({ min: 0, max: 10_000 }),
      string(),
      (faultPercent, first, pod) => {
        const settings = readSettings({ FAULT_PERCENT: String(faultPercent) });
        let failed = 0;
        for (let n = first; n < first + 1_000; n += 1)
          failed += decideOutcome(settings, n, phaseOf(pod)).fails ? 1 : 0;
        expect(Math.abs(failed - faultPercent * 10)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('latency lies between its base and base plus jitter, and varies', () => {
  const settings = readSettings({ LATENCY_MS: '20', LATENCY_JITTER_MS: '10' });
  const delays = Array.from({ length: 100 }, (_, n) => decideOutcome(settings, n, 0.3).delayMs);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...delays)).toBeLessThan(30);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(8);
});

test('a cold pod fails more, until it is not cold any more', () => {
  const settings = readSettings({
    FAULT_PERCENT: '2',
    COLD_FAULT_PERCENT: '40',
    COLD_MS: '5000',
  });
  expect([0, 4_999, 5_000].map((ms) => settingsAt(settings, ms).faultPercent)).toEqual([40, 40, 2]);
  expect(settingsAt(readSettings({ FAULT_PERCENT: '2' }), 0).faultPercent).toBe(2);
});

test.each([
  [{ COLD_FAULT_PERCENT: '101' }, 'COLD_FAULT_PERCENT=101'],
  [{ FAULT_PERCENT: 'many' }, 'FAULT_PERCENT=many'],
  [{ FAULT_PERCENT: '101' }, 'FAULT_PERCENT=101'],
  [{ LATENCY_MS: '-1' }, 'LATENCY_MS=-1'],
  [{ PORT: 'http' }, 'PORT=http'],
])('%j is refused by name', (env, message) => {
  expect(() => readSettings(env)).toThrow(message);
});
