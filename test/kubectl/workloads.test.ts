/** What people do to workloads with kubectl, on pods that are processes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await sandboxKubectl('--nodes=1', '--no-gateway');
});
afterAll(() => kubectl?.stop());

test('create, expose, roll out, scale, undo and delete a Deployment', async () => {
  await kubectl(
    'create',
    'deployment',
    'web',
    '--image=segue-demo:v1',
    '--replicas=2',
    '--port=8080',
  );
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=60s');
  const [row = ''] = (await kubectl('get', 'deployment', 'web', '--no-headers')).split('\n');
  expect(row.split(/\s+/).slice(0, 4)).toEqual(['web', '2/2', '2', '2']);

  await kubectl('expose', 'deployment', 'web', '--port=80', '--target-port=8080');
  const ports = await kubectl('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[0].targetPort}');
  expect(ports).toBe('8080');
  await kubectl(
    'wait',
    '--for=jsonpath={.endpoints[1].conditions.ready}=true',
    'endpointslice',
    '-l',
    'kubernetes.io/service-name=web',
    '--timeout=30s',
  );

  await kubectl('set', 'image', 'deployment/web', 'segue-demo=segue-demo:v2');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  const history = await kubectl('rollout', 'history', 'deployment/web');
  expect(
    history
      .split('\n')
      .slice(-2)
      .map((line) => line.split(/\s+/)[0]),
  ).toEqual(['1', '2']);
  await kubectl('rollout', 'undo', 'deployment/web');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  const image = '-o=jsonpath={.spec.template.spec.containers[0].image}';
  expect(await kubectl('get', 'deployment', 'web', image)).toBe('segue-demo:v1');

  await kubectl('scale', 'deployment/web', '--replicas=1');
  await kubectl('wait', '--for=jsonpath={.status.replicas}=1', 'deployment/web', '--timeout=30s');
  await kubectl('rollout', 'restart', 'deployment/web');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  expect(await kubectl('describe', 'deployment', 'web')).toContain('ScalingReplicaSet');

  await kubectl('delete', 'deployment,service', 'web', '--cascade=foreground', '--timeout=60s');
  await kubectl('wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=60s');
  expect(await kubectl('get', 'all', '-l', 'app=web', '-o', 'name')).toBe('');
});

test('logs: whole, the last, the latest, by container, selector and owner, and followed', async () => {
  await kubectl('run', 'talker', '--image=segue-demo:v1', '--port=8080');
  await kubectl('wait', '--for=condition=Ready', 'pod/talker', '--timeout=60s');
  const whole = await kubectl('logs', 'talker');
  const lines = whole.split('\n');
  expect(whole.length).toBeGreaterThan(0);
  expect(await kubectl('logs', 'talker', '--tail=1')).toBe(lines.at(-1));
  expect(await kubectl('logs', 'talker', '--since=1h')).toBe(whole);
  expect(await kubectl('logs', 'talker', '--since-time=2100-01-01T00:00:00Z')).toBe('');
  expect((await kubectl('logs', 'talker', '--limit-bytes=5')).length).toBe(5);
  expect(await kubectl('logs', 'talker', '-c', 'talker')).toBe(whole);
  expect(await kubectl('logs', 'talker', '--timestamps')).toMatch(/^20\d\d-\S+Z /);
  expect(await kubectl('logs', '-l', 'run=talker', '--prefix')).toMatch(
    /^\[pod\/talker\/talker\] /,
  );
  expect(await kubectl('logs', 'pod/talker', '--all-containers')).toContain(lines[0]);
  const stop = new AbortController();
  const following = kubectl.run(['logs', '-f', 'talker'], {
    signal: stop.signal,
    onOutput: () => stop.abort(),
  });
  expect((await following).stdout).toContain(lines[0]);
  expect(await kubectl.refused('logs', 'talker', '-c', 'other')).toContain(
    'container other is not valid for pod talker',
  );
  expect(await kubectl.refused('logs', 'talker', '--previous')).toContain('previous terminated');
  const pod = await kubectl('get', 'pod', 'talker', '-o', 'wide', '--no-headers');
  expect(pod).toMatch(/^talker\s+1\/1\s+Running\s+0\s+\S+\s+10\./);
  expect(await kubectl('describe', 'pod', 'talker')).toMatch(/Status:\s+Running/);
  await kubectl('delete', 'pod', 'talker', '--timeout=60s');
});
