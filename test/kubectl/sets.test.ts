/** What people do to StatefulSets and DaemonSets with kubectl. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=3', '--zones=a,b', '--no-gateway');
});
afterAll(() => kubectl?.stop());

const IMAGE = '-o=jsonpath={.spec.template.spec.containers[0].image}';
const IMAGES = '-o=jsonpath={.items[*].spec.containers[0].image}';

function workload(kind: string, name: string, spec: Record<string, unknown> = {}) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image: 'app:1' }] },
      },
      ...spec,
    },
  };
}

async function row(...args: string[]): Promise<string[]> {
  return (await kubectl('get', ...args, '--no-headers')).split(/\s+/);
}

/** The numbers that `rollout history` lists. */
async function history(workloadName: string): Promise<string[]> {
  const text = await kubectl('rollout', 'history', workloadName);
  return text.split('\n').flatMap((line) => /^\d+/.exec(line) ?? []);
}

test('a StatefulSet: make, release, hold by partition, scale, undo, restart, delete', async () => {
  await kubectl.pipe(workload('StatefulSet', 'db', { replicas: 3, serviceName: 'db' }), 'apply');
  await kubectl('rollout', 'status', 'sts/db', '--timeout=60s');
  expect((await row('sts', 'db')).slice(0, 2)).toEqual(['db', '3/3']);

  await kubectl('set', 'image', 'sts/db', 'app=app:2');
  await kubectl('rollout', 'status', 'sts/db', '--timeout=60s');
  expect(await kubectl('get', 'pods', '-l', 'app=db', IMAGES)).toBe('app:2 app:2 app:2');
  expect(await history('sts/db')).toEqual(['1', '2']);

  const partition = { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } };
  await kubectl('patch', 'sts', 'db', '-p', JSON.stringify(partition));
  await kubectl('set', 'image', 'sts/db', 'app=app:3');
  const held = await kubectl('rollout', 'status', 'sts/db', '--timeout=60s');
  expect(held).toContain('partitioned roll out complete: 1 new pods have been updated');
  expect(await kubectl('get', 'pods', '-l', 'app=db', IMAGES)).toBe('app:2 app:2 app:3');

  await kubectl('rollout', 'undo', 'sts/db');
  expect(await kubectl('get', 'sts', 'db', IMAGE)).toBe('app:2');
  await kubectl('wait', '--for=jsonpath={.status.updatedReplicas}=3', 'sts/db', '--timeout=60s');
  expect(await history('sts/db')).toEqual(['1', '3', '4']);
  await kubectl('rollout', 'undo', 'sts/db', '--to-revision=1');
  expect(await kubectl('get', 'sts', 'db', IMAGE)).toBe('app:1');

  await kubectl('patch', 'sts', 'db', '-p', JSON.stringify(partition).replace('2', '0'));
  await kubectl('rollout', 'restart', 'sts/db');
  await kubectl('rollout', 'status', 'sts/db', '--timeout=60s');
  await kubectl('scale', 'sts/db', '--replicas=1', '--current-replicas=3');
  await kubectl('wait', '--for=delete', 'pod/db-1', '--timeout=60s');
  expect(await kubectl('describe', 'sts', 'db')).toContain('delete Pod db-2 in StatefulSet db');
  expect(await kubectl('get', 'controllerrevisions', '-o', 'wide')).toContain(
    'statefulset.apps/db',
  );

  const other = workload('StatefulSet', 'db', { replicas: 1, serviceName: 'other' });
  const refused = await kubectl.runPipe(other, 'apply');
  expect(refused.stderr).toContain("updates to statefulset spec for fields other than 'replicas'");
  await kubectl('delete', 'sts', 'db', '--cascade=foreground', '--timeout=60s');
  expect(await kubectl('get', 'pods,controllerrevisions', '-l', 'app=db', '-o', 'name')).toBe('');
});

test('a budget over a StatefulSet tells what it allows, and drain waits for it', async () => {
  const spec = { replicas: 3, serviceName: 'safe' };
  await kubectl.pipe(workload('StatefulSet', 'safe', spec), 'create');
  await kubectl('rollout', 'status', 'sts/safe', '--timeout=60s');
  await kubectl('create', 'pdb', 'safe', '--selector=app=safe', '--min-available=100%');
  await kubectl('wait', '--for=jsonpath={.status.desiredHealthy}=3', 'pdb/safe', '--timeout=30s');
  expect((await row('pdb', 'safe')).slice(1, 4)).toEqual(['100%', 'N/A', '0']);
  const node = await kubectl('get', 'pod', 'safe-0', '-o', 'jsonpath={.spec.nodeName}');
  const drain = ['drain', node, '--ignore-daemonsets', '--force', '--timeout=3s'];
  expect(await kubectl.refused(...drain)).toContain("would violate the pod's disruption budget");
  const half = { spec: { minAvailable: '50%' } };
  await kubectl('patch', 'pdb', 'safe', '--type=merge', '-p', JSON.stringify(half));
  await kubectl(
    'wait',
    '--for=jsonpath={.status.disruptionsAllowed}=1',
    'pdb/safe',
    '--timeout=30s',
  );
  expect(await kubectl(...drain.slice(0, -1), '--timeout=60s')).toContain('drained');
  await kubectl('uncordon', node);
  await kubectl('delete', 'sts,pdb', 'safe');
});

test('a DaemonSet: make, release, undo, restart, cordoned and labelled nodes, delete', async () => {
  await kubectl.pipe(workload('DaemonSet', 'agent'), 'apply');
  await kubectl('rollout', 'status', 'ds/agent', '--timeout=60s');
  expect((await row('ds', 'agent')).slice(0, 7)).toEqual([
    'agent',
    '3',
    '3',
    '3',
    '3',
    '3',
    '<none>',
  ]);

  await kubectl('set', 'image', 'ds/agent', 'app=app:2');
  await kubectl('rollout', 'status', 'ds/agent', '--timeout=60s');
  expect(await kubectl('get', 'pods', '-l', 'app=agent', IMAGES)).toBe('app:2 app:2 app:2');
  await kubectl('rollout', 'undo', 'ds/agent');
  await kubectl('rollout', 'status', 'ds/agent', '--timeout=60s');
  expect(await kubectl('get', 'ds', 'agent', IMAGE)).toBe('app:1');
  expect(await history('ds/agent')).toEqual(['2', '3']);
  await kubectl('rollout', 'restart', 'ds/agent');
  await kubectl('rollout', 'status', 'ds/agent', '--timeout=60s');

  const zone = { 'topology.kubernetes.io/zone': 'a' };
  const inZone = { spec: { template: { spec: { nodeSelector: zone } } } };
  await kubectl('patch', 'ds', 'agent', '-p', JSON.stringify(inZone));
  await kubectl('rollout', 'status', 'ds/agent', '--timeout=60s');
  expect((await row('ds', 'agent'))[1]).toBe('2');
  await kubectl('cordon', 'segue-hollow-0');
  await kubectl('delete', 'pods', '-l', 'app=agent');
  await kubectl('rollout', 'status', 'ds/agent', '--timeout=60s');
  expect((await row('ds', 'agent')).slice(1, 4)).toEqual(['2', '2', '2']);
  await kubectl('uncordon', 'segue-hollow-0');
  expect(await kubectl('describe', 'ds', 'agent')).toContain('SuccessfulCreate');

  const both = { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };
  const refused = await kubectl.refused(
    'patch',
    'ds',
    'agent',
    '-p',
    JSON.stringify({ spec: { updateStrategy: both } }),
  );
  expect(refused).toContain('may not be set when maxUnavailable is non-zero');
  await kubectl('delete', 'ds', 'agent', '--cascade=foreground', '--timeout=60s');
  expect(await kubectl('get', 'pods,controllerrevisions', '-l', 'app=agent', '-o', 'name')).toBe(
    '',
  );
});
