/** Canary releases by the weights of an HTTPRoute, on whatever cluster the lab is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

interface Rule {
  backendRefs?: Record<string, unknown>[];
  [key: string]: unknown;
}

async function rulesOf(shop: Shop): Promise<Rule[]> {
  return ((await shop.get(KINDS.httpRoute))['spec'] as { rules: Rule[] }).rules;
}

/** What a user could have written: not what the server keeps for itself. */
function written({ metadata, ...object }: KubeObject) {
  const { labels, annotations } = metadata;
  return { labels, annotations, spec: object['spec'] };
}

describe.concurrent('a canary', () => {
  test('rises exactly as planned, pods first, and leaves everything as it was', async () => {
    const shop = await openShop(lab, { name: 'web', route: true });
    await shop.attach(
      shop.canary(
        [5, 25, 50].map((weight) => ({ weight, hold: '100ms' })),
        { bake: '200ms' },
      ),
    );
    await shop.held();
    const before = {
      route: await shop.get(KINDS.httpRoute),
      service: await shop.get(KINDS.service),
    };
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v2');
    const status = await shop.end(1, 'Promoted');
    expect(status.message).toMatch(/segue-demo:v2 released in/);
    await shop.held();
    const recording = await recorder.stop();

    expect(routeWeights(recording, 'web')).toEqual(['Service', 0, 5, 25, 50, 100, 'Service']);
    expect(shortages(recording, 'web', 4)).toEqual([]);
    expect(written(await shop.get(KINDS.httpRoute))).toEqual(written(before.route));
    const touched = recording.changes.filter(
      ({ object }) => object.kind === 'Service' && object.metadata.name === 'web',
    );
    expect(touched).toEqual([]);
    for (const version of ['web-stable', 'web-candidate'])
      expect(await shop.exists(KINDS.service, version)).toBe(false);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 0, available: 0, owner: 'Deployment' },
      'segue-demo:v2': { wanted: 4, available: 4, owner: 'Deployment' },
    });
  });

  test('has as many pods at each stage as its share asks, and no more', async () => {
    const shop = await openShop(lab, { name: 'sized', replicas: 5, route: true });
    await shop.attach(shop.canary([10, 50].map((weight) => ({ weight, approval: {} }))));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    for (const [stage, pods] of [1, 3].entries()) {
      await shop.reach(1, `stage ${stage}`, atGates(stage));
      expect(await shop.sets()).toEqual({
        'segue-demo:v1': { wanted: 5, available: 5, owner: 'Deployment' },
        'segue-demo:v2': { wanted: pods, available: pods, owner: 'Release' },
      });
      await shop.ask('Promote');
    }
    await shop.end(1, 'Promoted');
  });

  test('keeps what a user adds to the route half way', async () => {
    const shop = await openShop(lab, { name: 'edited', route: true });
    await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
    await shop.held();
    const original = await rulesOf(shop);
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0));

    const [other = {}, main = {}] = await rulesOf(shop);
    expect(main.backendRefs).toMatchObject([
      { name: 'edited-stable', port: 80, weight: 75 },
      { name: 'edited-candidate', port: 80, weight: 25 },
    ]);
    const added = { matches: [{ path: { type: 'Exact', value: '/new' } }], backendRefs: [] };
    await shop.patch(KINDS.httpRoute, {
      metadata: { labels: { added: 'half-way' } },
      spec: {
        hostnames: ['other.example.com'],
        rules: [other, { ...main, timeouts: { request: '20s' } }, added],
      },
    });
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');

    const after = await shop.get(KINDS.httpRoute);
    expect(after.metadata.labels).toEqual({ team: 'edited', added: 'half-way' });
    expect(after['spec']).toMatchObject({
      hostnames: ['other.example.com'],
      rules: [original[0], { ...original[1], timeouts: { request: '20s' } }, added],
    });
  });

  test('goes back to its weight when the route is applied again as it was', async () => {
    const shop = await openShop(lab, { name: 'gitops', route: true });
    await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
    await shop.held();
    const spec = (await shop.get(KINDS.httpRoute))['spec'];
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0));
    await shop.patch(KINDS.httpRoute, { spec });
    await until('the weight to be back', async () => {
      const refs = (await rulesOf(shop))[1]?.backendRefs ?? [];
      return refs.some((ref) => ref['name'] === 'gitops-candidate' && ref['weight'] === 25);
    });
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    expect((await shop.get(KINDS.httpRoute))['spec']).toEqual(spec);
  });

  test('whose pods never become ready never gets traffic', async () => {
    const shop = await openShop(lab, { name: 'never', route: true });
    await shop.attach(shop.canary([{ weight: 50 }], { progressDeadline: '1s' }));
    await shop.held();
    const spec = (await shop.get(KINDS.httpRoute))['spec'];
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:broken-image');
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'never')).toEqual(['Service', 0, 'Service']);
    expect(shortages(recording, 'never', 4)).toEqual([]);
    expect((await shop.get(KINDS.httpRoute))['spec']).toEqual(spec);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
  });

  test('with a router and blueGreen goes from nothing to everything', async () => {
    const shop = await openShop(lab, { name: 'switch', route: true });
    const { traffic } = shop.canary([]);
    await shop.attach(shop.blueGreen({ hold: '100ms' }, traffic ? { traffic } : {}));
    await shop.held();
    const spec = (await shop.get(KINDS.httpRoute))['spec'];
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:v2');
    await shop.end(1, 'Promoted');
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'switch')).toEqual(['Service', 0, 100, 'Service']);
    expect(shortages(recording, 'switch', 4)).toEqual([]);
    expect((await shop.get(KINDS.httpRoute))['spec']).toEqual(spec);
  });
});
