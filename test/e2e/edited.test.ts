/** What is edited half way: the size, the template back, the policy; at every point of a release. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { onlyStable, openAt, type Point, POINTS, released } from '../../src/testing/points.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const short = (point: Point) => point.replace(' ', '-');

/** On to the end from wherever it waits. */
async function promote(shop: Shop): Promise<void> {
  await shop.reach(
    1,
    'the stage or the bake',
    (s) => atGates(0)(s) || (s.phase === 'Baking' && s.gateSince !== undefined),
  );
  await shop.ask('Promote');
  await shop.reach(1, 'the bake or the end', (s) => s.phase === 'Baking' || s.step === 'Done');
  if ((await shop.release(1)).status.outcome === undefined) await shop.ask('Promote');
  await shop.end(1, 'Promoted');
}

const sized = (shop: Shop, image: string, replicas: number) =>
  until(`${replicas} pods of ${image}`, async () => {
    const set = (await shop.sets())[image];
    return set?.wanted === replicas && set.available === replicas;
  });

describe.concurrent.each(POINTS)('scaled at: %s', (point) => {
  test('to zero and back: it ends as it would have, in full size', async () => {
    const shop = await openAt(lab, `zero-${short(point)}`, point);
    await shop.scale(0);
    await until('the Deployment to be seen', async () => {
      const { status, metadata } = await shop.deployment();
      return status?.observedGeneration === metadata.generation;
    });
    await shop.scale(4);
    if (point === 'way back') {
      await shop.end(1, 'Aborted');
      await sized(shop, 'segue-demo:v1', 4);
      expect(await shop.sets()).toEqual(onlyStable);
      return;
    }
    await promote(shop);
    await sized(shop, 'segue-demo:v2', 4);
    expect(await shop.sets()).toEqual(released);
  });
});

describe.concurrent.each([2, 8])('scaled on the way back from 4 to %i', (replicas) => {
  test('stable has the new size and never less than either', async () => {
    const shop = await openAt(lab, `back-${replicas}`, 'bake');
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.ask('Abort');
    await shop.scale(replicas);
    await shop.end(1, 'Aborted');
    await sized(shop, 'segue-demo:v1', replicas);
    expect(shortages(await recorder.stop(), shop.name, Math.min(4, replicas))).toEqual([]);
    expect(Object.keys(await shop.sets())).toEqual(['segue-demo:v1']);
  });
});

describe.concurrent.each(POINTS)('the template put back at: %s', (point) => {
  test('taken back, with the reason, nothing started and nothing failed', async () => {
    const shop = await openAt(lab, `revert-${short(point)}`, point);
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v1');
    const { reason } = await shop.end(1, 'Aborted');
    // On the way back it has its reason already.
    expect(reason).toBe(point === 'way back' ? 'AbortRequested' : 'TemplateReverted');
    await shop.held();
    expect(await shop.sets()).toEqual(onlyStable);
    expect(shortages(await recorder.stop(), shop.name, 4)).toEqual([]);
    expect(await shop.exists(KINDS.release, `${shop.name}-2`)).toBe(false);
    const { status } = await shop.deployment();
    expect(status?.conditions?.map((c) => c.reason)).not.toContain('ProgressDeadlineExceeded');
  });
});

describe.concurrent.each(['stage', 'bake'] as const)('the policy edited at: %s', (point) => {
  test('to an invalid spec: the release goes on by its own; then it is said', async () => {
    const shop = await openAt(lab, `invalid-${point}`, point);
    await shop.patch(KINDS.releasePolicy, {
      spec: { strategy: { canary: { stages: [{ weight: 50 }, { weight: 5 }] } } },
    });
    await promote(shop);
    expect(await shop.sets()).toEqual(released);
    const valid = await until('the verdict', async () => {
      const found = await shop.condition('Valid');
      return found?.status === 'False' && found;
    });
    expect(valid.message).toMatch(/stages\[1\]\.weight: 5 does not rise/);
    // Nothing is let go meanwhile: a new template waits until the policy is mended.
    await shop.setImage('segue-demo:v3');
    expect((await shop.deployment()).spec.paused).toBe(true);
    await shop.patch(KINDS.releasePolicy, {
      spec: { strategy: { canary: { stages: [{ weight: 5, approval: {} }] } } },
    });
    await shop.reach(2, 'the stage', atGates(0));
    expect((await shop.release(2)).spec.candidate.images).toEqual(['segue-demo:v3']);
  });

  test('to another target: the release goes on, the other is not touched, and it is said', async () => {
    const shop = await openAt(lab, `moved-${point}`, point);
    await shop.patch(KINDS.releasePolicy, { spec: { targetRef: { name: 'elsewhere' } } });
    await promote(shop);
    expect(await shop.sets()).toEqual(released);
    const valid = await until('the verdict', async () => {
      const found = await shop.condition('Valid');
      return found?.status === 'False' && found;
    });
    expect(valid.message).toMatch(
      /^spec\.targetRef\.name: cannot change to elsewhere: Deployment moved-\w+ is held/,
    );
    await shop.patch(KINDS.releasePolicy, { spec: { targetRef: { name: shop.name } } });
    await shop.held();
  });
});
