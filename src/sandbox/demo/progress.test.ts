import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseStatus } from '../../api/release.ts';
import { positionText, versionLines, waitsFor, type Progress } from './progress.ts';
import { renderBlock, renderLine } from './progress-view.ts';
import { demoRelease } from './testing.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => new Date(T0 + seconds * 1_000).toISOString();

const release = (status: ReleaseStatus) => demoRelease('v1', 'v2', status);

const set = (hash: string, replicas: number, readyReplicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: `shop-${hash}`, labels: { 'pod-template-hash': hash } },
  spec: { replicas },
  status: { readyReplicas },
});

const split = (weight: number) => ({ dedicated: true, route: 'Split', weight }) as const;
const SECOND_STAGE: ReleaseStatus = {
  step: 'Stage',
  stage: 1,
  traffic: split(25),
  gateSince: at(10),
  message: 'hold, 2s left',
  evidence: [{ check: 'errors', verdict: 'Undecided', because: '12 of 40 requests so far, 0 bad' }],
};
const world = {
  nowMs: T0 + 11_000,
  sets: [set('aaa', 4, 4), set('bbb', 1, 1)],
  rates: new Map([
    ['v1', { perSecond: 112.4, failedShare: 0 }],
    ['v2', { perSecond: 37.6, failedShare: 0.125 }],
  ]),
};

test.each<[ReleaseStatus, string]>([
  [{}, 'routes to the two versions are made'],
  [SECOND_STAGE, 'stage 2 of 3, weight 25'],
  [{ step: 'Bake' }, 'all traffic moved, the old version still up'],
  [{ step: 'Done', outcome: 'Promoted', message: 'done in 9s' }, 'Promoted: done in 9s'],
])('where it is: %o', (status, text) => {
  expect(positionText(release(status))).toBe(text);
});

test('it waits for the hold and for checks, with the time that is left now', () => {
  expect(waitsFor(release(SECOND_STAGE), world)).toEqual([
    'hold of 2s: 1s left',
    'check errors: undecided, 12 of 40 requests so far, 0 bad',
    'check latency: not measured yet',
  ]);
});

test('it waits for pods before anything else', () => {
  const sets = [set('aaa', 4, 4), set('bbb', 2, 1)];
  expect(waitsFor(release(SECOND_STAGE), { ...world, sets })).toEqual(['pods of v2: 1 of 2 ready']);
});

test('elsewhere it waits for what it says itself; ended it waits for nothing', () => {
  const drain: ReleaseStatus = { step: 'Drain', message: 'the old version to drain' };
  expect(waitsFor(release(drain), world)).toEqual(['the old version to drain']);
  expect(waitsFor(release({ ...drain, outcome: 'Promoted' }), world)).toEqual([]);
});

test('the weight of a version is what its route gives it, and all of it once it is promoted', () => {
  const weights = (status: ReleaseStatus) =>
    versionLines(release(status), world).map(({ weight }) => weight);
  expect(weights({})).toEqual([100, 0]);
  expect(weights(SECOND_STAGE)).toEqual([75, 25]);
  expect(weights({ step: 'CleanUp', towards: 'Promoted' })).toEqual([0, 100]);
  expect(weights({ step: 'Done', outcome: 'Aborted' })).toEqual([100, 0]);
});

const progress: Progress = {
  elapsedMs: 34_200,
  releases: [
    {
      strategy: 'canary',
      from: 'v1',
      to: 'v2',
      state: 'Promoted',
      text: 'Promoted after 23s: 3450 requests, 0 failed',
    },
    { strategy: 'canary', from: 'v2', to: 'v3', state: 'Running', text: 'stage 2 of 3, weight 25' },
    { strategy: 'blueGreen', from: 'v2', to: 'v4', state: 'Waiting', text: '' },
  ],
  versions: versionLines(release(SECOND_STAGE), world),
  waitsFor: waitsFor(release(SECOND_STAGE), world),
};

test('on a terminal', () => {
  const lines = renderBlock(progress, { columns: 80, colour: false });
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "✔ canary     v1 to v2   Promoted after 23s: 3450 requests, 0 failed
    ▶ canary     v2 to v3   stage 2 of 3, weight 25
      blueGreen  v2 to v4

      v1   stable    ███████████████░░░░░  75 %  4/4 pods   112 req/s, 0.0 % failed
      v2   candidate █████░░░░░░░░░░░░░░░  25 %  1/1 pods    38 req/s, 12.5 % faile

    waits for hold of 2s: 1s left
              check errors: undecided, 12 of 40 requests so far, 0 bad
              check latency: not measured yet"
  `);
});

test('what does not fit is cut, so that a block is as high as it has lines', () => {
  for (const line of renderBlock(progress, { columns: 40, colour: false }))
    expect(line.length).toBeLessThan(40);
});

test('colour is put around whole lines', () => {
  const plain = renderBlock(progress, { columns: 80, colour: false });
  const coloured = renderBlock(progress, { columns: 80, colour: true });
  expect(coloured).not.toEqual(plain);
  // oxlint-disable-next-line no-control-regex
  expect(coloured.map((line) => line.replaceAll(/\u001B\[\d+m/g, ''))).toEqual(plain);
});

test('in a log', () => {
  expect(renderLine(progress)).toMatchInlineSnapshot(
    `" 34s  canary v2 to v3: stage 2 of 3, weight 25; v1 112/s, v2 38/s (12.5 % failed)"`,
  );
  expect(renderLine({ ...progress, releases: [], versions: [] })).toMatchInlineSnapshot(
    `" 34s  begins"`,
  );
});
