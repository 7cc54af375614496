/** Which releases have their images pulled before anything is touched, and by what kind of pod. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import {
  policy,
  policySpec,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
} from '../testing/snapshots.ts';
import { compilePlan } from './plan.ts';
import { compilePull, isEarlier, pulledImages } from './pull.ts';
import type { EndedRelease, TaskAnswer } from './snapshot.ts';
import { step } from './step.ts';

const recreate: Partial<PolicySpec> = { strategy: { recreate: { timeout: '30m' } } };
const native = (spec: Partial<PolicySpec> = recreate) => {
  const { traffic: _, ...rest } = policySpec(spec);
  return rest;
};

describe('which releases', () => {
  const pulls = (spec: PolicySpec, earlier: boolean): boolean =>
    compilePlan(spec, { template: {}, earlier }).plan.before?.tasks?.[0]?.kind === 'Pull';
  test.each([
    ['recreate', native(), [true, true]],
    ['canary', policySpec(), [false, true]],
    ['recreate, never', native({ ...recreate, tryImages: 'Never' }), [false, false]],
    ['recreate, undo', native({ ...recreate, tryImages: 'Undo' }), [false, true]],
    ['canary, always', policySpec({ tryImages: 'Always' }), [true, true]],
  ] as const)('%s: of a new version, of an earlier one', (_, spec, [fresh, earlier]) => {
    expect([pulls(spec, false), pulls(spec, true)]).toEqual([fresh, earlier]);
  });

  test('of a pair never by itself: the idle one has pulled them already', () => {
    expect(pulls(policySpec({ pairRef: { name: 'green' } }), true)).toBe(false);
  });

  test('after what is waited for elsewhere, and before a migration', () => {
    const job = { spec: {} };
    const hooks = { before: [{ name: 'migrate', job, retries: 0, timeout: '10m' }] };
    const spec = native({ ...recreate, hooks, releasedIn: { namespace: 'staging' } });
    expect(compilePlan(spec).plan.before?.tasks?.map(({ kind }) => kind)).toEqual([
      'ReleasedIn',
      'Pull',
      'Job',
    ]);
  });

  const ended = (number: number, outcome: string): EndedRelease => ({
    name: `web-${number}`,
    number,
    outcome,
    templateHash: `v${number + 1}`,
    stableTemplateHash: `v${number}`,
    target: 'uid-web',
    strategy: 'canary',
  });

  test('an earlier version is one that users had', () => {
    const history = [ended(1, 'Promoted'), ended(2, 'Aborted')];
    const known = (hash: string) => isEarlier(hash, { history, owned: [] });
    expect(['v1', 'v2', 'v3', 'v4'].map(known)).toEqual([true, true, false, false]);
    expect(isEarlier('template-v0', { history: [], owned: [setOf('v0')] })).toBe(true);
  });

  test('an undo has the template of the earlier version in its plan', () => {
    const running = setOf('v1');
    const owned = [running, setOf('v0', { replicas: 0, owner: 'Target' })];
    const plan = (image: string) =>
      step(snapshot({ workload: workload(image, { running, owned }) })).create?.spec.plan;
    expect(plan('v2')?.before).toBeUndefined();
    const [task] = plan('v0')?.before?.tasks ?? [];
    expect(task && pulledImages(task)).toEqual(['v0']);
  });
});

describe('the pod that tries', () => {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: {
      serviceAccountName: 'web',
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { nodeAffinity: { a: 1 }, podAntiAffinity: { b: 2 } },
      hostNetwork: true,
      volumes: [{ name: 'data' }],
      securityContext: { runAsUser: 1000, sysctls: [{ name: 'x', value: '1' }] },
      initContainers: [
        { name: 'migrate', image: 'web:2', command: ['migrate'] },
        { name: 'init', image: 'init:1', imagePullPolicy: 'Always' },
      ],
      containers: [
        {
          name: 'web',
          image: 'web:2',
          env: [{ name: 'PASSWORD', value: 'secret' }],
          envFrom: [{ secretRef: { name: 'keys' } }],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
          livenessProbe: {},
          securityContext: {
            privileged: true,
            runAsNonRoot: true,
            capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
          },
        },
      ],
    },
  };
  const { pod } = compilePull(template).spec as { pod: Record<string, unknown> };

  test('has each image once, the rights to pull and the nodes, and nothing else of the user', () => {
    const tiny = { cpu: '10m', memory: '16Mi' };
    const resources = { requests: tiny, limits: tiny };
    const command = ['true'];
    expect(pod).toEqual({
      serviceAccountName: 'web',
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { nodeAffinity: { a: 1 } },
      securityContext: { runAsUser: 1000 },
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      restartPolicy: 'Never',
      containers: [
        {
          name: 'web',
          image: 'web:2',
          command,
          resources,
          securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
        },
        {
          name: 'init',
          image: 'init:1',
          imagePullPolicy: 'Always',
          command,
          resources,
          securityContext: {},
        },
      ],
    });
  });
});

describe('what becomes of a release', () => {
  const tasks = [compilePull({ spec: { containers: [{ name: 'web', image: 'web:2' }] } })];
  const answered = (state: TaskAnswer['state']): TaskAnswer[] => [
    { id: 'before/images.pull', round: 1, state, message: 'the kubelet said so' },
  ];
  function decide(state: TaskAnswer['state'], more: Partial<ReleaseStatus> = {}, spec = recreate) {
    const at = new Date(START_MS).toISOString();
    const of = release({ step: 'Wait', stepSince: at, startedAt: at, ...more }, native(spec));
    of.spec.plan = { ...of.spec.plan, before: { tasks } };
    const decision = step(
      snapshot({
        policy: policy(native(spec)),
        release: of,
        workload: workload('v2'),
        tasks: answered(state),
      }),
    );
    return { decision, status: decision.release?.status as ReleaseStatus };
  }

  test('an image that cannot be pulled ends it before anything was touched, and is named', () => {
    const { decision, status } = decide('Failed');
    expect(status).toMatchObject({ outcome: 'Aborted', reason: 'ImageNotPulled' });
    expect(status.because).toBe('the pull of web:2 failed: the kubelet said so');
    expect(status.journal).toBeUndefined();
    expect(decision.workload).toBeUndefined();
  });

  test('where the policy says to ask it pauses, and resumed it is tried anew', () => {
    const { status } = decide('Failed', {}, { ...recreate, onFailure: { action: 'Pause' } });
    expect(status.paused).toMatchObject({ reason: 'ImageNotPulled' });
  });

  test.each([
    ['Passed', 'Prepare'],
    ['Unknown', 'Prepare'],
    ['Waiting', 'Wait'],
  ] as const)('%s: %s', (state, next) => {
    const { decision, status } = decide(state);
    expect(status.step === 'Wait').toBe(next === 'Wait');
    const told = decision.events.filter(({ reason }) => reason === 'TaskUnknown');
    expect(told.map(({ message }) => message)).toEqual(
      state === 'Unknown' ? ['the pull of web:2: not known, the kubelet said so; going on'] : [],
    );
  });

  test('promote does not pass over it, skip does', () => {
    expect(decide('Waiting', { promoted: true }).status.step).toBe('Wait');
    expect(decide('Waiting', { skipped: true }).status.step).not.toBe('Wait');
  });
});
