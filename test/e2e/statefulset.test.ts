/** StatefulSets, released ordinal by ordinal, held where the policy says, taken back pod by pod. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import {
  openStateful,
  type StatefulOptions,
  type StatefulShop,
} from '../../src/testing/shop-stateful.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

const V2 = 'segue-demo:v2';
const HOLD = 2_147_483_647;
const FIRST_THEN_HALF = [
  { holdAfter: 1, approval: {} },
  { holdAfter: '50%', approval: {} },
];

type Stages = NonNullable<Parameters<typeof rolling>[0]['stages']>;

async function open(
  options: StatefulOptions,
  stages: Stages,
  rest: Parameters<typeof rolling>[1] = {},
): Promise<StatefulShop> {
  const shop = await openStateful(lab, options);
  await shop.attach(rolling({ stages }, rest));
  await shop.held();
  return shop;
}

const partition = ({ spec }: Awaited<ReturnType<StatefulShop['set']>>) =>
  (spec['updateStrategy'] as { rollingUpdate?: { partition?: number } }).rollingUpdate?.partition;

function isHeld(shop: StatefulShop) {
  return shop.changed('held', (set) => partition(set) === HOLD);
}

describe.concurrent('a StatefulSet', () => {
  test('is released from the highest ordinal, held after the first and at half', async () => {
    const shop = await open({ name: 'plain' }, FIRST_THEN_HALF);
    await isHeld(shop);
    await shop.setImage(V2);
    await shop.reach(1, 'the first hold', atGates(0));
    await shop.shows('v1 v1 v1 v2');
    await isHeld(shop);
    await shop.ask('Approve');
    await shop.reach(1, 'the second hold', atGates(1));
    await shop.shows('v1 v1 v2 v2');
    await shop.ask('Approve');
    await shop.end(1, 'Promoted');
    await shop.held();
    await shop.shows('v2 v2 v2 v2');
    await isHeld(shop);
  });

  test('goes back from half, and its template stays as its user wrote it', async () => {
    const shop = await open({ name: 'half' }, FIRST_THEN_HALF);
    await shop.setImage(V2);
    await shop.reach(1, 'the first hold', atGates(0));
    await shop.ask('Approve');
    await shop.reach(1, 'the second hold', atGates(1));
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1 v1');
    expect(JSON.stringify((await shop.set()).spec)).toContain(V2);
    await until(
      'the policy to tell of it',
      async () => (await shop.condition('Ready'))?.reason === 'ReleaseAborted',
    );
  });

  test('goes back while it bakes, when its controller has called it complete', async () => {
    const shop = await open({ name: 'bakes', replicas: 3 }, [], { bake: '1h' });
    await shop.setImage(V2);
    await shop.reach(1, 'the bake', ({ step }) => step === 'Bake');
    await shop.shows('v2 v2 v2');
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1');
    expect(JSON.stringify((await shop.set()).spec)).toContain(V2);
    await isHeld(shop);
  });

  test('whose new pod never becomes ready goes back by itself, past the broken pod', async () => {
    const shop = await open({ name: 'broken', replicas: 3 }, [], { progressDeadline: '3s' });
    await shop.setImage('segue-demo:broken-image');
    await shop.end(1, 'Aborted');
    await shop.shows('v1 v1 v1');
  });

  test('a newer template at a hold starts nothing, and is released instead', async () => {
    const shop = await open({ name: 'newer', replicas: 3 }, [{ holdAfter: 1, approval: {} }]);
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await shop.setImage('segue-demo:v3');
    await shop.end(1, 'Aborted');
    await shop.reach(2, 'the hold of the newer', atGates(0));
    await shop.shows('v1 v1 v3');
  });

  test('scaled at a hold its new pods have the version of users, and the share is made up', async () => {
    const shop = await open({ name: 'scaled', replicas: 2 }, [{ holdAfter: '50%', approval: {} }]);
    await shop.setImage(V2);
    await shop.reach(1, 'the hold', atGates(0));
    await isHeld(shop);
    await shop.change({ replicas: 4 });
    await shop.shows('v1 v2 v1 v2');
    await shop.change({ replicas: 2 });
    await shop.shows('v1 v2');
  });

  test('detached it is as its user wrote it, OnDelete too', async () => {
    const updateStrategy = { type: 'OnDelete' };
    const shop = await open({ name: 'leaves', replicas: 2, spec: { updateStrategy } }, []);
    await shop.setImage(V2);
    await shop.end(1, 'Promoted');
    await shop.held();
    await shop.delete({ group: 'segue.dev', kind: 'ReleasePolicy' });
    await shop.changed('its own strategy', ({ spec, metadata }) => {
      const { type } = spec['updateStrategy'] as { type: string };
      return type === 'OnDelete' && metadata.annotations?.['segue.dev/held'] === undefined;
    });
    await shop.shows('v2 v2');
  });
});
