import { expect, test } from 'vitest';
import {
  afterEvent,
  backOff,
  foundContainer,
  newContainer,
  restarts,
  type ContainerEvent,
  type ContainerState,
} from './container-state.ts';
import { observeHollow } from './hollow-pod.ts';
import { asPod, type PodObject } from './pod.ts';
import { covers, podPhase, renderPodStatus } from './pod-status.ts';
import { countProbe, probeTimes, type ProbeCount } from './probe-count.ts';
import { judgeContainer } from './runnable.ts';

const STARTED = { type: 'started', id: 'a', atMs: 1_000, waitsForStartup: false } as const;
const CRASHED = { type: 'exited', exitCode: 1, signal: undefined, atMs: 2_000 } as const;

function life(...events: ContainerEvent[]): ContainerState {
  return events.reduce(afterEvent, newContainer('app', 'segue-demo:v1'));
}

function pod(fields: Record<string, unknown> = {}, annotations = {}): PodObject {
  const spec = { restartPolicy: 'Always', containers: [{ name: 'app', image: 'segue-demo:v1' }] };
  return asPod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', annotations },
    spec: { ...spec, ...fields },
  });
}

test('a container that crashes again is in CrashLoopBackOff with its last end on record', () => {
  const state = life(STARTED, CRASHED, { ...STARTED, id: 'b' }, CRASHED, {
    type: 'backingOff',
    message: 'back-off 10s',
  });
  expect(state.restartCount).toBe(1);
  expect(state.now).toMatchObject({ phase: 'waiting', reason: 'CrashLoopBackOff' });
  expect(state.last).toMatchObject({ id: 'b', exitCode: 1, reason: 'Error' });
});

test('a probe that answers after the process died makes nothing ready', () => {
  expect(life(STARTED, CRASHED, { type: 'readiness', ready: true }).now.phase).toBe('terminated');
});

test('restarts wait 0, 10, 20, 40 seconds and so on up to five minutes, until it ran for ten minutes', () => {
  let history = { crashes: 0 };
  const delays = Array.from({ length: 8 }, () => {
    const next = backOff(history, 1_000);
    ({ history } = next);
    return next.delayMs / 1_000;
  });
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  expect(backOff(history, 600_000).delayMs).toBe(0);
});

test.each([
  ['Always', 0, true],
  [undefined, 1, true],
  ['OnFailure', 0, false],
  ['OnFailure', 1, true],
  ['Never', 1, false],
])('restart policy %s after exit code %d: %s', (policy, code, expected) => {
  expect(restarts(policy, code)).toBe(expected);
});

test('phases', () => {
  const completed = life(STARTED, { ...CRASHED, exitCode: 0 });
  expect(podPhase('Always', [life()])).toBe('Pending');
  expect(podPhase('Always', [life(STARTED, CRASHED)])).toBe('Running');
  expect(podPhase('Never', [completed])).toBe('Succeeded');
  expect(podPhase('Never', [completed, life(STARTED, CRASHED)])).toBe('Failed');
  expect(podPhase('OnFailure', [life(STARTED, CRASHED)])).toBe('Running');
});

test('thresholds count results in a row', () => {
  const times = probeTimes({ failureThreshold: 2, successThreshold: 2 });
  let count: ProbeCount | undefined;
  const verdicts = [true, true, false, true, false, false].map((ok) => {
    const counted = countProbe(count, ok, times);
    ({ count } = counted);
    return counted.verdict;
  });
  expect(verdicts).toEqual([undefined, true, undefined, undefined, undefined, false]);
});

test('a condition keeps its time until it turns, and what the API server adds is no reason to write', () => {
  const facts = {
    podIP: '10.7.1.1',
    hostIP: '127.0.0.1',
    startedAtMs: 0,
    containers: [life(STARTED, { type: 'readiness', ready: true })],
  };
  const first = renderPodStatus(pod(), facts, 5_000);
  const stored = { ...first, podIPs: [{ ip: '10.7.1.1' }], qosClass: 'Burstable', extra: 1 };
  const second = renderPodStatus(asPod({ ...pod(), status: stored }), facts, 9_000);
  expect(second.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(
    Array.from({ length: 4 }, () => '1970-01-01T00:00:05Z'),
  );
  expect(covers(stored, second)).toBe(true);
  const down = { ...facts, containers: [life(STARTED)] };
  const third = renderPodStatus(asPod({ ...pod(), status: stored }), down, 9_000);
  expect(third.conditions?.find(({ type }) => type === 'Ready')).toEqual({
    type: 'Ready',
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [app]',
    lastTransitionTime: '1970-01-01T00:00:09Z',
  });
  expect(covers(stored, third)).toBe(false);
});

test('readiness gates hold the pod, not its containers', () => {
  const gated = pod({ readinessGates: [{ conditionType: 'example.com/lb' }] });
  const containers = [life(STARTED, { type: 'readiness', ready: true })];
  const facts = { podIP: undefined, hostIP: '127.0.0.1', startedAtMs: 0, containers };
  const { conditions } = renderPodStatus(gated, facts, 0);
  expect(conditions?.find(({ type }) => type === 'ContainersReady')?.status).toBe('True');
  expect(conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ReadinessGatesNotReady',
  });
});

test.each([
  ['segue-demo:v1', {}, undefined],
  ['registry.example/team/segue-demo:v1', {}, undefined],
  ['nginx:1.27', {}, 'ImagePullBackOff'],
  ['nginx:1.27', { args: ['-g'] }, 'ImagePullBackOff'],
  ['nginx:1.27', { command: ['nginx'] }, undefined],
  ['segue-demo:broken-image', { command: ['sh'] }, 'ImagePullBackOff'],
  ['segue-demo:v1', { livenessProbe: { grpc: { port: 1 } } }, 'CreateContainerError'],
  ['segue-demo:v1', { lifecycle: { postStart: {} } }, 'CreateContainerError'],
  ['x', { command: ['sh'], restartPolicy: 'Always' }, 'CreateContainerError'],
])('image %s with %j waits with %s', (image, fields, reason) => {
  const verdict = judgeContainer({ name: 'app', image, ...fields }, true);
  expect(verdict.runs ? undefined : verdict.reason).toBe(reason);
});

test('a command is refused unless the user has allowed commands', () => {
  const container = { name: 'app', image: 'node', command: ['node'] };
  expect(judgeContainer(container, false)).toMatchObject({
    reason: 'CreateContainerError',
    message: expect.stringContaining('start the sandbox with --run-commands'),
  });
});

test('init containers come first: their state is that of the pod', () => {
  const done = life(STARTED, { ...CRASHED, exitCode: 0 });
  const failed = life(STARTED, CRASHED);
  expect(podPhase('Always', [life()], [failed])).toBe('Pending');
  expect(podPhase('Never', [life()], [done, failed])).toBe('Failed');
  expect(podPhase('Always', [life(STARTED)], [done])).toBe('Running');
  const facts = { podIP: undefined, hostIP: '127.0.0.1', startedAtMs: 0, containers: [life()] };
  const { conditions } = renderPodStatus(pod(), { ...facts, init: [done, failed] }, 0);
  expect(conditions?.[0]).toMatchObject({ type: 'Initialized', status: 'False' });
});

test('after a restart of its node, what ran has ended and is started once more', () => {
  const running = { name: 'app', image: 'x', imageID: '', ready: true, restartCount: 2 };
  const status = {
    ...running,
    containerID: 'segue://u-7',
    state: { running: { startedAt: '1970-01-01T00:00:03Z' } },
  };
  const found = foundContainer(life(), status, 9_000);
  expect(found.now).toMatchObject({ id: 'u-7', exitCode: 255, startedAtMs: 3_000 });
  expect(restarts('Always', 255)).toBe(true);
  expect(podPhase('Never', [found])).toBe('Failed');
  const again = afterEvent(found, { ...STARTED, atMs: 9_500 });
  expect(again).toMatchObject({ restartCount: 3, last: { exitCode: 255, reason: 'Unknown' } });
});

test('hollow pods become ready after their time, never, or crash, as annotated', () => {
  const at = (nowMs: number, annotations: Record<string, string>) =>
    observeHollow(pod({}, annotations), { startedAtMs: 0, nowMs, readyAfterMs: 100 });
  expect(at(0, {})).toMatchObject({ recheckMs: 100, containers: [{ now: { ready: false } }] });
  expect(at(100, {}).containers[0]?.now).toMatchObject({ ready: true });
  expect(at(100, { 'hollow.segue.dev/ready-after': '2s' }).recheckMs).toBe(1_900);
  expect(at(9_000, { 'hollow.segue.dev/ready': 'never' }).containers[0]?.now).toMatchObject({
    phase: 'running',
    ready: false,
  });
  expect(at(0, { 'hollow.segue.dev/crash': 'true' }).containers[0]?.now).toMatchObject({
    reason: 'CrashLoopBackOff',
  });
  expect(at(0, { 'hollow.segue.dev/ready-after': 'soon' }).containers[0]?.now).toMatchObject({
    reason: 'CreateContainerConfigError',
  });
});

test('a hollow pod that is not restarted ends with the code it was told', () => {
  const job = pod({ restartPolicy: 'Never' }, { 'hollow.segue.dev/exit-code': '3' });
  const { containers } = observeHollow(job, { startedAtMs: 0, nowMs: 0, readyAfterMs: 0 });
  expect(podPhase('Never', containers)).toBe('Failed');
});
