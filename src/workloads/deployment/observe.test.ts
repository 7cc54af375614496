import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseSets, WorkloadState } from '../../ports/workload.ts';
import {
  deployment,
  type DeploymentOptions,
  replicaSet,
  ROLLING,
  template,
} from '../../testing/deployment-objects.ts';
import { deploymentWorkload } from './index.ts';
import { templateHash } from '../template.ts';

const PAIR: ReleaseSets = { stable: 'web-old', candidate: 'web-new' };
const OLD = replicaSet('old', { revision: 1 });
const NEW = replicaSet('new', { version: 'v2', revision: 2 });
const CANDIDATE = replicaSet('new', { version: 'v2', owner: 'Release' });
const leavingTemplate = (version: string, hash: string) => ({
  ...template(version, hash),
  metadata: {
    labels: { app: 'web', 'pod-template-hash': hash },
    annotations: { 'segue.dev/leaving': 'true' },
  },
});

function observe(target: DeploymentOptions, sets: KubeObject[], pair?: ReleaseSets): WorkloadState {
  const objects = { namespace: 'shop', target: deployment(target), sets };
  const state = deploymentWorkload.observe(objects, pair);
  if (!state) throw new Error('no state');
  return state;
}

test('without a Deployment there is nothing to observe', () => {
  const objects = { namespace: 'shop', target: undefined, sets: [OLD] };
  expect(deploymentWorkload.observe(objects, PAIR)).toBeUndefined();
});

test('a Deployment that is being deleted is gone: nothing takes that back', () => {
  const target = deployment({});
  target.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  const objects = { namespace: 'shop', target, sets: [OLD, NEW] };
  expect(deploymentWorkload.observe(objects, PAIR)).toBeUndefined();
});

test('the facts of a held Deployment with a new template', () => {
  const state = observe({ spec: { progressDeadlineSeconds: 600 } }, [OLD]);
  expect(state).toMatchObject({
    uid: 'uid-deployment',
    generation: 3,
    observedGeneration: 3,
    replicas: 4,
    held: true,
    images: ['shop/web:v2'],
    templateHash: templateHash(template('v2')),
    runningTemplateHash: templateHash(template('v1')),
    running: { name: 'web-old', hash: 'old', replicas: 4, available: 4, owner: 'Target' },
    progressDeadlineMs: 600_000,
    strategy: ROLLING,
    settled: true,
    carrier: 'Neither',
    swapWaitsFor: '',
    failureMessage: undefined,
  });
  expect(state.next.name).toBe(`web-${state.next.hash}`);
  expect(state.running?.template).toEqual(state.running && canonicalOf('v1'));
});

function canonicalOf(version: string): unknown {
  return observe({ template: template(version) }, []).template;
}

describe('what runs', () => {
  test.each<[string, KubeObject[], string | undefined]>([
    ['the one active set', [OLD, replicaSet('older', { replicas: 0, revision: 5 })], 'web-old'],
    [
      'a set that still has pods counts as active',
      [OLD, replicaSet('older', { replicas: 0, current: 1 })],
      undefined,
    ],
    [
      'the newest of empty ones',
      [
        replicaSet('a', { replicas: 0, revision: 9 }),
        replicaSet('b', { replicas: 0, revision: 10 }),
      ],
      'web-b',
    ],
    ['nothing of another owner', [CANDIDATE], undefined],
    ['nothing', [], undefined],
  ])('%s', (_, sets, name) => expect(observe({}, sets).running?.name).toBe(name));
});

describe('settled', () => {
  const running = { paused: false, template: template('v1') };
  test.each<[string, DeploymentOptions, KubeObject[], string]>([
    ['held, template differs', {}, [OLD], ''],
    ['held, everything empty', { replicas: 0 }, [replicaSet('old', { replicas: 0 })], ''],
    ['held, beside a candidate of the release', {}, [OLD, CANDIDATE], ''],
    ['complete', running, [OLD], ''],
    [
      'held in the middle of a rollout',
      {},
      [OLD, NEW],
      'Deployment web is in the middle of a rollout: it runs web-old and web-new',
    ],
    [
      'not seen',
      { status: { observedGeneration: 2 } },
      [OLD],
      'the Deployment controller has not seen generation 3 of Deployment web',
    ],
    [
      'not updated',
      { ...running, status: { updatedReplicas: 1 } },
      [OLD],
      'Deployment web has updated 1 of 4 pods',
    ],
    [
      'not available',
      { ...running, status: { availableReplicas: 3 } },
      [OLD],
      'Deployment web has 3 of 4 pods available, 4 in all',
    ],
    [
      'old pods left',
      { ...running, status: { replicas: 5 } },
      [OLD],
      'Deployment web has 4 of 4 pods available, 5 in all',
    ],
    [
      'status of before the change',
      { paused: false },
      [OLD],
      'Deployment web does not run its template yet',
    ],
  ])('%s', (_, target, sets, because) => {
    const { settled, unsettledBecause } = observe(target, sets);
    expect(unsettledBecause).toBe(because);
    expect(settled).toBe(because === '');
  });
});

describe('who carries', () => {
  const empty = (set: KubeObject) => ({
    ...set,
    spec: { ...(set['spec'] as object), replicas: 0 },
    status: {},
  });
  const released = replicaSet('old', { owner: 'Release', revision: 1 });
  test.each<[string, KubeObject[], WorkloadState['carrier'], boolean]>([
    ['before the swap', [OLD, CANDIDATE], 'Stable', true],
    ['before the candidate', [OLD], 'Stable', true],
    ['an empty earlier set has the name of the candidate', [OLD, empty(NEW)], 'Stable', true],
    ['in the middle', [OLD, NEW], 'Both', false],
    [
      'in the middle with nothing to run',
      [
        empty(OLD),
        { ...empty(NEW), spec: { replicas: 0, template: leavingTemplate('v2', 'new') } },
      ],
      'Both',
      false,
    ],
    [
      'marked',
      [replicaSet('old', { template: leavingTemplate('v1', 'old') }), CANDIDATE],
      'Stable',
      false,
    ],
    ['after the swap', [released, NEW], 'Candidate', true],
    ['after the old set was given back', [empty(OLD), NEW], 'Candidate', true],
    ['after that, scaled to zero', [empty(OLD), empty(NEW)], 'Candidate', true],
    ['both lost', [released, CANDIDATE], 'Neither', false],
    ['stable deleted by revisionHistoryLimit', [NEW], 'Candidate', true],
  ])('%s', (_, sets, carrier, clean) => {
    const state = observe({}, sets, PAIR);
    expect(state.carrier).toBe(carrier);
    expect(state.swapClean).toBe(clean);
  });

  test('the strategy not yet put back is not clean', () => {
    const labels = { 'segue.dev/swapping': 'Candidate' };
    const spec = { strategy: { type: 'Recreate' } };
    expect(observe({ labels, spec }, [released, NEW], PAIR).swapClean).toBe(false);
  });

  test("a user's own Recreate is clean", () => {
    const spec = { strategy: { type: 'Recreate' } };
    expect(observe({ spec }, [released, NEW], PAIR).swapClean).toBe(true);
  });
});

describe('what a swap waits for', () => {
  const labels = { 'segue.dev/swapping': 'Candidate' };
  const recreate = { strategy: { type: 'Recreate' } };
  test.each<[string, DeploymentOptions, KubeObject[], string]>([
    ['no swap', {}, [OLD, CANDIDATE], ''],
    [
      'the strategy to be seen',
      { labels, spec: recreate, status: { observedGeneration: 2 } },
      [OLD, CANDIDATE],
      'the Deployment controller has not seen generation 3 of Deployment web',
    ],
    [
      'both sets to be counted',
      { labels, spec: recreate },
      [replicaSet('old', { template: leavingTemplate('v1', 'old') }), NEW],
      'the status of Deployment web counts 4 pods, ReplicaSet web-new and web-old have 8',
    ],
    [
      'the outgoing set not to be counted',
      { labels, spec: recreate, status: { replicas: 8 } },
      [replicaSet('old', { owner: 'Release' }), NEW],
      'the status of Deployment web counts 8 pods, ReplicaSet web-new has 4',
    ],
    [
      'a third set',
      { labels, spec: recreate },
      [OLD, CANDIDATE, replicaSet('third')],
      'Deployment web also runs ReplicaSet web-third',
    ],
    [
      'pods of the incoming set',
      { labels, spec: recreate },
      [OLD, replicaSet('new', { version: 'v2', owner: 'Release', current: 3 })],
      'ReplicaSet web-new has 3 of 4 pods',
    ],
    ['nothing more', { labels, spec: recreate }, [OLD, CANDIDATE], ''],
  ])('%s', (_, target, sets, because) =>
    expect(observe(target, sets, PAIR).swapWaitsFor).toBe(because),
  );
});

describe('the failure on the Deployment', () => {
  const condition = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
  test.each([
    ['ours', { ...condition, message: 'Segue: errors 12 %' }, 'errors 12 %'],
    [
      'its own',
      { ...condition, message: 'ReplicaSet "web" has timed out progressing.' },
      undefined,
    ],
    ['none', { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }, undefined],
  ])('%s', (_, one, message) => {
    const state = observe({ status: { conditions: [one] } }, [OLD]);
    expect(state.failureMessage).toBe(message);
  });
});
