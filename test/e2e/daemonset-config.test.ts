/** A changed ConfigMap of a DaemonSet, released like a changed image, and taken back with it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { configure, WATCHED } from '../../src/testing/shop-config.ts';
import { openDaemons } from '../../src/testing/shop-daemons.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

const NODES = ['segue-hollow-0', 'segue-hollow-1'];

test('is released node by node; taken back it stays stored, and is not tried again', async () => {
  const shop = await openDaemons(lab, { name: 'agent', nodes: NODES });
  const { name, namespace } = shop;
  const metadata = { name, namespace };
  await lab.client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { LEVEL: 'one' },
  });
  const envFrom = [{ configMapRef: { name } }];
  await shop.change({
    template: { spec: { containers: [{ name: 'web', image: 'segue-demo:v1', envFrom }] } },
  });
  await shop.changed('it to be rolled out', (set) => {
    const { observedGeneration, updatedNumberScheduled, numberAvailable } = (set['status'] ??
      {}) as Record<string, number>;
    const seen = observedGeneration === set.metadata.generation;
    return seen && updatedNumberScheduled === 2 && numberAvailable === 2;
  });
  await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }, WATCHED));
  await shop.held();
  const digest = async () =>
    /segue.dev\/config":"([^"]+)/.exec(JSON.stringify(await shop.set()))?.[1];
  expect(await digest()).toBeUndefined();
  await configure(shop, { LEVEL: 'two' });
  await shop.reach(1, 'the hold', atGates(0));
  expect(await digest()).toBeDefined();
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
  await until(
    'it to be said',
    async () => (await shop.condition('Ready'))?.reason === 'ReleaseAborted',
  );
  expect(await digest()).toBeUndefined();
  expect(await shop.exists({ group: 'segue.dev', kind: 'Release' }, 'agent-2')).toBe(false);
  await configure(shop, { LEVEL: 'three' });
  await shop.reach(2, 'the hold', atGates(0));
  await shop.ask('Approve');
  await shop.end(2, 'Promoted');
  await shop.held();
});
