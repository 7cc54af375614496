/** `kubectl rollout`: status, history, undo, pause, resume, restart. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';
import { deployment } from './objects.ts';

let kubectl: Kubectl;
let count = 0;
let name = '';
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=1', '--no-gateway');
});
afterAll(() => kubectl?.stop());
beforeEach(async () => {
  count += 1;
  name = `r${count}`;
  await kubectl.pipe(deployment(name, {}, { replicas: 2 }), 'create');
  await status();
});

const rollout = (what: string, ...args: string[]) =>
  kubectl('rollout', what, `deployment/${name}`, ...args);
const status = () => rollout('status', '--timeout=60s');
const setImage = (image: string) => kubectl('set', 'image', `deployment/${name}`, `app=${image}`);
const image = () =>
  kubectl('get', 'deploy', name, '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
const revisions = async () =>
  (await rollout('history'))
    .split('\n')
    .slice(2)
    .map((line) => line.split(/\s+/));

test('history counts up, tells causes and templates; undo goes back', async () => {
  await setImage('segue-demo:v2');
  await kubectl('annotate', 'deploy', name, 'kubernetes.io/change-cause=second');
  expect(await status()).toContain('successfully rolled out');
  expect(await revisions()).toEqual([
    ['1', '<none>'],
    ['2', 'second'],
  ]);
  expect(await rollout('history', '--revision=1')).toMatch(/Image:\s+segue-demo:v1/);
  expect(await rollout('undo')).toContain('rolled back');
  await status();
  expect(await image()).toBe('segue-demo:v1');
  await rollout('undo', '--to-revision=2');
  expect(await image()).toBe('segue-demo:v2');
  const missing = ['rollout', 'undo', `deployment/${name}`, '--to-revision=9'];
  expect(await kubectl.refused(...missing)).toContain('unable to find specified revision 9');
});

test('a paused Deployment waits, and goes on when it is resumed', async () => {
  expect(await rollout('pause')).toContain('paused');
  expect(await kubectl.refused('rollout', 'pause', `deployment/${name}`)).toContain(
    'already paused',
  );
  await setImage('segue-demo:v2');
  expect(await kubectl('get', 'rs', '-l', `app=${name}`, '-o', 'name')).not.toContain('\n');
  expect(await kubectl.refused('rollout', 'restart', `deployment/${name}`)).toContain('paused');
  expect(await rollout('resume')).toContain('resumed');
  await status();
  const sets = await kubectl('get', 'rs', '-l', `app=${name}`, '-o', 'name');
  expect(sets.split('\n')).toHaveLength(2);
});

test('restart replaces every pod', async () => {
  const pods = () => kubectl('get', 'pods', '-l', `app=${name}`, '-o', 'name');
  const before = new Set((await pods()).split('\n'));
  await rollout('restart');
  await status();
  await kubectl('wait', '--for=delete', ...before, '--timeout=60s');
  expect((await pods()).split('\n').filter((pod) => before.has(pod))).toEqual([]);
  expect(await kubectl('describe', 'deploy', name)).toContain('kubectl.kubernetes.io/restartedAt');
});

test('status waits for the rollout, and gives up at its deadline', async () => {
  await kubectl('scale', 'deploy', name, '--replicas=4');
  expect(await status()).toMatch(/Waiting for deployment|successfully rolled out/);
  const stuck = { spec: { template: { spec: { nodeSelector: { no: 'where' } } } } };
  await kubectl('patch', 'deploy', name, '-p', JSON.stringify(stuck));
  const waiting = ['rollout', 'status', `deployment/${name}`, '--timeout=2s'];
  expect(await kubectl.refused(...waiting)).toContain('timed out');
  const deadline = { spec: { progressDeadlineSeconds: 1 } };
  await kubectl('patch', 'deploy', name, '-p', JSON.stringify(deadline));
  expect(await kubectl.refused('rollout', 'status', `deployment/${name}`)).toContain(
    'exceeded its progress deadline',
  );
});
