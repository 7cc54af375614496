import { describe, expect, test } from 'vitest';
import { readCountsFile } from './counts-file.ts';

const COUNTS = { names: ['total', 'bad'], kind: 'Counts', parts: [['bad', 'total']] } as const;
const VALUES = { names: ['candidate', 'baseline'], kind: 'Values' } as const;
const counts = (text: string) => readCountsFile('a.csv', text, COUNTS);

test('rows in order, columns in any order, others passed over', () => {
  expect(counts('time,bad,total\n12:00,1,100\n12:01,0,2e2\n')).toEqual({
    rows: [
      { total: 100, bad: 1 },
      { total: 200, bad: 0 },
    ],
    faults: [],
  });
});

test('as spreadsheets and people write them', () => {
  const text =
    '\uFEFF# from the gateway\r\n"Total", Bad ,note\r\n\r\n100,1,"a, ""b"""\r\n"5.5",0,\r\n';
  expect(counts(text)).toEqual({
    rows: [
      { total: 100, bad: 1 },
      { total: 5.5, bad: 0 },
    ],
    faults: [],
  });
});

test('values may be negative, and missing', () => {
  expect(readCountsFile('v.csv', 'candidate,baseline\n-1.5,\nNaN,.5\n,7\n', VALUES)).toEqual({
    rows: [
      { candidate: -1.5, baseline: NaN },
      { candidate: NaN, baseline: 0.5 },
      { candidate: NaN, baseline: 7 },
    ],
    faults: [],
  });
});

describe('what is refused, with its line', () => {
  test.each([
    ['', 'a.csv:1: the file is empty; its first line is to be total,bad'],
    ['\n\ntotal\n1\n', 'a.csv:3: the column bad is missing; begin the file with total,bad'],
    ['1,2\n', 'a.csv:1: the columns total, bad are missing; begin the file with total,bad'],
    [
      'total;bad\n1;2\n',
      'a.csv:1: the columns total, bad are missing; separate columns by commas, and begin the file with total,bad',
    ],
    ['total,bad,bad\n1,2,3\n', 'a.csv:1: the column bad is there twice; leave one'],
    ['total,bad\n10,11\n', 'a.csv:2: bad 11 is more than total 10'],
    ['total,bad\n-10,0\n', 'a.csv:2: total: -10 is negative; a count is 0 or more'],
    ['total,bad\n10,one\n', 'a.csv:2: bad: "one" is not a number'],
    ['total,bad\n10,NaN\n', 'a.csv:2: bad: "NaN" is not a number'],
    ['total,bad\n1e999,0\n', 'a.csv:2: total: "1e999" is not a number'],
    ['total,bad\n0x10,0\n', 'a.csv:2: total: "0x10" is not a number'],
    ['total,bad\n1e17,0\n', 'a.csv:2: total: 1e17 is more than can be counted exactly'],
    ['total,bad\n10,\n', 'a.csv:2: bad: is empty; write a number, 0 for none'],
    [
      'total,bad\n1,000,3\n',
      'a.csv:2: 3 fields where the header names 2; write numbers without separators of thousands',
    ],
  ])('%j', (text, fault) => {
    expect(counts(text).faults).toEqual([fault]);
  });

  test('every line of them', () => {
    expect(counts('total,bad\n-1,x\n\n5,6\n').faults).toEqual([
      'a.csv:2: total: -1 is negative; a count is 0 or more',
      'a.csv:2: bad: "x" is not a number',
      'a.csv:4: bad 6 is more than total 5',
    ]);
  });
});
