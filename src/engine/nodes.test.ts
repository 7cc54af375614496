/** Decisions of releases of DaemonSets: which pods go, what is waited for, how they get back. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec, PolicyStatus } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { DaemonPod, NodesState, WorkloadState } from '../ports/workload.ts';
import {
  policy,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
  wrote,
} from '../testing/snapshots.ts';
import type { Snapshot } from './snapshot.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const rolling: Partial<PolicySpec> = {
  traffic: { services: [{ name: 'web' }], settle: '0s', drain: '0s' },
  targetRef: { group: 'apps', kind: 'DaemonSet', name: 'web' },
  strategy: { rolling: { batch: 2, stages: [{ holdAfter: 3, approval: {} }], timeout: '10m' } },
};

function inStage(status: ReleaseStatus = {}): ReleaseStatus {
  return {
    step: 'Stage',
    stage: 0,
    stageReplicas: 4,
    stepSince: at(-30_000),
    startedAt: at(-30_000),
    journal: {},
    ...status,
  };
}

const aborting = inStage({ step: 'SwapBack', towards: 'Aborted', reason: 'CheckFailed' });

interface Seen extends Partial<Omit<WorkloadState, 'nodes'>> {
  nodes?: Partial<NodesState>;
}

/** Its pods by their nodes: `v1 v1 v2 v2-`; `.` where one is missing. */
function on(text: string, { nodes, ...state }: Seen = {}): WorkloadState {
  const here = text.split(' ').map((one, i) => {
    const [, hash = '', sign = ''] = /^([v\d.]+)(-?)$/.exec(one) ?? [];
    const name = `n${i}`;
    const ready = sign === '';
    const pod: DaemonPod = { name: `p${i}`, uid: `u${i}`, node: name, hash, ready, readySince: '' };
    return { name, labels: {}, pod: hash === '.' ? undefined : pod };
  });
  const update = state.templateHash?.slice('template-'.length) ?? 'v2';
  const set = (hash: string) => {
    const pods = here.flatMap(({ pod }) => (pod?.hash === hash ? pod : []));
    const ready = pods.filter((pod) => pod.ready).length;
    const missing = hash === update ? here.filter(({ pod }) => !pod).length : 0;
    const current = pods.length;
    return setOf(hash, { replicas: current + missing, current, ready, available: ready });
  };
  const there = new Set(here.flatMap(({ pod }) => pod?.hash ?? []));
  return workload(update, {
    replicas: here.length,
    stable: set('v1'),
    candidate: set('v2'),
    running: set('v1'),
    owned: [...there].map(set),
    nodes: { here, away: [], kept: true, standIn: true, maxUnavailable: 2, earlier: [], ...nodes },
    ...state,
  });
}

function decide(status: ReleaseStatus, state: WorkloadState, rest: Partial<Snapshot> = {}) {
  return step(snapshot({ release: release(status, rolling), workload: state, ...rest }));
}

type Decided = ReturnType<typeof decide>;

const asked = ({ workload: intent }: Decided) =>
  intent?.nodes?.evict.map(({ node }) => node).join(' ');
const deleted = ({ workload: intent }: Decided) =>
  intent?.nodes?.delete.map(({ node }) => node).join(' ');
const statusOf = (decision: Decided): ReleaseStatus => decision.release?.status ?? {};

describe('a stage', () => {
  test('is reached batch by batch, no more at once than may be missing', () => {
    const first = decide(inStage(), on('v1 v1 v1 v1', { nodes: { maxUnavailable: 1 } }));
    expect(asked(first)).toBe('n0');
    expect(first.workload?.held).toBe(true);
    expect(first.release).toMatchObject({ persist: 'Now', status: { unavailableSince: at(0) } });
    const begun = statusOf(first);
    expect(asked(decide(begun, on('. v1 v1 v1', { nodes: { maxUnavailable: 1 } })))).toBe('');
    expect(asked(decide(begun, on('. v1 v1 v1')))).toBe('n1');
    // The batch is two, and the next begins when both serve.
    expect(asked(decide(begun, on('v2 v2- v1 v1')))).toBeUndefined();
    // The stage is three.
    expect(asked(decide(begun, on('v2 v2 v1 v1')))).toBe('n2');
  });

  test('gives each pod the time of the deadline, and no more', () => {
    const begun = inStage({ move: 'nodes-2-0', unavailableSince: at(-600_000) });
    const goes = decide(begun, on('v2 v1 v1 v1'));
    expect(statusOf(goes)).toMatchObject({ move: 'nodes-2-1', unavailableSince: at(0) });
    const stuck = decide(begun, on('v2- v1 v1 v1'));
    expect(statusOf(stuck)).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    expect(deleted(stuck)).toBe('n0');
    expect(stuck.workload?.template).toMatchObject({ spec: { containers: [{ image: 'v1' }] } });
  });

  test('waits for a budget without end, and says which', () => {
    const refusedEvictions = new Map([['u0', 'the budget web needs 4']]);
    const begun = inStage({ move: 'nodes-2-0', unavailableSince: at(-3_600_000) });
    const waits = decide(begun, on('v1 v1 v1 v1'), { refusedEvictions });
    expect(statusOf(waits).message).toBe(
      '0 of 2 nodes done: p0 on n0 may not go: the budget web needs 4',
    );
    expect(statusOf(waits).towards).toBeUndefined();
    expect(statusOf(waits).unavailableSince).toBeUndefined();
    expect(waits.wakeAtMs).toBe(START_MS + 5_000);
    expect(waits.events).toEqual([]);
    const lasts = decide(statusOf(waits), on('v1 v1 v1 v1'), {
      refusedEvictions,
      now: START_MS + 5_000,
    });
    expect(lasts.events).toMatchObject([{ reason: 'EvictionRefused' }]);
    const still = decide(statusOf(lasts), on('v1 v1 v1 v1'), {
      refusedEvictions,
      now: START_MS + 9_000,
    });
    expect(still.events).toEqual([]);
    // Once one has gone its deadline begins.
    const goes = decide(statusOf(waits), on('. v1 v1 v1'));
    expect(statusOf(goes).unavailableSince).toBe(at(0));
  });

  test('holds when its pods serve, counting those that came by themselves', () => {
    const decision = decide(inStage(), on('v2 v2 v2 v1'));
    expect(asked(decision)).toBeUndefined();
    expect(statusOf(decision).gateSince).toBe(at(0));
    expect(statusOf(decide(inStage(), on('v2 v2 v2- v1'))).gateSince).toBeUndefined();
  });

  test('paused by a person asks no more pods to go', () => {
    const paused = { since: at(0), reason: 'PauseRequested', message: 'x' };
    const decision = decide(inStage({ move: 'nodes-2-1', paused }), on('v2 v1 v1 v1'));
    expect(asked(decision)).toBeUndefined();
  });

  test('leaves nodes out that are away, and says so once', () => {
    const away = [{ name: 'n9', because: 'it is cordoned', hash: 'v1' }];
    const decision = decide(inStage(), on('v2 v2 v2', { nodes: { away } }));
    expect(decision.events).toMatchObject([
      { reason: 'NodesLeftOut', message: expect.stringContaining('n9 (it is cordoned)') },
      { reason: 'StageReached' },
    ]);
    const again = decide(statusOf(decision), on('v2 v2 v2', { nodes: { away } }));
    expect(again.events).toEqual([]);
    const back = decide(statusOf(decision), on('v2 v2 v2 v1'));
    expect(statusOf(back).conditions).toContainEqual(
      expect.objectContaining({ type: 'AllNodes', status: 'True' }),
    );
  });

  test('is not reached where all of them are away', () => {
    const away = [{ name: 'n9', because: 'it is not ready', hash: 'v1' }];
    const state = { ...on('.', { nodes: { away, here: [] } }), replicas: 0 };
    expect(statusOf(decide(inStage(), state)).message).toBe(
      'a node on which a pod can be replaced',
    );
  });
});

test('promoted, a node that is back is done before the release ends', () => {
  const promoting = inStage({ step: 'Drain', stage: 1, towards: 'Promoted', drainSince: at(0) });
  const decision = decide(promoting, on('v2 v2 v1'));
  expect(asked(decision)).toBe('n2');
  expect(statusOf(decision).step).toBe('Drain');
  expect(statusOf(decide(promoting, on('v2 v2 v2'))).outcome).toBe('Promoted');
});

describe('the way back', () => {
  test('begins with the template', () => {
    const decision = decide(aborting, on('v1 v1 v1 v1'));
    expect(decision.workload?.template).toMatchObject({ spec: { containers: [{ image: 'v1' }] } });
    expect(statusOf(decision).step).toBe('SwapBack');
    const done = decide(aborting, on('v1 v1 v1 v1', { templateHash: 'template-v1' }));
    expect(statusOf(done)).toMatchObject({ outcome: 'Aborted' });
    expect(done.workload?.template).toBeUndefined();
  });

  test('takes the new pods as many at once as may be missing, and the broken ones at once', () => {
    const state = on('v2 v2 v2- v2 v1', { templateHash: 'template-v1' });
    const decision = decide(aborting, state);
    expect([asked(decision), deleted(decision)]).toEqual(['n0', 'n2']);
    const late = { ...aborting, move: 'back-2', unavailableSince: at(-600_000) };
    const stuck = on('v1- v1- v2 v2', { templateHash: 'template-v1' });
    expect(asked(decide({ ...late, unavailableSince: at(0) }, stuck))).toBe('');
    expect(asked(decide(late, stuck))).toBe('n2 n3');
    // Looked at again after a while, not at once for ever.
    const longSince = { ...late, unavailableSince: at(-6_000_000) };
    expect(decide(longSince, stuck).wakeAtMs).toBeGreaterThan(START_MS);
  });

  test('keeps what a user wrote since, and puts it back at its end', () => {
    const superseded = { ...aborting, reason: 'Superseded' };
    const newer = decide(superseded, on('v2 v1 v1 v1', { templateHash: 'template-v3' }));
    expect(newer.workload?.template).toMatchObject({ spec: { containers: [{ image: 'v1' }] } });
    const { journal } = statusOf(newer);
    expect(journal?.template).toBeDefined();
    const back = decide(
      { ...superseded, ...(journal && { journal }) },
      on('v1 v1 v1 v1', { templateHash: 'template-v1' }),
    );
    expect(statusOf(back).step).toBe('Discard');
    expect(back.workload?.template).toEqual(journal?.template);
    // Pods that are still to come would have it.
    const coming = decide(
      { ...superseded, ...(journal && { journal }) },
      on('v1 . v1 .', { templateHash: 'template-v1' }),
    );
    expect(statusOf(coming)).toMatchObject({
      step: 'SwapBack',
      message: '2 pods to be made anew with the version that users have',
    });
    expect(coming.workload?.template).toMatchObject({ spec: { containers: [{ image: 'v1' }] } });
    const longSince = { ...superseded, move: 'back-1', unavailableSince: at(-6_000_000) };
    const late = decide(
      { ...longSince, ...(journal && { journal }) },
      on('v1 v1 v1 v1', { templateHash: 'template-v1' }),
    );
    expect(late.workload?.template).toEqual(journal?.template);
    // Put back by its user first, and then written anew.
    const reverted = { ...superseded, reason: 'TemplateReverted', ...(journal && { journal }) };
    const again = decide(reverted, on('v1 v1', { templateHash: 'template-v1' }));
    expect(again.workload?.template).toEqual(journal?.template);
  });

  test('keeps nothing that its user took back before Segue wrote anything in its place', () => {
    const superseded = { ...aborting, reason: 'Superseded' };
    const seen = { templateHash: 'template-v3', generation: 4 };
    const newer = decide(superseded, on('v2 v1 v1 v1', seen));
    expect(newer.workload?.standIn).toBe(true);
    const { journal } = statusOf(newer);
    const at4 = { ...superseded, ...(journal && { journal }) };
    const users = { templateHash: 'template-v1', nodes: { standIn: false } };
    const withdrawn = decide(at4, on('v1 v1 v1 v1', { ...users, generation: 5 }));
    expect(withdrawn.release).toMatchObject({ persist: 'Now', status: { journal: {} } });
    expect(withdrawn.workload?.template).toBeUndefined();
    // As it was seen before what is journalled.
    const behind = decide(at4, on('v1 v1 v1 v1', { ...users, generation: 3 }));
    expect(behind.workload?.template).toEqual(journal?.template);
  });
});

describe('between two releases', () => {
  const target = { observedGeneration: 2, name: 'web', stableHash: 'v1', images: ['v1'] };

  function idle(state: WorkloadState, status: PolicyStatus = {}, rest: Partial<Snapshot> = {}) {
    const held = { ...policy(rolling), status: { target, ...status } };
    return step(snapshot({ policy: held, release: undefined, workload: state, ...rest }));
  }

  const ready = ({ policyStatus }: Decided) =>
    policyStatus?.conditions?.find(({ type }) => type === 'Ready');
  const rejected = { target: { ...target, rejected: 'template-v2' } };
  const stands = { templateHash: 'template-v1' };

  test('pods of another version are replaced, and nothing else is written', () => {
    const decision = idle(on('v1 v0 v2-', stands), rejected);
    expect([asked(decision), deleted(decision)]).toEqual(['n1', 'n2']);
    expect(ready(decision)).toMatchObject({ reason: 'ReplacingPods' });
    expect(decision.policyStatus?.target?.rejected).toBe('template-v2');
    expect(idle(on('v1 v1', stands), rejected).workload?.nodes).toBeUndefined();
  });

  test('what was taken back is remembered although the template is another', () => {
    const decision = idle(on('v1 v1', stands), rejected);
    expect(ready(decision)).toMatchObject({ status: 'True', reason: 'Held' });
    expect(decision.policyStatus?.target?.rejected).toBe('template-v2');
    const newer = idle(on('v1 v1', { templateHash: 'template-v3' }), rejected);
    expect(newer.create).toBeDefined();
    expect(newer.policyStatus?.target?.rejected).toBeUndefined();
  });

  test('written again it is put back, after the second time left for a while with the pods named', () => {
    const first = idle(on('v1 v1', { generation: 5, by: wrote('argocd') }), rejected);
    expect(first.workload?.template).toMatchObject({ spec: { containers: [{ image: 'v1' }] } });
    expect(first.events).toMatchObject([
      {
        reason: 'TemplateRestored',
        message: expect.stringMatching(/^argocd wrote into DaemonSet/),
      },
    ]);
    const again = idle(on('v1 v2', { generation: 7 }), first.policyStatus);
    expect(again.workload?.template).toBeDefined();
    const third = idle(on('v1 v2', { generation: 9 }), again.policyStatus);
    expect(third.workload?.template).toBeUndefined();
    expect(ready(third)).toMatchObject({
      reason: 'TemplateContested',
      message: expect.stringContaining('these came up with it: p1 on n1'),
    });
    expect(third.wakeAtMs).toBe(START_MS + 60_000);
    const later = idle(on('v1 v2', { generation: 9 }), third.policyStatus, {
      now: START_MS + 60_000,
    });
    expect(later.workload?.template).toBeDefined();
  });

  test('a retry writes it once more, and is kept until it is released', () => {
    const request = { name: 'r', uid: 'u', spec: { policy: 'web', action: 'Retry' as const } };
    const tried = {
      name: 'web-1',
      number: 1,
      outcome: 'Aborted',
      templateHash: 'template-v2',
      template: { spec: { containers: [{ image: 'v2' }] } },
      stableTemplateHash: 'template-v1',
      target: 'uid-web',
      strategy: 'rolling' as const,
    };
    const rest = { requests: [request], history: [tried] };
    const writes = idle(on('v1 v1', stands), rejected, rest);
    expect(writes.workload?.template).toEqual(tried.template);
    expect(writes.handled).toEqual([]);
    const goes = idle(on('v1 v1'), writes.policyStatus, rest);
    expect(goes.create?.spec.retryOf).toBeDefined();
    // Nothing is left to write it from.
    expect(idle(on('v1 v1', stands), rejected, { requests: [request] }).handled).toEqual(['r']);
  });

  test('a retry of what came up on every node is answered, and it is not taken back any more', () => {
    const request = { name: 'r', uid: 'u', spec: { policy: 'web', action: 'Retry' as const } };
    const running = setOf('v2');
    const all = on('v2 v2', { running, owned: [running], runningTemplateHash: 'template-v2' });
    const resumed = {
      at: new Date(START_MS).toISOString(),
      generation: 2,
      times: 3,
      restored: true,
    };
    const before = { target: { ...rejected.target, resumed } };
    const decision = idle(all, before, { requests: [request] });
    expect(ready(decision)).toMatchObject({ reason: 'Held', status: 'True' });
    expect(decision.handled).toEqual(['r']);
    expect(decision.policyStatus?.target?.rejected).toBeUndefined();
    expect(idle(all, decision.policyStatus).workload?.template).toBeUndefined();
  });

  test('a template written while all nodes are away waits for them, with its stages', () => {
    const away = [{ name: 'n9', because: 'it is not ready', hash: 'v1' }];
    const none = setOf('v1', { replicas: 0 });
    const state = { ...on('.', { nodes: { away, here: [] } }), replicas: 0, running: none };
    expect(idle(state).create?.spec.strategy).toBe('rolling');
    const empty = { ...on('.', { nodes: { here: [] } }), replicas: 0, running: none };
    expect(idle(empty).create?.spec.strategy).toBe('none');
  });

  test('somebody else’s update strategy is put back, what was changed by it counts', () => {
    const decision = idle(on('v1 v2', { held: false, by: wrote('helm') }));
    expect(decision.workload).toMatchObject({ held: true });
    expect(decision.workload?.template).toBeUndefined();
    expect(decision.events).toMatchObject([
      {
        message: expect.stringContaining(
          'the update strategy of DaemonSet web was written by helm',
        ),
      },
    ]);
    const bad = idle(on('v1 v2', { held: false }), rejected);
    expect(bad.workload?.template).toMatchObject({ spec: { containers: [{ image: 'v1' }] } });
  });
});
