/** Whole releases by swap on a real control plane: history, the way back, undo, and the hold lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { NAMESPACE, Recorder, type Subject, until } from './swap-harness.ts';
import { deployed, released, startSwapWorld, type SwapWorld } from './swap-world.ts';

let world: SwapWorld;

beforeAll(async () => {
  world = await startSwapWorld();
}, 120_000);

afterAll(() => world?.stop(), 60_000);

const REVISION = 'deployment.kubernetes.io/revision';

async function revisions(subject: Subject): Promise<Record<string, string | undefined>> {
  const { target, sets } = await subject.objects();
  const images = sets.map((set) => {
    const { template } = set['spec'] as { template: { spec: { containers: { image: string }[] } } };
    return [template.spec.containers[0]?.image, set.metadata.annotations?.[REVISION]];
  });
  return { Deployment: target?.metadata.annotations?.[REVISION], ...Object.fromEntries(images) };
}

/** Shrinks the old set and puts it into the history. */
async function finish(subject: Subject): Promise<void> {
  const done = subject.intent({
    carrier: 'Candidate',
    candidateWanted: 'AsIs',
    outgoingReplicas: 0,
    handBack: true,
  });
  await subject.drive(done, (s) => s.stable === undefined || s.stable.owner === 'Target');
  await subject.wait('it to be settled', (s) => s.settled && s.carrier === 'Candidate');
}

/** What `kubectl rollout status` asks for. */
async function rolledOut(subject: Subject, replicas: number): Promise<void> {
  await until(`rollout status of ${subject.name}`, async () => {
    const status = await subject.status();
    const counts = [status['updatedReplicas'], status['replicas'], status['availableReplicas']];
    return counts.every((count) => count === replicas) ? true : undefined;
  });
}

describe.each([
  { what: 'a rolling Deployment', spec: {}, kept: true },
  { what: 'a Recreate Deployment', spec: { strategy: { type: 'Recreate' } }, kept: true },
  { what: 'revisionHistoryLimit 0', spec: { revisionHistoryLimit: 0 }, kept: false },
])('$what', ({ spec, kept }) => {
  test('goes over, finishes and counts its history up', async () => {
    const subject = await released(world, { replicas: 4, ...spec });
    const before = (await subject.state()).strategy;
    const recorder = await Recorder.start(subject);
    const swapped = await subject.swap('Candidate');
    expect(swapped.strategy).toEqual(before);
    await rolledOut(subject, 4);
    await recorder.stop();
    expect(recorder.shortfalls(4, 'goes over')).toEqual([]);
    await finish(subject);
    if (kept)
      expect(await revisions(subject)).toEqual({ Deployment: '2', 'app:v1': '1', 'app:v2': '2' });
    else {
      await subject.wait('the old set to be gone', (s) => s.stable === undefined);
      expect(await revisions(subject)).toEqual({ Deployment: '2', 'app:v2': '2' });
    }
  });

  test('goes back before the old set is empty, and the candidate is deleted', async () => {
    const subject = await released(world, { replicas: 4, ...spec });
    const before = (await subject.state()).strategy;
    await subject.swap('Candidate');
    const recorder = await Recorder.start(subject);
    const back = await subject.swap('Stable');
    expect(back.strategy).toEqual(before);
    await recorder.stop();
    expect(recorder.shortfalls(4, 'goes back')).toEqual([]);
    const abort = subject.intent({ carrier: 'Stable', candidateWanted: 'Absent' });
    const state = await subject.drive(abort, (s) => s.candidate === undefined);
    expect(state).toMatchObject({ held: true, carrier: 'Stable', running: { replicas: 4 } });
    expect(state.templateHash).not.toBe(state.runningTemplateHash);
  });

  test('an earlier template is released again, its empty set in the history or not', async () => {
    const subject = await released(world, { replicas: 2, ...spec });
    const first = (await subject.state()).stable?.template ?? {};
    await subject.swap('Candidate');
    await finish(subject);
    await subject.drive({ held: true, template: first }, () => true);
    const recorded = await subject.begin('v1', 2);
    expect(recorded.candidate?.template).toEqual(first);
    await subject.swap('Candidate');
    await finish(subject);
    await rolledOut(subject, 2);
    const history = await revisions(subject);
    expect(history).toMatchObject({ Deployment: '3', 'app:v1': '3' });
  });
});

test('the candidate is sized while the release owns it, and deleted by an abort', async () => {
  const subject = await released(world, { replicas: 2 });
  await subject.drive(
    subject.intent({ candidateReplicas: 5 }),
    (s) => s.candidate?.available === 5,
  );
  await subject.drive(subject.intent({ candidateReplicas: 1 }), (s) => s.candidate?.current === 1);
  const abort = subject.intent({ candidateWanted: 'Absent' });
  await subject.drive(abort, (s) => s.candidate === undefined);
  await until('its pods to be gone', async () => {
    const options = { namespace: NAMESPACE, labelSelector: `app=${subject.name}` };
    return (await world.client.list(KINDS.pod, options)).items.length === 2 ? true : undefined;
  });
});

test('a failed release is shown on the Deployment until it is taken off', async () => {
  const subject = await released(world, { replicas: 2 });
  const progressing = async () => {
    const { conditions } = (await subject.status()) as { conditions: { type: string }[] };
    return conditions.find((condition) => condition.type === 'Progressing');
  };
  await subject.drive({ held: true, failureMessage: 'errors 12 %' }, () => true);
  await subject.edit({ replicas: 3 });
  await subject.wait('the new size', (s) => s.running?.available === 3);
  expect(await progressing()).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'Segue: errors 12 %',
  });
  expect((await subject.state()).failureMessage).toBe('errors 12 %');
  await subject.drive({ held: true, failureMessage: '' }, () => true);
  expect(await progressing()).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
});

test('the hold lost before the swap: the rogue set is deleted and the stable stands again', async () => {
  const subject = await released(world, { replicas: 4 });
  await subject.edit({ paused: false });
  await subject.wait('a rogue set', (s) => s.running === undefined);
  const present = subject.intent({ candidateReplicas: 4 });
  const state = await subject.drive(present, (s) => s.settled && s.stable?.available === 4);
  expect(state).toMatchObject({ held: true, carrier: 'Stable', candidate: { available: 4 } });
  expect((await subject.objects()).sets).toHaveLength(2);
  await subject.swap('Candidate');
  await rolledOut(subject, 4);
});

test('let go only when the Deployment runs its own template', async () => {
  const subject = await released(world, { replicas: 2 });
  await subject.drive(subject.intent({ candidateWanted: 'Absent' }), (s) => !s.candidate);
  expect(await subject.missing({ held: false })).toEqual([]);
  const { running } = await subject.state();
  const letGo = { held: false, ...(running ? { template: running.template } : {}) };
  await subject.drive(letGo, (s) => !s.held && s.settled);
  expect((await subject.objects()).sets).toHaveLength(1);
});

test('a write that was refused as stale is rendered again', async () => {
  const subject = await deployed(world, { replicas: 1 });
  const [pause] = await subject.missing({ held: true });
  await subject.edit({ replicas: 2 });
  expect(pause && (await subject.send(pause))).toBe(false);
  const template = (await subject.state()).template;
  await subject.drive({ held: true }, (s) => s.held);
  await subject.setImage('v5');
  const [json] = await subject.missing({ held: true, template });
  await subject.edit({ replicas: 3 });
  expect(json && (await subject.send(json))).toBe(false);
  await subject.drive({ held: true, template }, (s) => s.templateHash === s.runningTemplateHash);
});
