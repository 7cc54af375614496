/** A route that somebody applies server-side: before, while and after a release moves it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIELD_MANAGER, KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { KubeError } from '../../src/ports/kube.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { asWritten } from '../../src/testing/points.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const GIT = 'git';

interface Entry {
  manager: string;
  operation: string;
  fieldsV1: { 'f:spec'?: Record<string, unknown> };
}

const managersOf = ({ metadata }: KubeObject) => metadata.managedFields as Entry[];

function routeOf({ name, namespace }: Shop) {
  const target = { ...KINDS.httpRoute, namespace, name };
  return {
    read: async () => (await lab.client.get(target)) ?? expect.fail('the route is gone'),
    apply: (body: object, fieldManager = GIT, force = false) =>
      lab.client.patch(target, { type: 'apply', body }, { fieldManager, force }),
  };
}

const sharesIn = (route: KubeObject) =>
  (route['spec'] as { rules: { backendRefs: { name: string; weight: number }[] }[] }).rules.map(
    ({ backendRefs }) => backendRefs.map(({ name, weight }) => `${name} ${weight}`),
  );

/** What a user has in Git: as little as the kind takes. */
function manifestOf(route: KubeObject): KubeObject & { spec: { rules: unknown[] } } {
  const { spec, ...rest } = asWritten(route) as KubeObject & { spec: object };
  const { name } = route.metadata;
  return { ...rest, spec: { ...spec, rules: [{ backendRefs: [{ name, port: 80 }] }] } };
}

async function atStage(name: string) {
  const shop = await openShop(lab, { name, route: true });
  const route = routeOf(shop);
  const manifest = manifestOf(await route.read());
  await route.apply(manifest, GIT, true);
  await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  return { shop, route, manifest, split: [[`${name}-stable 75`, `${name}-candidate 25`]] };
}

test('in the middle it is told who has the rules, and no share is lost; in the end they are the user’s alone', async () => {
  const { shop, route, manifest, split } = await atStage('applied');
  const own = managersOf(await route.read()).filter(({ manager }) => manager === FIELD_MANAGER);
  expect(own).toMatchObject([{ operation: 'Update', fieldsV1: { 'f:spec': { 'f:rules': {} } } }]);

  const refused = await route.apply(manifest).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(KubeError);
  expect(refused).toMatchObject({
    code: 409,
    message: expect.stringMatching(/conflict with "segue".*\.spec\.rules/) as string,
  });
  const { spec: _, ...bare } = manifest;
  const note = { ...bare.metadata, annotations: { team: 'shop' } };
  await route.apply({ ...bare, metadata: note }, 'notes');
  expect(sharesIn(await route.read())).toEqual(split);

  await shop.ask('Promote');
  await shop.end(1, 'Promoted');
  await until('nobody but its users to manage it', async () => {
    const left = managersOf(await route.read()).map(({ manager }) => manager);
    return !left.includes(FIELD_MANAGER);
  });
  await route.apply(manifest);
  const [rule] = manifest.spec.rules as object[];
  await route.apply({ ...manifest, spec: { ...manifest.spec, rules: [rule, rule] } });
  const after = await route.read();
  expect(sharesIn(after)).toEqual([[`${shop.name} 1`], [`${shop.name} 1`]]);
  expect(after.metadata.annotations).toMatchObject({ team: 'shop' });
});

test('who takes the rules by force is put back once, then heard', async () => {
  const { shop, route, manifest, split } = await atStage('forced');
  await route.apply(manifest, GIT, true);
  await until('it to be put back', async () => {
    return sharesIn(await route.read()).join() === split.join();
  });
  await route.apply(manifest, GIT, true);
  const { reason, message } = await shop.end(1, 'Aborted');
  expect(reason).toBe('RouteContested');
  expect(message).toContain(GIT);
  await route.apply(manifest);
});

test('all that a release makes says by whom', async () => {
  const { shop } = await atStage('made');
  const { namespace } = shop;
  for (const name of ['made-stable', 'made-candidate']) {
    const found = await lab.client.get({ ...KINDS.service, namespace, name });
    expect(managersOf(found ?? expect.fail('no Service')).map(({ manager }) => manager)).toEqual([
      FIELD_MANAGER,
    ]);
  }
});
