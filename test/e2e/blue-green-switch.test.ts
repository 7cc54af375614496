/** Blue-green with a small preview and a gradual switch, on whatever cluster the lab is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import type { BlueGreenSpec } from '../../src/api/strategy.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const v1 = 'segue-demo:v1';
const v2 = 'segue-demo:v2';
const all = (owner: string, pods = 4) => ({ wanted: pods, available: pods, owner });
const loose = (spec: Record<string, unknown>) => spec as Partial<BlueGreenSpec>;

/** Released to v2 through the HTTPRoute of the shop. */
async function routed(name: string, spec: Record<string, unknown>): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  const { traffic, ...rest } = shop.blueGreen(loose(spec));
  const routers = [{ gatewayAPI: { httpRoute: name } }];
  await shop.attach({ ...rest, ...(traffic && { traffic: { ...traffic, routers } }) });
  await shop.held();
  return shop;
}

describe.concurrent('blue-green', () => {
  test('shows a small preview, grows before the switch, and switches in steps', async () => {
    const shop = await routed('steps', {
      preview: { replicas: 1 },
      approval: {},
      switch: [{ weight: 20, hold: '100ms' }, { weight: 60 }],
    });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage(v2);
    await shop.reach(1, 'the preview', atGates(0));
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment'), [v2]: all('Release', 1) });
    await shop.ask('Approve');
    const status = await shop.end(1, 'Promoted');
    await shop.held();
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'steps')).toEqual(['Service', 0, 20, 60, 100, 'Service']);
    expect(shortages(recording, 'steps', 4)).toEqual([]);
    expect(status.timeline?.map(({ what }) => what)).toContain(
      'stage 2 of 5 (full size), 0 % of the traffic',
    );
    // No share before the whole new version was there.
    const first = recording.changes.findIndex(
      ({ object }) => object.kind === 'HTTPRoute' && JSON.stringify(object).includes('"weight":20'),
    );
    const before = recording.changes.slice(0, first).filter(({ object }) => {
      const { availableReplicas = 0 } = (object['status'] ?? {}) as { availableReplicas?: number };
      return JSON.stringify(object['spec']).includes(v2) && availableReplicas === 4;
    });
    expect(before).not.toEqual([]);
  });

  test('is back at once from half of the traffic', async () => {
    const shop = await routed('half', { switch: [{ weight: 50, approval: {} }] });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage(v2);
    await shop.reach(1, 'half of it', atGates(1));
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'half')).toEqual(['Service', 0, 50, 0, 'Service']);
    expect(shortages(recording, 'half', 4)).toEqual([]);
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment') });
  });

  test('is back at once when what is tried after the switch fails', async () => {
    const shop = await routed('after', {
      switch: [{ weight: 50 }],
      afterSwitch: {
        smokeTests: [{ name: 'tea', http: { path: '/', status: '418' }, retries: 0 }],
      },
    });
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage(v2);
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('SmokeTestFailed');
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'after')).toEqual(['Service', 0, 50, 100, 0, 'Service']);
    expect(shortages(recording, 'after', 4)).toEqual([]);
  });

  test('is back at once while the old version is kept behind the route', async () => {
    const shop = await routed('kept', { after: 'Keep' });
    const route = await shop.get(KINDS.httpRoute);
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage(v2);
    const { step } = await shop.end(1, 'Promoted');
    expect(step).toBe('Keep');
    await shop.held();
    await shop.ask('Abort');
    const status = await shop.reach(1, 'the end', (s) => s.step === 'Done');
    expect(status).toMatchObject({ outcome: 'Aborted', reason: 'AbortRequested' });
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'kept')).toEqual(['Service', 0, 100, 0, 'Service']);
    expect(shortages(recording, 'kept', 4)).toEqual([]);
    expect((await shop.get(KINDS.httpRoute))['spec']).toEqual(route['spec']);
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment') });
  });

  test('lets go of the old version when others move the route again and again', async () => {
    const shop = await routed('moved', { after: 'Keep' });
    const { rules } = (await shop.get(KINDS.httpRoute))['spec'] as { rules: unknown };
    await shop.setImage(v2);
    await shop.end(1, 'Promoted');
    await until('the end of the keeping', async () => {
      await shop.patch(KINDS.httpRoute, { spec: { rules } });
      return (await shop.release(1)).status.step !== 'Keep';
    });
    const status = await shop.reach(1, 'the end', (s) => s.step === 'Done');
    expect(status.outcome).toBe('Promoted');
    expect(status.timeline?.map(({ reason }) => reason)).toContain('KeepEnded');
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment', 0), [v2]: all('Deployment') });
  });

  test('pins no Service to a preview that is not whole', async () => {
    const shop = await openShop(lab, { name: 'pinned' });
    await shop.attach(shop.blueGreen(loose({ preview: { replicas: '50%' }, approval: {} })));
    await shop.held();
    const recorder = await shop.record(KINDS.service, KINDS.replicaSet);
    await shop.setImage(v2);
    await shop.reach(1, 'the preview', atGates(0));
    expect(await shop.sets()).toEqual({ [v1]: all('Deployment'), [v2]: all('Release', 2) });
    // Whoever scales half way has a preview of the new size.
    await shop.scale(6);
    await shop.reach(1, 'the approval', (s) => s.message === 'approval');
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    expect(shortages(await recorder.stop(), 'pinned', 4)).toEqual([]);
    expect((await shop.sets())[v2]).toEqual(all('Deployment', 6));
  });

  test('refuses to weigh what it can only pin', async () => {
    const shop = await openShop(lab, { name: 'unweighed', replicas: 1 });
    await shop.attach(shop.blueGreen(loose({ switch: [{ weight: 10 }] })));
    const refused = await until('the verdict', async () => {
      const valid = await shop.condition('Valid');
      return valid?.status === 'False' && valid;
    });
    expect(refused.message).toMatch(/^spec\.strategy\.blueGreen\.switch: without a router /);
  });
});
