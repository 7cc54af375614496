/** Releases of StatefulSets that must survive every fault, and what is to be seen of their pods. */
import type { KubeObject } from '../../src/api/object.ts';
import type { Recording } from '../../src/testing/recorder.ts';
import { atGates } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import type { Scenario } from './scenarios.ts';

const OF_SETS = { route: false, stateful: true } as const;

export const STATEFUL: Scenario = {
  ...OF_SETS,
  name: 'StatefulSet',
  outcome: 'Promoted',
  policy: () => rolling({ stages: [{ holdAfter: 1, hold: '100ms' }] }, { bake: '200ms' }),
};

export const ABORTED_STATEFUL: Scenario = {
  ...OF_SETS,
  name: 'StatefulSet taken back half way',
  outcome: 'Aborted',
  policy: () => rolling({ stages: [{ holdAfter: 2, approval: {} }] }),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the hold', atGates(0));
    await shop.ask('Abort');
  },
};

/** Its controller has called the new version complete: the way back is by the template. */
export const BAKED_STATEFUL: Scenario = {
  ...OF_SETS,
  name: 'StatefulSet taken back from the bake',
  outcome: 'Aborted',
  policy: () => rolling({ stages: [] }, { bake: '1h' }),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the bake', ({ step }) => step === 'Bake');
    await shop.ask('Abort');
  },
};

/** By weights, which the pods follow where there is no route. */
export const STATEFUL_CANARY: Scenario = {
  ...OF_SETS,
  route: true,
  name: 'routed canary of a StatefulSet',
  outcome: 'Promoted',
  policy: (shop) =>
    shop.canary(
      [
        { weight: 25, hold: '100ms' },
        { weight: 50, hold: '100ms' },
      ],
      { bake: '200ms' },
    ),
};

export const ABORTED_STATEFUL_CANARY: Scenario = {
  ...OF_SETS,
  route: true,
  name: 'routed canary of a StatefulSet taken back',
  outcome: 'Aborted',
  policy: (shop) => shop.canary([{ weight: 75, approval: {} }]),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the stage', atGates(0));
    await shop.ask('Abort');
  },
};

/** Pods are replaced one by one: moments at which more than one was missing. */
export function podShortages({ initial, changes }: Recording, replicas: number): string[] {
  const ready = new Map<string, boolean>();
  const take = (pod: KubeObject, deleted: boolean) => {
    if (pod.kind !== 'Pod') return;
    if (deleted) ready.delete(pod.metadata.name);
    else ready.set(pod.metadata.name, isReady(pod));
  };
  for (const object of initial) take(object, false);
  const seen = changes.flatMap(({ object, deleted }) => {
    take(object, deleted);
    const serving = [...ready.values()].filter(Boolean).length;
    return serving < replicas - 1 ? [`${serving} of ${replicas} pods serve`] : [];
  });
  return [...new Set(seen)];
}

function isReady({ metadata, status }: KubeObject & { status?: unknown }): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return (
    metadata.deletionTimestamp === undefined &&
    conditions.some((one) => one.type === 'Ready' && one.status === 'True')
  );
}

/** The versions of its pods, the lowest ordinal first. */
export function versionsLeft(pods: KubeObject[]): string[] {
  const image = ({ spec }: KubeObject & { spec?: unknown }) =>
    (spec as { containers: { image: string }[] }).containers[0]?.image ?? '';
  return pods
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((pod) => `${pod.metadata.name} ${image(pod)} ${isReady(pod) ? 'ready' : ''}`);
}
