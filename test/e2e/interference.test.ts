/** Somebody undoes what Segue wrote, once or every time: noticed, said, and never a fight. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HASH_LABEL, KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { routeWeights } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import type { Recording } from '../../src/testing/recorder.ts';
import { Rival } from '../../src/testing/rival.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const FLUX = 'kustomize-controller';
/** Enough of them that a fight would show. */
const WRITES_MAX = 4;

/** Who took the pin off. Before selectors were atomic (1.21) a key that is gone left no trace. */
const unpinner = () => (lab.kind === 'sandbox' ? FLUX : 'somebody');

const selectorOf = (service: KubeObject) =>
  (service['spec'] as { selector: Record<string, string> }).selector;
const isPinned = (service: KubeObject) => selectorOf(service)[HASH_LABEL] !== undefined;

/** The user's own manifest once more, as a tool that owns every field of it writes it. */
async function applyService(shop: Shop): Promise<void> {
  const seen = await shop.get(KINDS.service);
  const { [HASH_LABEL]: _, ...selector } = selectorOf(seen);
  const spec = { ...(seen['spec'] as object), selector };
  await lab.client.replace({ ...seen, spec }, { fieldManager: FLUX });
}

async function applyRoute(shop: Shop): Promise<void> {
  const seen = await shop.get(KINDS.httpRoute);
  const spec = seen['spec'] as { rules: { backendRefs: unknown }[] };
  const rules = spec.rules.map((rule, i) =>
    i === 1 ? { ...rule, backendRefs: [{ name: shop.name, port: 80, weight: 7 }] } : rule,
  );
  await lab.client.replace({ ...seen, spec: { ...spec, rules } }, { fieldManager: FLUX });
}

const isSplit = (route: KubeObject) => JSON.stringify(route['spec']).includes('-candidate');

async function previewed(name: string): Promise<Shop> {
  const shop = await openShop(lab, { name });
  await shop.attach(shop.blueGreen({ approval: {} }, { bake: '1h' }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the preview', atGates(0));
  return shop;
}

async function atStage(name: string): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }], { bake: '1h' }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  return shop;
}

const onlyStable = { 'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' } };

/** How often the Service went from not pinned to pinned. */
function pinned(recording: Recording, name: string): number {
  const versions = [...recording.initial, ...recording.changes.map(({ object }) => object)]
    .filter(({ kind, metadata }) => kind === 'Service' && metadata.name === name)
    .map(isPinned);
  return versions.filter((now, i) => now && versions[i - 1] === false).length;
}

describe.concurrent("the user's Service applied again without its pin", () => {
  test('once: put back, said with the name of who did it, and released', async () => {
    const shop = await previewed('once');
    await applyService(shop);
    await until('the pin', async () => isPinned(await shop.get(KINDS.service)));
    const [said] = await until('the event', async () => {
      const events = await shop.events('RouteTaken');
      return events.length > 0 && events;
    });
    expect(said).toContain(`spec.selector of Service once was written by ${unpinner()}`);
    await shop.ask('Promote');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    expect(isPinned(await shop.get(KINDS.service))).toBe(false);
    expect(await shop.events('RouteTaken')).toHaveLength(1);
  });

  test.each(['preview', 'bake'])('every time, at the %s: taken back, not fought', async (point) => {
    const shop = await previewed(`always-${point}`);
    if (point === 'bake') {
      await shop.ask('Promote');
      await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    }
    const recorder = await shop.record(KINDS.service, KINDS.replicaSet);
    const rival = new Rival(shop, {
      kind: KINDS.service,
      sees: isPinned,
      writes: () => applyService(shop),
    });
    await applyService(shop);
    const status = await shop.end(1, 'Aborted');
    await rival.stop();
    expect(status.reason).toBe('RouteContested');
    expect(status.message).toContain(`was written by ${unpinner()} 2 times in this release`);
    expect(status.message).toMatch(
      /leave spec\.selector of Service always-\w+ alone .*own-cluster/,
    );
    expect(await shop.sets()).toEqual(onlyStable);
    expect(isPinned(await shop.get(KINDS.service))).toBe(false);
    expect(pinned(await recorder.stop(), shop.name)).toBeLessThanOrEqual(WRITES_MAX);
    await until(
      'the policy to say so',
      async () => (await shop.condition('Ready'))?.reason === 'ReleaseAborted',
    );
  });
});

describe.concurrent("the user's HTTPRoute applied again", () => {
  test('once: the weight is put back', async () => {
    const shop = await atStage('route-once');
    await applyRoute(shop);
    await until('the event', async () => (await shop.events('RouteTaken')).length > 0);
    await shop.reach(1, 'the weight', (s) => s.undone?.traffic === 1 && atGates(0)(s));
    expect(isSplit(await shop.get(KINDS.httpRoute))).toBe(true);
    await shop.ask('Promote');
    await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });

  test.each(['stage', 'bake'])('every time, at the %s: taken back, not fought', async (point) => {
    const shop = await atStage(`route-${point}`);
    if (point === 'bake') {
      await shop.ask('Promote');
      await shop.reach(1, 'the bake', (s) => s.phase === 'Baking');
    }
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    const rival = new Rival(shop, {
      kind: KINDS.httpRoute,
      sees: isSplit,
      writes: () => applyRoute(shop),
    });
    await applyRoute(shop);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'RouteContested' });
    await rival.stop();
    expect(await shop.sets()).toEqual(onlyStable);
    expect(isSplit(await shop.get(KINDS.httpRoute))).toBe(false);
    const weights = routeWeights(await recorder.stop(), shop.name);
    expect(weights.filter((weight) => weight !== 'Service').length).toBeLessThanOrEqual(WRITES_MAX);
  });
});
