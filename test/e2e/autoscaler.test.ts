/**
 * Who writes /scale while Segue releases, as an HorizontalPodAutoscaler and KEDA do: up and down at a stage, and between
 * releases to zero and back. What comes up is what users have, and the share of a stage is made up.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { openStateful } from '../../src/testing/shop-stateful.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ gateway: true });
}, 180_000);
afterAll(() => lab?.stop());

const V2 = 'segue-demo:v2';

type Attached = Parameters<Shop['attach']>[0];
type Stages = NonNullable<Parameters<typeof rolling>[0]['stages']>;
interface Kind {
  what: string;
  name: string;
  stateful?: boolean;
  route?: boolean;
  policy: (shop: Shop) => Attached;
}

const approval = {};
const canaryOf = (traffic?: Attached['traffic']) => ({
  strategy: { canary: { stages: [{ weight: 25, approval }] } } as unknown as Attached['strategy'],
  bake: '0s',
  ...(traffic && { traffic }),
});

const KINDS_OF_RELEASE: Kind[] = [
  {
    what: 'a rolling update',
    name: 'rolled',
    policy: () => rolling({ stages: [{ holdAfter: '25%', approval }] as Stages }),
  },
  {
    what: 'a canary by a route',
    name: 'routed',
    route: true,
    policy: (shop) => shop.canary([{ weight: 25, approval }]),
  },
  { what: 'a queue worker', name: 'worker', policy: () => canaryOf() },
  {
    what: 'a StatefulSet',
    name: 'ordinals',
    stateful: true,
    policy: () => rolling({ stages: [{ holdAfter: '25%', approval }] as Stages }),
  },
  {
    what: 'a routed canary of a StatefulSet',
    name: 'followed',
    stateful: true,
    route: true,
    policy: (shop) => shop.canary([{ weight: 25, approval }]),
  },
];

/** As an autoscaler does: by the subresource, which has nothing but the size. */
async function scale(shop: Shop, stateful: boolean, replicas: number): Promise<void> {
  const { namespace, name } = shop;
  const target = { ...(stateful ? KINDS.statefulSet : KINDS.deployment), namespace, name };
  const body = { spec: { replicas } };
  await lab.client.patch(target, { type: 'merge', body }, { subresource: 'scale' });
}

/** Ready pods by the tag of their image. */
async function serving(shop: Shop): Promise<Record<string, number>> {
  const { items } = await lab.client.list(KINDS.pod, { namespace: shop.namespace });
  const counts: Record<string, number> = {};
  for (const pod of items) {
    const { containers } = pod['spec'] as { containers: { image: string }[] };
    const { conditions = [] } = (pod['status'] ?? {}) as {
      conditions?: { type: string; status: string }[];
    };
    const ready = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
    const tag = containers[0]?.image.split(':')[1] ?? '';
    if (ready && !pod.metadata.deletionTimestamp) counts[tag] = (counts[tag] ?? 0) + 1;
  }
  return counts;
}

async function serves(shop: Shop, what: (pods: Record<string, number>) => boolean, text: string) {
  await until(`${shop.name}: ${text}`, async () => {
    const pods = await serving(shop);
    return what(pods) ? true : Promise.reject(new Error(JSON.stringify(pods)));
  });
}

const only = (version: string, pods: number) => (counts: Record<string, number>) =>
  JSON.stringify(counts) === JSON.stringify(pods === 0 ? {} : { [version]: pods });

describe.concurrent('an autoscaler beside', () => {
  test.each(KINDS_OF_RELEASE)(
    '$what',
    async ({ name, route = false, stateful = false, policy }) => {
      const options = { name, replicas: 4, ...(route && { route }) };
      const shop = await (stateful ? openStateful(lab, options) : openShop(lab, options));
      await shop.attach(policy(shop));
      await shop.held();
      await scale(shop, stateful, 0);
      await serves(shop, only('v1', 0), 'no pods');
      await scale(shop, stateful, 4);
      await serves(shop, only('v1', 4), 'four of v1 again');
      await shop.held();
      await shop.setImage(V2);
      await shop.reach(1, 'the stage', atGates(0));
      await scale(shop, stateful, 8);
      await serves(shop, ({ v1 = 0, v2 = 0 }) => v1 + v2 >= 8 && v2 >= 2, 'the share of eight');
      await scale(shop, stateful, 3);
      await serves(shop, ({ v1 = 0, v2 = 0 }) => v1 >= 1 && v2 >= 1 && v1 + v2 <= 5, 'fewer');
      await shop.reach(1, 'the stage again', atGates(0));
      await shop.ask('Promote');
      await shop.end(1, 'Promoted', 60_000);
      await serves(shop, only('v2', 3), 'three of v2');
      await shop.held();
      await scale(shop, stateful, 0);
      await serves(shop, only('v2', 0), 'no pods');
      await scale(shop, stateful, 2);
      await serves(shop, only('v2', 2), 'two of v2');
      await shop.held();
      expect(lab.controller?.output).not.toContain(' ERROR ');
    },
    180_000,
  );
});
