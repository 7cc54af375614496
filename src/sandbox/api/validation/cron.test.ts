import { expect, test } from 'vitest';
import { scheduleProblem } from './cron.ts';

test.each(['*/5 * * * *', '0 0 1,15 * mon-fri', '30 4 * jan-mar/2 0', '@daily', '@every 1h30m'])(
  '%s is a schedule',
  (schedule) => {
    expect(scheduleProblem(schedule)).toBeUndefined();
  },
);

test.each([
  ['bad', 'expected exactly 5 fields, found 1: [bad]'],
  ['60 * * * *', 'minute "60" is not between 0 and 59'],
  ['* * 0 * *', 'day of month "0"'],
  ['* * * * fun', 'day of week "fun"'],
  ['5-1 * * * *', 'minute "5-1"'],
  ['*/0 * * * *', 'minute "*/0"'],
  ['@fortnightly', 'unrecognized descriptor'],
  ['TZ=UTC 0 0 * * *', 'use timeZone'],
])('%s is none', (schedule, problem) => {
  expect(scheduleProblem(schedule)).toContain(problem);
});
