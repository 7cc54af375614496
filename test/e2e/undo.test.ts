/** Back to what was released before, once more what was taken back, and new pods of the same. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openHalfWay, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

async function segue(shop: Shop, ...args: string[]): Promise<string> {
  const { code, output } = await lab.segue('-n', shop.namespace, ...args);
  expect(code, output).toBe(0);
  return output;
}

interface History {
  revisions: { revision: number | null; current: boolean; release: string | null }[];
}
async function history(shop: Shop) {
  const { revisions } = JSON.parse(
    await segue(shop, 'history', shop.name, '-o', 'json'),
  ) as History;
  return revisions.map(({ revision, current, release }) => [revision, release, current]);
}

test('undo goes back and forth, also where the Deployment keeps no old sets', async () => {
  const shop = await openShop(lab, { name: 'undo', deployment: { revisionHistoryLimit: 0 } });
  await shop.attach(shop.blueGreen());
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.end(1, 'Promoted');
  await shop.held();
  expect(await history(shop)).toEqual([
    [2, 'undo-1', true],
    [1, null, false],
  ]);
  const back = await segue(shop, 'undo', shop.name, '--wait', '--timeout', '60s');
  expect(back).toMatch(/back to revision 1 \(segue-demo:v1\)/);
  expect(await shop.end(2, 'Promoted')).toMatchObject({ revision: 3 });
  expect((await shop.sets())['segue-demo:v1']).toMatchObject({ wanted: 4, available: 4 });
  expect(await segue(shop, 'undo', 'deployment/undo', '--to-revision', '2', '--wait')).toMatch(
    /back to revision 2 \(segue-demo:v2, undo-1\)/,
  );
  await shop.end(3, 'Promoted');
  expect((await history(shop)).map(([revision]) => revision)).toEqual([4, 3, 2, 1]);
});

test('undo to what cannot be pulled any more ends before anything is touched', async () => {
  const shop = await openShop(lab, { name: 'lost' });
  // Deployed before the policy was there; its image has been removed from the registry since.
  await shop.setImage('segue-demo:broken-image');
  await until('the set', async () => 'segue-demo:broken-image' in (await shop.sets()));
  await shop.setImage('segue-demo:v1');
  await until('one set', async () => {
    const { status } = await shop.deployment();
    return (await shop.sets())['segue-demo:broken-image']?.wanted === 0 && status?.readyReplicas;
  });
  await shop.attach(shop.blueGreen());
  await shop.held();
  await segue(shop, 'undo', shop.name);
  const status = await shop.end(1, 'Aborted');
  expect(status.reason).toBe('ImageNotPulled');
  expect(status.because).toMatch(/^the pull of segue-demo:broken-image failed: /);
  expect((await shop.sets())['segue-demo:broken-image']?.wanted ?? 0).toBe(0);
});

test('undo inside of the rollback window asks nobody; to go forward again does', async () => {
  const shop = await openShop(lab, { name: 'window' });
  const rest = { rollbackWindow: { revisions: 1, within: '1h' } };
  await shop.attach(shop.blueGreen({ approval: {} }, rest));
  await shop.held();
  for (const number of [1, 2]) {
    await shop.setImage(`segue-demo:v${number + 1}`);
    await shop.reach(number, 'the approval', atGates(0));
    await shop.ask('Approve');
    await shop.end(number, 'Promoted');
    await shop.held();
  }
  expect(await segue(shop, 'undo', shop.name, '--to-revision', '1', '--dry-run')).toMatch(
    /with all stages: this policy has not promoted it/,
  );
  expect(await segue(shop, 'undo', shop.name, '--wait', '--timeout', '60s')).toMatch(
    /back to revision 2 .*; it is released without stages: window-1 is 1 revision back, replaced .* ago/,
  );
  const { spec } = await shop.release(3);
  expect(spec.plan.stages).toMatchObject([{ weight: 100, capacityPercent: 100, approval: false }]);
  const { timeline = [] } = await shop.end(3, 'Promoted');
  const told = timeline.map(({ reason }) => reason);
  expect(told).toContain('StagesSkipped');
  expect(told).not.toContain('Approved');
  expect(await segue(shop, 'status', shop.name)).toContain(`without stages: ${spec.plan.goesBack}`);
  await shop.held();
  // As a GitOps tool does that knows nothing of the undo.
  await shop.setImage('segue-demo:v3');
  await shop.reach(4, 'the approval', atGates(0));
  await shop.ask('Abort');
  await shop.end(4, 'Aborted');
});

test('undo in the middle of a release takes it back', async () => {
  const shop = await openHalfWay(lab, 'half');
  const output = await segue(shop, 'undo', shop.name, '--wait', '--timeout', '60s');
  expect(output).toMatch(/half-1 is in progress and is taken back by this/);
  expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TemplateReverted' });
  await shop.held();
  expect(await shop.exists(KINDS.release, 'half-2')).toBe(false);
});

test('retry releases once more what was taken back, and only that', async () => {
  const shop = await openHalfWay(lab, 'retry');
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
  expect(await segue(shop, 'retry', shop.name, '--because', 'it was the database')).toBe(
    'retry-2: releasing again what retry-1 took back\n',
  );
  const status = await shop.reach(2, 'the stage', atGates(0));
  expect(status.requests).toMatchObject([{ action: 'Retry', because: 'it was the database' }]);
  expect((await shop.release(2)).spec.retryOf).toBe('retry-1');
  const { code, output } = await lab.segue('-n', shop.namespace, 'retry', shop.name);
  expect({ code, output }).toMatchObject({
    code: 1,
    output: expect.stringMatching(/nothing to try again, retry-2 is in progress/),
  });
  await shop.ask('Promote');
  await shop.end(2, 'Promoted');
});

test('restart releases new pods of the same image', async () => {
  const shop = await openShop(lab, { name: 'again' });
  await shop.attach(shop.blueGreen());
  await shop.held();
  expect(await segue(shop, 'restart', shop.name, '--wait', '--timeout', '60s')).toMatch(
    /segue-demo:v1 is released again, with new pods/,
  );
  const { spec } = await shop.release(1);
  expect(spec.candidate.images).toEqual(spec.stable.images);
  expect(spec.candidate.hash).not.toBe(spec.stable.hash);
  await shop.end(1, 'Promoted');
});
