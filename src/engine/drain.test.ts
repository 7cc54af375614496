/** The old version goes: what counts as gone. */
import { expect, test } from 'vitest';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import type { WorkloadState } from '../ports/workload.ts';
import { step } from './step.ts';

const long = new Date(START_MS - 600_000).toISOString();

function drained(stable: { replicas: number; current: number }) {
  const status = {
    startedAt: long,
    step: 'Drain' as const,
    stepSince: long,
    towards: 'Promoted' as const,
    drainSince: long,
    traffic: { dedicated: true, route: 'Split' as const, weight: 100, readBackAt: long },
  };
  const state = workload('v2', {
    stable: setOf('v1', { owner: 'Release', available: 0, ...stable }),
    candidate: setOf('v2'),
    running: setOf('v2'),
    carrier: 'Candidate',
  });
  const traffic = reading({ dedicated: 'Present', route: 'Split', weight: 100 });
  return step(snapshot({ release: release(status), workload: state, traffic })).release?.status;
}

test('not while the old set wants pods, though its status counts none yet', () => {
  // It was deleted without its pods and made anew: it takes them up in a moment.
  expect(drained({ replicas: 4, current: 0 })).toMatchObject({ step: 'Drain' });
  expect(drained({ replicas: 0, current: 2 })).toMatchObject({ step: 'Drain' });
  expect(drained({ replicas: 0, current: 0 })).toMatchObject({ step: 'Restore' });
});

test('it drains from when it lost its traffic last, which is now while that is not read back', () => {
  const traffic = { dedicated: true, route: 'Split' as const, weight: 100 };
  const baking = (readBack: boolean) => {
    const status = {
      startedAt: long,
      step: 'Bake' as const,
      stepSince: long,
      drainSince: long,
      traffic: { ...traffic, ...(readBack && { readBackAt: long }) },
    };
    const state = workload('v2', {
      stable: setOf('v1', { owner: 'Release' }),
      candidate: setOf('v2'),
      running: setOf('v2'),
      carrier: 'Candidate',
    });
    // The policy was deleted: the bake is cut short.
    const seen = snapshot({ policy: undefined, release: release(status), workload: state });
    return step({ ...seen, traffic: reading({ route: 'Split', weight: 100 }) }).release?.status;
  };
  expect(baking(true)).toMatchObject({ towards: 'Promoted', step: 'Drain', drainSince: long });
  expect(baking(false)?.drainSince).toBe(new Date(START_MS).toISOString());
});

test('it ends only when the target has the new version again, whose set was deleted at the very end', () => {
  const status = {
    startedAt: long,
    step: 'CleanUp' as const,
    stepSince: long,
    towards: 'Promoted' as const,
    traffic: { dedicated: false, route: 'Service' as const, weight: 0 },
  };
  const ended = (state: Partial<WorkloadState>) =>
    step(
      snapshot({
        release: release(status),
        workload: workload('v2', {
          stable: setOf('v1'),
          candidate: setOf('v2'),
          carrier: 'Candidate',
          ...state,
        }),
        traffic: reading({ dedicated: 'Absent', route: 'Service' }),
      }),
    ).release?.status;
  const message = 'the set of the new version, made anew, to be given to the target';
  // Its controller filled the old set, and the new one is the release's.
  const anew = setOf('v2', { owner: 'Release' });
  expect(ended({ candidate: anew, carrier: 'Stable' })).toMatchObject({ step: 'CleanUp', message });
  expect(ended({ carrier: 'Both', swapClean: false })).toMatchObject({ step: 'CleanUp', message });
  expect(ended({})).toMatchObject({ step: 'Done', outcome: 'Promoted' });
});

test('without its policy the target is resumed last, when what is run at the end has answered', () => {
  const status = {
    startedAt: long,
    step: 'CleanUp' as const,
    stepSince: long,
    towards: 'Aborted' as const,
    traffic: { dedicated: false, route: 'Service' as const, weight: 0 },
  };
  const webhook = { url: 'http://gate/undo', interval: '10s' };
  const hook = { name: 'undo', webhook, retries: 0, timeout: '1m' };
  const ending = release(status, { hooks: { onAbort: [hook] } });
  const decided = (state: 'Waiting' | 'Passed', held: boolean) =>
    step(
      snapshot({
        policy: undefined,
        release: ending,
        workload: workload('v2', { held, candidate: undefined, stable: setOf('v1') }),
        tasks: [{ id: 'on-abort/undo', round: 1, state, message: '' }],
        traffic: reading({ dedicated: 'Absent', route: 'Service' }),
      }),
    );
  expect(decided('Waiting', true).workload?.held).toBe(true);
  expect(decided('Passed', true)).toMatchObject({
    workload: { held: false },
    release: { status: { step: 'CleanUp' } },
  });
  expect(decided('Passed', false).release?.status.step).toBe('Done');
});
