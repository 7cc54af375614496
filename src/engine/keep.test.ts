/** What becomes of the old version after the bake: deleted, or kept for a way back. */
import { describe, expect, test } from 'vitest';
import { policySpecSchema, type PolicySpec } from '../api/policy.ts';
import type { RequestAction } from '../api/release-request.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { WorkloadState } from '../ports/workload.ts';
import {
  policy,
  policySpec,
  reading,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
} from '../testing/snapshots.ts';
import type { Snapshot } from './snapshot.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const HOUR = 3_600_000;

function policyWith(blueGreen: Record<string, unknown>, rest: Partial<PolicySpec> = {}) {
  const { strategy } = policySpecSchema.parse({
    targetRef: { name: 'web' },
    strategy: { blueGreen },
  });
  return policySpec({ strategy, ...rest });
}

const swapped = (state: Partial<WorkloadState> = {}) =>
  workload('v2', {
    stable: setOf('v1', { owner: 'Release' }),
    candidate: setOf('v2', { revision: 7 }),
    running: setOf('v2'),
    carrier: 'Candidate',
    ...state,
  });

const onCandidate = {
  dedicated: true,
  route: 'Split' as const,
  weight: 100,
  readBackAt: at(-2 * HOUR),
};

/** Released two hours ago and kept since. */
const KEPT: ReleaseStatus = {
  step: 'Keep',
  stepSince: at(-2 * HOUR),
  stage: 1,
  stageReplicas: 4,
  startedAt: at(-3 * HOUR),
  endedAt: at(-2 * HOUR),
  outcome: 'Promoted',
  reason: 'Promoted',
  message: 'v2 is released',
  drainSince: at(-2 * HOUR),
  traffic: onCandidate,
};

interface Seen {
  status?: ReleaseStatus;
  spec?: PolicySpec;
  workload?: WorkloadState | undefined;
  more?: Partial<Snapshot>;
}

function see({ status = KEPT, spec = policyWith({ after: 'Keep' }), ...rest }: Seen = {}) {
  const decision = step(
    snapshot({
      release: release(status, spec),
      workload: 'workload' in rest ? rest.workload : swapped(),
      traffic: reading({ weight: 100 }),
      policy: policy(spec),
      ...rest.more,
    }),
  );
  const now = decision.release?.status ?? {};
  const told = (now.timeline ?? []).map(({ reason, what }) => `${reason}: ${what}`);
  const condition = (type: string) => now.conditions?.find((one) => one.type === type)?.status;
  return { ...decision, status: now, told, condition, sets: decision.workload?.release };
}

const asked = (action: RequestAction) => ({
  requests: [{ name: 'r', uid: 'r', spec: { policy: 'web', action } }],
});

describe('kept', () => {
  const BAKED: ReleaseStatus = {
    step: 'Bake',
    stepSince: at(-HOUR),
    stage: 1,
    stageReplicas: 4,
    startedAt: at(-2 * HOUR),
    gateSince: at(-HOUR),
    drainSince: at(-HOUR),
    traffic: onCandidate,
  };

  test('the release has its outcome when the bake is over, and the traffic stays where it is', () => {
    const seen = see({ status: BAKED });
    expect(seen.status).toMatchObject({
      step: 'Keep',
      phase: 'Promoted',
      outcome: 'Promoted',
      reason: 'Promoted',
      endedAt: at(0),
      revision: 7,
      message: 'v2 is released; v1 is kept for a way back until the next release',
    });
    expect(['Completed', 'Promoted', 'Progressing'].map(seen.condition)).toEqual([
      'True',
      'True',
      'False',
    ]);
    expect(seen.told).toEqual(['Promoted: v2 released in 2h']);
    expect(seen.traffic).toMatchObject({ dedicated: true, route: 'Split', weight: 100 });
    expect(seen.sets).toMatchObject({ carrier: 'Candidate', outgoingReplicas: 4, handBack: false });
    expect(seen.policyStatus?.target).toMatchObject({ stableHash: 'v2', images: ['v2'] });
    const ready = seen.policyStatus?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'True', reason: 'Kept' });
  });

  test('a promotion of the bake does not end what comes after it', () => {
    for (const opened of ['promoted', 'full', 'skipped'] as const)
      expect(see({ status: { ...BAKED, gateSince: at(0), [opened]: true } }).status.step).toBe(
        'Keep',
      );
  });

  test('what runs after a release runs before, and once', () => {
    const hooks = { after: [{ name: 'tell', job: { spec: {} }, retries: 0, timeout: '1m' }] };
    const spec = policyWith({ after: 'Keep' }, { hooks });
    const waits = see({ status: BAKED, spec });
    expect(waits.status.step).toBe('Bake');
    expect(waits.tasks?.map(({ id }) => id)).toEqual(['after/tell']);
    const ran = [{ id: 'after/tell', round: 1, state: 'Passed' as const, message: '', at: at(-1) }];
    expect(see({ status: { ...BAKED, tasks: ran }, spec }).status.step).toBe('Keep');
    const cleaned: ReleaseStatus = {
      ...KEPT,
      step: 'CleanUp',
      towards: 'Promoted',
      tasks: ran,
      traffic: { dedicated: false, route: 'Service', weight: 0 },
    };
    const last = see({
      status: cleaned,
      spec,
      workload: swapped({ stable: undefined }),
      more: { traffic: reading({ dedicated: 'Absent', route: 'Service' }) },
    });
    expect(last.tasks).toBeUndefined();
    expect(last.status).toMatchObject({
      step: 'Done',
      outcome: 'Promoted',
      endedAt: at(-2 * HOUR),
    });
    expect(last.told).toEqual([]);
  });

  test('nothing to do means no writes', () => {
    const { status } = see();
    expect(see({ status }).release?.persist).toBe('Same');
  });

  test('it is as large as the version that carries the traffic, once it has drained', () => {
    const sized = (replicas: number, status = KEPT) =>
      see({ status, workload: swapped({ replicas }) }).sets?.outgoingReplicas;
    expect(sized(9)).toBe(9);
    expect(sized(2)).toBe(2);
    expect(sized(2, { ...KEPT, drainSince: at(-1) })).toBe(4);
  });

  test('nothing is judged: no checks, and no deadline for pods that are missing', () => {
    const checks = policySpecSchema.parse({
      targetRef: { name: 'web' },
      strategy: {},
      checks: [{ name: 'errors', max: 1, scrape: { address: 'http://a', total: 't', bad: 'b' } }],
    }).checks;
    const seen = see({
      spec: policyWith({ after: 'Keep' }, { checks }),
      workload: swapped({ candidate: setOf('v2', { available: 0, ready: 0 }) }),
      more: { evidence: [{ check: 'errors', verdict: 'Fail', because: 'bad' }] },
    });
    expect(seen.status).toMatchObject({ step: 'Keep', outcome: 'Promoted' });
    expect(seen.traffic?.weight).toBe(100);
    expect(seen.measure).toBeUndefined();
  });

  test('a new set that somebody deletes is made anew, the old one is let go', () => {
    expect(see({ workload: swapped({ candidate: undefined }) }).sets?.keep?.name).toBe('web-v2');
    const gone = see({ workload: swapped({ stable: undefined }) });
    expect(gone.told).toEqual(['KeepEnded: v1 is not kept any longer: its set was deleted']);
  });
});

describe('an instant way back', () => {
  test('by a person: the traffic first, and the release has no outcome any more', () => {
    const seen = see({ more: asked('Abort') });
    expect(seen.status).toMatchObject({ step: 'Retreat', towards: 'Aborted', phase: 'Aborting' });
    expect(seen.status.outcome).toBeUndefined();
    expect(seen.status.endedAt).toBeUndefined();
    expect(seen.traffic?.weight).toBe(0);
  });

  test('and the policy says which version users have', () => {
    const spec = policyWith({ after: 'Keep' });
    const during = policy(spec);
    during.status = { target: { stableHash: 'v2', images: ['v2'] } };
    const seen = see({ more: { ...asked('Abort'), policy: during } });
    expect(seen.policyStatus?.target).toEqual({ stableHash: 'v1', images: ['v1'] });
  });

  test('its conditions say so', () => {
    const { status } = see();
    const seen = see({ status, more: asked('Abort') });
    expect(['Completed', 'Promoted', 'Progressing'].map(seen.condition)).toEqual([
      'False',
      'False',
      'True',
    ]);
  });

  test('by its template', () => {
    const back = swapped({ templateHash: 'template-v1' });
    expect(see({ workload: back }).status).toMatchObject({
      towards: 'Aborted',
      reason: 'TemplateReverted',
    });
  });
});

describe('the old version goes, and the outcome stays', () => {
  const ended = {
    'when its time is over': see({ spec: policyWith({ after: 'Keep', keepFor: '2h' }) }),
    'when a person says so': see({ more: asked('Promote') }),
    'with the next release': see({ workload: swapped({ templateHash: 'template-v3' }) }),
    'with its policy': see({ more: { policy: undefined } }),
    'with its Release': see({
      more: { release: { ...release(KEPT, policyWith({ after: 'Keep' })), deleting: true } },
    }),
    'with its workload': see({ workload: undefined }),
    'when others move the traffic again and again': see({
      status: { ...KEPT, undone: { traffic: 1 } },
      more: { traffic: reading({ weight: 0 }) },
    }),
  };
  test.each(Object.entries(ended))('%s', (_, { status, told }) => {
    expect(status).toMatchObject({ towards: 'Promoted', outcome: 'Promoted', phase: 'Promoted' });
    expect(['Drain', 'Restore']).toContain(status.step);
    expect(told.at(-1)).toMatch(/^KeepEnded: v1 is not kept any longer: /);
  });

  test('not before the traffic is where it should be, but for a version that never takes it up', () => {
    const spec = policyWith({ after: 'Keep', keepFor: '1h' }, { progressDeadline: '10m' });
    const moved = (since: string) => {
      const traffic = { dedicated: true, route: 'Split' as const, weight: 100, since };
      const unaccepted = { traffic: reading({ weight: 100, accepted: false, message: 'no pods' }) };
      return see({ status: { ...KEPT, traffic }, spec, more: unaccepted });
    };
    expect(moved(at(-1)).status).toMatchObject({ step: 'Keep', message: 'no pods' });
    expect(moved(at(-1)).wakeAtMs).toBe(START_MS + 599_999);
    // What was moved may reach the old pods still: they drain from now on.
    expect(moved(at(-600_000)).status).toMatchObject({ step: 'Drain', drainSince: at(0) });
  });

  test('not before', () => {
    const spec = policyWith({ after: 'Keep', keepFor: '3h' });
    const seen = see({ spec });
    expect(seen.status.step).toBe('Keep');
    expect(seen.wakeAtMs).toBe(START_MS + HOUR);
    expect(seen.status.message).toBe(
      `v2 is released; v1 is kept for a way back until the next release, or until ${at(HOUR)}`,
    );
    const paused = { since: at(-1), reason: 'PauseRequested', message: 'wait' };
    expect(
      see({ status: { ...KEPT, paused }, spec: policyWith({ after: 'Keep', keepFor: '1h' }) })
        .status.step,
    ).toBe('Keep');
  });
});

test('deleted: the empty set goes instead of going into the history', () => {
  const spec = policyWith({ after: 'Delete' });
  const status: ReleaseStatus = {
    ...KEPT,
    outcome: undefined,
    step: 'CleanUp',
    towards: 'Promoted',
    traffic: { dedicated: false, route: 'Service', weight: 0 },
  };
  const empty = setOf('v1', { owner: 'Release', replicas: 0, current: 0 });
  const more = { traffic: reading({ dedicated: 'Absent', route: 'Service' }) };
  const seen = see({ status, spec, workload: swapped({ stable: empty }), more });
  expect(seen.sets).toMatchObject({ outgoingReplicas: 0, outgoingAbsent: true, handBack: false });
  expect(seen.status).toMatchObject({ step: 'CleanUp', message: 'the old set to go' });
  expect(see({ status, spec, workload: swapped({ stable: undefined }), more }).status.step).toBe(
    'Done',
  );
});
