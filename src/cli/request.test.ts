import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import {
  FakeCluster,
  HOLDING,
  KEPT,
  notServed,
  policy,
  PROMOTED,
  release,
} from './testing/fake-cluster.ts';

/** A controller that answers the first request after one sleep. */
function answering(answer: string): FakeCluster {
  const cluster = new FakeCluster();
  cluster.put(policy({ release: 'web-3' }), release(HOLDING));
  cluster.onSleep = () => {
    const [request] = cluster.of('ReleaseRequest');
    if (!request) return;
    const handled = { uid: request.metadata.uid ?? '', action: 'Abort', at: 'now', answer };
    cluster.put(release({ ...HOLDING, requests: [handled] }));
  };
  return cluster;
}

test('a request names policy, action, reason and who asks, and the answer is printed', async () => {
  const cluster = answering('aborting');
  const result = await cluster.run('abort', 'web', '--because', 'wrong build');
  expect(result).toEqual({ code: 0, out: 'web-3: aborting\n', err: '' });
  expect(cluster.calls).toEqual([
    'create ReleaseRequest {"policy":"web","action":"Abort","because":"wrong build","by":"jo"}',
  ]);
  expect(cluster.closed).toBe(1);
});

test('a refusal is an error', async () => {
  const result = await answering('refused: it is not paused').run('resume', 'web');
  expect(result).toEqual({ code: 1, out: '', err: 'web-3: refused: it is not paused\n' });
});

test('scripts get the answer as data', async () => {
  const { out } = await answering('paused').run('pause', 'web', '-o', 'json');
  expect(JSON.parse(out)).toEqual({
    policy: 'web',
    release: 'web-3',
    action: 'Pause',
    accepted: true,
    answer: 'paused',
  });
});

test('without waiting the request is only made', async () => {
  const cluster = answering('never asked');
  const { code, out } = await cluster.run('promote', 'web', '--no-wait');
  expect({ code, out }).toEqual({ code: 0, out: 'web-3: Promote asked for\n' });
});

test('no answer in time: the request stays, and that is said', async () => {
  const cluster = new FakeCluster();
  cluster.put(policy({ release: 'web-3' }), release(HOLDING));
  const { code, err } = await cluster.run('promote', 'web', '--timeout', '5s');
  expect(code).toBe(1);
  expect(err).toMatchInlineSnapshot(`
    "error: ReleaseRequest shop/web-promote-x1: no answer after 5s; is the controller running? The request stays and will be answered when it is; delete it if you no longer want it
    "
  `);
  expect(cluster.of('ReleaseRequest')).toHaveLength(1);
});

test('a release that ends first is said so', async () => {
  const cluster = new FakeCluster();
  cluster.put(policy({ release: 'web-3' }), release(HOLDING));
  cluster.onSleep = () => cluster.objects.delete('ReleaseRequest/shop/web-promote-x1');
  expect((await cluster.run('promote', 'web')).err).toMatchInlineSnapshot(`
    "error: Release shop/web-3: ended before it could answer; 'segue status web' shows how
    "
  `);
});

const cases: [string, KubeObject[], string[]][] = [
  ['no policy', [], []],
  ['nothing released yet', [policy()], []],
  ['a release that is over', [policy({ lastRelease: 'web-3' }), release(PROMOTED)], []],
  ['another release', [policy({ release: 'web-3' }), release(HOLDING)], ['--release', 'web-2']],
];

test('nothing is asked where nobody would answer', async () => {
  const errors: string[] = [];
  for (const [name, objects, args] of cases) {
    const cluster = new FakeCluster();
    cluster.put(...objects);
    const { code, err } = await cluster.run('abort', 'web', ...args);
    expect(code).toBe(1);
    expect(cluster.calls).toEqual([]);
    errors.push(`${name}: ${err}`);
  }
  expect(errors.join('')).toMatchInlineSnapshot(`
    "no policy: error: ReleasePolicy shop/web: not found; 'segue get policies -A' lists those there are
    nothing released yet: error: ReleasePolicy shop/web: nothing was released yet; a release begins when the pod template of Deployment web changes
    a release that is over: error: ReleasePolicy shop/web: no release is in progress, web-3 ended 60s ago as Promoted; 'segue undo web' goes back to the version before
    another release: error: ReleasePolicy shop/web: web-2 is not in progress, web-3 is
    "
  `);
});

test('where Segue is not installed, the error says how to', async () => {
  const cluster = new FakeCluster();
  cluster.nextError = notServed();
  expect((await cluster.run('abort', 'web')).err).toMatchInlineSnapshot(`
    "error: releasepolicies.segue.dev: not served by https://127.0.0.1:6443; if Segue is not installed there, 'segue install | kubectl apply -f -' does it
    "
  `);
});

test('a release that has ended can be taken back while the old version is kept', async () => {
  const cluster = new FakeCluster();
  cluster.put(policy({ release: 'web-3' }), release(KEPT));
  const { code, out } = await cluster.run('abort', 'web', '--no-wait');
  expect({ code, out }).toEqual({ code: 0, out: 'web-3: Abort asked for\n' });
});
