/** Single decisions about a release in progress, a row or a test for each situation. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { RequestAction } from '../api/release-request.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { TrafficReading } from './snapshot.ts';
import {
  at,
  checked,
  says,
  ask,
  inStage,
  growing,
  swapped,
  splits,
  baking,
} from '../testing/canary-situations.ts';
import { policy, reading, release, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

describe('evidence', () => {
  test('asked for before the gates began does not open them, though the status says they have', () => {
    const status = inStage(0, { gateSince: at(-60_000) });
    const seen = (evidenceFrom: number) =>
      step(
        snapshot({
          release: release(status, checked),
          workload: growing(),
          traffic: splits(5),
          evidence: says('Pass'),
          evidenceFrom,
        }),
      ).release?.status.stage;
    expect(seen(START_MS - 90_000)).toBe(0);
    expect(seen(START_MS - 60_000)).toBe(1);
  });

  test('from before the weight was reached does not open the gate of the weight', () => {
    const status = inStage(0);
    delete status.gateSince;
    const decision = step(
      snapshot({
        release: release(status, checked),
        workload: growing(),
        traffic: splits(5),
        evidence: says('Pass'),
      }),
    );
    expect(decision.release?.status).toMatchObject({ step: 'Stage', stage: 0, gateSince: at(0) });
    expect(decision.measure?.sinceMs).toBe(START_MS);
  });

  test('from the swap does not end the bake before anything was measured in it', () => {
    const decision = step(
      snapshot({
        release: release(
          { ...baking(), step: 'Swap', stepSince: at(-1) },
          { ...checked, bake: '0s' },
        ),
        workload: swapped(),
        traffic: splits(100),
        evidence: says('Pass'),
      }),
    );
    expect(decision.release?.status.step).toBe('Bake');
  });

  test('is not asked for while nothing goes to the candidate', () => {
    const status = inStage(0, { traffic: { dedicated: true, route: 'Split', weight: 0 } });
    const decision = step(
      snapshot({ release: release(status, checked), workload: growing(0), traffic: splits(0) }),
    );
    expect(decision.measure).toBeUndefined();
  });

  test('of a check that this stage does not ask fails nothing', () => {
    const spec: Partial<PolicySpec> = {
      ...checked,
      strategy: { canary: { stages: [{ weight: 5, checks: [], hold: '1h' }], timeout: '10m' } },
    };
    const decision = step(
      snapshot({
        release: release(inStage(0), spec),
        workload: growing(),
        traffic: splits(5),
        evidence: says('Fail'),
      }),
    );
    expect(decision.release?.status.towards).toBeUndefined();
  });

  test('that fails takes a paused release back too', () => {
    const paused = { since: at(-1), reason: 'PauseRequested', message: 'jo' };
    const decision = step(
      snapshot({
        release: release(inStage(0, { paused }), checked),
        workload: growing(),
        traffic: splits(5),
        evidence: says('Fail'),
      }),
    );
    expect(decision.release?.status).toMatchObject({ step: 'Retreat', reason: 'CheckFailed' });
    expect(decision.traffic?.weight).toBe(0);
  });
});

describe('a route that is ahead of the status, after a restart', () => {
  const hold = { canary: { stages: [{ weight: 5, hold: '10s' }, { weight: 50 }], timeout: '10m' } };
  const after = (status: ReleaseStatus, spec: Partial<PolicySpec>, evidence: Verdict[] = []) =>
    step(
      snapshot({
        release: release(status, spec),
        workload: growing(),
        traffic: splits(status.step === 'Prepare' ? 5 : 50),
        evidence,
      }),
    );
  const preparing: ReleaseStatus = {
    step: 'Prepare',
    startedAt: at(-1_000),
    traffic: { dedicated: true, route: 'Split', weight: 0 },
  };

  test('stays where it is when the gates it came through are open', () => {
    const first = after(preparing, {});
    expect(first.release?.status).toMatchObject({ step: 'Stage', stage: 0 });
    expect(first.traffic?.weight).toBe(5);
    const second = after(inStage(0), { strategy: hold });
    expect(second.release?.status).toMatchObject({ step: 'Stage', stage: 1 });
    expect(second.traffic?.weight).toBe(50);
  });

  test('goes back when they are not: evidence is missing, or the hold is not over', () => {
    expect(after(inStage(0), checked).traffic?.weight).toBe(5);
    expect(after(inStage(0, { gateSince: at(-1) }), { strategy: hold }).traffic?.weight).toBe(5);
    expect(after(inStage(0), checked, says('Fail')).traffic?.weight).toBe(0);
    const paused = { since: at(0), reason: 'PauseRequested', message: '' };
    expect(after(inStage(0, { paused }), { strategy: hold }).traffic?.weight).toBe(5);
  });

  test('goes back when the pods for it are missing', () => {
    const decision = step(
      snapshot({
        release: release(preparing),
        workload: growing(0),
        traffic: splits(5, { endpoints: { stable: 4, candidate: 0 } }),
      }),
    );
    expect(decision.traffic?.weight).toBe(0);
    // It has had traffic until now: aborted in a moment it is given its time.
    expect(decision.release).toMatchObject({ persist: 'Now', status: { drainSince: at(0) } });
  });
});

test('a step that a newer version wrote is left alone, and the policy says why, once', () => {
  const strange = inStage(0, { step: 'Mirror' as never });
  const seen = snapshot({
    release: release(strange),
    workload: growing(),
    traffic: splits(5),
    requests: ask('Abort'),
  });
  const decision = step(seen);
  expect(Object.keys(decision).toSorted()).toEqual(['events', 'handled', 'policyStatus']);
  expect(decision.handled).toEqual([]);
  const [ready] = decision.policyStatus?.conditions ?? [];
  expect(ready).toMatchObject({ type: 'Ready', status: 'False', reason: 'ReleaseNotUnderstood' });
  expect(ready?.message).toMatch(/web-1 is at the step Mirror/);
  const told = { ...policy(), status: decision.policyStatus ?? {} };
  expect(step({ ...seen, policy: told })).toEqual({ handled: [], events: [] });
});

describe('with onFailure Pause, paused by a failed check', () => {
  const spec: Partial<PolicySpec> = { ...checked, onFailure: { action: 'Pause' } };
  const paused = { since: at(-1), reason: 'CheckFailed', message: 'it is Fail' };
  const asked = (action: RequestAction) =>
    step(
      snapshot({
        release: release(inStage(0, { paused }), spec),
        workload: growing(),
        traffic: splits(5),
        evidence: says('Fail'),
        requests: ask(action),
      }),
    ).release?.status;

  test('a resume goes on, and what failed before is measured anew', () => {
    const status = asked('Resume');
    expect(status?.paused).toBeUndefined();
    expect(status?.gateSince).toBe(at(0));
  });

  test('a promotion is refused, and not remembered for later', () => {
    const status = asked('Promote');
    expect(status?.requests?.[0]?.answer).toMatch(/^refused: check errors failed/);
    expect(status?.promoted).toBeUndefined();
    expect(status?.paused?.reason).toBe('CheckFailed');
  });
});

describe('the swap', () => {
  test('puts back the strategy that stood when it began, not when the release did', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    const status = inStage(2, { journal: { strategy: { type: 'RollingUpdate' }, routers: [] } });
    const decision = step(
      snapshot({
        release: release(status),
        workload: { ...growing(), strategy },
        traffic: splits(100),
      }),
    );
    expect(decision.release).toMatchObject({
      persist: 'Now',
      status: { step: 'Swap', journal: { strategy } },
    });
    expect(decision.workload?.release?.strategy).toEqual(strategy);
  });

  test('back does the same, and does not take the Recreate of a swap under way for it', () => {
    const journal = { strategy: { type: 'RollingUpdate' }, routers: [] };
    const retreating = inStage(2, {
      step: 'Retreat',
      towards: 'Aborted',
      journal,
      traffic: { dedicated: true, route: 'Split', weight: 0, readBackAt: at(-5_000) },
    });
    const back = (state: object) =>
      step(
        snapshot({
          release: release(retreating),
          workload: { ...swapped(), ...state },
          traffic: splits(0),
        }),
      ).release;
    const changed = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2 } };
    expect(back({ strategy: changed })).toMatchObject({
      persist: 'Now',
      status: { step: 'SwapBack', journal: { strategy: changed } },
    });
    expect(back({ strategy: { type: 'Recreate' }, swapClean: false })?.status.journal).toEqual(
      journal,
    );
  });
});

describe('preparing', () => {
  const preparing: ReleaseStatus = {
    step: 'Prepare',
    stepSince: at(-600_000),
    traffic: { dedicated: true, route: 'Service', weight: 0 },
  };
  const stuck = (traffic: Partial<TrafficReading>, stepSince: string) =>
    step(
      snapshot({
        release: release({ ...preparing, stepSince }),
        workload: workload('v2'),
        traffic: reading({ route: 'Service', ...traffic }),
      }),
    );

  test.each<[string, Partial<TrafficReading>]>([
    ['Services that cannot be made', { dedicated: 'Partial' }],
    ['a Service that does not select the pods', { endpoints: { stable: 0, candidate: 0 } }],
  ])('%s end it after the progress deadline', (_, traffic) => {
    expect(stuck(traffic, at(-1)).wakeAtMs).toBe(START_MS - 1 + 600_000);
    expect(stuck(traffic, at(-600_000)).release?.status).toMatchObject({
      towards: 'Aborted',
      reason: 'ProgressDeadlineExceeded',
    });
  });

  test('what is in the way of the Services is said', () => {
    const taken = { dedicated: 'Partial', inTheWay: 'Service web-stable: is taken' } as const;
    expect(stuck(taken, at(-1)).release?.status.message).toContain('web-stable: is taken');
  });

  test('a release whose stable version does not run any more ends before it begins', () => {
    const decision = step(
      snapshot({ release: release(), workload: swapped(), traffic: reading({ route: 'Service' }) }),
    );
    expect(decision.release?.status).toMatchObject({ step: 'Done', outcome: 'Aborted' });
    expect(decision.traffic).toBeUndefined();
    expect(decision.workload).toBeUndefined();
    expect(decision.policyStatus?.target?.rejected).toBeUndefined();
  });
});

describe('the target', () => {
  test('gone: the release ends only when its own sets are gone too', () => {
    const ending = inStage(0, {
      step: 'CleanUp',
      towards: 'Aborted',
      traffic: { dedicated: false, route: 'Service', weight: 0 },
    });
    const left = (ownSets: string[]) =>
      step(
        snapshot({
          release: release(ending),
          workload: undefined,
          ownSets,
          traffic: reading({ route: 'Service', dedicated: 'Absent' }),
        }),
      );
    expect(left(['web-v2']).release?.status).toMatchObject({ step: 'CleanUp' });
    expect(left(['web-v2']).workload?.release?.candidateWanted).toBe('Absent');
    expect(left([]).release?.status.step).toBe('Done');
  });
});

describe('the memory of what was taken back', () => {
  const ended = (reason: string) =>
    step(
      snapshot({
        release: release({
          ...inStage(0),
          step: 'CleanUp',
          towards: 'Aborted',
          reason,
          because: 'it was',
          traffic: { dedicated: false, route: 'Service', weight: 0 },
        }),
        workload: workload('v2'),
        traffic: reading({ route: 'Service', dedicated: 'Absent' }),
      }),
    ).policyStatus?.target?.rejected;

  test.each([
    ['CheckFailed', 'template-v2'],
    ['AbortRequested', 'template-v2'],
    ['ProgressDeadlineExceeded', 'template-v2'],
    // The template changed, and came back while the release was being taken back.
    ['Superseded', undefined],
    ['TemplateReverted', undefined],
  ])('%s: %s', (reason, rejected) => expect(ended(reason)).toBe(rejected));

  test('is in the policy before the release has ended, so that a crash does not forget it', () => {
    const rejecting = { ...policy(), status: { target: { rejected: 'template-v2' } } };
    const decision = step(snapshot({ policy: rejecting, workload: workload('v2') }));
    expect(decision.create).toBeUndefined();
  });
});
