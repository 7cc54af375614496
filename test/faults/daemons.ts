/** Releases of DaemonSets that must survive every fault, and what is to be seen of their pods. */
import type { KubeObject } from '../../src/api/object.ts';
import { atGates } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import type { Scenario } from './scenarios.ts';

const OF_DAEMONS = { route: false, daemons: true } as const;

export const DAEMONS: Scenario = {
  ...OF_DAEMONS,
  name: 'DaemonSet',
  outcome: 'Promoted',
  policy: () => rolling({ batch: 2, stages: [{ holdAfter: 1, hold: '100ms' }] }, { bake: '200ms' }),
};

export const ABORTED_DAEMONS: Scenario = {
  ...OF_DAEMONS,
  name: 'DaemonSet taken back half way',
  outcome: 'Aborted',
  policy: () => rolling({ stages: [{ holdAfter: 2, approval: {} }] }),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the hold', atGates(0));
    await shop.ask('Abort');
  },
};

export const BAKED_DAEMONS: Scenario = {
  ...OF_DAEMONS,
  name: 'DaemonSet taken back from the bake',
  outcome: 'Aborted',
  policy: () => rolling({ stages: [] }, { bake: '1h' }),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the bake', ({ step }) => step === 'Bake');
    await shop.ask('Abort');
  },
};

/** The versions of its pods by their nodes; their names are new each time. */
export function daemonsLeft(pods: KubeObject[]): string[] {
  return pods
    .map((pod) => {
      const { nodeName, containers } = pod['spec'] as {
        nodeName?: string;
        containers: { image: string }[];
      };
      const { conditions = [] } = (pod['status'] ?? {}) as {
        conditions?: { type: string; status: string }[];
      };
      const ready = conditions.some((one) => one.type === 'Ready' && one.status === 'True');
      return `${nodeName} ${containers[0]?.image} ${ready ? 'ready' : ''}`;
    })
    .toSorted();
}
