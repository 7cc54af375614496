/** `kubectl describe`, of every kind the sandbox serves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';
import { deployment } from './objects.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=1');
  const container = {
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
    env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    resources: { limits: { cpu: '1' } },
  };
  await kubectl.pipe([deployment('web', container), ...OTHERS], 'create');
  await kubectl('expose', 'deployment', 'web', '--port=80', '--target-port=8080');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
});
afterAll(() => kubectl?.stop());

const OTHERS = [
  [
    'v1',
    'PersistentVolumeClaim',
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  ],
  [
    'v1',
    'PersistentVolume',
    {
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        hostPath: { path: '/x' },
      },
    },
  ],
  [
    'v1',
    'ReplicationController',
    { spec: { replicas: 0, template: deployment('rc').spec.template } },
  ],
  ['v1', 'PodTemplate', { template: deployment('rc').spec.template }],
  ['v1', 'ResourceQuota', { spec: { hard: { pods: '5' } } }],
  ['v1', 'LimitRange', { spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } }],
  [
    'apps/v1',
    'StatefulSet',
    { spec: { ...deployment('s').spec, serviceName: 'web', replicas: 0 } },
  ],
  [
    'apps/v1',
    'DaemonSet',
    { spec: { selector: deployment('s').spec.selector, template: deployment('s').spec.template } },
  ],
  ['storage.k8s.io/v1', 'StorageClass', { provisioner: 'ex.dev/none' }],
  ['scheduling.k8s.io/v1', 'PriorityClass', { value: 5 }],
  ['node.k8s.io/v1', 'RuntimeClass', { handler: 'runc' }],
  ['networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {} } }],
  ['networking.k8s.io/v1', 'IngressClass', { spec: { controller: 'ex.dev/none' } }],
  [
    'policy/v1',
    'PodDisruptionBudget',
    { spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } },
  ],
  [
    'batch/v1',
    'CronJob',
    {
      spec: {
        schedule: '@daily',
        jobTemplate: {
          spec: {
            template: {
              spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'segue-demo:v1' }] },
            },
          },
        },
      },
    },
  ],
].map(([apiVersion, kind, fields]) => ({
  apiVersion,
  kind,
  metadata: { name: 'other' },
  ...(fields as object),
}));

test('every kind can be described', async () => {
  const kinds = await kubectl('api-resources', '--verbs=list,get', '-o', 'name');
  for (const kind of kinds.split('\n')) {
    const { code, stderr } = await kubectl.run(['describe', kind, '-A']);
    expect(stderr, kind).not.toMatch(/error|panic/i);
    expect(code, kind).toBe(0);
  }
});

test('a Deployment, its set and a pod of it', async () => {
  const shown = await kubectl('describe', 'deployment', 'web');
  expect(shown).toMatch(
    /^Replicas: +1 desired \| 1 updated \| 1 total \| 1 available \| 0 unavailable/m,
  );
  expect(shown).toMatch(/^ {2}Available +True +MinimumReplicasAvailable/m);
  expect(shown).toMatch(/^NewReplicaSet: +web-\w+ \(1\/1 replicas created\)/m);
  expect(shown).toMatch(/Normal +ScalingReplicaSet +\S+ +deployment-controller +Scaled up/);
  expect(await kubectl('describe', 'rs', '-l', 'app=web')).toMatch(
    /^Controlled By: +Deployment\/web/m,
  );
  const pod = await kubectl('describe', 'pod', '-l', 'app=web');
  expect(pod).toMatch(/^Status: +Running/m);
  expect(pod).toMatch(/Readiness: +http-get http:\/\/:8080\/ready delay=0s timeout=1s period=10s/);
  expect(pod).toMatch(/A: +web-\w+-\w+ \(v1:metadata\.name\)/);
  expect(pod).toMatch(/Normal +Scheduled .*Successfully assigned/);
});

test('a Service with its endpoints, and a node with its pods', async () => {
  expect(await kubectl('describe', 'svc', 'web')).toMatch(/^Endpoints: +10\.\d+\.\d+\.\d+:8080/m);
  const node = await kubectl('describe', 'node');
  expect(node).toMatch(/default +web-\w+-\w+ +1 \(0%\)/);
  expect(node).toMatch(/^ {2}Ready +True/m);
});

test('roles, bindings, accounts, claims and budgets', async () => {
  await kubectl('create', 'role', 'reader', '--verb=get,list', '--resource=pods');
  await kubectl(
    'create',
    'rolebinding',
    'reader',
    '--role=reader',
    '--serviceaccount=default:default',
  );
  expect(await kubectl('describe', 'role', 'reader')).toMatch(/pods +\[\] +\[\] +\[get list\]/);
  expect(await kubectl('describe', 'rolebinding', 'reader')).toMatch(
    /ServiceAccount +default +default/,
  );
  expect(await kubectl('describe', 'sa', 'default')).toMatch(/^Name: +default/m);
  expect(await kubectl('describe', 'pvc', 'other')).toMatch(/^Status: +Bound/m);
  expect(await kubectl('describe', 'pdb', 'other')).toMatch(/^Min available: +1/m);
  expect(await kubectl('describe', 'namespace', 'default')).toContain('Resource Quotas');
  expect(await kubectl('describe', 'crd', 'httproutes.gateway.networking.k8s.io')).toContain(
    'HTTPRoute',
  );
  expect(await kubectl('describe', 'gatewayclass')).toMatch(/Controller Name:/);
});
