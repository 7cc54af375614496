/** history, undo, retry and restart against a cluster in memory. */
import { KubeError } from '../ports/kube.ts';
import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import { deployment, set, template, version } from './testing/deployment-revisions.ts';
import { ago, FakeCluster, HOLDING, policy, PROMOTED, release } from './testing/fake-cluster.ts';

const first = release(
  { ...PROMOTED, revision: 2, startedAt: ago(7_200), endedAt: ago(7_140) },
  { number: 1, stable: version('aaa', 'v1', 1), candidate: version('bbb', 'v2') },
);
const ABORTED: ReleaseStatus = {
  ...PROMOTED,
  phase: 'Aborted',
  outcome: 'Aborted',
  reason: 'CheckFailed',
};
const second = (status: ReleaseStatus) =>
  release(status, {
    number: 2,
    stable: version('bbb', 'v2', 2),
    candidate: version('ccc', 'v3'),
  });

/** v1, then v2 by web-1; the set of v1 is gone. */
function shop(image = 'v2', status: Record<string, unknown> = { lastRelease: 'web-1' }) {
  const cluster = new FakeCluster();
  cluster.put(policy(status), deployment(image), first, set('bbb', 'v2', 2));
  return cluster;
}

const rejected = {
  lastRelease: 'web-2',
  target: { rejected: 'ccc', observedGeneration: 5, images: ['v2'] },
};
function afterAbort(): FakeCluster {
  const cluster = shop('v3', rejected);
  cluster.put(second(ABORTED));
  return cluster;
}
function halfWay(): FakeCluster {
  const cluster = shop('v3', { release: 'web-2', lastRelease: 'web-1' });
  cluster.put(second({ ...HOLDING, startedAt: ago(300) }));
  return cluster;
}

test('history: releases, what was there before them, and what was taken back', async () => {
  expect((await afterAbort().run('history', 'web')).out).toMatchInlineSnapshot(`
    "CURRENT   REVISION   RELEASE   IMAGES   STRATEGY   OUTCOME    REASON        STARTED   DURATION
              -          web-2     v3       canary     Aborted    CheckFailed   5m        4m
    *         2          web-1     v2       canary     Promoted   Promoted      2h        1m
              1          -         v1       -          Deployed   -             -         -
    "
  `);
  const { out } = await shop().run('history', 'deployment/web', '-o', 'json');
  expect((JSON.parse(out) as { revisions: unknown[] }).revisions).toMatchObject([
    { revision: 2, current: true, release: 'web-1', outcome: 'Promoted' },
    { revision: 1, current: false, release: null, outcome: 'Deployed', images: ['v1'] },
  ]);
});

test('one revision with its template', async () => {
  const { out } = await shop().run('history', 'web', '--revision', '1', '-o', 'json');
  expect(JSON.parse(out)).toMatchObject({ revision: 1, template: template('v1') });
  const { code, err } = await shop().run('history', 'web', '--revision', '9');
  expect({ code, err }).toEqual({
    code: 1,
    err: 'error: revision 9: not found; there are 1, 2\n',
  });
});

test('undo writes the template before, on the version that it read', async () => {
  const cluster = shop();
  const { code, out } = await cluster.run('undo', 'web');
  expect({ code, out }).toEqual({
    code: 0,
    out: 'Deployment shop/web: back to revision 1 (v1); it is released like any other\n',
  });
  const body = [
    { op: 'replace', path: '/metadata/resourceVersion', value: '77' },
    { op: 'replace', path: '/spec/template', value: template('v1') },
  ];
  const sent = { type: 'json', body, fieldManager: 'segue-cli', dryRun: false };
  expect(cluster.calls).toEqual([`patch Deployment/shop/web ${JSON.stringify(sent)}`]);
});

test.each<[string, () => FakeCluster, string[], string]>([
  ['in progress', halfWay, [], 'back to v2, the stable version; web-2 is in progress and is taken'],
  ['in progress, by number', halfWay, ['--to-revision', '2'], 'back to v2, the stable version'],
  ['to a third', halfWay, ['--to-revision', '1'], 'web-2 is superseded, and it is released'],
  ['after an abort', afterAbort, [], 'back to revision 2 (v2, web-1); it runs, so that nothing is'],
  ['no-op', shop, ['--to-revision', '2'], 'has that template already, revision 2 (v2, web-1)'],
  ['dry', shop, ['--dry-run'], 'released like any other (dry run, nothing was changed)'],
])('undo %s says what becomes of it', async (_, make, args, text) => {
  expect((await make().run('undo', 'web', ...args)).out).toContain(text);
});

test('undo is refused where there is nothing to go back to, and who is not managed', async () => {
  expect((await shop().run('undo', 'web', '--to-revision', '7')).err).toBe(
    'error: revision 7: not found; ReleasePolicy web knows 1, 2\n',
  );
  const alone = new FakeCluster();
  alone.put(policy(), deployment('v1'), set('aaa', 'v1', 1));
  expect((await alone.run('undo', 'web')).err).toBe(
    'error: ReleasePolicy shop/web: nothing to go back to; v1 is the only revision there is\n',
  );
  expect((await alone.run('undo', 'deploy/other')).err).toMatch(/no ReleasePolicy releases it/);
});

test('where Git applies the Deployment, undo warns', async () => {
  const cluster = shop();
  cluster.put(deployment('v2', { managedFields: [{ manager: 'kustomize-controller' }] }));
  expect((await cluster.run('undo', 'web')).err).toMatch(/^warning: Flux applies Deployment web/);
});

test('restart sets the annotation that kubectl sets', async () => {
  const cluster = shop();
  expect((await cluster.run('restart', 'web')).out).toMatch(/v2 is released again, with new pods/);
  expect(cluster.calls[0]).toContain(
    '"annotations":{"kubectl.kubernetes.io/restartedAt":"2026-03-01T12:00:00Z"}',
  );
});

test('restart is refused in a release, but by force, and of what was taken back', async () => {
  expect((await halfWay().run('restart', 'web')).err).toMatch(/web-2 is in progress/);
  expect((await halfWay().run('restart', 'web', '--force')).code).toBe(0);
  const cluster = afterAbort();
  cluster.invokedAs = 'kubectl segue';
  expect((await cluster.run('restart', 'web')).err).toMatch(/'kubectl segue retry web' tries it/);
  expect(cluster.calls).toEqual([]);
});

test('retry asks, and reads the answer in the new release', async () => {
  const cluster = afterAbort();
  cluster.onSleep = () => {
    const [request] = cluster.of('ReleaseRequest');
    const uid = request?.metadata.uid ?? '';
    const answer = 'releasing again what web-2 took back';
    const requests = [{ uid, action: 'Retry', at: 'now', answer }];
    cluster.put(release({ ...HOLDING, requests }, { number: 3 }));
  };
  expect(await cluster.run('retry', 'web')).toEqual({
    code: 0,
    out: 'web-3: releasing again what web-2 took back\n',
    err: '',
  });
  expect(cluster.calls).toEqual([
    'create ReleaseRequest {"policy":"web","action":"Retry","by":"jo"}',
  ]);
});

test('retry is refused in a release, and where nothing was taken back', async () => {
  expect((await halfWay().run('retry', 'web')).err).toMatch(/nothing to try again, web-2 is in/);
  expect((await shop().run('retry', 'web')).err).toMatch(/was not taken back/);
  const gone = afterAbort();
  gone.onSleep = () => gone.objects.delete('ReleaseRequest/shop/web-retry-x1');
  const { code, err } = await gone.run('retry', 'web');
  expect(code).toBe(1);
  expect(err).toMatch(/^web: refused: 'segue status web' shows why/);
});

/** v1, then v2, v3 and v4 by releases, one an hour. */
function longer(rollbackWindow: object | undefined) {
  const cluster = new FakeCluster();
  const managed = policy({ lastRelease: 'web-3' });
  managed['spec'] = { ...(managed['spec'] as object), ...(rollbackWindow && { rollbackWindow }) };
  const released = (number: number, images: [string, string], hoursAgo: number) =>
    release(
      {
        ...PROMOTED,
        revision: number + 1,
        startedAt: ago(hoursAgo * 3_600 + 60),
        endedAt: ago(hoursAgo * 3_600),
      },
      {
        number,
        stable: version(images[0], images[0], number),
        candidate: version(images[1], images[1]),
      },
    );
  cluster.put(
    managed,
    deployment('v4'),
    released(1, ['v1', 'v2'], 3),
    released(2, ['v2', 'v3'], 2),
    released(3, ['v3', 'v4'], 1),
    set('v4', 'v4', 4),
  );
  return cluster;
}

test.each<[object | undefined, string[], string]>([
  [
    { revisions: 2 },
    [],
    'revision 3 (v3, web-2); it is released without stages: web-2 is 1 revision back, replaced 1h ago, inside of the rollback window (2 revisions)',
  ],
  [
    { revisions: 1 },
    ['--to-revision', '2'],
    'with all stages: it is 2 revisions back, and the rollback window is 1',
  ],
  [
    { within: '90m' },
    ['--to-revision', '2'],
    'with all stages: it was replaced 2h ago, and the rollback window is 90m',
  ],
  [
    { within: '24h' },
    ['--to-revision', '1'],
    'with all stages: this policy has not promoted it through its stages',
  ],
  [undefined, [], 'revision 3 (v3, web-2); it is released like any other'],
])('undo with the rollback window %o says whether it has stages', async (window, args, text) => {
  expect((await longer(window).run('undo', 'web', '--dry-run', ...args)).out).toContain(text);
});

test('undo goes by the rollback window of the namespace, where it may be read', async () => {
  const cluster = longer(undefined);
  cluster.put({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleaseDefaults',
    metadata: { name: 'default', namespace: 'shop' },
    spec: { rollbackWindow: { revisions: 2 } },
  });
  expect((await cluster.run('undo', 'web', '--dry-run')).out).toContain('without stages: web-2 is');
  cluster.refused.set(
    'ReleaseDefaults',
    new KubeError('not yours', { code: 403, reason: 'Forbidden' }),
  );
  const { code, out, err } = await cluster.run('undo', 'web', '--dry-run');
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('like any other') });
  expect(err).toContain('note: the ReleaseDefaults of the namespace may not be read');
});

test('status and history say of a release that it went without stages, and why', async () => {
  const cluster = longer({ revisions: 2 });
  const goesBack = 'web-2 is 1 revision back, inside of the rollback window (2 revisions)';
  const back = release(
    { ...HOLDING, startedAt: ago(5) },
    { number: 4, stable: version('v4', 'v4', 4), candidate: version('v3', 'v3'), origin: 2 },
  );
  const { plan } = back['spec'] as { plan: object };
  Object.assign(plan, { goesBack });
  const managed = policy({ release: 'web-4', lastRelease: 'web-3' });
  cluster.put(back, managed);
  expect((await cluster.run('status', 'web')).out).toContain(`without stages: ${goesBack}\n`);
  expect((await cluster.run('history', 'web')).out).toMatch(/web-4 +v3 +canary, no stages/);
  const { out } = await cluster.run('history', 'web', '-o', 'json');
  expect((JSON.parse(out) as { revisions: unknown[] }).revisions[0]).toMatchObject({ goesBack });
});
