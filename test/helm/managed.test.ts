/** A chart whose Deployment is released by Segue. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';
import { CHART, sandboxHelm, type Helm } from './helm.ts';

let helm: Helm;
beforeAll(async () => {
  helm = await sandboxHelm('--hollow=1');
});
afterAll(() => helm?.stop());

const SEGUE = '--set=segue=true';
const WAIT = ['--wait', '--timeout', '60s'];

async function installed(name: string, ...values: string[]): Promise<Shop> {
  await helm('install', name, CHART, SEGUE, ...values);
  const shop = new Shop(helm.lab, name, 'default');
  await shop.held();
  return shop;
}

function running(image: string) {
  return { wanted: 2, available: 2, owner: 'Deployment', image };
}

/** The set that has pods. */
async function loaded(shop: Shop) {
  const sets = Object.entries(await shop.sets()).filter(([, { wanted }]) => wanted > 0);
  return sets.map(([image, set]) => ({ ...set, image }));
}

test('an upgrade is a release, and so is the rollback', async () => {
  const shop = await installed('web');
  await helm('upgrade', 'web', CHART, SEGUE, '--set=image=segue-demo:v2');
  await shop.end(1, 'Promoted');
  expect(await loaded(shop)).toEqual([running('segue-demo:v2')]);
  await shop.held();

  await helm('rollback', 'web', '1');
  await shop.end(2, 'Promoted');
  await until('the pods of the first version', async () => {
    const [first] = await loaded(shop);
    return first?.image === 'segue-demo:v1' && first.available === 2;
  });
  expect(await helm('history', 'web')).toContain('Rollback to 1');
});

test('a rollback half way gives the release up, and users keep the version they have', async () => {
  const shop = await installed('back', '--set-json=blueGreen={"approval":{}}');
  await helm('upgrade', 'back', CHART, '--reuse-values', '--set=image=segue-demo:v2');
  await shop.reach(1, 'the gate', (status) => status.gateSince !== undefined);
  // The Service is pinned to stable, and its selector can be applied as a whole only.
  const refused = await helm.run('rollback', 'back', '1');
  expect(refused.text).toContain('conflict with "segue" using v1: .spec.selector');
  await helm('rollback', 'back', '1', '--force-conflicts');
  await shop.end(1, 'Aborted');
  await shop.held();
  expect(await loaded(shop)).toEqual([running('segue-demo:v1')]);
  expect(await shop.exists(KINDS.release, 'back-2')).toBe(false);
});

test('an upgrade of something else releases nothing, and an uninstall leaves nothing', async () => {
  const shop = await installed('scaled');
  await helm('upgrade', 'scaled', CHART, SEGUE, '--set=replicas=3');
  await until('three pods', async () => (await shop.deployment()).status?.readyReplicas === 3);
  expect(await shop.exists(KINDS.release, 'scaled-1')).toBe(false);
  await helm('uninstall', 'scaled', ...WAIT);
  for (const kind of [KINDS.deployment, KINDS.releasePolicy, KINDS.service])
    expect(await shop.exists(kind, 'scaled')).toBe(false);
});

test('an upgrade that is waited for takes as long as the release, by the policy in the chart', async () => {
  const shop = await installed('waited', '--set-json=blueGreen={"approval":{}}');
  let over = false;
  const change = ['--reuse-values', '--set=image=segue-demo:v2'];
  const upgrade = helm('upgrade', 'waited', CHART, ...change, ...WAIT).finally(() => {
    over = true;
  });
  await shop.reach(1, 'the gate', (status) => status.gateSince !== undefined);
  expect(over).toBe(false);
  await shop.ask('Promote');
  await upgrade;
  await shop.end(1, 'Promoted');
});

test('helm waits in vain where the hold comes while it waits; without waiting all is well', async () => {
  await helm('install', 'first', CHART, ...WAIT);
  const attach = await helm.run('upgrade', 'first', CHART, SEGUE, '--wait', '--timeout', '5s');
  expect(attach.code).toBe(1);
  expect(attach.text).toContain('Deployment/default/first not ready. status: InProgress');
  await helm('upgrade', 'first', CHART, SEGUE);
  const shop = new Shop(helm.lab, 'first', 'default');
  await shop.held();
  expect(await shop.exists(KINDS.release, 'first-1')).toBe(false);
});
