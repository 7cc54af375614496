/** What keeps a DaemonSet from harm, taken out one by one. */
import type { Decision, Snapshot } from '../engine/index.ts';
import type { DaemonPod, NodesState, WorkloadObjects } from '../ports/workload.ts';
import type { Write } from '../ports/write.ts';
import { ownUpdates } from './daemon-objects.ts';
import { type Mutant, stepping, working } from './mutants.ts';
import { strategyOf } from './stateful-objects.ts';

const strategy = 'daemon';

/** Other writes in place of those that there are. */
function rendering(
  around: (writes: Write[], objects: WorkloadObjects) => Write[],
): Mutant['mutation'] {
  return working((real) => ({
    render: (intent, objects) => around(real.render(intent, objects), objects),
  }));
}

/** Its nodes are seen otherwise. */
function seeing(around: (nodes: NodesState, objects: WorkloadObjects) => Partial<NodesState>) {
  return working((real) => ({
    observe(objects, release) {
      const state = real.observe(objects, release);
      if (!state?.nodes) return state;
      return { ...state, nodes: { ...state.nodes, ...around(state.nodes, objects) } };
    },
  }));
}

type Nodes = NonNullable<NonNullable<Decision['workload']>['nodes']>;

/** Other pods are asked to go than were decided on. */
function asking(around: (nodes: Nodes, snapshot: Snapshot) => Nodes): Mutant['mutation'] {
  return stepping((step, snapshot) => {
    const { workload, ...decision } = step(snapshot);
    if (!workload?.nodes) return { ...decision, ...(workload && { workload }) };
    return { ...decision, workload: { ...workload, nodes: around(workload.nodes, snapshot) } };
  });
}

/** All that have not the version of the template. */
function allOld(snapshot: Snapshot): DaemonPod[] {
  const { workload } = snapshot;
  const hash = workload?.next.hash;
  return (workload?.nodes?.here ?? []).flatMap(({ pod }) => (pod && pod.hash !== hash ? pod : []));
}

function isAborting({ release }: Snapshot): boolean {
  return release?.status.towards === 'Aborted';
}

/** The strategy as it is kept is Kubernetes' own. */
function unkept(write: Write): Write {
  if (write.op !== 'Patch' || write.type !== 'merge' || write.target.kind !== 'DaemonSet')
    return write;
  const { metadata, ...rest } = write.body as { metadata?: { annotations?: object } };
  const [key] = Object.keys(metadata?.annotations ?? {});
  if (key === undefined) return write;
  const kept = JSON.stringify({ strategy: ownUpdates({}) });
  return { ...write, body: { ...rest, metadata: { annotations: { [key]: kept } } } };
}

/** Its strategy once more, as it is. */
function again({ target, namespace }: WorkloadObjects): Write[] {
  if (!target) return [];
  const named = { group: 'apps', kind: 'DaemonSet', namespace, name: target.metadata.name };
  const body = { spec: { updateStrategy: strategyOf(target) } };
  return [{ op: 'Patch', type: 'merge', target: named, body, because: 'once more' }];
}

export const MUTANTS_OF_DAEMONS: Mutant[] = [
  {
    invariant: 2,
    strategy,
    hint: 5,
    without: 'evicting the pods of a DaemonSet, that are deleted instead',
    mutation: rendering((writes) =>
      writes.map((write) => {
        if (write.op !== 'Delete') return write;
        const { evict: _, ...rest } = write;
        return rest;
      }),
    ),
  },
  {
    invariant: 3,
    strategy,
    hint: 5,
    without: 'counting the pods of a DaemonSet that are missing',
    mutation: asking((nodes, snapshot) => {
      const [one] = allOld(snapshot).filter(({ ready }) => ready);
      const idle = nodes.evict.length === 0 && one !== undefined;
      return idle && !snapshot.release?.status.paused ? { ...nodes, evict: [one] } : nodes;
    }),
  },
  {
    invariant: 3,
    strategy,
    hint: 18,
    without: 'going by the label of the nodes',
    mutation: seeing(({ here }) => ({ here: here.map((one) => ({ ...one, labels: {} })) })),
  },
  {
    invariant: 3,
    strategy,
    hint: 10,
    without: 'leaving nodes out that take no pods',
    mutation: working((real) => ({
      observe: ({ nodes: _nodes, ...objects }, release) => real.observe(objects, release),
    })),
  },
  {
    invariant: 5,
    strategy,
    hint: 6,
    without: 'taking the pods of a DaemonSet back',
    mutation: stepping((step, snapshot) => {
      const { workload, release } = snapshot;
      const back = !release || release.status.towards === 'Aborted';
      if (!back || !workload?.nodes) return step(snapshot);
      const hash = release?.spec.stable.hash ?? workload.running?.hash;
      const here = workload.nodes.here.filter(({ pod }) => pod?.hash === hash);
      const nodes = { ...workload.nodes, here };
      return step({ ...snapshot, workload: { ...workload, nodes } });
    }),
  },
  {
    invariant: 7,
    strategy,
    hint: 1,
    without: 'comparing the hold of a DaemonSet with what is stored',
    mutation: rendering((writes, objects) => (writes.length > 0 ? writes : again(objects))),
  },
  {
    invariant: 7,
    strategy,
    hint: 106,
    without: 'waiting before what has two budgets is asked again',
    mutation: stepping((step, snapshot) => {
      const decision = step(snapshot);
      const isRefused = (snapshot.refusedEvictions?.size ?? 0) > 0;
      return isRefused ? { ...decision, wakeAtMs: snapshot.now + 1_000 } : decision;
    }),
  },
  {
    invariant: 10,
    strategy,
    hint: 733,
    without: 'saying that a pod may not go',
    mutation: stepping((step, snapshot) => step({ ...snapshot, refusedEvictions: new Map() })),
  },
  {
    invariant: 9,
    strategy,
    hint: 3,
    without: 'keeping the update strategy of its user',
    mutation: rendering((writes) => writes.map(unkept)),
  },
  {
    invariant: 9,
    strategy,
    hint: 8,
    without: 'putting its update strategy back',
    mutation: rendering((writes) =>
      writes.map((write) =>
        write.op === 'Patch' && write.type === 'json' && Array.isArray(write.body)
          ? { ...write, body: write.body.filter(({ path }) => path !== '/spec/updateStrategy') }
          : write,
      ),
    ),
  },
  {
    invariant: 12,
    strategy,
    hint: 7,
    without: 'holding a DaemonSet at its stages',
    mutation: stepping((step, snapshot) => {
      const { workload, ...decision } = step(snapshot);
      const held = workload && decision.release?.status.step === 'Stage' && !isAborting(snapshot);
      if (!held || workload.nodes?.evict.length)
        return { ...decision, ...(workload && { workload }) };
      const [next] = allOld(snapshot);
      const nodes = { evict: next ? [next] : [], delete: [] };
      return { ...decision, workload: { ...workload, nodes } };
    }),
  },
  {
    invariant: 12,
    strategy,
    hint: 13,
    without: 'putting the template of a DaemonSet back',
    mutation: stepping((step, snapshot) => {
      const { workload, ...decision } = step(snapshot);
      if (!workload || !isAborting(snapshot)) return { ...decision, ...(workload && { workload }) };
      const { template: _, ...intent } = workload;
      return { ...decision, workload: intent };
    }),
  },
];
