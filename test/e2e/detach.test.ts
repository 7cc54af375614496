/** Taking Segue off a workload: everything put back, nothing started; and objects deleted half way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { imageOf, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openHalfWay, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const halfWay = (name: string) => openHalfWay(lab, name);

const policyGone = (shop: Shop) =>
  until(
    'the policy to be gone',
    async () => !(await shop.exists(KINDS.releasePolicy, shop.name)),
    60_000,
  );

/** Nothing of Segue's is left on the user's objects, and v1 runs as if nothing had been. */
async function putBack(shop: Shop): Promise<void> {
  const { spec, metadata } = await shop.deployment();
  expect(spec.paused ?? false).toBe(false);
  expect(imageOf(await shop.get(KINDS.deployment))).toBe('segue-demo:v1');
  expect(Object.keys(metadata.labels ?? {}).filter((key) => key.includes('segue'))).toEqual([]);
  const route = (await shop.get(KINDS.httpRoute))['spec'] as { rules: unknown[] };
  expect(route.rules[1]).toMatchObject({ backendRefs: [{ name: shop.name, port: 80, weight: 7 }] });
  for (const version of ['stable', 'candidate'])
    expect(await shop.exists(KINDS.service, `${shop.name}-${version}`)).toBe(false);
  await until('the Deployment to be seen again', async () => {
    const { status, metadata: seen } = await shop.deployment();
    return status?.observedGeneration === seen.generation;
  });
  expect(await shop.sets()).toEqual({
    'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
  });
}

describe.concurrent('a policy deleted', () => {
  test('while idle: the Deployment rolls out by itself again, and nothing rolls', async () => {
    const shop = await openShop(lab, { name: 'idle', route: true });
    await shop.attach(shop.canary([{ weight: 25 }]));
    await shop.held();
    const recorder = await shop.record(KINDS.replicaSet, KINDS.service, KINDS.httpRoute);
    const { code, output } = await lab.segue('detach', 'idle', '-n', shop.namespace);
    expect(output).toContain('rolls out by itself again');
    expect(code).toBe(0);
    await putBack(shop);
    const { changes } = await recorder.stop();
    expect(changes.filter(({ object }) => object.kind !== 'ReplicaSet')).toEqual([]);
    const sizes = changes.map(({ object }) => (object['spec'] as { replicas: number }).replicas);
    expect(sizes.filter((size) => size !== 4)).toEqual([]);
    // It is the Deployment's own again.
    await shop.setImage('segue-demo:v2');
    await until(
      'a rolling update',
      async () => (await shop.sets())['segue-demo:v2']?.available === 4,
    );
  });

  test('half way: taken back, the template with it, and nothing starts', async () => {
    const shop = await halfWay('half');
    const recorder = await shop.record(KINDS.replicaSet, KINDS.service, KINDS.httpRoute);
    await shop.delete(KINDS.releasePolicy);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'PolicyDeleted' });
    await policyGone(shop);
    await putBack(shop);
    const recording = await recorder.stop();
    expect(shortages(recording, 'half', 4)).toEqual([]);
    const grown = recording.changes.filter(
      ({ object }) =>
        object.kind === 'ReplicaSet' &&
        imageOf(object) === 'segue-demo:v2' &&
        (object['spec'] as { replicas: number }).replicas > 1,
    );
    expect(grown).toEqual([]);
    // The record outlives the policy.
    expect((await shop.release(1)).status.outcome).toBe('Aborted');
    expect(await shop.events('TemplateRestored')).not.toEqual([]);
  });

  test('after an abort, with the rejected template still there', async () => {
    const shop = await openShop(lab, { name: 'rejected', route: true });
    await shop.attach(shop.canary([{ weight: 25 }], { progressDeadline: '1s' }));
    await shop.held();
    await shop.setImage('segue-demo:broken-image');
    await shop.end(1, 'Aborted');
    const recorder = await shop.record(KINDS.replicaSet);
    await shop.delete(KINDS.releasePolicy);
    await policyGone(shop);
    await putBack(shop);
    const { status } = await shop.deployment();
    expect(status?.conditions?.filter((c) => c.message.includes('Segue'))).toEqual([]);
    const { changes } = await recorder.stop();
    expect(changes.map(({ object }) => imageOf(object))).not.toContain('segue-demo:broken-image');
  });

  test('while it bakes: the new version stays', async () => {
    const shop = await openShop(lab, { name: 'baked', route: true });
    await shop.attach(shop.canary([{ weight: 50 }], { bake: '1h' }));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    const recorder = await shop.record(KINDS.replicaSet, KINDS.service, KINDS.httpRoute);
    await shop.delete(KINDS.releasePolicy);
    await shop.end(1, 'Promoted');
    await policyGone(shop);
    expect((await shop.deployment()).spec.paused ?? false).toBe(false);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 0, available: 0, owner: 'Deployment' },
      'segue-demo:v2': { wanted: 4, available: 4, owner: 'Deployment' },
    });
    expect(shortages(await recorder.stop(), 'baked', 4)).toEqual([]);
  });

  test('in the foreground, as Argo CD prunes: no loaded pod goes with it', async () => {
    const shop = await halfWay('pruned');
    const recorder = await shop.record(KINDS.replicaSet, KINDS.service, KINDS.httpRoute);
    const { namespace, name } = shop;
    await lab.client.delete(
      { ...KINDS.releasePolicy, namespace, name },
      { propagation: 'Foreground' },
    );
    await shop.end(1, 'Aborted');
    await policyGone(shop);
    await putBack(shop);
    expect(shortages(await recorder.stop(), 'pruned', 4)).toEqual([]);
  });
});

describe.concurrent('deleted half way', () => {
  test('the Release: taken back, and gone', async () => {
    const shop = await halfWay('release');
    const recorder = await shop.record(KINDS.replicaSet, KINDS.service, KINDS.httpRoute);
    await shop.delete(KINDS.release, 'release-1');
    await until(
      'the Release to be gone',
      async () => !(await shop.exists(KINDS.release, 'release-1')),
    );
    expect(shortages(await recorder.stop(), 'release', 4)).toEqual([]);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
    await until('the policy to say that it was aborted', async () => {
      return (await shop.condition('Ready'))?.reason === 'ReleaseAborted';
    });
    expect(await shop.exists(KINDS.release, 'release-2')).toBe(false);
  });

  test('the Deployment: candidate, Services and weights go with it', async () => {
    const shop = await halfWay('target');
    await shop.delete(KINDS.deployment);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TargetDeleted' });
    await until('all sets to be gone', async () => Object.keys(await shop.sets()).length === 0);
    for (const version of ['stable', 'candidate'])
      expect(await shop.exists(KINDS.service, `target-${version}`)).toBe(false);
    await shop.delete(KINDS.releasePolicy);
    await policyGone(shop);
  });

  test('the candidate set: made again, with its traffic on stable meanwhile', async () => {
    const shop = await halfWay('candidate');
    const { spec } = await shop.release(1);
    await shop.delete(KINDS.replicaSet, spec.candidate.replicaSet);
    await until('the candidate to be back', async () => {
      const set = (await shop.sets())['segue-demo:v2'];
      return set?.owner === 'Release' && set.available === 1;
    });
    await shop.reach(1, 'the stage', atGates(0));
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });

  test("one version's Service: made again", async () => {
    const shop = await halfWay('service');
    await shop.delete(KINDS.service, 'service-candidate');
    await until('it to be back', () => shop.exists(KINDS.service, 'service-candidate'));
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });

  test('the HTTPRoute: the way back goes on without it', async () => {
    const shop = await halfWay('route');
    await shop.delete(KINDS.httpRoute);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
  });

  test('the namespace: nothing of Segue keeps it from going', async () => {
    const shop = await halfWay('all');
    const name = { group: '', kind: 'Namespace', name: shop.namespace };
    await lab.client.delete(name);
    await until('the namespace to be gone', async () => !(await lab.client.get(name)), 60_000);
  });
});
