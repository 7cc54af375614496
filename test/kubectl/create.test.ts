/** `kubectl create`, with all its generators, `expose`, `run` and `autoscale`. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';
import { configMap, deployment } from './objects.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=1', '--no-gateway');
});
afterAll(() => kubectl?.stop());

const IMAGE = '--image=segue-demo:v1';

test.each([
  ['configmap', ['cm1', '--from-literal=a=b'], { data: { a: 'b' } }],
  ['secret', ['generic', 's1', '--from-literal=a=b'], { type: 'Opaque', data: { a: 'Yg==' } }],
  [
    'secret',
    ['docker-registry', 's2', '--docker-server=r', '--docker-username=u', '--docker-password=p'],
    { type: 'kubernetes.io/dockerconfigjson' },
  ],
  ['namespace', ['ns1'], { status: { phase: 'Active' } }],
  ['serviceaccount', ['sa1'], {}],
  ['deployment', ['d1', IMAGE, '--replicas=2'], { spec: { replicas: 2 } }],
  ['service', ['clusterip', 'v1', '--tcp=80:8080'], { spec: { type: 'ClusterIP' } }],
  ['service', ['nodeport', 'v2', '--tcp=80:8080'], { spec: { type: 'NodePort' } }],
  ['service', ['loadbalancer', 'v3', '--tcp=80'], { spec: { type: 'LoadBalancer' } }],
  [
    'service',
    ['externalname', 'v4', '--external-name=ex.dev'],
    { spec: { externalName: 'ex.dev' } },
  ],
  ['job', ['j1', IMAGE], { spec: { completions: 1, backoffLimit: 6 } }],
  ['cronjob', ['c1', IMAGE, '--schedule=*/5 * * * *'], { spec: { suspend: false } }],
  ['quota', ['q1', '--hard=pods=5'], { spec: { hard: { pods: '5' } } }],
  ['role', ['r1', '--verb=get', '--resource=pods'], { rules: [{ verbs: ['get'] }] }],
  ['rolebinding', ['rb1', '--role=r1', '--user=u'], { subjects: [{ kind: 'User' }] }],
  ['clusterrole', ['cr1', '--verb=get', '--resource=nodes'], { rules: [{ verbs: ['get'] }] }],
  ['clusterrolebinding', ['crb1', '--clusterrole=cr1', '--group=g'], { roleRef: { name: 'cr1' } }],
  ['poddisruptionbudget', ['pdb1', '--selector=a=b', '--min-available=1'], {}],
  ['priorityclass', ['pc1', '--value=10'], { value: 10, preemptionPolicy: 'PreemptLowerPriority' }],
  ['ingress', ['i1', '--rule=ex.dev/*=v1:80'], { spec: { rules: [{ host: 'ex.dev' }] } }],
])('create %s %j', async (kind, args, expected) => {
  expect(await kubectl('create', kind, ...args)).toMatch(/ created$/);
  const name = args.find(
    (one, i) => !one.startsWith('-') && (args.length === 1 || i > 0 || args[1]?.startsWith('-')),
  );
  expect(await kubectl.json(kind, name ?? '')).toMatchObject(expected);
});

test('create secret tls reads a key pair', async () => {
  const key = await kubectl.file('key.pem', KEY);
  const cert = await kubectl.file('cert.pem', CERTIFICATE);
  await kubectl('create', 'secret', 'tls', 'tls1', `--key=${key}`, `--cert=${cert}`);
  expect(await kubectl.json('secret', 'tls1')).toMatchObject({ type: 'kubernetes.io/tls' });
});

test('a job of a cron job, and a token of a service account', async () => {
  await kubectl('create', 'cronjob', 'tick', IMAGE, '--schedule=@daily');
  await kubectl('create', 'job', 'tick-now', '--from=cronjob/tick');
  expect(await kubectl.json('job', 'tick-now')).toMatchObject({
    metadata: { ownerReferences: [{ kind: 'CronJob', name: 'tick' }] },
  });
  expect((await kubectl('create', 'token', 'default')).split('.')).toHaveLength(3);
});

test('files: several documents, a name that is made up, and what is there already', async () => {
  await kubectl.pipe([configMap('f1'), configMap('f2')], 'create');
  expect(await kubectl.refused('create', 'cm', 'f1')).toContain('configmaps "f1" already exists');
  const made = { ...configMap(''), metadata: { generateName: 'made-' } };
  expect(await kubectl.pipe(made, 'create')).toMatch(/^configmap\/made-[a-z0-9]{5} created$/);
});

test('dry runs on the server answer as a create would, and keep nothing', async () => {
  const answer = await kubectl.pipe(deployment('dry'), 'create', '--dry-run=server', '-o', 'yaml');
  expect(answer).toContain('progressDeadlineSeconds: 600');
  expect(await kubectl.refused('get', 'deploy', 'dry')).toContain('not found');
});

test('what is wrong with an object is told field by field', async () => {
  const bad = deployment('bad', { name: 'Bad_Name', ports: [{ containerPort: 70_000 }] });
  const { stderr } = await kubectl.runPipe(bad, 'create');
  expect(stderr).toContain('spec.template.spec.containers[0].name: Invalid value: "Bad_Name"');
  expect(stderr).toContain('must be between 1 and 65535');
  const typo = deployment('typo', {}, { replcas: 2 });
  const validated = (how: string) => kubectl.runPipe(typo, 'create', '--dry-run=server', how);
  expect((await validated('--validate=strict')).stderr).toContain('unknown field "spec.replcas"');
  const warned = await validated('--validate=warn');
  expect(warned).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('unknown field "spec.replcas"'),
  });
  expect((await validated('--validate=ignore')).stderr).toBe('');
});

test('kinds that nothing acts upon say so when they are made', async () => {
  const made = ['create', 'cronjob', 'noted', IMAGE, '--schedule=@daily'];
  const { stderr } = await kubectl.run(made);
  expect(stderr).toContain('Warning: the sandbox only keeps cronjobs: no Jobs are started');
  const { stderr: none } = await kubectl.run(['create', 'deployment', 'noted', IMAGE]);
  expect(none).toBe('');
  const refused = await kubectl.refused('create', 'cronjob', 'bad', IMAGE, '--schedule=often');
  expect(refused).toContain('spec.schedule: Invalid value: "often": expected exactly 5 fields');
});

test('run, expose and autoscale', async () => {
  await kubectl('run', 'solo', IMAGE, '--port=8080', '--labels=app=solo', '--expose');
  expect(await kubectl.json('svc', 'solo')).toMatchObject({ spec: { selector: { app: 'solo' } } });
  await kubectl('expose', 'deployment', 'd1', '--port=80', '--target-port=8080', '--type=NodePort');
  expect(await kubectl('get', 'svc', 'd1')).toMatch(
    /NodePort +10\.96\.\S+ +<none> +80:3\d{4}\/TCP/,
  );
  expect(await kubectl.refused('expose', 'deployment', 'd1', '--port=80')).toContain('exists');
  await kubectl('autoscale', 'deployment', 'd1', '--min=1', '--max=3', '--cpu-percent=50');
  expect(await kubectl('get', 'hpa', 'd1')).toMatch(/Deployment\/d1 +cpu: <unknown>\/50% +1 +3/);
});

/** Made for this test and used nowhere else. */
const KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIH8tT4GG52B5Y8FG+bsqmGeXS7u+nPFmeLytTQ86++G5oAoGCCqGSM49
AwEHoUQDQgAE1aN7heAFcB6PZQclKczGsQkdqayUJ1sYhXKPuVvVld4X8V6xZXM4
OwikhaLCRB6YS06UAxrwWrkqM5UWQlY71g==
-----END EC PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgjCCASegAwIBAgIUSspXvBphVZfOR4qov97hotUba4kwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKc2VndWUtdGVzdDAgFw0yNjExMjEwNzE4MjZaGA8yMTI2MTAy
ODA3MTgyNlowFTETMBEGA1UEAwwKc2VndWUtdGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABNWje4XgBXAej2UHJSnMxrEJHamslCdbGIVyj7lb1ZXeF/FesWVz
ODsIpIWiwkQemEtOlAMa8Fq5KjOVFkJWO9ajUzBRMB0GA1UdDgQWBBSSmbW8mUN1
81RRWaajLc5wvR2jnjAfBgNVHSMEGDAWgBSSmbW8mUN181RRWaajLc5wvR2jnjAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDgLaaCiHfK9FSZSL+E
43oMZhPxD1z3ajRjghmtVyAuEAIhAIN1TbWMSxlE546JFcvdpVueSZcwXkHpJo3H
u44RVj9n
-----END CERTIFICATE-----
`;
