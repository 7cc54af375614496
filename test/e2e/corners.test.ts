/**
 * The corners of the swap, each by name, and where it is tested:
 *
 * corner                                                  | test
 * --------------------------------------------------------|------------------------------------------
 * a Recreate Deployment, revisionHistoryLimit 0           | way-back: an earlier version released again
 * undo without history takes the template of the Release  | way-back: without a history
 * kubectl refuses restart and undo while paused           | kubectl/rollout
 * the policy deleted in the foreground                    | detach: in the foreground; deletion
 * `paused` lost half way                                  | rival: resumed; restart: the hold is lost
 * `paused` lost while idle                                | hold
 * `paused` lost and stable shrinking                      | hold: no controller runs; here
 * to zero and back with a rejected template               | first-deploy: and back; hold: to zero
 * sized from the present replicas                         | rival: scaled
 * adopted only when no native rollout is under way        | here
 * an absolute minAvailable counts both versions           | here
 * a failed candidate blocks drains: it goes promptly      | blue-green: never becomes ready
 * metrics of type Value count both versions               | here
 * other Services that select the same labels              | here
 * a Service that selects pods of another owner            | here
 * a headless or ExternalName Service                      | invalid: a policy that cannot work
 * endpoints counted by pod, in dual stack                 | src/routers/router-conformance
 * the Deployment deleted half way                         | deleted: the Deployment
 * OwnerReferencesPermissionEnforcement                    | src/cli/install: may do what it does
 * a Release below 100 kB                                  | here
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { onlyStable } from '../../src/testing/points.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

async function warnings(shop: Shop): Promise<string[]> {
  const { status } = (await shop.get(KINDS.releasePolicy)) as { status?: { warnings?: string[] } };
  return status?.warnings ?? [];
}

async function held(name: string): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
  await shop.held();
  return shop;
}

describe.concurrent('warned of', () => {
  test('an absolute minAvailable, a metric of type Value, another Service; and no more when gone', async () => {
    const shop = await held('warned');
    const { name, namespace } = shop;
    expect(await warnings(shop)).toEqual([]);
    const onTheOldCluster = lab.kind === 'cluster';
    const selector = { matchLabels: { app: name } };
    const metadata = { name, namespace };
    await lab.client.create({
      apiVersion: 'policy/',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { minAvailable: 3, selector },
    });
    const target = { type: 'Value', value: '30' };
    const metric = { name: 'queue' };
    await lab.client.create({
      apiVersion: onTheOldCluster ? 'autoscaling/v2beta2' : 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: 4,
        maxReplicas: 8,
        metrics: [{ type: 'External', external: { metric, target } }],
      },
    });
    await lab.client.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'admin', namespace },
      spec: { selector: { app: name }, ports: [{ port: 80, protocol: 'TCP' }] },
    });
    const all = await until('all three', async () => {
      const found = await warnings(shop);
      return found.length === 3 && found;
    });
    expect(all).toEqual([
      expect.stringMatching(/^Service admin: .*both versions; add it to spec\.traffic\.services/),
      expect.stringMatching(
        /^PodDisruptionBudget warned: minAvailable: 3 .*; write maxUnavailable/,
      ),
      expect.stringMatching(/^HorizontalPodAutoscaler warned: .*type Value .*; use AverageValue/),
    ]);
    const { output } = await lab.segue('status', name, '-n', namespace);
    expect(output).toContain('warning: PodDisruptionBudget warned');
    // They keep nothing from being released, and stay while it is.
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the stage', atGates(0));
    expect(await warnings(shop)).toEqual(all);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.delete(KINDS.podDisruptionBudget);
    await shop.delete(KINDS.horizontalPodAutoscaler);
    await shop.delete(KINDS.service, 'admin');
    await until('no more warnings', async () => (await warnings(shop)).length === 0);
  });
});

describe.concurrent('refused', () => {
  test('a Service that also selects the pods of another Deployment, until it does not', async () => {
    const shop = await openShop(lab, { name: 'shared', route: true });
    const { namespace } = shop;
    const labels = { app: 'shared', tier: 'worker' };
    await lab.client.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'worker', namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { tier: 'worker' } },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'web', image: 'segue-demo:v1' }] },
        },
      },
    });
    await shop.attach(shop.canary([{ weight: 25 }]));
    const refused = await until('the refusal', async () => {
      const valid = await shop.condition('Valid');
      return valid?.status === 'False' && valid;
    });
    expect(refused.message).toMatch(
      /^Service shared: it also selects the pods of Deployment worker.*; give it a selector that only/,
    );
    expect((await shop.deployment()).spec.paused ?? false).toBe(false);
    await shop.delete(KINDS.deployment, 'worker');
    await shop.held();
  });
});

describe.concurrent('a native rollout under way', () => {
  test('is waited for and said; the Deployment is held when it is over', async () => {
    const deployment = { minReadySeconds: 3 };
    const shop = await openShop(lab, { name: 'native', route: true, deployment });
    await shop.setImage('segue-demo:v2');
    await shop.attach(shop.canary([{ weight: 25 }]));
    const ready = await until('it to be said', async () => {
      const found = await shop.condition('Ready');
      return found?.reason === 'NativeRollout' && found;
    });
    expect(ready.message).toMatch(/Deployment native/);
    expect((await shop.deployment()).spec.paused ?? false).toBe(false);
    await shop.held();
    expect((await shop.sets())['segue-demo:v2']).toMatchObject({ wanted: 4, available: 4 });
    expect(await shop.exists(KINDS.release, 'native-1')).toBe(false);
  });
});

describe.concurrent('a Release', () => {
  test('of the longest plan stays below 100 kB', async () => {
    const shop = await openShop(lab, { name: 'large', route: true });
    const stages = Array.from({ length: 50 }, (_, i) => ({
      weight: i + 1,
      name: `stage ${i + 1} with a name that is as long as names of stages may be`.slice(0, 63),
    }));
    await shop.attach(
      shop.canary([...stages.slice(0, 49), { weight: 60, approval: {} }], { bake: '1h' }),
    );
    await shop.held();
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the last stage', atGates(49));
    const release = await shop.get(KINDS.release, 'large-1');
    expect(JSON.stringify(release).length).toBeLessThan(100_000);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    expect(await shop.sets()).toEqual(onlyStable);
  });
});
