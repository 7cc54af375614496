import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../../api/release.ts';
import type { Tally } from './load-report.ts';
import { complaints, resultOf, type EndedRelease } from './outcome.ts';
import { closingText, summaryJson } from './summary.ts';
import { demoRelease } from './testing.ts';

const quiet: Tally = {
  requests: 3_450,
  failed: 0,
  shares: [
    { version: 'v1', requests: 2_000, failed: 0 },
    { version: 'v2', requests: 1_450, failed: 0 },
  ],
  lost: {},
  heldBack: 0,
};
const PROMOTED: ReleaseStatus = {
  outcome: 'Promoted',
  reason: 'Promoted',
  message: 'segue-demo:v2 released in 23s',
};
const ABORTED: ReleaseStatus = {
  outcome: 'Aborted',
  reason: 'CheckFailed',
  message: 'check errors failed: 20 % of 15 requests failed, at most 5 % allowed',
};
const good: EndedRelease = {
  planned: { strategy: 'canary', from: 'v1', to: 'v2', faultPercent: 0, expected: 'Promoted' },
  release: demoRelease('v1', 'v2', PROMOTED),
  tally: quiet,
  tookMs: 23_140,
};
const bad: EndedRelease = {
  planned: { strategy: 'canary', from: 'v2', to: 'v3', faultPercent: 20, expected: 'Aborted' },
  release: demoRelease('v2', 'v3', ABORTED),
  tally: {
    requests: 1_200,
    failed: 6,
    shares: [
      { version: 'v2', requests: 1_170, failed: 0 },
      { version: 'v3', requests: 30, failed: 6 },
    ],
    lost: {},
    heldBack: 0,
  },
  tookMs: 8_060,
};

test('what went as it should is no complaint: the bad version may fail, and nothing else', () => {
  expect(complaints([good, bad])).toEqual([]);
});

test.each<[string, EndedRelease, string]>([
  [
    'a lost request of a good release',
    { ...good, tally: { ...quiet, failed: 1, lost: { ECONNRESET: 1 } } },
    'canary v1 to v2: 1 of 3450 requests failed: 1 lost (ECONNRESET)',
  ],
  [
    'a request that the stable version or the gateway failed while the bad one was out',
    {
      ...bad,
      tally: {
        ...bad.tally,
        failed: 8,
        shares: [
          { version: 'v2', requests: 1_170, failed: 1 },
          { version: '', requests: 1, failed: 1 },
          { version: 'v3', requests: 30, failed: 6 },
        ],
      },
    },
    'canary v2 to v3: 2 requests failed outside v3: 1 by v2, 1 by the gateway',
  ],
  [
    'a bad version that went through',
    { ...bad, release: good.release },
    'canary v2 to v3: Promoted (segue-demo:v2 released in 23s), expected Aborted',
  ],
  [
    'a bad version that was aborted for another reason',
    {
      ...bad,
      release: demoRelease('v2', 'v3', { ...ABORTED, reason: 'ProgressDeadlineExceeded' }),
    },
    'expected CheckFailed',
  ],
  [
    'a release without traffic',
    { ...good, tally: { requests: 0, failed: 0, shares: [], lost: {}, heldBack: 0 } },
    'no requests were made',
  ],
])('%s is a complaint', (_what, ended, text) => {
  expect(complaints([ended]).join('\n')).toContain(text);
});

test('the table', () => {
  expect(closingText([good, bad])).toMatchInlineSnapshot(`
    "
    RELEASE        STRATEGY  OUTCOME   REASON       REQUESTS  FAILED  OF STABLE  SECONDS
    shop v1 to v2  canary    Promoted  Promoted         3450       0          0     23.1
    shop v2 to v3  canary    Aborted   CheckFailed      1200       6          0      8.1

    v3 was taken back: check errors failed: 20 % of 15 requests failed, at most 5 % allowed"
  `);
});

test('a load that the machine could not keep up is said', () => {
  const tally = { ...quiet, heldBack: 12 };
  expect(closingText([{ ...good, tally }])).toContain('12 requests were not sent');
  expect(closingText([good])).not.toContain('not sent');
});

test('the line for scripts', () => {
  const parsed: unknown = JSON.parse(summaryJson(2_099.7, [good, bad].map(resultOf)));
  expect(parsed).toEqual({
    ready_ms: 2_100,
    releases: [
      {
        policy: 'shop',
        strategy: 'canary',
        from: 'v1',
        to: 'v2',
        outcome: 'Promoted',
        reason: 'Promoted',
        requests: 3_450,
        failed: 0,
        failed_stable: 0,
        seconds: 23.1,
      },
      {
        policy: 'shop',
        strategy: 'canary',
        from: 'v2',
        to: 'v3',
        outcome: 'Aborted',
        reason: 'CheckFailed',
        requests: 1_200,
        failed: 6,
        failed_stable: 0,
        seconds: 8.1,
      },
    ],
  });
});
