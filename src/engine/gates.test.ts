/** When a gate that waits for evidence gives up: by the time in which somebody looked. */
import { expect, test } from 'vitest';
import { type GateInput, readGates } from './gates.ts';

const MINUTE = 60_000;
const gates = { holdMs: 10 * MINUTE, approval: false, checks: ['errors'], timeoutMs: 30 * MINUTE };

function reading(nowMinutes: number, watchedSinceMinutes?: number) {
  const input: GateInput = {
    sinceMs: 0,
    nowMs: nowMinutes * MINUTE,
    promoted: false,
    evidence: [{ check: 'errors', verdict: 'Undecided', because: 'no answer' }],
    watchedSinceMs: watchedSinceMinutes === undefined ? undefined : watchedSinceMinutes * MINUTE,
  };
  return readGates(gates, input);
}

test('with somebody looking from the beginning, after hold and timeout', () => {
  expect(reading(39, 0)).toMatchObject({ is: 'Waiting', untilMs: 40 * MINUTE });
  expect(reading(40, 0)).toEqual({ is: 'TimedOut', because: 'errors: no answer' });
});

test('not when the controller comes back after a long time: it looks first, for the whole timeout', () => {
  expect(reading(500)).toMatchObject({ is: 'Waiting', for: 'checks: errors: no answer' });
  expect(reading(501, 500)).toMatchObject({ is: 'Waiting', untilMs: 530 * MINUTE });
  expect(reading(530, 500)).toMatchObject({ is: 'TimedOut' });
});

test('a short absence during the hold costs nothing', () => {
  expect(reading(40, 9)).toMatchObject({ is: 'TimedOut' });
});
