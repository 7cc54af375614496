/** Blue-green releases by pinning the Service, on whatever cluster the lab is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openShop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 180_000);
afterAll(() => lab?.stop());

const quick = { settle: '100ms', drain: '100ms' };

test('a good release: pinned at the start, moved at the switch, unpinned at the end', async () => {
  const shop = await openShop(lab, { name: 'web' });
  const service = await shop.get(KINDS.service);
  await shop.attach({
    traffic: { services: [{ name: 'web' }], ...quick },
    strategy: { blueGreen: { approval: {} } },
    bake: '500ms',
  });
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the preview', (s) => s.stage === 0 && s.gateSince !== undefined);

  // Waiting for approval: the whole new version stands beside the old one, which has the traffic.
  const { spec } = await shop.release(1);
  const selector = async () =>
    ((await shop.get(KINDS.service))['spec'] as { selector: Record<string, string> }).selector;
  expect(await selector()).toEqual({ app: 'web', 'pod-template-hash': spec.stable.hash });
  expect(await shop.sets()).toMatchObject({
    'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    'segue-demo:v2': { wanted: 4, available: 4, owner: 'Release' },
  });
  const preview = await shop.get(KINDS.service, 'web-preview');
  expect(preview['spec']).toMatchObject({
    selector: { app: 'web', 'pod-template-hash': spec.candidate.hash },
  });

  await shop.ask('Promote');
  const status = await shop.end(1, 'Promoted');
  expect(status.message).toMatch(/segue-demo:v2 released in/);
  expect(await shop.sets()).toMatchObject({
    'segue-demo:v1': { wanted: 0, owner: 'Deployment' },
    'segue-demo:v2': { wanted: 4, available: 4, owner: 'Deployment' },
  });
  expect((await shop.get(KINDS.service))['spec']).toEqual(service['spec']);
  expect(await shop.exists(KINDS.service, 'web-preview')).toBe(false);
  await shop.held();
  await until('kubectl rollout status to be content', async () => {
    const { spec, status, metadata } = await shop.deployment();
    const s = status as { updatedReplicas?: number; availableReplicas?: number };
    return (
      status?.observedGeneration === metadata.generation &&
      s.updatedReplicas === spec.replicas &&
      s.availableReplicas === spec.replicas
    );
  });
});

test('a candidate that never becomes ready is taken back, said on the Deployment, not retried', async () => {
  const shop = await openShop(lab, { name: 'never' });
  await shop.attach({
    traffic: { services: [{ name: 'never' }], ...quick },
    strategy: { blueGreen: {} },
    progressDeadline: '2s',
    bake: '0s',
  });
  await shop.held();
  await shop.setImage('segue-demo:broken-image');
  const status = await shop.end(1, 'Aborted');
  expect(status.reason).toBe('ProgressDeadlineExceeded');
  expect(status.message).toMatch(/0 of 4 candidate pods available after .*ImagePullBackOff/);
  expect(await shop.sets()).toEqual({
    'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
  });
  const failed = await until('the failure on the Deployment', async () => {
    const { conditions = [] } = (await shop.deployment()).status as unknown as {
      conditions?: { type: string; reason: string; message: string }[];
    };
    return conditions.find((c) => c.reason === 'ProgressDeadlineExceeded');
  });
  expect(failed.message).toMatch(/Segue: /);
  await until('the policy to say so', async () => {
    return (await shop.condition('Ready'))?.reason === 'ReleaseAborted';
  });
  expect(await shop.exists(KINDS.release, 'never-2')).toBe(false);

  // The next template is released, and the failure is taken off.
  await shop.setImage('segue-demo:v2');
  await shop.end(2, 'Promoted');
  const { conditions = [] } = (await shop.deployment()).status as unknown as {
    conditions?: { reason: string }[];
  };
  expect(conditions.map((c) => c.reason)).not.toContain('ProgressDeadlineExceeded');
});

test('an abort while it bakes goes back to the old version at once', async () => {
  const shop = await openShop(lab, { name: 'bake' });
  await shop.attach({
    traffic: { services: [{ name: 'bake' }], ...quick },
    strategy: { blueGreen: {} },
    bake: '1h',
  });
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
  expect((await shop.sets())['segue-demo:v2']?.owner).toBe('Deployment');
  await shop.ask('Abort', 'users complain');
  const status = await shop.end(1, 'Aborted');
  expect(status).toMatchObject({
    reason: 'AbortRequested',
    message: 'tester (claimed) asked to abort: users complain',
  });
  expect(await shop.sets()).toEqual({
    'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
  });
});
