/** What a release needs is deleted half way, at every point of it, and made again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { imageOf, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import {
  asWritten,
  onlyStable,
  openAt,
  type Point,
  POINTS,
  released,
} from '../../src/testing/points.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const short = (point: Point) => point.replace(' ', '-');

/** On to the end from wherever it waits. */
async function promote(shop: Shop): Promise<void> {
  await shop.ask('Promote');
  await shop.reach(1, 'the bake or the end', (s) => s.phase === 'Baking' || s.step === 'Done');
  if ((await shop.release(1)).status.outcome === undefined) await shop.ask('Promote');
  await shop.end(1, 'Promoted');
}

async function noneOfSegue(shop: Shop): Promise<void> {
  for (const version of ['stable', 'candidate'])
    expect(await shop.exists(KINDS.service, `${shop.name}-${version}`)).toBe(false);
  const { spec } = (await shop.get(KINDS.httpRoute)) as unknown as { spec: { rules: unknown[] } };
  expect(spec.rules[1]).toMatchObject({ backendRefs: [{ name: shop.name, port: 80, weight: 7 }] });
}

const ready = (shop: Shop, reason: string) =>
  until(
    `the policy to be ${reason}`,
    async () => (await shop.condition('Ready'))?.reason === reason,
  );

describe.concurrent.each(POINTS)('the Deployment deleted at: %s', (point) => {
  test('all goes with it, it is said; made again it is held and released', async () => {
    const shop = await openAt(lab, `target-${short(point)}`, point);
    const file = asWritten(await shop.get(KINDS.deployment));
    await shop.delete(KINDS.deployment);
    const { reason } = await shop.end(1, 'Aborted');
    // On the way back it has its reason already.
    expect(reason).toBe(point === 'way back' ? 'AbortRequested' : 'TargetDeleted');
    await until('all sets to be gone', async () => Object.keys(await shop.sets()).length === 0);
    await noneOfSegue(shop);
    await ready(shop, 'TargetNotFound');

    const text = JSON.stringify(file).replaceAll('segue-demo:v2', 'segue-demo:v3');
    const again = JSON.parse(text) as typeof file;
    Object.assign(again['spec'] as object, { paused: false, strategy: { type: 'RollingUpdate' } });
    await lab.client.create(again);
    await shop.held();
    expect(await shop.sets()).toEqual({
      'segue-demo:v3': { wanted: 4, available: 4, owner: 'Deployment' },
    });
    expect(await shop.exists(KINDS.release, `${shop.name}-2`)).toBe(false);
    await shop.setImage('segue-demo:v4');
    await shop.reach(2, 'the stage', atGates(0));
  });
});

describe.concurrent.each(['stage', 'bake'] as const)('at: %s', (point) => {
  test("the user's Service deleted: the release goes on; without it the policy is invalid", async () => {
    const shop = await openAt(lab, `service-${point}`, point);
    const file = asWritten(await shop.get(KINDS.service));
    await shop.delete(KINDS.service);
    await until('it to be said', async () => (await shop.events('ServiceUnfit')).length === 1);
    await promote(shop);
    expect(await shop.sets()).toEqual(released);
    await ready(shop, 'Invalid');
    expect((await shop.condition('Valid'))?.message).toMatch(
      /^Service service-\w+: does not exist/,
    );
    await lab.client.create(file);
    await shop.held();
  });

  test('the HTTPRoute deleted: waited for, and said; made again it has its weight again', async () => {
    const shop = await openAt(lab, `route-${point}`, point);
    const { name, namespace } = shop;
    const file = asWritten(await shop.get(KINDS.httpRoute));
    const rules = (file['spec'] as { rules: { backendRefs: unknown }[] }).rules;
    if (rules[1]) rules[1].backendRefs = [{ name, port: 80, weight: 7 }];
    await shop.delete(KINDS.httpRoute);
    const [event] = await until('it to be said', async () => {
      const events = await shop.events('RouteMissing');
      return events.length > 0 && events;
    });
    expect(event).toBe(
      `HTTPRoute ${name} does not exist: make it again and it is routed as before`,
    );
    const { output } = await lab.segue('status', name, '-n', namespace);
    expect(output).toContain(`HTTPRoute ${name} does not exist`);
    await lab.client.create(file);
    const weight = point === 'stage' ? 25 : 100;
    await until('its weight', async () =>
      JSON.stringify(await shop.get(KINDS.httpRoute)).includes(`"weight":${weight}`),
    );
    await promote(shop);
    await noneOfSegue(shop);
  });
});

describe.concurrent('never made again', () => {
  test('the HTTPRoute: the release is taken back at the deadline', async () => {
    const shop = await openShop(lab, { name: 'no-route', route: true });
    await shop.attach(shop.canary([{ weight: 25, approval: {} }], { progressDeadline: '3s' }));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0));
    await shop.delete(KINDS.httpRoute);
    const { reason, message } = await shop.end(1, 'Aborted');
    expect(reason).toBe('RouteNotAccepted');
    expect(message).toMatch(/HTTPRoute no-route does not exist/);
    expect(await shop.sets()).toEqual(onlyStable);
  });

  test('the Service of a pinned release: taken back at the deadline; made again in time: pinned', async () => {
    const pinned = async (name: string, progressDeadline: string) => {
      const shop = await openShop(lab, { name });
      await shop.attach(shop.blueGreen({ approval: {} }, { progressDeadline }));
      await shop.held();
      await shop.setImage('segue-demo:v2');
      await shop.reach(1, 'the preview', atGates(0));
      return shop;
    };
    const [never, again] = await Promise.all([pinned('never', '3s'), pinned('again', '10m')]);
    const file = asWritten(await again.get(KINDS.service));
    const { selector } = file['spec'] as { selector: Record<string, string> };
    delete selector['pod-template-hash'];
    await Promise.all([never.delete(KINDS.service), again.delete(KINDS.service)]);
    const { reason, message } = await never.end(1, 'Aborted');
    expect([reason, message]).toEqual([
      'RouteNotAccepted',
      expect.stringContaining('Service never does not exist'),
    ]);
    expect(await never.sets()).toEqual(onlyStable);
    await lab.client.create(file);
    await until('the pin', async () =>
      JSON.stringify(await again.get(KINDS.service)).includes('pod-template-hash'),
    );
    await promote(again);
  });
});

describe.concurrent.each(POINTS)('the policy deleted at: %s', (point) => {
  test('put back, nothing started; made again at once it holds again, and releases nothing', async () => {
    const shop = await openAt(lab, `policy-${short(point)}`, point);
    const recorder = await shop.record(KINDS.replicaSet, KINDS.service, KINDS.httpRoute);
    const { spec } = (await shop.get(KINDS.releasePolicy)) as unknown as {
      spec: Parameters<Shop['attach']>[0];
    };
    await shop.delete(KINDS.releasePolicy);
    // What GitOps does: it is there again as soon as the other one is gone.
    await until('it to be made again', async () => {
      await shop.attach(spec);
      return true;
    });
    const { outcome } = (await shop.release(1)).status;
    // A swap goes on by itself: it may have come to the bake.
    if (point !== 'swap') expect(outcome).toBe(point === 'bake' ? 'Promoted' : 'Aborted');
    await shop.held();
    await noneOfSegue(shop);
    expect(await shop.sets()).toEqual(outcome === 'Promoted' ? released : onlyStable);
    expect(imageOf(await shop.get(KINDS.deployment))).toBe(
      outcome === 'Promoted' ? 'segue-demo:v2' : 'segue-demo:v1',
    );
    expect(await shop.exists(KINDS.release, `${shop.name}-2`)).toBe(false);
    expect((await shop.deployment()).spec.paused).toBe(true);
    expect(shortages(await recorder.stop(), shop.name, 4)).toEqual([]);
  });
});

describe.concurrent.each(['stage', 'swap', 'bake'] as const)('at: %s', (point) => {
  test('the candidate set deleted: made again, or taken back where users had it', async () => {
    const shop = await openAt(lab, `set-${point}`, point);
    const { candidate } = (await shop.release(1)).spec;
    await shop.delete(KINDS.replicaSet, candidate.replicaSet);
    if (point === 'bake') {
      expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'CandidateDeleted' });
      expect(await shop.sets()).toEqual(onlyStable);
      return;
    }
    await until('it to be back', async () => {
      const { items } = await lab.client.list(KINDS.replicaSet, { namespace: shop.namespace });
      return items.length === 2;
    });
    await shop.reach(1, 'the stage or the bake', (s) => atGates(0)(s) || s.phase === 'Baking');
    await promote(shop);
    expect(await shop.sets()).toEqual(released);
  });

  test('all pods of the candidate deleted: they come back, and it goes on', async () => {
    const shop = await openAt(lab, `pods-${point}`, point);
    const { candidate } = (await shop.release(1)).spec;
    const { namespace } = shop;
    const { items } = await lab.client.list(KINDS.pod, {
      namespace,
      labelSelector: `pod-template-hash=${candidate.hash}`,
    });
    await Promise.all(
      items.map(({ metadata: { name } }) => lab.client.delete({ ...KINDS.pod, namespace, name })),
    );
    await until('new pods', async () => {
      const { available = 0, wanted } = (await shop.sets())['segue-demo:v2'] ?? {};
      return available === wanted && available > 0;
    });
    await shop.reach(1, 'the stage or the bake', (s) => atGates(0)(s) || s.phase === 'Baking');
    await promote(shop);
    expect(await shop.sets()).toEqual(released);
  });
});

test('a set of the name the candidate needs, of somebody else: said, and left alone', async () => {
  const shop = await openShop(lab, { name: 'taken', route: true });
  await shop.attach(shop.canary([{ weight: 25 }]));
  await shop.held();
  // The name follows from the template: it is learnt from a release that is taken back.
  const learner = await openShop(lab, { name: 'taken', route: true });
  await learner.attach(learner.canary([{ weight: 25, approval: {} }]));
  await learner.held();
  await learner.setImage('segue-demo:v2');
  await learner.reach(1, 'the stage', atGates(0));
  const { replicaSet } = (await learner.release(1)).spec.candidate;
  const { namespace } = shop;
  const owner = await lab.client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'somebody', namespace },
  });
  const ownerReferences = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'somebody',
      uid: owner.metadata.uid ?? '',
      controller: true,
    },
  ];
  const labels = { app: 'other' };
  await lab.client.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: replicaSet, namespace, labels, ownerReferences },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'other' }] } },
    },
  });
  await shop.setImage('segue-demo:v2');
  const { reason, message } = await shop.end(1, 'Aborted');
  expect([reason, message]).toEqual([
    'CandidateNameTaken',
    `ReplicaSet ${replicaSet} is there already and belongs to somebody else: delete it, or give it another name`,
  ]);
  expect(await shop.exists(KINDS.replicaSet, replicaSet)).toBe(true);
  expect(await shop.sets()).toEqual(onlyStable);
});
