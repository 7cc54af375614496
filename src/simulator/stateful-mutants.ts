/** What keeps a StatefulSet from harm, taken out one by one. */
import type { KubeObject } from '../api/object.ts';
import type { WorkloadObjects, WorkloadState } from '../ports/workload.ts';
import type { DeleteWrite, PatchWrite, Write } from '../ports/write.ts';
import type { Decision, Snapshot } from '../engine/index.ts';
import { type Mutant, planned, slowRetreat, stepping, working } from './mutants.ts';
import { isOfSet, ordinalOf, ownStrategy, revisionOf, strategyOf } from './stateful-objects.ts';

const strategy = 'stateful';

/** Other writes in place of those that there are. */
function rendering(
  around: (writes: Write[], objects: WorkloadObjects) => Write[],
): Mutant['mutation'] {
  return working((real) => ({
    render: (intent, objects) => around(real.render(intent, objects), objects),
  }));
}

function deleted(write: Write, { pods = [] }: WorkloadObjects): KubeObject | undefined {
  const name = write.op === 'Delete' ? write.target.name : undefined;
  return pods.find((pod) => isOfSet(pod) && pod.metadata.name === name);
}

/** Pods of the same version, the lowest ordinal first. */
function alike(pod: KubeObject, { pods = [] }: WorkloadObjects): KubeObject[] {
  return pods
    .filter((one) => isOfSet(one) && revisionOf(one) === revisionOf(pod))
    .sort((a, b) => ordinalOf(a) - ordinalOf(b));
}

function instead(write: Write, { metadata }: KubeObject): Write {
  const { target, ...rest } = write as DeleteWrite;
  const { name, uid = '' } = metadata;
  return { ...rest, target: { ...target, name }, uid };
}

function isPatch(write: Write): write is PatchWrite {
  return write.op === 'Patch' && write.target.kind === 'StatefulSet';
}

/** The hold says what its user wrote, and nothing is kept. */
function unheld(write: Write): Write {
  if (!isPatch(write) || write.type !== 'merge') return write;
  const { metadata, ...rest } = write.body as { metadata: { annotations: object } };
  const [key = ''] = Object.keys(metadata.annotations);
  const kept = JSON.stringify({ partition: 2_147_483_647, strategy: ownStrategy({}) });
  return { ...write, body: { ...rest, metadata: { annotations: { [key]: kept } } } };
}

/** Of what a StatefulSet runs only the version that users have is seen. */
function blind(workload: WorkloadState): WorkloadState {
  const { ordinals, candidate } = workload;
  if (!ordinals) return workload;
  const owned = workload.owned.filter(({ name }) => name === ordinals.base);
  const [running] = owned;
  const rest = { owned, running, runningTemplateHash: running?.templateHash };
  const none = candidate && { ...candidate, current: 0, replicas: 0 };
  return { ...workload, ...rest, carrier: 'Stable', candidate: none };
}

/** Its strategy once more, as it is. */
function again({ target, namespace }: WorkloadObjects): Write[] {
  if (!target) return [];
  const { name } = target.metadata;
  const body = { spec: { updateStrategy: strategyOf(target) } };
  const named = { group: 'apps', kind: 'StatefulSet', namespace, name };
  return [{ op: 'Patch', type: 'merge', target: named, body, because: 'once more' }];
}

/** By the status of what it was asked for: nothing is read. */
function asAsked(snapshot: Snapshot): Snapshot {
  const { traffic, release } = snapshot;
  const { weight, route } = release?.status.traffic ?? {};
  if (!traffic || weight === undefined || route === undefined) return snapshot;
  return { ...snapshot, traffic: { ...traffic, weight, route, accepted: true } };
}

/** No new pod is said to be ready, by which its part of the traffic is reckoned. */
function withoutReady(snapshot: Snapshot): Snapshot {
  const { workload } = snapshot;
  if (!workload?.candidate || snapshot.release?.status.step !== 'Stage') return snapshot;
  return { ...snapshot, workload: { ...workload, candidate: { ...workload.candidate, ready: 0 } } };
}

/** The route says at once what the stage says. */
function ahead(decision: Decision): Decision {
  const { release, traffic } = decision;
  const { step, stage = 0 } = release?.status ?? {};
  if (step !== 'Stage' || traffic?.route !== 'Split') return decision;
  return { ...decision, traffic: { ...traffic, weight: WEIGHTS[stage] ?? 100 } };
}

const WEIGHTS = [50];

/** What only a route has. */
const MUTANTS_OF_ROUTES: Mutant[] = [
  {
    invariant: 1,
    strategy: 'statefulRoute',
    hint: 2,
    without: 'waiting for the pods of an ordinal before its traffic',
    mutation: stepping((step, snapshot) => ahead(step(snapshot))),
  },
  {
    invariant: 2,
    strategy: 'statefulRoute',
    hint: 3,
    without: 'sending their part to the new pods before the next one is changed',
    mutation: stepping((step, snapshot) => step(withoutReady(snapshot))),
  },
  {
    invariant: 2,
    strategy: 'statefulRoute',
    hint: 3,
    without: 'the drain time of the last pods of a version',
    mutation: stepping((step, snapshot) => step(planned(snapshot, { drainMs: 0 }))),
  },
  {
    invariant: 5,
    strategy: 'statefulRoute',
    hint: 17,
    without: 'moving the traffic of a StatefulSet first on the way back',
    mutation: stepping((step, snapshot) => slowRetreat(step(snapshot), snapshot)),
  },
  {
    invariant: 8,
    strategy: 'statefulRoute',
    hint: 2,
    without: 'reading the route of a StatefulSet back',
    mutation: stepping((step, snapshot) => step(planned(asAsked(snapshot), { settleMs: 0 }))),
  },
];

export const MUTANTS_OF_STATEFUL: Mutant[] = [
  ...MUTANTS_OF_ROUTES,
  {
    invariant: 3,
    strategy,
    hint: 6,
    without: 'taking one pod of a StatefulSet back at a time',
    mutation: rendering((writes, objects) =>
      writes.flatMap((write) => {
        const pod = deleted(write, objects);
        return pod
          ? alike(pod, objects)
              .toReversed()
              .map((one) => instead(write, one))
          : [write];
      }),
    ),
  },
  {
    invariant: 3,
    strategy,
    hint: 6,
    without: 'taking the highest ordinal back first',
    mutation: rendering((writes, objects) =>
      writes.map((write) => {
        const pod = deleted(write, objects);
        const [lowest] = pod ? alike(pod, objects) : [];
        return lowest ? instead(write, lowest) : write;
      }),
    ),
  },
  {
    invariant: 5,
    strategy,
    hint: 6,
    without: 'looking for pods of the candidate after an abort',
    mutation: stepping((step, snapshot) => {
      const { workload, release } = snapshot;
      const back = !release || release.status.towards === 'Aborted';
      return step(back && workload ? { ...snapshot, workload: blind(workload) } : snapshot);
    }),
  },
  {
    invariant: 9,
    strategy,
    hint: 3,
    without: 'keeping the update strategy of its user',
    mutation: rendering((writes) => writes.map(unheld)),
  },
  {
    invariant: 9,
    strategy,
    hint: 4,
    without: 'putting its update strategy back',
    mutation: rendering((writes) =>
      writes.map((write) =>
        isPatch(write) && write.type === 'json' && Array.isArray(write.body)
          ? { ...write, body: write.body.filter(({ path }) => path !== '/spec/updateStrategy') }
          : write,
      ),
    ),
  },
  {
    invariant: 12,
    strategy,
    hint: 20,
    without: 'holding a StatefulSet at its stages',
    mutation: stepping((step, snapshot) => {
      const { workload, ...decision } = step(snapshot);
      if (!workload?.release || decision.release?.status.step !== 'Stage')
        return { ...decision, ...(workload && { workload }) };
      const ordinals = { phase: 'Move', updated: 100 } as const;
      return { ...decision, workload: { ...workload, release: { ...workload.release, ordinals } } };
    }),
  },
  {
    invariant: 12,
    strategy,
    hint: 12,
    without: 'holding a StatefulSet between its releases',
    mutation: working((real) => ({
      observe(objects, release) {
        const state = real.observe(objects, release);
        return state?.ordinals ? { ...state, held: true } : state;
      },
      render: (intent, objects) => (intent.release ? real.render(intent, objects) : []),
    })),
  },
  {
    invariant: 7,
    strategy,
    hint: 1,
    without: 'comparing the hold with what is stored',
    mutation: rendering((writes, objects) => (writes.length > 0 ? writes : again(objects))),
  },
];
