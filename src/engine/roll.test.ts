/** Decisions of rolling and recreate releases: what is asked of the Deployment's own controller. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { WorkloadState } from '../ports/workload.ts';
import { policySpec, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { compilePlan } from './plan.ts';
import type { Snapshot } from './snapshot.ts';
import { previewPlan } from './preview.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const OWN = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };

const check = {
  name: 'errors',
  scope: 'Version',
  interval: '10s',
  window: '1m',
  max: 0.01,
} as const;
const rolling: Partial<PolicySpec> = {
  strategy: {
    rolling: {
      stages: [
        { holdAfter: 1, hold: '1m' },
        { holdAfter: '50%', approval: {} },
      ],
      timeout: '10m',
    },
  },
  checks: [check],
};
const recreate: Partial<PolicySpec> = { strategy: { recreate: { timeout: '10m' } } };
delete (rolling as { traffic?: unknown }).traffic;

function inStage(stage: number, status: ReleaseStatus = {}): ReleaseStatus {
  const journal = { strategy: OWN, minReadySeconds: 0, progressDeadlineSeconds: 600 };
  const since = at(-30_000);
  return {
    step: 'Stage',
    stage,
    stageReplicas: 4,
    stepSince: since,
    startedAt: since,
    unavailableSince: since,
    journal,
    ...status,
  };
}

/** Old and new pods as wanted; all are available unless said. */
function pods(
  old: number,
  fresh: number,
  state: Partial<WorkloadState> & { available?: number } = {},
) {
  const { available = fresh, ...rest } = state;
  return workload('v2', {
    stable: setOf('v1', { replicas: old }),
    candidate: setOf('v2', { replicas: fresh, available, ready: available }),
    carrier: 'Both',
    strategy: OWN,
    move: { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0, stored: true },
    ...rest,
  });
}

function decide(
  status: ReleaseStatus,
  state: WorkloadState,
  spec = rolling,
  evidence: Verdict[] = [],
) {
  return step(snapshot({ release: release(status, spec), workload: state, evidence }));
}

const nativeOf = (decision: ReturnType<typeof decide>) => decision.workload?.release?.native;

test('the plan of a rolling update: its holds, then the rest of the pods', () => {
  const { strategy, plan } = compilePlan(policySpec(rolling));
  expect(strategy).toBe('rolling');
  expect(
    plan.stages.map(({ name, pods, capacityPercent, checks }) => [
      name,
      pods ?? `${capacityPercent}%`,
      checks,
    ]),
  ).toEqual([
    ['first pod', 1, ['errors']],
    ['50 % of the pods', '50%', ['errors']],
    ['all pods', '100%', []],
  ]);
  expect(plan).toMatchObject({ roll: { type: 'RollingUpdate' }, settleMs: 0, drainMs: 0 });
});

test('its preview has the pods of both versions, and never more than maxSurge too many', () => {
  const { stages, extraPodsMost, writes } = previewPlan('web', policySpec(rolling), {
    replicas: 8,
  });
  expect(stages.map((s) => [s.candidatePods, s.stablePods, s.extraPods])).toEqual([
    [1, 8, 1],
    [4, 6, 2],
    [8, 0, 2],
  ]);
  expect(extraPodsMost).toBe(2);
  expect(JSON.stringify(writes)).not.toContain('swap');
  const stop = previewPlan('web', policySpec(recreate), { replicas: 8 });
  expect(stop.extraPodsMost).toBe(0);
  expect(JSON.stringify(stop.writes)).toContain('nobody is served');
});

describe('a rolling update', () => {
  test('begins by the first pod alone', () => {
    const decision = decide(inStage(0), pods(4, 0));
    expect(decision.workload?.held).toBe(false);
    expect(nativeOf(decision)).toEqual({
      phase: 'Move',
      move: { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
      minReadySeconds: 0,
      progressDeadlineSeconds: 600,
    });
  });

  test('goes on with a move that is under way, and is paused at its end', () => {
    expect(nativeOf(decide(inStage(0), pods(4, 0, { held: false })))).toMatchObject({
      phase: 'Move',
    });
    const ended = decide(inStage(0), pods(4, 1, { held: false, available: 0 }));
    expect(ended.workload?.held).toBe(true);
    expect(nativeOf(ended)).toMatchObject({
      phase: 'Hold',
      move: { maxSurge: 1, maxUnavailable: 0 },
    });
  });

  test('holds once the pod is available, with its gate counting from then', () => {
    const decision = decide(inStage(0), pods(4, 1));
    expect(decision.release?.status).toMatchObject({ gateSince: at(0) });
    expect(decision.measure).toEqual({ sinceMs: START_MS, checks: ['errors'] });
    expect(nativeOf(decision)).toMatchObject({ phase: 'Hold' });
  });

  test('waits for minReadySeconds of the user, which the Deployment does not count meanwhile', () => {
    const journal = { strategy: OWN, minReadySeconds: 20, progressDeadlineSeconds: 600 };
    const early = decide(inStage(0, { journal, availableSince: at(-19_000) }), pods(4, 1));
    expect(early.release?.status.gateSince).toBeUndefined();
    expect(early.wakeAtMs).toBe(START_MS + 1_000);
    const due = decide(inStage(0, { journal, availableSince: at(-20_000) }), pods(4, 1));
    expect(due.release?.status.gateSince).toBe(at(0));
  });

  test('starts no wave before all pods of the one before are available', () => {
    const decision = decide(inStage(1), pods(3, 2, { available: 1 }));
    expect(nativeOf(decision)).toMatchObject({ phase: 'Hold' });
    expect(decision.release?.status.message).toBe('1 of 2 candidate pods available');
  });

  test('makes no move while a person has it paused', () => {
    const paused = { since: at(-1), reason: 'PauseRequested', message: 'jo' };
    expect(nativeOf(decide(inStage(2, { paused }), pods(3, 2)))).toMatchObject({ phase: 'Hold' });
    expect(nativeOf(decide(inStage(2), pods(3, 2)))).toMatchObject({ phase: 'Move' });
  });

  test('leaves a hold only inside of the window', () => {
    const freeze = [{ from: '2026-01-01', to: '2026-01-02' }];
    const shut = { ...rolling, checks: [], window: { freeze } };
    const held = inStage(0, { gateSince: at(-61_000) });
    expect(decide(held, pods(4, 1), { ...rolling, checks: [] }).release?.status.stage).toBe(1);
    const { release: kept, wakeAtMs } = decide(held, pods(4, 1), shut);
    expect(kept?.status).toMatchObject({
      stage: 0,
      message: expect.stringMatching(/^the window/) as string,
    });
    expect(wakeAtMs).toBe(Date.parse('2026-01-03T00:00:00Z'));
  });

  describe('asks at a hold', () => {
    const http = { method: 'GET', path: '/', status: '2xx' } as const;
    const asking = (gates: object): Partial<PolicySpec> => ({
      strategy: { rolling: { stages: [{ holdAfter: 1, ...gates }], timeout: '10m' } },
      traffic: { services: [{ name: 'web' }], settle: '1s', drain: '1s' },
      checks: [],
    });
    const tested = asking({ smokeTests: [{ name: 'home', http, retries: 0 }], hold: '1m' });
    const answered = (id: string, state: 'Passed' | 'Failed') => ({
      tasks: [{ id, round: 1, state, message: 'it said so' }],
    });
    const look = (status: ReleaseStatus, spec: Partial<PolicySpec>, more: Partial<Snapshot> = {}) =>
      step(
        snapshot({ release: release(status, spec), workload: pods(4, 1), evidence: [], ...more }),
      );

    test('its smoke tests first: the hold counts when they have passed', () => {
      const asked = look(inStage(0), tested);
      expect(asked.tasks?.map(({ id }) => id)).toEqual(['stage-1-tests/home']);
      expect(asked.release?.status).toMatchObject({ message: 'smoke test home' });
      expect(asked.release?.status.gateSince).toBeUndefined();
      const passed = look(inStage(0), tested, answered('stage-1-tests/home', 'Passed'));
      expect(passed.release?.status.gateSince).toBe(at(0));
    });

    test('none before all its pods are there', () => {
      const early = look(inStage(0), tested, { workload: pods(4, 1, { available: 0 }) });
      expect(early.tasks ?? []).toEqual([]);
    });

    test('and is taken back by one that fails, or pauses where the policy says so', () => {
      const failed = answered('stage-1-tests/home', 'Failed');
      expect(look(inStage(0), tested, failed).release?.status).toMatchObject({
        towards: 'Aborted',
        reason: 'SmokeTestFailed',
      });
      const asks = { ...tested, onFailure: { action: 'Pause' as const } };
      expect(look(inStage(0), asks, failed).release?.status.paused).toMatchObject({
        reason: 'SmokeTestFailed',
      });
    });

    test('its webhooks, beside the hold', () => {
      const gate = { name: 'gate', url: 'http://gate', interval: '10s', timeout: '30m' };
      const spec = asking({ webhooks: [gate] });
      const held = inStage(0, { gateSince: at(-1_000) });
      const asked = look(held, spec);
      expect(asked.tasks?.map(({ id }) => id)).toEqual(['stage-1/gate']);
      expect(asked.release?.status).toMatchObject({ stage: 0, message: 'webhook gate' });
      const opened = look(held, spec, answered('stage-1/gate', 'Passed'));
      expect(opened.release?.status.stage).toBe(1);
    });

    test('a window of its own, in place of that of the policy', () => {
      const shut = { freeze: [{ from: '2026-01-01', to: '2026-01-02' }] };
      const held = inStage(0, { gateSince: at(-1_000) });
      expect(look(held, asking({ window: shut })).release?.status.stage).toBe(0);
      const open = { ...asking({ window: {} }), window: shut };
      expect(look(held, open).release?.status.stage).toBe(1);
    });
  });

  test('moves all the same when no pod is left, since somebody deleted the set', () => {
    const paused = { since: at(-1), reason: 'PauseRequested', message: 'jo' };
    const gone = { ...pods(0, 0), candidate: undefined };
    expect(nativeOf(decide(inStage(2, { paused }), gone))).toMatchObject({ phase: 'Move' });
  });

  test.each<[string, Partial<WorkloadState>]>([
    ['it was resumed while nobody was there', { held: false, move: undefined }],
    ['its controller made a set of the same template', { owned: [setOf('v2', { name: 'web-x' })] }],
    ['a set of a policy is left', { strays: [setOf('v3', { name: 'web-y' })] }],
  ])('makes no move before what got loose is taken back: %s', (_, state) => {
    const decision = decide(inStage(0), pods(4, 0, state));
    expect(decision.workload?.held).toBe(true);
    expect(nativeOf(decision)).toMatchObject({ phase: 'Hold' });
    expect(nativeOf(decide(inStage(0), pods(4, 0)))).toMatchObject({ phase: 'Move' });
  });

  test('is taken back by a check that fails in the middle of a wave, without another move', () => {
    const failed: Verdict[] = [{ check: 'errors', verdict: 'Fail', because: 'too many' }];
    const decision = decide(inStage(2), pods(2, 3, { held: false, available: 2 }), rolling, failed);
    expect(decision.release?.status).toMatchObject({ towards: 'Aborted', reason: 'CheckFailed' });
    expect(decision.workload?.held).toBe(true);
    expect(nativeOf(decision)).toMatchObject({ phase: 'Back' });
  });

  test('is taken back when a wave does not become available in time', () => {
    const late = inStage(2, { unavailableSince: at(-10 * 60_000) });
    const decision = decide(late, pods(3, 2, { available: 1 }));
    expect(decision.release?.status.reason).toBe('ProgressDeadlineExceeded');
  });

  test('bakes when no old pod is left, everything of the user put back', () => {
    const decision = decide(inStage(2), pods(0, 4, { carrier: 'Candidate' }));
    expect(decision.release?.status.step).toBe('Bake');
    expect(nativeOf(decision)).toMatchObject({ phase: 'Own', minReadySeconds: 0 });
    expect(decision.workload?.release?.strategy).toEqual(OWN);
  });

  test('on the way back takes new pods only as old ones come', () => {
    const back: ReleaseStatus = {
      ...inStage(2),
      step: 'Discard',
      towards: 'Aborted',
      reason: 'CheckFailed',
    };
    const refilling = workload('v2', {
      stable: setOf('v1', { replicas: 4, available: 3 }),
      candidate: setOf('v2', { replicas: 3, owner: 'Release' }),
    });
    expect(decide(back, refilling).workload?.release).toMatchObject({ candidateReplicas: 1 });
    // What is known of the old set may be from before it shrank, until it is told to grow.
    const behind = workload('v2', {
      stable: setOf('v1', { replicas: 3, available: 3 }),
      candidate: setOf('v2', { replicas: 4, owner: 'Release' }),
    });
    expect(decide(back, behind).workload?.release).toMatchObject({ candidateReplicas: 4 });
    // New pods that serve nobody do not wait for old ones that never come.
    const dead = workload('v2', {
      stable: setOf('v1', { replicas: 4, available: 0 }),
      candidate: setOf('v2', { replicas: 3, available: 0, ready: 0, owner: 'Release' }),
    });
    expect(decide(back, dead).workload?.release).toMatchObject({ candidateReplicas: 0 });
  });

  test('new pods that serve alone stay for as long as nobody writes anything newer', () => {
    const back: ReleaseStatus = {
      ...inStage(2),
      step: 'Discard',
      stepSince: new Date(START_MS - 24 * 3_600_000).toISOString(),
      towards: 'Aborted',
      reason: 'TemplateReverted',
    };
    const alone = (image: string, available: number) =>
      workload(image, {
        stable: setOf('v1', { replicas: 4, available, ready: available }),
        candidate: setOf('v2', { replicas: 1, owner: 'Release' }),
      });
    const stays = decide(back, alone('v1', 0));
    expect(stays.workload?.release).toMatchObject({ candidateReplicas: 1 });
    expect(stays.release?.status.message).toMatch(/^1 candidate pods to go, which serve alone: /);
    expect(decide(back, alone('v3', 0)).workload?.release).toMatchObject({ candidateReplicas: 0 });
    expect(decide(back, alone('v1', 1)).workload?.release).toMatchObject({ candidateReplicas: 0 });
  });

  test.each(['Restore', 'CleanUp'] as const)(
    'in %s swaps back when the new set runs',
    (stepName) => {
      const late: ReleaseStatus = {
        ...inStage(2),
        step: stepName,
        towards: 'Aborted',
        reason: 'AbortRequested',
      };
      const alone = pods(0, 4, { stable: undefined, carrier: 'Candidate', move: undefined });
      expect(decide(late, alone).release).toMatchObject({
        persist: 'Now',
        status: { step: 'SwapBack' },
      });
      expect(decide(late, pods(4, 0, { carrier: 'Stable' })).release?.status.step).not.toBe(
        'SwapBack',
      );
    },
  );

  test('remembers what a user wrote over its numbers, to put that back', () => {
    const changed = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 1 } };
    const move = { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0, stored: false } as const;
    const decision = decide(inStage(0), pods(4, 1, { strategy: changed, move }));
    expect(decision.release?.status.journal?.strategy).toEqual(changed);
    expect(decision.release?.persist).toBe('Now');
  });

  test('begins a move once, however many writes it takes, and for no longer than pods may take', () => {
    const first = decide(inStage(0), pods(4, 0));
    expect(first.release?.persist).toBe('Now');
    const begun = first.release?.status ?? {};
    expect(begun).toMatchObject({ move: '1-0', unavailableSince: at(0) });
    expect(decide(begun, pods(4, 0)).release?.persist).not.toBe('Now');
    const stuck = decide({ ...begun, unavailableSince: at(-600_000) }, pods(4, 0));
    expect(stuck.release?.status.reason).toBe('ProgressDeadlineExceeded');
  });

  test('does not take its own resumption for that of a rival', () => {
    const decision = decide(inStage(0), pods(4, 0, { held: false }));
    expect(decision.release?.status.undone).toBeUndefined();
  });

  test('is taken back when somebody deletes the old set half way', () => {
    const decision = decide(inStage(1), { ...pods(0, 2), stable: undefined });
    expect(decision.release?.status.reason).toBe('StableDeleted');
  });
});

describe('a recreate', () => {
  const move = { type: 'Recreate', stored: true } as const;

  test('is one move, and no hold in the middle', () => {
    expect(nativeOf(decide(inStage(0), pods(4, 0), recreate))).toMatchObject({
      phase: 'Move',
      move: { type: 'Recreate' },
    });
    const between = pods(0, 0, { held: false, move });
    expect(nativeOf(decide(inStage(0), between, recreate))).toMatchObject({ phase: 'Move' });
    const ended = pods(0, 4, { held: false, move, available: 0 });
    expect(nativeOf(decide(inStage(0), ended, recreate))).toMatchObject({ phase: 'Own' });
  });

  const back: ReleaseStatus = {
    ...inStage(0),
    step: 'SwapBack',
    towards: 'Aborted',
    reason: 'CheckFailed',
  };

  test('goes back by the template of the old version, and by its own controller', () => {
    const decision = decide(back, pods(0, 4, { carrier: 'Candidate' }), recreate);
    expect(nativeOf(decision)).toMatchObject({ phase: 'Move', move: { type: 'Recreate' } });
    expect(decision.workload?.template).toEqual(release().spec.stable.template);
  });

  test('goes back by its own controller also where that has begun another version meanwhile', () => {
    const third = pods(0, 0, { held: false, move, owned: [setOf('v3', { replicas: 4 })] });
    expect(nativeOf(decide(back, third, recreate))).toMatchObject({ phase: 'Move' });
    // But one of the same template it would fill in place of the old set.
    const twin = setOf('v1', { name: 'web-x', replicas: 4 });
    const taken = decide(back, pods(0, 0, { held: false, move, owned: [twin] }), recreate);
    expect(taken.workload?.held).toBe(true);
  });

  test('remembers the strategy of the user where it goes back before its first move', () => {
    const { journal: _, ...early } = back;
    const rolled = pods(0, 0, { held: false, move: undefined, carrier: 'Stable', swapClean: true });
    const { release: kept } = decide(early, rolled, recreate);
    expect(kept).toMatchObject({ persist: 'Now', status: { journal: { strategy: OWN } } });
  });

  test('puts the template of the user back once the old version runs', () => {
    const runs = { ...pods(4, 0, { held: false, move }), templateHash: 'template-v1' };
    const decision = decide(back, runs, recreate);
    expect(decision.workload).toMatchObject({
      held: true,
      template: release().spec.candidate.template,
    });
    expect(decision.release?.status.step).not.toBe('SwapBack');
  });

  test('keeps for the user what is written meanwhile', () => {
    const newer = { ...pods(0, 4), templateHash: 'template-v3', template: { spec: 'v3' } };
    const decision = decide(back, newer, recreate);
    expect(decision.release?.status.journal?.template).toEqual({ spec: 'v3' });
    expect(decision.release?.persist).toBe('Now');
  });

  test('leaves a template alone that its user put back', () => {
    const reverted = { ...back, reason: 'TemplateReverted', step: 'Discard' as const };
    const runs = { ...pods(4, 0), templateHash: 'template-v1' };
    expect(decide(reverted, runs, recreate).workload?.template).toBeUndefined();
  });

  test('leaves the old template in where somebody resumes it again and again, and ends', () => {
    const contested = { ...back, reason: 'HoldContested', step: 'Discard' as const };
    const runs = {
      ...pods(4, 0, { carrier: 'Stable', move: undefined }),
      templateHash: 'template-v1',
    };
    const { release: ended } = decide(contested, runs, recreate);
    expect(ended?.status).toMatchObject({ step: 'Done', outcome: 'Aborted' });
  });
});

describe('what users have is deleted when it has just been promoted', () => {
  const ending = inStage(2, { step: 'CleanUp', towards: 'Promoted' });
  const anew = setOf('v2', { owner: 'Release', replicas: 4 });

  test.each(['Neither', 'Stable'] as const)('it is made anew, the target has %s', (carrier) => {
    const left = carrier === 'Stable' ? pods(4, 0, { carrier }) : pods(0, 0, { carrier });
    const { keep } = decide(ending, left).workload?.release ?? {};
    expect(keep).toMatchObject({ name: 'web-v2' });
    const beside = decide(ending, { ...left, candidate: anew });
    // Given to the target as with every other strategy, which ends before the release does.
    expect(beside.workload?.release).toMatchObject({ carrier: 'Candidate', outgoingReplicas: 0 });
    expect(beside.workload?.release).not.toHaveProperty('native');
    expect(beside.release?.status).toMatchObject({
      step: 'CleanUp',
      message: 'the set of the new version, made anew, to be given to the target',
    });
  });

  test('the old set, which became the release’s by that, is given back at the end', () => {
    const swapped = pods(0, 4, { carrier: 'Candidate', move: undefined });
    const old = setOf('v1', { owner: 'Release', replicas: 0, current: 0 });
    const last = decide(ending, { ...swapped, stable: old });
    expect(last.workload?.release).toMatchObject({ handBack: true });
    expect(last.workload?.release).not.toHaveProperty('native');
    const message = 'the old set to be given back';
    expect(last.release?.status).toMatchObject({ step: 'CleanUp', message });
    expect(decide(ending, swapped).release?.status).toMatchObject({ step: 'Done' });
  });

  test('while old pods go they are taken out of the target, and go too', () => {
    const draining = inStage(2, { step: 'Drain', towards: 'Promoted' });
    const decision = decide(draining, { ...pods(4, 0, { carrier: 'Stable' }), candidate: anew });
    expect(decision.workload?.release).toMatchObject({
      carrier: 'Candidate',
      outgoingReplicas: 0,
    });
    expect(decision.workload?.release).not.toHaveProperty('native');
  });
});

test('the empty new set goes at once where the old one was deleted: it would be filled in its place', () => {
  const back = inStage(0, { step: 'SwapBack', towards: 'Aborted', reason: 'StableDeleted' });
  const wanted = (candidate: ReturnType<typeof setOf>) =>
    decide(back, { ...pods(0, 0, { carrier: 'Candidate' }), stable: undefined, candidate }).workload
      ?.release?.candidateWanted;
  expect(wanted(setOf('v2', { replicas: 0, current: 0 }))).toBe('Absent');
  expect(wanted(setOf('v2', { replicas: 2, current: 0 }))).toBe('AsIs');
});
