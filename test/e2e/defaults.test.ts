/** What a namespace says for all its policies: they wait for its freeze, and its check takes back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crds } from '../../src/api/crd.ts';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import type { ReleaseDefaultsInput } from '../../src/api/release-defaults.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { MetricsPage } from '../../src/testing/metrics-page.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const pages: MetricsPage[] = [];
beforeAll(async () => {
  lab = await startLab();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await Promise.all(pages.map((page) => page.close()));
});

const DAY_MS = 86_400_000;
const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
const FREEZE = { from: day(-2), to: day(2), because: 'the sales' };
const NEVER = { window: { open: [{ cron: '0 0 30 2 *', for: '1h' }] } };
const CRD = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };
const NAME = 'releasedefaults.segue.dev';

function defaults(shop: Shop, spec: ReleaseDefaultsInput, name = 'default'): Promise<KubeObject> {
  return lab.client.create({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleaseDefaults',
    metadata: { name, namespace: shop.namespace },
    spec,
  });
}

/** The policy is refused, and says why. */
async function seen(shop: Shop, message: RegExp): Promise<void> {
  await until('the policy to know of it', async () => {
    const valid = await shop.condition('Valid');
    return valid?.status === 'False' && message.test(valid.message);
  });
}

const removed = (shop: Shop) => shop.delete(KINDS.releaseDefaults, 'default');
const waiting = (s: { message?: string | undefined }) => /the sales/.test(s.message ?? '');

describe.concurrent('in a namespace with defaults', () => {
  test('a release waits for the freeze, whatever window its policy has', async () => {
    const shop = await openShop(lab, { name: 'frozen' });
    await defaults(shop, { window: { freeze: [FREEZE] }, bake: '1s' });
    const always = { open: [{ from: '00:00', to: '24:00' }] };
    const { bake: _, ...policy } = shop.blueGreen({}, { window: always });
    await shop.attach(policy);
    await shop.held();
    await shop.setImage('segue-demo:v2');
    const status = await shop.reach(1, 'the freeze', waiting);
    expect(status.message).toContain('(the sales (ReleaseDefaults))');
    expect(Object.keys(await shop.sets())).toEqual(['segue-demo:v1']);
    const { spec } = await shop.release(1);
    expect(spec.plan.bakeMs).toBe(1_000);
    expect(spec.fromDefaults).toEqual(['bake 1s', `freeze ${FREEZE.from} to ${FREEZE.to}`]);
    expect((await lab.segue('-n', shop.namespace, 'status', 'frozen')).output).toContain(
      `from ReleaseDefaults: bake 1s, freeze ${FREEZE.from} to ${FREEZE.to}`,
    );
    // It keeps the plan that it began with.
    await removed(shop);
    await shop.ask('Resume');
    const after = await shop.reach(1, 'the answer', (s) => (s.requests?.length ?? 0) > 0);
    expect(after).toMatchObject({ step: 'Wait' });
    await shop.ask('PromoteFull');
    await shop.end(1, 'Promoted');
    // The next one is what the policy says itself.
    await shop.patch(KINDS.releasePolicy, { spec: { bake: '0s' } });
    await shop.held();
    await shop.setImage('segue-demo:v3');
    await shop.end(2, 'Promoted');
    expect((await shop.release(2)).spec).not.toHaveProperty('fromDefaults');
  });

  test('its check takes back a release whose policy has none', async () => {
    const page = await MetricsPage.open();
    pages.push(page);
    const shop = await openShop(lab, { name: 'checked' });
    await defaults(shop, { checks: [page.check()] });
    await shop.attach(shop.blueGreen({}, { bake: '1m' }));
    await shop.held();
    await shop.setImage('segue-demo:v2');
    const { spec } = await until('the release', () => shop.release(1));
    expect(spec.checks.map(({ name }) => name)).toEqual(['errors']);
    page.say(spec.stable.hash, 'Good');
    page.say(spec.candidate.hash, 'Bad');
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('CheckFailed');
  });

  test('what they break is said by the policy, and mended by taking it out', async () => {
    const shop = await openShop(lab, { name: 'broken' });
    await shop.attach(shop.blueGreen());
    await shop.held();
    await defaults(shop, NEVER);
    await seen(shop, /^ReleaseDefaults default: spec\.window\.open\[0\]\.cron: .* never opens/);
    await shop.setImage('segue-demo:v2');
    await removed(shop);
    await shop.end(1, 'Promoted');
  });

  test('there is one of them: the API server refuses another name', async () => {
    const shop = await openShop(lab, { name: 'named' });
    await expect(defaults(shop, {}, 'mine')).rejects.toThrow(
      /metadata\.name: Unsupported value: "mine": supported values: "default"/,
    );
  });
});

const ROLE = {
  group: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  name: 'segue-controller',
};

test('rights from before there were defaults: new releases wait and say so, others go on', async () => {
  const [shop, halfWay] = await Promise.all([
    openShop(lab, { name: 'barred' }),
    openShop(lab, { name: 'halfway' }),
  ]);
  await Promise.all([
    shop.attach(shop.blueGreen()),
    halfWay.attach(halfWay.blueGreen({ approval: {} })),
  ]);
  await Promise.all([shop.held(), halfWay.held()]);
  await defaults(shop, { window: { freeze: [FREEZE] } });
  await halfWay.setImage('segue-demo:v2');
  await halfWay.reach(1, 'the stage', atGates(0));
  const role = (await lab.client.get(ROLE)) as KubeObject & {
    rules: { resources?: string[] }[];
  };
  const rules = role.rules.filter(({ resources }) => !resources?.includes('releasedefaults'));
  expect(rules).toHaveLength(role.rules.length - 1);
  lab.controller?.kill('SIGTERM');
  await lab.controller?.gone();
  await lab.client.patch(ROLE, { type: 'merge', body: { rules } });
  const controller = await lab.startController();
  await halfWay.ask('Promote');
  await halfWay.end(1, 'Promoted');
  await until('the warning', async () => {
    const policy = await shop.get(KINDS.releasePolicy);
    const { warnings = [] } = policy['status'] as { warnings?: string[] };
    return warnings.some((one) => one.startsWith('ReleaseDefaults: may not be read'));
  });
  await shop.setImage('segue-demo:v2');
  const said = await until('the policy to say so', async () => {
    const ready = await shop.condition('Ready');
    return ready?.reason === 'DefaultsUnread' && ready;
  });
  expect(said.message).toMatch(
    /^segue-demo:v2 is held: .*forbidden.*apply all that `segue install`/,
  );
  expect(await shop.exists(KINDS.release, 'barred-1')).toBe(false);
  expect(Object.keys(await shop.sets())).toEqual(['segue-demo:v1']);
  await lab.client.patch(ROLE, { type: 'merge', body: { rules: role.rules } });
  // Now that they can be read, the freeze holds.
  const status = await shop.reach(1, 'the freeze', waiting);
  expect(status.step).toBe('Wait');
  const told = controller.output.split('\n').filter((line) => line.includes('may not be read'));
  expect(told).toHaveLength(1);
}, 120_000);

test('a cluster without the kind has no defaults and no trouble; when it comes they hold', async () => {
  const shop = await openShop(lab, { name: 'older' });
  await shop.attach(shop.blueGreen());
  await shop.held();
  await defaults(shop, NEVER);
  await seen(shop, /^ReleaseDefaults default/);
  await lab.client.delete({ ...CRD, name: NAME });
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.end(1, 'Promoted');
  lab.controller?.kill('SIGTERM');
  await lab.controller?.gone();
  const controller = await lab.startController();
  await shop.setImage('segue-demo:v3');
  await shop.end(2, 'Promoted');
  const told = controller.output.split('\n').filter((line) => line.includes('ReleaseDefaults'));
  expect(told.length).toBeLessThanOrEqual(1);
  const crd = crds().find(({ metadata }) => metadata.name === NAME);
  await until('the definition', () => lab.client.create(crd as KubeObject));
  await until('the kind to be served', () => defaults(shop, NEVER));
  await seen(shop, /^ReleaseDefaults default/);
}, 120_000);
