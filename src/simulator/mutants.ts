/**
 * Segue with one protection taken out, for each invariant: what the simulator must find. Nothing is
 * edited; what the controller is made of is wrapped, or the decision of its step is changed.
 */
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Plan } from '../api/release.ts';
import { type Decision, type Snapshot, step } from '../engine/index.ts';
import type { TaskRunner } from '../ports/task-runner.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import type { Workload, WorkloadObjects } from '../ports/workload.ts';
import type { Write } from '../ports/write.ts';
import type { Violation } from './violation.ts';
import type { Mutation } from './world.ts';

export interface Mutant {
  invariant: Violation['invariant'];
  /** What is taken out. */
  without: string;
  mutation: Mutation;
  /** Of a strategy that is drawn only when it is asked for. */
  strategy?: string;
  /** The route that is moved; an HTTPRoute unless said otherwise. */
  router?: string;
  /** A seed by which it is found: looked at first, so that the test is quick. */
  hint?: number;
}

type Step = (snapshot: Snapshot) => Decision;

/** Another step around the real one. */
export function stepping(around: (step: Step, snapshot: Snapshot) => Decision): Mutation {
  return (deps) => ({ ...deps, step: (snapshot) => around(deps.step ?? step, snapshot) });
}

export function working(around: (real: Workload) => Partial<Workload>): Mutation {
  return (deps) => ({ ...deps, workload: { ...deps.workload, ...around(deps.workload) } });
}

export function routing(around: (real: TrafficRouter) => Partial<TrafficRouter>): Mutation {
  return (deps) => ({
    ...deps,
    routers: new Map([...deps.routers].map(([name, real]) => [name, { ...real, ...around(real) }])),
  });
}

export function both(first: Mutation, second: Mutation): Mutation {
  return (deps) => second(first(deps));
}

/** With the plan of the release changed. */
export function planned(snapshot: Snapshot, change: Partial<Plan>): Snapshot {
  const { release } = snapshot;
  if (!release) return snapshot;
  const spec = { ...release.spec, plan: { ...release.spec.plan, ...change } };
  return { ...snapshot, release: { ...release, spec } };
}

/** Every pod that the candidate is to have is said to be there. */
const capacityIsBelieved = both(
  working((real) => ({
    observe(objects, release) {
      const state = real.observe(objects, release);
      if (!state?.candidate) return state;
      const { replicas } = state.candidate;
      return { ...state, candidate: { ...state.candidate, available: replicas, ready: replicas } };
    },
  })),
  (deps) => ({
    ...deps,
    services: {
      ...deps.services,
      observe(wanted, objects) {
        const reading = deps.services.observe(wanted, objects);
        const endpoints = { ...reading.endpoints };
        for (const role of ['candidate', 'preview'] as const)
          if (endpoints[role] !== undefined) endpoints[role] = Infinity;
        return { ...reading, endpoints };
      },
    },
  }),
);

/** The swap takes place under whatever strategy the Deployment has, and waits for nobody. */
const swapUnderAnyStrategy = working((real) => {
  const pretend = (objects: WorkloadObjects): WorkloadObjects => {
    const { target } = objects;
    if (!target) return objects;
    const spec = { ...(target['spec'] as object), strategy: { type: 'Recreate' } };
    const { generation: observedGeneration } = target.metadata;
    const status = { ...(target['status'] as object), observedGeneration };
    return { ...objects, target: { ...target, spec, status } };
  };
  return {
    render: (intent, objects) =>
      intent.release ? real.render(intent, pretend(objects)) : real.render(intent, objects),
  };
});

/** The Deployment is resumed when the policy goes, whatever its template is. */
const resumedAsItIs = both(
  stepping((step, snapshot) => {
    const decision = step(snapshot);
    if (!decision.workload?.template) return decision;
    return { ...decision, workload: { held: false } };
  }),
  working((real) => ({
    render: (intent, objects) =>
      intent.held ? real.render(intent, objects) : resume(objects.target),
  })),
);

function resume(target: KubeObject | undefined): Write[] {
  if (!target || (target['spec'] as { paused?: boolean }).paused !== true) return [];
  const { name, namespace = '' } = target.metadata;
  const body = { spec: { paused: false } };
  const object = { ...KINDS.deployment, namespace, name };
  return [{ op: 'Patch', type: 'merge', target: object, body, because: 'resume it as it is' }];
}

/** Only what Segue itself reads of a ref is written back. */
function bare(write: Write): Write {
  if (write.op !== 'Patch' || write.type !== 'json') return write;
  const operations = write.body as { value: { name: string; port: number; weight?: number }[] }[];
  const body = operations.map((operation) => ({
    ...operation,
    value: operation.value.map(({ name, port, weight }) => ({ name, port, weight })),
  }));
  return { ...write, body };
}

/** Whoever is asked is said to have agreed, at once. */
function agreeing(kind: TaskRunner['kind']): Mutation {
  const run = () => Promise.resolve({ state: 'Passed' as const, message: 'not asked' });
  return (deps) => ({
    ...deps,
    runners: new Map([...(deps.runners ?? []), [kind, { kind, run }]]),
  });
}

/** The plan of the release as if no window had been written. */
function withoutWindows(snapshot: Snapshot): Snapshot {
  const { before, stages = [] } = snapshot.release?.spec.plan ?? {};
  const open = stages.map((stage) => ({ ...stage, window: undefined }));
  return planned(snapshot, { before: { tasks: before?.tasks ?? [] }, stages: open });
}

/** The policy as if the namespace had frozen nothing. */
function withoutFreezes(snapshot: Snapshot): Snapshot {
  const { policy } = snapshot;
  const { window } = policy?.spec ?? {};
  if (!policy || !window?.freeze) return snapshot;
  const own = window.freeze.filter(({ because = '' }) => !because.endsWith('(ReleaseDefaults)'));
  const spec = { ...policy.spec, window: { ...window, freeze: own } };
  return { ...snapshot, policy: { ...policy, spec } };
}

/** What hooks have answered is not in the status. */
function withoutAnswers(snapshot: Snapshot): Snapshot {
  const { release } = snapshot;
  if (!release) return snapshot;
  const { tasks = [], step = 'Wait' } = release.status;
  if (step !== 'Wait' && step !== 'CleanUp') return snapshot;
  const kept = tasks.filter(({ state }) => state === 'Waiting');
  return { ...snapshot, release: { ...release, status: { ...release.status, tasks: kept } } };
}

/** Longer than it takes to write a route. */
const SLOW_MS = 15_000;

export function slowRetreat(decision: Decision, snapshot: Snapshot): Decision {
  const { status } = decision.release ?? {};
  const weight = snapshot.traffic?.weight;
  const sinceMs = snapshot.now - Date.parse(status?.stepSince ?? '');
  const waits = status?.step === 'Retreat' && sinceMs < SLOW_MS;
  if (!waits || !decision.traffic || weight === undefined) return decision;
  return { ...decision, traffic: { ...decision.traffic, weight }, wakeAtMs: snapshot.now + 1_000 };
}

/** The one of two with the traffic is said to be held, and is not. */
const liveIsBelievedHeld = working((real) => ({
  observe(objects, release) {
    const state = real.observe(objects, release);
    const { live } = state?.pair ?? {};
    if (!state?.pair || !live) return state;
    return { ...state, held: true, pair: { ...state.pair, live: { ...live, paused: true } } };
  },
  render(intent, objects) {
    const live = objects.target?.metadata.name;
    const holds = (write: Write) =>
      write.op === 'Patch' &&
      write.target.name === live &&
      JSON.stringify(write.body).includes('"paused":true');
    return real.render(intent, objects).filter((write) => !objects.pair || !holds(write));
  },
}));

export const MUTANTS: Mutant[] = [
  {
    invariant: 1,
    hint: 6,
    without: 'waiting for the pods of the candidate',
    mutation: capacityIsBelieved,
  },
  {
    invariant: 2,
    hint: 14,
    without: 'the drain time',
    mutation: stepping((step, snapshot) => step(planned(snapshot, { drainMs: 0 }))),
  },
  {
    invariant: 3,
    hint: 60,
    without: 'switching proportional scaling off for the swap',
    mutation: swapUnderAnyStrategy,
  },
  {
    invariant: 4,
    hint: 10,
    without: 'writing the status before the world',
    mutation: stepping((step, snapshot) => {
      const decision = step(snapshot);
      const { release } = decision;
      if (release?.persist !== 'Now' || release.status.step === 'Done') return decision;
      return { ...decision, release: { ...release, persist: 'Checkpoint' } };
    }),
  },
  {
    invariant: 5,
    hint: 14,
    without: 'moving the traffic before everything else on the way back',
    mutation: stepping((step, snapshot) => slowRetreat(step(snapshot), snapshot)),
  },
  {
    invariant: 6,
    hint: 35,
    without: 'asking for evidence',
    mutation: stepping((step, snapshot) => {
      const failed = snapshot.evidence.filter(({ verdict }) => verdict === 'Fail');
      const names = snapshot.release?.spec.checks.map(({ name }) => name) ?? [];
      const passed = names
        .filter((name) => !failed.some(({ check }) => check === name))
        .map((check) => ({ check, verdict: 'Pass' as const, because: 'nothing spoke against it' }));
      return step({ ...snapshot, evidence: [...failed, ...passed] });
    }),
  },
  {
    invariant: 6,
    hint: 237,
    without: 'asking whether what is undecided was measured at all',
    mutation: stepping((step, snapshot) => {
      const evidence = snapshot.evidence.map((one) => ({ ...one, isMeasured: true }));
      return step({ ...snapshot, evidence });
    }),
  },
  {
    invariant: 7,
    hint: 1,
    without: 'comparing before writing',
    mutation: stepping((step, snapshot) => {
      const decision = step(snapshot);
      const status = snapshot.policy?.status;
      return status ? { policyStatus: status, ...decision } : decision;
    }),
  },
  {
    invariant: 7,
    hint: 1,
    without: 'comparing the status of a release with what is stored',
    mutation: stepping((step, snapshot) => {
      const decision = step(snapshot);
      const { release } = decision;
      return release ? { ...decision, release: { ...release, persist: 'Now' } } : decision;
    }),
  },
  {
    invariant: 8,
    hint: 2,
    without: 'reading the route back',
    mutation: both(
      stepping((step, snapshot) => step(planned(snapshot, { settleMs: 0 }))),
      routing((real) => ({
        observe: (intent, objects) => ({ ...real.observe(intent, objects), accepted: true }),
      })),
    ),
  },
  {
    invariant: 9,
    hint: 2,
    without: 'keeping what others wrote into a ref',
    mutation: routing((real) => ({
      render: (intent, objects) => real.render(intent, objects).map(bare),
    })),
  },
  {
    invariant: 10,
    hint: 1,
    without: 'saying why it ended',
    mutation: stepping((step, snapshot) => {
      const decision = step(snapshot);
      const { release } = decision;
      if (release?.status.step !== 'Done') return decision;
      return { ...decision, release: { ...release, status: { ...release.status, reason: '' } } };
    }),
  },
  {
    invariant: 11,
    hint: 29,
    without: 'putting the template back before the hold is given up',
    mutation: resumedAsItIs,
  },
  {
    invariant: 12,
    hint: 1,
    without: 'remembering what was taken back',
    mutation: stepping((step, snapshot) => {
      const { policy } = snapshot;
      if (!policy?.status.target) return step(snapshot);
      const { rejected: _, ...target } = policy.status.target;
      return step({ ...snapshot, policy: { ...policy, status: { ...policy.status, target } } });
    }),
  },
  {
    invariant: 13,
    hint: 3,
    without: 'waiting for windows',
    mutation: stepping((step, snapshot) => step(withoutWindows(snapshot))),
  },
  {
    invariant: 13,
    hint: 4,
    without: 'asking webhooks',
    mutation: agreeing('Webhook'),
  },
  {
    invariant: 13,
    hint: 10,
    without: 'waiting for the Jobs before a release',
    mutation: agreeing('Job'),
  },
  {
    invariant: 13,
    hint: 39,
    without: 'smoke tests by request',
    mutation: agreeing('Http'),
  },
  {
    invariant: 13,
    hint: 3,
    without: 'a release elsewhere',
    mutation: agreeing('ReleasedIn'),
  },
  {
    invariant: 13,
    hint: 13,
    without: 'the freezes of the namespace',
    mutation: stepping((step, snapshot) => step(withoutFreezes(snapshot))),
  },
  {
    invariant: 14,
    hint: 64,
    without: 'keeping what hooks have answered',
    mutation: stepping((step, snapshot) => step(withoutAnswers(snapshot))),
  },
  {
    invariant: 1,
    strategy: 'pair',
    hint: 5,
    without: 'waiting for the pods of the one of two that is idle',
    mutation: capacityIsBelieved,
  },
  {
    invariant: 2,
    strategy: 'pair',
    hint: 2,
    without: 'the drain time of the one of two that was left',
    mutation: stepping((step, snapshot) => step(planned(snapshot, { drainMs: 0 }))),
  },
  {
    invariant: 5,
    strategy: 'pair',
    hint: 2,
    without: 'moving the Service of two first on the way back',
    mutation: stepping((step, snapshot) => slowRetreat(step(snapshot), snapshot)),
  },
  {
    invariant: 12,
    strategy: 'pair',
    hint: 119,
    without: 'holding the one of two that has the traffic',
    mutation: liveIsBelievedHeld,
  },
];
