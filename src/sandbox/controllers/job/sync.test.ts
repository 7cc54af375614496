import { describe, expect, test } from 'vitest';
import type { Job, Pod } from '../kinds.ts';
import { ago, aJob, aPod, NOW } from '../testing/objects.ts';
import { type JobPlan, renderPod, syncJob } from './sync.ts';

const done = (name: string): Pod => aPod(name, { status: { phase: 'Succeeded' } });
const failed = (name: string, secondsAgo = 600): Pod =>
  aPod(name, {
    ready: false,
    readyForSeconds: secondsAgo,
    status: { phase: 'Failed', conditions: [] },
    createdSecondsAgo: secondsAgo,
  });

function sync(spec: Partial<Job['spec']>, pods: Pod[], status?: Job['status']): JobPlan {
  return syncJob({ job: aJob(spec, status), pods, nowMs: NOW });
}

describe('how many pods run', () => {
  test.each<[string, Partial<Job['spec']>, Pod[], number]>([
    ['the first', {}, [], 1],
    ['as many as parallelism says', { completions: 5, parallelism: 2 }, [], 2],
    [
      'no more than completions are left',
      { completions: 5, parallelism: 3 },
      ['a', 'b', 'c'].map(done),
      2,
    ],
    ['none beside those that run', { completions: 5, parallelism: 2 }, [aPod('a'), aPod('b')], 0],
    ['none while suspended', { suspend: true }, [], 0],
    [
      'a work queue stops at its first success',
      { completions: undefined as never, parallelism: 2 },
      [done('a'), aPod('b')],
      0,
    ],
    ['another after a failure and its pause', {}, [failed('a')], 1],
    ['none during the pause after a failure', {}, [failed('a', 4)], 0],
  ])('%s', (_, spec, pods, create) => {
    expect(sync(spec, pods).create).toBe(create);
  });

  test('the pause ends ten seconds after the failure', () => {
    expect(sync({}, [failed('a', 4)]).requeueAfterMs).toBe(6_000);
  });
});

describe('the end', () => {
  test('enough successes complete it', () => {
    const plan = sync({}, [done('a')]);
    expect(plan.ended?.type).toBe('Complete');
    expect(plan.status).toMatchObject({
      succeeded: 1,
      completionTime: ago(0),
      conditions: [{ type: 'Complete', status: 'True' }],
    });
  });

  test('more failures than backoffLimit fail it', () => {
    const plan = sync({ backoffLimit: 1 }, [failed('a'), failed('b')]);
    expect(plan.ended).toMatchObject({ type: 'Failed', reason: 'BackoffLimitExceeded' });
    expect(plan.status).toMatchObject({ failed: 2 });
  });

  test('the deadline fails it and stops what runs', () => {
    const plan = sync({ activeDeadlineSeconds: 30 }, [aPod('a')], { startTime: ago(30) });
    expect(plan.ended).toMatchObject({ reason: 'DeadlineExceeded' });
    expect(plan.delete.map((pod) => pod.metadata.name)).toEqual(['a']);
    expect(plan.status?.active).toBeUndefined();
  });

  test('before the deadline it is looked at again in time', () => {
    const plan = sync({ activeDeadlineSeconds: 30 }, [aPod('a')], { startTime: ago(10) });
    expect(plan.requeueAfterMs).toBe(20_000);
  });

  test('nothing happens after it', () => {
    const { status } = sync({}, [done('a')]);
    expect(sync({}, [], status)).toEqual({ create: 0, delete: [], expired: false });
  });

  test('ttlSecondsAfterFinished later it goes', () => {
    const conditions = [{ type: 'Complete', status: 'True' as const, lastTransitionTime: ago(20) }];
    expect(sync({ ttlSecondsAfterFinished: 30 }, [], { conditions }).requeueAfterMs).toBe(10_000);
    expect(sync({ ttlSecondsAfterFinished: 20 }, [], { conditions }).expired).toBe(true);
  });
});

test('a running Job is not written again', () => {
  const { status } = sync({}, [aPod('a')]);
  expect(status).toMatchObject({ active: 1, ready: 1, startTime: ago(0) });
  expect(sync({}, [aPod('a')], status).status).toBeUndefined();
});

test('its pods carry its name', () => {
  expect(renderPod(aJob(), () => 0).metadata.labels).toMatchObject({
    'job-name': 'smoke',
    'batch.kubernetes.io/job-name': 'smoke',
    app: 'web',
  });
});
