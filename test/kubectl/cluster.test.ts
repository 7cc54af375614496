/** What kubectl asks of the cluster itself: what is served, who may what, nodes, and what is left out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';
import { deployment } from './objects.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=2', '--no-gateway');
});
afterAll(() => kubectl?.stop());

describe('what is served', () => {
  test('version, cluster-info, api-resources and api-versions', async () => {
    expect(await kubectl('version')).toContain('Server Version: v1.34.0');
    expect(await kubectl('cluster-info')).toMatch(/control plane.* is running at .*https:\/\/127/);
    const resources = await kubectl('api-resources', '--no-headers');
    expect(resources).toMatch(/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m);
    expect(resources).toMatch(/^namespaces\s+ns\s+v1\s+false\s+Namespace$/m);
    const apps = await kubectl('api-resources', '--api-group=apps', '--namespaced', '-o', 'name');
    expect(apps).toContain('statefulsets.apps');
    expect(await kubectl('api-resources', '-o', 'wide')).toContain(
      'create,delete,deletecollection',
    );
    expect(await kubectl('api-versions')).toContain('discovery.k8s.io/v1');
    expect(await kubectl('get', '--raw', '/readyz?verbose')).toContain('readyz check passed');
  });

  test('every kind can be listed', async () => {
    const kinds = await kubectl('api-resources', '--verbs=list', '-o', 'name');
    const { code, stderr } = await kubectl.run(['get', kinds.split('\n').join(','), '-A']);
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
  });

  test('explain: fields, all below them, other versions', async () => {
    expect(await kubectl('explain', 'deployment.spec.strategy')).toMatch(
      /rollingUpdate\s+<Rolling/,
    );
    expect(await kubectl('explain', 'deployment.spec.replicas')).toContain('How many pods');
    expect(await kubectl('explain', 'pods')).toMatch(/DESCRIPTION:\s+Containers that run together/);
    const all = await kubectl('explain', 'deployment', '--recursive');
    expect(all).toMatch(/terminationGracePeriodSeconds\s+<integer>/);
    expect(all).toMatch(/selector\s+<LabelSelector> -required-/);
    const v1 = await kubectl('explain', 'hpa.spec', '--api-version=autoscaling/v1');
    expect(v1).toContain('targetCPUUtilizationPercentage');
    expect(await kubectl('explain', 'httproute.spec.rules.backendRefs')).toContain('weight');
    expect(await kubectl('explain', 'pods', '--output=plaintext-openapiv2')).toContain('spec');
    expect(await kubectl.refused('explain', 'deployment.spec.nope')).toContain('does not exist');
  });

  test('events: of all, of one object, sorted', async () => {
    await kubectl.pipe(deployment('evented'), 'create');
    await kubectl('rollout', 'status', 'deployment/evented', '--timeout=60s');
    expect(await kubectl('events', '--for=deployment/evented')).toMatch(
      /ScalingReplicaSet +Deployment\/evented/,
    );
    expect(await kubectl('events', '--types=Normal', '-A')).toContain('Scheduled');
    const sorted = await kubectl('get', 'events', '--sort-by=.metadata.creationTimestamp');
    expect(sorted).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE/);
    const field = '--field-selector=involvedObject.kind=Deployment,reason=ScalingReplicaSet';
    expect(await kubectl('get', 'events', field, '-o', 'name')).toContain('event/evented.');
  });
});

describe('rights', () => {
  test('auth can-i, impersonation, tokens and whoami', async () => {
    expect(await kubectl('auth', 'can-i', 'create', 'deployments')).toBe('yes');
    expect(await kubectl('auth', 'can-i', '--list')).toMatch(/\*\.\* +\[\] +\[\] +\[\*\]/);
    expect(await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe(
      'kubernetes-admin',
    );
    const account = 'system:serviceaccount:default:robot';
    await kubectl('create', 'serviceaccount', 'robot');
    const can = async (...args: string[]) =>
      (await kubectl.run(['auth', 'can-i', ...args, `--as=${account}`])).stdout.trim();
    expect(await can('list', 'pods')).toBe('no');
    await kubectl('create', 'role', 'robot', '--verb=list', '--resource=pods,pods/log');
    await kubectl(
      'create',
      'rolebinding',
      'robot',
      '--role=robot',
      '--serviceaccount=default:robot',
    );
    expect(await can('list', 'pods')).toBe('yes');
    expect(await can('list', 'pods', '--subresource=log')).toBe('yes');
    expect(await can('list', 'pods', '-n', 'kube-system')).toBe('no');
    const token = await kubectl('create', 'token', 'robot');
    const as = (...args: string[]) => kubectl.run([...args, '--token', token]);
    expect((await as('get', 'pods')).code).toBe(0);
    expect((await as('get', 'secrets')).stderr).toContain(
      `User "${account}" cannot list resource "secrets" in API group "" in the namespace "default"`,
    );
    expect((await as('auth', 'whoami')).stdout).toContain('system:serviceaccounts:default');
  });

  test('auth reconcile brings roles to what a file says', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'kept', namespace: 'default' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    };
    expect(await kubectl.pipe(role, 'auth', 'reconcile')).toContain('reconciled');
    expect(await kubectl.json('role', 'kept')).toMatchObject({ rules: [{ verbs: ['get'] }] });
  });
});

describe('nodes', () => {
  test('label, taint, cordon and uncordon', async () => {
    const node = 'segue-hollow-1';
    await kubectl('label', 'node', node, 'zone=a');
    await kubectl('taint', 'node', node, 'a=b:NoSchedule');
    expect(await kubectl('describe', 'node', node)).toMatch(/^Taints: +a=b:NoSchedule/m);
    await kubectl('taint', 'node', node, 'a-');
    await kubectl('cordon', node);
    expect(await kubectl('get', 'node', node)).toContain('Ready,SchedulingDisabled');
    await kubectl('uncordon', node);
    expect(await kubectl('get', 'node', node, '-L', 'zone')).toMatch(/Ready .* a$/m);
  });

  test('drain moves pods away, and waits for a budget', async () => {
    await kubectl.pipe(deployment('moved', {}, { replicas: 2 }), 'create');
    await kubectl('rollout', 'status', 'deployment/moved', '--timeout=60s');
    await kubectl('create', 'pdb', 'moved', '--selector=app=moved', '--min-available=2');
    const nodes = 'jsonpath={.items[*].spec.nodeName}';
    const [node = ''] = (await kubectl('get', 'pods', '-l', 'app=moved', '-o', nodes)).split(' ');
    const drain = ['drain', node, '--ignore-daemonsets', '--force', '--timeout=3s'];
    expect(await kubectl.refused(...drain)).toContain("would violate the pod's disruption budget");
    await kubectl('delete', 'pdb', 'moved');
    expect(await kubectl(...drain.slice(0, -1), '--timeout=60s')).toContain('drained');
    const left = await kubectl(
      'get',
      'pods',
      '-l',
      'app=moved',
      `--field-selector=spec.nodeName=${node},status.phase=Running`,
      '-o',
      'name',
    );
    expect(left).toBe('');
    await kubectl('uncordon', node);
  });
});

describe('what is left out says so', () => {
  test.each([
    [['exec', 'still', '--', 'ls'], 'kubectl exec is not in the sandbox'],
    [['attach', 'still'], 'kubectl attach is not in the sandbox'],
    [['port-forward', 'still', '8080'], 'kubectl port-forward is not in the sandbox'],
    [['cp', '/etc/hostname', 'still:/tmp'], 'kubectl exec is not in the sandbox'],
    [['debug', 'still', '--image=x', '--profile=general'], 'kubectl debug is not in the sandbox'],
    [['get', '--raw', '/api/v1/namespaces/default/pods/still/proxy/'], 'kubectl proxy to pods'],
    [['top', 'pods'], 'Metrics API not available'],
    [['top', 'nodes'], 'Metrics API not available'],
  ])('%j', async (args, message) => {
    await kubectl.run(['run', 'still', '--image=segue-demo:v1']);
    expect(await kubectl.refused(...args)).toContain(message);
  });
});
