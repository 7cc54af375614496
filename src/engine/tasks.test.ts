/** What a release has run outside of it: asked for once, kept, and what becomes of its answers. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { RequestAction } from '../api/release-request.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { Snapshot, TaskAnswer } from './snapshot.ts';
import {
  policy,
  reading,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
} from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const http = { method: 'GET', path: '/', status: '2xx' } as const;
const job = { spec: { template: { spec: { containers: [{ name: 'a', image: 'a' }] } } } };
const hook = (name: string) => ({ name, job, retries: 0, timeout: '10m' });
const webhook = { name: 'gate', url: 'http://gate', interval: '10s', timeout: '30m' };
const smoke = { name: 'home', http, retries: 2 };
const traffic = policy().spec.traffic as NonNullable<PolicySpec['traffic']>;
const blueGreen = (gates: object): Partial<PolicySpec> => ({
  traffic: { ...traffic, routers: [] },
  strategy: { blueGreen: { timeout: '30m', after: 'ScaleToZero', ...gates } },
});
const ask = (action: RequestAction) => [
  { name: 'r', uid: `r-${action}`, spec: { policy: 'web', action, by: 'jo', because: 'I say so' } },
];
const answer = (id: string, state: TaskAnswer['state'], message = 'it said so'): TaskAnswer[] => [
  { id, round: 1, state, message },
];
const growing = workload('v2', { candidate: setOf('v2', { owner: 'Release' }) });

/** In the preview of a blue-green release, all pods there. */
function preview(status: ReleaseStatus = {}): ReleaseStatus {
  return {
    step: 'Stage',
    stepSince: at(-60_000),
    stage: 0,
    stageReplicas: 4,
    startedAt: at(-90_000),
    traffic: { dedicated: true, route: 'Split', weight: 0, readBackAt: at(-30_000) },
    ...status,
  };
}

function decide(spec: Partial<PolicySpec>, status: ReleaseStatus, state: Partial<Snapshot> = {}) {
  const decision = step(
    snapshot({
      policy: policy(spec),
      release: release(status, spec),
      workload: growing,
      traffic: reading(),
      ...state,
    }),
  );
  const { status: next = {}, persist } = decision.release ?? {};
  const asked = (decision.tasks ?? []).map(({ id, round }) => `${id} ${round}`);
  return { decision, next, persist, asked };
}

test('one that begins anew and has said nothing yet keeps what it said last', () => {
  const hooks = { before: [hook('migrate')] };
  const tasks = [{ id: 'before/migrate', round: 1, state: 'Waiting' as const, at: at(0) }];
  const waits = { step: 'Wait', stepSince: at(0), startedAt: at(0) } as const;
  const said = [{ ...(tasks[0] as (typeof tasks)[0]), message: 'started' }];
  const { next } = decide(
    { hooks },
    { ...waits, tasks: said },
    {
      tasks: answer('before/migrate', 'Waiting', ''),
    },
  );
  expect(next.tasks).toEqual(said);
});

describe('a smoke test before the switch', () => {
  const spec = blueGreen({ smokeTests: [smoke] });

  test('is asked for while the gates have not begun to count, and that is written', () => {
    const { next, asked, persist } = decide(spec, preview());
    expect(asked).toEqual(['stage-1-tests/home 1']);
    expect(next).toMatchObject({ message: 'smoke test home', stage: 0 });
    expect(next.gateSince).toBeUndefined();
    expect(persist).toBe('Now');
  });

  test('that passed lets it on, is kept, and is not asked for again', () => {
    const passed = decide(spec, preview(), {
      tasks: answer('stage-1-tests/home', 'Passed', '200'),
    });
    expect(passed.next.tasks).toEqual([
      { id: 'stage-1-tests/home', round: 1, state: 'Passed', message: '200', at: at(0) },
    ]);
    expect(passed.next.stage).toBe(1);
    // After a restart nobody remembers the answer but the status.
    const again = decide(spec, preview({ tasks: passed.next.tasks }));
    expect(again.asked).toEqual([]);
    expect(again.next.stage).toBe(1);
  });

  test('that failed ends the release before anybody was sent there', () => {
    const { next } = decide(spec, preview(), { tasks: answer('stage-1-tests/home', 'Failed') });
    expect(next).toMatchObject({
      towards: 'Aborted',
      reason: 'SmokeTestFailed',
      because: 'smoke test home failed: it said so',
    });
    expect(next.traffic?.weight).toBe(0);
  });

  test('of an earlier round counts for nothing', () => {
    const tasks = [{ id: 'stage-1-tests/home', round: 2, state: 'Waiting' as const, at: at(0) }];
    const { next, asked } = decide(spec, preview({ tasks }), {
      tasks: answer('stage-1-tests/home', 'Failed'),
    });
    expect(asked).toEqual(['stage-1-tests/home 2']);
    expect(next.towards).toBeUndefined();
    expect(next.message).toBe('smoke test home');
  });

  describe('where a failure pauses', () => {
    const asks: Partial<PolicySpec> = { ...spec, onFailure: { action: 'Pause' } };
    const failed = preview({
      paused: { since: at(-1_000), reason: 'SmokeTestFailed', message: 'smoke test home failed' },
      tasks: [
        { id: 'stage-1-tests/home', round: 1, state: 'Failed', message: '500', at: at(-1_000) },
      ],
    });

    test('it stays paused', () => {
      const { next, asked } = decide(asks, failed);
      expect(next.paused?.since).toBe(at(-1_000));
      expect(asked).toEqual([]);
    });

    test('resumed it is asked anew', () => {
      const { next, asked } = decide(asks, failed, { requests: ask('Resume') });
      expect(asked).toEqual(['stage-1-tests/home 2']);
      expect(next.paused).toBeUndefined();
    });

    test.each(['Promote', 'PromoteFull'] as const)('%s does not pass over it', (action) => {
      const { next } = decide(asks, failed, { requests: ask(action) });
      expect(next.requests?.[0]?.answer).toMatch(/^refused: smoke test home failed; resume/);
      expect(next.stage).toBe(0);
    });

    test('Skip does, and says who', () => {
      const { next } = decide(asks, failed, { requests: ask('Skip') });
      expect(next.stage).toBe(1);
      expect(next.timeline?.map(({ what }) => what)).toContain(
        'this stage is skipped by jo (claimed): I say so',
      );
    });
  });
});

describe('a webhook', () => {
  const spec = blueGreen({ webhooks: [webhook] });
  const counting = preview({ gateSince: at(-30_000) });

  test('keeps the stage shut, with what it said', () => {
    const { next, asked } = decide(spec, counting, {
      tasks: answer('stage-1/gate', 'Waiting', '503'),
    });
    expect(asked).toEqual(['stage-1/gate 1']);
    expect(next).toMatchObject({ stage: 0, message: 'webhook gate: 503' });
  });

  test('what it says later is not worth a write', () => {
    const tasks = [
      { id: 'stage-1/gate', round: 1, state: 'Waiting' as const, message: '503', at: at(0) },
    ];
    const { persist } = decide(spec, preview({ ...counting, tasks }), {
      tasks: answer('stage-1/gate', 'Waiting', 'cannot be reached'),
    });
    expect(persist).toBe('Checkpoint');
  });

  test('that said no to the end pauses, whatever a failure does otherwise', () => {
    const { next } = decide(spec, counting, { tasks: answer('stage-1/gate', 'Failed') });
    expect(next.paused).toMatchObject({ reason: 'WebhookUnanswered' });
  });

  test('is passed over by a promotion', () => {
    expect(decide(spec, counting, { requests: ask('Promote') }).next.stage).toBe(1);
  });
});

describe('before anything is touched', () => {
  const window = { freeze: [{ from: '2025-12-20', to: '2026-01-03', because: 'holidays' }] };
  const opensAtMs = Date.parse('2026-01-04T00:00:00Z');
  const begin = (spec: Partial<PolicySpec>, state: Partial<Snapshot> = {}) =>
    decide(
      spec,
      {},
      {
        workload: workload('v2'),
        traffic: reading({ route: 'Service', dedicated: 'Absent' }),
        ...state,
      },
    );

  test('a window is waited for, and nothing is made', () => {
    const { next, decision } = begin({ window });
    expect(next).toMatchObject({
      step: 'Wait',
      phase: 'Pending',
      message: 'the window, which opens at 2026-01-04T00:00Z (holidays)',
      traffic: { dedicated: false, route: 'Service', weight: 0 },
    });
    expect(decision.wakeAtMs).toBe(opensAtMs);
    expect(decision.workload?.release?.candidateWanted).toBe('AsIs');
  });

  test('it begins when the window opens, and remembers the routes as they are then', () => {
    const waiting = begin({ window }).next;
    const capture = [{ backendRefs: 'as they are now' }];
    const { next } = decide({ window }, waiting, {
      now: opensAtMs,
      workload: workload('v2'),
      capture,
    });
    expect(next.step).toBe('Prepare');
    expect(next.stepSince).toBe('2026-01-04T00:00:00.000Z');
    expect(next.journal?.routers).toEqual(capture);
    expect(next.traffic?.dedicated).toBe(true);
  });

  test('hooks run in order; a person passes over the window and not over them', () => {
    const spec = { window, hooks: { before: [hook('one'), hook('two')] } };
    expect(begin(spec).asked).toEqual([]);
    const first = begin(spec, { requests: ask('Promote') });
    expect(first.asked).toEqual(['before/one 1']);
    const second = decide(spec, first.next, { tasks: answer('before/one', 'Passed') });
    expect(second.asked).toEqual(['before/two 1']);
    const failed = decide(spec, second.next, { tasks: answer('before/two', 'Failed') });
    expect(failed.next).toMatchObject({ towards: 'Aborted', reason: 'HookFailed' });
  });

  describe('a job that has begun', () => {
    const spec = { window, hooks: { before: [hook('one'), hook('two')] } };
    const tasks = [{ id: 'before/one', round: 1, state: 'Waiting' as const, at: at(0) }];
    const waits = { step: 'Wait', stepSince: at(0), startedAt: at(0), tasks } as const;
    const paused = { since: at(0), reason: 'PauseRequested', message: 'jo asked' };

    test.each<[string, Partial<PolicySpec>, ReleaseStatus]>([
      ['the window shuts', spec, waits],
      ['somebody pauses', { hooks: spec.hooks }, { ...waits, paused }],
    ])('is not cut off when %s, its answer is kept, and no other begins', (_, policy, status) => {
      expect(decide(policy, status).asked).toEqual(['before/one 1']);
      const { next, asked } = decide(policy, status, { tasks: answer('before/one', 'Passed') });
      expect(next.tasks).toMatchObject([{ id: 'before/one', state: 'Passed' }]);
      expect(next.step).toBe('Wait');
      expect(asked).toEqual([]);
    });

    test('of a stage is not cut off when its pods are not there for a moment', () => {
      const tests = blueGreen({ smokeTests: [{ name: 'home', job, retries: 0 }] });
      const begun = [{ ...(tasks[0] as (typeof tasks)[0]), id: 'stage-1-tests/home' }];
      const gone = setOf('v2', { owner: 'Release', ready: 0, available: 0 });
      const unready = { workload: workload('v2', { candidate: gone }) };
      const { next, asked } = decide(tests, preview({ tasks: begun }), unready);
      expect(next.message).toMatch(/0 of 4 candidate pods/);
      expect(asked).toEqual(['stage-1-tests/home 1']);
    });
  });

  test('a newer template ends the waiting', () => {
    const waiting = begin({ window }).next;
    const { next } = decide({ window }, waiting, { workload: workload('v3') });
    expect(next).toMatchObject({ towards: 'Aborted', reason: 'Superseded' });
  });
});

test('a stage is left only inside its window, whatever else is open', () => {
  const window = { open: [{ from: '09:00', to: '17:00' }] };
  const spec = blueGreen({ window });
  const { next, decision } = decide(spec, preview({ gateSince: at(-30_000) }));
  expect(next).toMatchObject({
    stage: 0,
    message: expect.stringMatching(/^the window, which opens/),
  });
  expect(decision.wakeAtMs).toBe(START_MS + 9 * 3_600_000);
  const later = decide(spec, preview({ gateSince: at(-30_000) }), {
    now: START_MS + 9 * 3_600_000,
  });
  expect(later.next.stage).toBe(1);
});

describe('people', () => {
  const spec = blueGreen({ approval: {}, hold: '10m' });
  const counting = preview({ gateSince: at(-30_000) });

  test('approve: the hold still counts', () => {
    const { next } = decide(spec, counting, { requests: ask('Approve') });
    expect(next).toMatchObject({ stage: 0, approved: true, message: 'hold, 9m30s left' });
    expect(next.timeline?.at(-1)?.what).toBe('approved by jo (claimed): I say so');
  });

  test('approve where nothing waits for it is refused', () => {
    const { next } = decide(blueGreen({ hold: '10m' }), counting, { requests: ask('Approve') });
    expect(next.requests?.[0]?.answer).toBe('refused: nothing waits for an approval here');
    const told = decide(
      blueGreen({ hold: '10m' }),
      { ...counting, message: 'hold, 9m left' },
      {
        requests: ask('Approve'),
      },
    );
    expect(told.next.requests?.[0]?.answer).toMatch(/here; it waits for hold, 9m left$/);
  });

  test.each(['Promote', 'PromoteFull', 'Skip'] as const)(
    '%s past a freeze says so, to who asks and in the record',
    (action) => {
      const freeze = [{ from: '2026-01-01', to: '2026-01-02', because: 'stocktaking' }];
      const frozen = blueGreen({ approval: {}, window: { freeze } });
      const { next } = decide(frozen, counting, { requests: ask(action) });
      const past = / past the window, which opens at 2026-01-03T00:00Z \(stocktaking\)/;
      expect(next.requests?.[0]?.answer).toMatch(past);
      expect(next.timeline?.some(({ what }) => past.test(what))).toBe(true);
      const open = decide(spec, counting, { requests: ask(action) });
      expect(open.next.requests?.[0]?.answer).not.toContain('window');
    },
  );

  test('promote through all stages: straight to the last one', () => {
    const canary: Partial<PolicySpec> = {
      strategy: {
        canary: {
          stages: [
            { weight: 5, approval: {} },
            { weight: 50, approval: {} },
          ],
          timeout: '1m',
        },
      },
    };
    const first = preview({
      gateSince: at(-30_000),
      traffic: { dedicated: true, route: 'Split', weight: 5, readBackAt: at(-30_000) },
    });
    const { next } = decide(canary, first, {
      requests: ask('PromoteFull'),
      traffic: reading({ weight: 5 }),
    });
    expect(next).toMatchObject({ stage: 2, full: true, traffic: { weight: 100 } });
  });
});

describe('at the end', () => {
  const ending = (towards: 'Promoted' | 'Aborted'): ReleaseStatus =>
    ({
      step: 'CleanUp',
      stepSince: at(-1_000),
      startedAt: at(-90_000),
      towards,
      reason: towards === 'Aborted' ? 'CheckFailed' : undefined,
      traffic: { dedicated: false, route: 'Service', weight: 0 },
    }) as ReleaseStatus;
  const gone = {
    traffic: reading({ route: 'Service', dedicated: 'Absent' }),
    workload: workload('v2'),
  };
  const hooks = { after: [hook('tell')], onAbort: [hook('undo')] };

  test.each([
    ['Promoted', 'after/tell'],
    ['Aborted', 'on-abort/undo'],
  ] as const)('%s: %s is run, and its failure changes nothing', (towards, id) => {
    const first = decide({ hooks }, ending(towards), gone);
    expect(first.asked).toEqual([`${id} 1`]);
    expect(first.next.outcome).toBeUndefined();
    const { next } = decide({ hooks }, ending(towards), { ...gone, tasks: answer(id, 'Failed') });
    expect(next.outcome).toBe(towards);
  });

  test('a job that has begun is not cut off by what is waited for before it', () => {
    const tasks = [{ id: 'after/tell', round: 1, state: 'Waiting' as const, at: at(0) }];
    const { asked } = decide(
      { hooks },
      { ...ending('Promoted'), tasks },
      { workload: gone.workload },
    );
    expect(asked).toEqual(['after/tell 1']);
    const bakes: ReleaseStatus = { ...preview(), step: 'Bake', stage: 1, gateSince: at(0), tasks };
    expect(decide({ hooks, bake: '10m' }, bakes).asked).toEqual(['after/tell 1']);
  });

  test('revertTemplate writes the stable template back, and waits until it is', () => {
    const spec: Partial<PolicySpec> = { onFailure: { action: 'Abort', revertTemplate: true } };
    const { next, decision } = decide(spec, ending('Aborted'), gone);
    expect(next.outcome).toBeUndefined();
    expect(decision.workload?.template).toEqual({
      spec: { containers: [{ name: 'web', image: 'v1' }] },
    });
    const done = decide(spec, ending('Aborted'), { ...gone, workload: workload('v1') });
    expect(done.next.outcome).toBe('Aborted');
    expect(decide({}, ending('Aborted'), gone).next.outcome).toBe('Aborted');
  });
});
