/** DaemonSets, released batch of nodes by batch, held where the policy says, taken back the same way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import {
  type DaemonOptions,
  type DaemonShop,
  openDaemons,
} from '../../src/testing/shop-daemons.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hollow: 4, zones: ['a', 'b'] });
}, 180_000);
afterAll(() => lab?.stop());

const V2 = 'segue-demo:v2';
const NODES = [0, 1, 2, 3].map((i) => `segue-hollow-${i}`);
const FIRST_THEN_HALF = [
  { holdAfter: 1, approval: {} },
  { holdAfter: '50%', approval: {} },
];

type Rolling = Parameters<typeof rolling>[0];

async function open(
  options: Partial<DaemonOptions> & { name: string },
  spec: Rolling,
  rest: Parameters<typeof rolling>[1] = {},
): Promise<DaemonShop> {
  const shop = await openDaemons(lab, { nodes: NODES, ...options });
  await shop.attach(rolling(spec, rest));
  await shop.held();
  return shop;
}

type Seen = Awaited<ReturnType<DaemonShop['set']>>;

const strategyOf = ({ spec }: Seen) => spec['updateStrategy'] as { type: string };

function isHeld(shop: DaemonShop) {
  return shop.changed(
    'held',
    (set) =>
      strategyOf(set).type === 'OnDelete' &&
      set.metadata.annotations?.['segue.dev/held'] !== undefined,
  );
}

const says = async (shop: DaemonShop) => JSON.stringify((await shop.set()).spec['template']);

describe.concurrent('a DaemonSet', () => {
  test('is released node by node, held after the first and at half', async () => {
    const shop = await open({ name: 'plain' }, { stages: FIRST_THEN_HALF });
    await isHeld(shop);
    await shop.setImage(V2);
    await shop.reach(1, 'the first hold', atGates(0));
    await shop.shows('v2 v1 v1 v1');
    await shop.ask('Approve');
    await shop.reach(1, 'the second hold', atGates(1));
    await shop.shows('v2 v2 v1 v1');
    await shop.ask('Approve');
    await shop.end(1, 'Promoted');
    await shop.held();
    await shop.shows('v2 v2 v2 v2');
    await isHeld(shop);
  });

  test('goes zone after zone', async () => {
    const zones = { nodesBy: { label: 'topology.kubernetes.io/zone' } };
    const spec = { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } };
    const shop = await open(
      { name: 'zones', spec },
      { ...zones, stages: [{ holdAfter: 2, approval: {} }] },
    );
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.shows('v2 v1 v2 v1');
    await shop.ask('Approve');
    await shop.end(1, 'Promoted');
    await shop.shows('v2 v2 v2 v2');
  });

  test('goes back from half, its template first', async () => {
    const shop = await open({ name: 'half' }, { stages: FIRST_THEN_HALF, batch: '50%' });
    await shop.setImage(V2);
    await shop.reach(1, 'the first hold', atGates(0));
    await shop.ask('Approve');
    await shop.reach(1, 'the second hold', atGates(1));
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1 v1');
    expect(await says(shop)).not.toContain(V2);
    await isHeld(shop);
    // A pod that is made anew is not of what was taken back.
    await lab.client.evict({
      namespace: shop.namespace,
      name: (await shop.podOn('segue-hollow-0')).metadata.name,
    });
    await shop.shows('v1 v1 v1 v1');
  });

  test('whose new pod never becomes ready goes back by itself', async () => {
    const shop = await open({ name: 'broken' }, {}, { progressDeadline: '3s' });
    await shop.setImage('segue-demo:broken-image');
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1 v1');
    expect(await says(shop)).toContain('segue-demo:v1');
  });

  test('goes back while it bakes', async () => {
    const shop = await open({ name: 'bakes' }, {}, { bake: '1h' });
    await shop.setImage(V2);
    await shop.reach(1, 'the bake', ({ step }) => step === 'Bake');
    await shop.shows('v2 v2 v2 v2');
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1 v1');
  });

  test('a newer template at a hold is released instead, after the older is taken back', async () => {
    const shop = await open({ name: 'newer' }, { stages: [{ holdAfter: 1, approval: {} }] });
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.setImage('segue-demo:v3');
    await shop.end(1, 'Aborted');
    await shop.reach(2, 'the hold of the newer', atGates(0));
    await shop.shows('v3 v1 v1 v1');
  });

  test('what was taken back and is written again is put back, and released when that is asked for', async () => {
    const shop = await open({ name: 'again' }, { stages: [{ holdAfter: 1, approval: {} }] });
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.held();
    await shop.setImage(V2);
    await until('the template to be put back', async () => !(await says(shop)).includes(V2));
    await shop.shows('v1 v1 v1 v1');
    await shop.ask('Retry');
    await shop.reach(2, 'the hold', atGates(0));
    await shop.shows('v2 v1 v1 v1');
  });

  test('detached it is as its user wrote it, OnDelete too', async () => {
    const spec = { updateStrategy: { type: 'OnDelete' } };
    const shop = await open({ name: 'leaves', spec }, {});
    await shop.setImage(V2);
    await shop.end(1, 'Promoted');
    await shop.held();
    await shop.delete({ group: 'segue.dev', kind: 'ReleasePolicy' });
    await shop.changed('its own strategy', (set) => {
      const kept = set.metadata.annotations?.['segue.dev/held'];
      return strategyOf(set).type === 'OnDelete' && kept === undefined;
    });
    await shop.shows('v2 v2 v2 v2');
  });

  test('goes back and lets go when its policy is deleted half way', async () => {
    const shop = await open({ name: 'orphan' }, { stages: FIRST_THEN_HALF });
    await shop.setImage(V2);
    await shop.reach(1, 'the first hold', atGates(0));
    await shop.delete({ group: 'segue.dev', kind: 'ReleasePolicy' });
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1 v1');
    await shop.changed('its own strategy', (set) => {
      const kept = set.metadata.annotations?.['segue.dev/held'];
      return strategyOf(set).type === 'RollingUpdate' && kept === undefined;
    });
    expect(await says(shop)).not.toContain(V2);
  });

  test('who writes what was taken back again and again is not fought, and it is said', async () => {
    const shop = await open({ name: 'gitops' }, { stages: [{ holdAfter: 1, approval: {} }] });
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    for (const _ of ['once', 'twice']) {
      await shop.held();
      await shop.setImage(V2);
      await until('the template to be put back', async () => !(await says(shop)).includes(V2));
    }
    await shop.held();
    await shop.setImage(V2);
    const ready = await until('it to be left', async () => {
      const condition = await shop.condition('Ready');
      return condition?.reason === 'TemplateContested' && condition;
    });
    expect(ready.message).toMatch(/3 times: .*no pod has it yet, one on a new node would/);
    const { name, namespace = '' } = (await shop.podOn('segue-hollow-2')).metadata;
    await lab.client.delete({ group: '', kind: 'Pod', namespace, name });
    await until('the pod to be named', async () =>
      /these came up with it: gitops-\w+ on segue-hollow-2/.test(
        (await shop.condition('Ready'))?.message ?? '',
      ),
    );
    // Another template ends it.
    await shop.setImage('segue-demo:v3');
    await shop.reach(2, 'the hold', atGates(0));
    await shop.shows('v3 v1 v2 v1');
    await shop.ask('Approve');
    await shop.end(2, 'Promoted');
    await shop.shows('v3 v3 v3 v3');
  });
});
