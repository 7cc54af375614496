import { describe, expect, test } from 'vitest';
import type { ReleaseWindow } from '../api/gates.ts';
import { windowAt, windowProblems } from './window.ts';

const BERLIN = 'Europe/Berlin';
/** `open`, or when it opens next. */
function state(window: ReleaseWindow, at: string): string {
  const found = windowAt(window, Date.parse(at));
  if (found.is === 'Open') return 'open';
  return found.opensAtMs === undefined ? 'never' : new Date(found.opensAtMs).toISOString();
}

describe('a calendar', () => {
  const office: ReleaseWindow = {
    timeZone: BERLIN,
    open: [{ days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '09:00', to: '17:00' }],
  };

  test.each([
    // A Wednesday in winter: UTC+1.
    ['2026-01-07T08:00:00Z', 'open'],
    ['2026-01-07T07:59:59Z', '2026-01-07T08:00:00.000Z'],
    ['2026-01-07T15:59:59Z', 'open'],
    ['2026-01-07T16:00:00Z', '2026-01-08T08:00:00.000Z'],
    // From Friday evening to Monday morning.
    ['2026-01-09T18:00:00Z', '2026-01-12T08:00:00.000Z'],
    // In summer an hour earlier by UTC.
    ['2026-07-01T07:00:00Z', 'open'],
    ['2026-07-01T15:00:00Z', '2026-07-02T07:00:00.000Z'],
    // Over the change of the clocks on the 29th of March.
    ['2026-03-27T17:00:00Z', '2026-03-30T07:00:00.000Z'],
  ])('at %s: %s', (at, expected) => expect(state(office, at)).toBe(expected));

  test('over midnight it belongs to the day on which it began', () => {
    const night: ReleaseWindow = { open: [{ days: ['Sat'], from: '22:00', to: '04:00' }] };
    expect(state(night, '2026-01-10T21:59:00Z')).toBe('2026-01-10T22:00:00.000Z');
    expect(state(night, '2026-01-11T03:59:00Z')).toBe('open');
    expect(state(night, '2026-01-11T04:00:00Z')).toBe('2026-01-17T22:00:00.000Z');
    expect(state(night, '2026-01-10T03:00:00Z')).toBe('2026-01-10T22:00:00.000Z');
  });

  test('days alone are whole days', () => {
    const weekend: ReleaseWindow = { open: [{ days: ['Sat', 'Sun'] }] };
    expect(state(weekend, '2026-01-10T00:00:00Z')).toBe('open');
    expect(state(weekend, '2026-01-11T23:59:59Z')).toBe('open');
    expect(state(weekend, '2026-01-12T00:00:00Z')).toBe('2026-01-17T00:00:00.000Z');
  });
});

test('a cron opens at its times and stays open for its length', () => {
  const window: ReleaseWindow = { timeZone: BERLIN, open: [{ cron: '0 9 * * 1-4', for: '90m' }] };
  expect(state(window, '2026-01-07T08:00:00Z')).toBe('open');
  expect(state(window, '2026-01-07T09:29:59Z')).toBe('open');
  expect(state(window, '2026-01-07T09:30:00Z')).toBe('2026-01-08T08:00:00.000Z');
  expect(state(window, '2026-01-08T12:00:00Z')).toBe('2026-01-12T08:00:00.000Z');
});

describe('a freeze', () => {
  const freeze = [{ from: '2026-12-20', to: '2027-01-03', because: 'the holidays' }];

  test('shuts whatever is open, its last day included', () => {
    const window: ReleaseWindow = { timeZone: BERLIN, freeze };
    expect(state(window, '2026-12-19T22:59:59Z')).toBe('open');
    expect(windowAt(window, Date.parse('2026-12-19T23:00:00Z'))).toEqual({
      is: 'Shut',
      opensAtMs: Date.parse('2027-01-03T23:00:00Z'),
      because: 'the holidays',
    });
    expect(state(window, '2027-01-03T23:00:00Z')).toBe('open');
  });

  test('may end at a minute, and outside the hours', () => {
    const open = [{ from: '09:00', to: '17:00' }];
    const until = (to: string): ReleaseWindow => ({ open, freeze: [{ from: '2026-05-01', to }] });
    expect(state(until('2026-05-04T12:30'), '2026-05-02T10:00:00Z')).toBe(
      '2026-05-04T12:30:00.000Z',
    );
    expect(state(until('2026-05-04T18:00'), '2026-05-02T10:00:00Z')).toBe(
      '2026-05-05T09:00:00.000Z',
    );
  });

  test('may follow another one', () => {
    const window: ReleaseWindow = {
      open: [{ from: '09:00', to: '17:00' }],
      freeze: [
        { from: '2026-05-03', to: '2026-05-04' },
        { from: '2026-05-01', to: '2026-05-02' },
      ],
    };
    expect(state(window, '2026-05-01T10:00:00Z')).toBe('2026-05-05T09:00:00.000Z');
  });
});

test.each<[string, ReleaseWindow, string]>([
  [
    'a zone that is none',
    { timeZone: 'Berlin', open: [{ from: '09:00' }] },
    'w.timeZone: Berlin is not a time zone; write one as Europe/Berlin or UTC',
  ],
  ['nothing', {}, 'w: says no times; write `open`, `freeze` or both'],
  ['no opening', { open: [] }, 'w.open: never opens; name a time, or remove it'],
  ['no day', { open: [{ days: [] }] }, 'w.open[0].days: never opens; name a day, or remove it'],
  [
    'an empty time',
    { open: [{ from: '09:00', to: '09:00' }] },
    'w.open[0].to: from 09:00 to 09:00 never opens; write a later time',
  ],
  [
    'a day that never comes',
    { open: [{ cron: '0 9 30 2 *', for: '1h' }] },
    'w.open[0].cron: 0 9 30 2 * never opens: there is no such day; write a day that comes',
  ],
  [
    'no schedule',
    { open: [{ cron: 'daily at 9', for: '1h' }] },
    'w.open[0].cron: "daily at 9" is not a schedule; write minute, hour, day, month and day of the week: `0 9 * * 1-5`',
  ],
  [
    'a cron without a length',
    { open: [{ cron: '0 9 * * *' }] },
    'w.open[0].for: a cron says when it opens, not for how long; add how long, at least a minute: `for: 8h`',
  ],
  [
    'a cron with days',
    { open: [{ cron: '0 9 * * *', for: '1h', days: ['Mon'] }] },
    'w.open[0].days: goes without cron; remove one of them',
  ],
  [
    'a length without a cron',
    { open: [{ from: '09:00', for: '1h' }] },
    'w.open[0].for: goes with cron; use `to`, or add `cron`',
  ],
  [
    'a freeze backwards',
    { freeze: [{ from: '2026-05-02', to: '2026-05-01' }] },
    'w.freeze[0]: ends (2026-05-01) before it begins (2026-05-02); write a later `to`',
  ],
  [
    'no such day',
    { freeze: [{ from: '2026-13-02', to: '2026-13-05' }] },
    'w.freeze[0]: 2026-13-02 to 2026-13-05 are no days of a calendar; write days that there are, as 2026-12-20',
  ],
])('%s is refused with what to do', (_, window, expected) => {
  const [problem, ...more] = windowProblems(window, 'w');
  expect(more).toEqual([]);
  expect(`${problem?.field}: ${problem?.message}; ${problem?.fix}`).toBe(expected);
});

test('what opens is not refused', () => {
  expect(
    windowProblems(
      {
        timeZone: BERLIN,
        open: [
          { cron: '0 9 29 2 *', for: '8h' },
          { days: ['Mon'] },
          { from: '22:00', to: '04:00' },
        ],
      },
      'w',
    ),
  ).toEqual([]);
});

test('a freeze without an end is refused, a long one is not', () => {
  const problems = (from: string, to: string) =>
    windowProblems({ open: [{ days: ['Mon'] }], freeze: [{ from, to }] }, 'spec.window');
  const field = 'spec.window.freeze[0]';
  for (const to of ['9999-12-31', '2036-02-01', '9999-12-31T23:59'])
    expect(problems('2026-01-01', to)).toEqual([
      {
        field,
        message: 'from 2026-01-01 on the window does not open again for ten years or more',
        fix: 'write the day on which releases go on',
      },
    ]);
  expect(problems('2026-01-01', '2035-01-01')).toEqual([]);
  expect(problems('0000-01-01', '2026-01-01')).toMatchObject([{ field }]);
});
