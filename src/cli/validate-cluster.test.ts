import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { KubeError } from '../ports/kube.ts';
import { routers, versionServices } from '../routers/index.ts';
import { ago, FakeCluster, HOLDING, policy, release } from './testing/fake-cluster.ts';

const POLICY = `apiVersion: segue.dev/v1alpha1
kind: ReleasePolicy
metadata: {name: web}
spec:
  targetRef: {name: web}
  traffic:
    services: [{name: web}]
  strategy:
    blueGreen: {}
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

function object(kind: string, apiVersion: string, spec: object, name = 'web'): KubeObject {
  const metadata = { name, namespace: 'shop', uid: `uid-${kind}`, creationTimestamp: ago(60) };
  return { apiVersion, kind, metadata, spec };
}

const deployment = (labels: object = { app: 'web' }) =>
  object('Deployment', 'apps/v1', {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels } },
  });
const service = (spec: object = { selector: { app: 'web' } }) => object('Service', 'v1', spec);

function cluster(text: string, ...objects: KubeObject[]): FakeCluster {
  const fake = new FakeCluster();
  fake.stdin = text;
  fake.put(...objects);
  fake.trafficParts = () =>
    Promise.resolve({
      routers: new Map(routers.map((router) => [router.name, router])),
      services: versionServices,
    });
  return fake;
}

const validated = (fake: FakeCluster) => fake.run('validate', '--cluster', '-f', '-');
const VALID = { code: 0, out: 'stdin: ReleasePolicy web: valid\n', err: '' };

test('what fits the cluster is valid, and nothing was written', async () => {
  const fake = cluster(POLICY, deployment(), service());
  expect(await validated(fake)).toEqual(VALID);
  expect(fake.calls).toEqual([]);
  expect(fake.closed).toBeGreaterThan(0);
});

test('what does not is told with its line, and is not called valid', async () => {
  expect(await validated(cluster(POLICY))).toEqual({
    code: 1,
    out: '',
    err:
      'stdin:5: ReleasePolicy web: spec.targetRef.name: Deployment web does not exist; create it, or correct the name\n' +
      'stdin:1: ReleasePolicy web: Service web: does not exist; create it, or correct spec.traffic.services\n',
  });
  const headless = service({ selector: { app: 'web' }, clusterIP: 'None' });
  expect((await validated(cluster(POLICY, deployment(), headless))).err).toContain(
    'Service web: it is headless',
  );
  expect(await cluster(POLICY).run('validate', '-f', '-')).toEqual(VALID);
});

test('what is in the files counts as if it were applied', async () => {
  const fake = cluster(`${POLICY}---\n${SERVICE}`, deployment());
  expect(await validated(fake)).toEqual(VALID);
  // What the API server filled in stays: a manifest without clusterIP does not take it away.
  const headless = service({ selector: { app: 'old' }, clusterIP: 'None' });
  const over = await validated(cluster(`${POLICY}---\n${SERVICE}`, deployment(), headless));
  expect(over.err).toContain('it is headless');
  const elsewhere = SERVICE.replace('{name: web}', '{name: web, namespace: other}');
  expect((await validated(cluster(`${POLICY}---\n${elsewhere}`, deployment()))).code).toBe(1);
});

test('another policy on the workload, stored or in the file', async () => {
  const stored = policy();
  stored.metadata.name = 'first';
  const { err } = await validated(cluster(POLICY, deployment(), service(), stored));
  expect(err).toContain('Deployment web is released by the policy first already; delete one');
  const second = POLICY.replace('metadata: {name: web}', 'metadata: {name: zz}');
  const both = await validated(cluster(`${POLICY}---\n${second}`, deployment(), service()));
  expect(both.out).toBe('stdin: ReleasePolicy web: valid\n');
  expect(both.err).toContain('ReleasePolicy zz: spec.targetRef.name: Deployment web is released');
});

test('a workload that the policy holds cannot be left for another', async () => {
  const held = policy({ target: { name: 'old' } });
  const { err } = await validated(cluster(POLICY, deployment(), service(), held));
  expect(err).toContain('cannot change to web: Deployment old is held by this policy');
});

test('warnings are told, and the policy is valid; what only they need may be forbidden', async () => {
  const budget = object('PodDisruptionBudget', 'policy/v1', {
    minAvailable: 1,
    selector: { matchLabels: { app: 'web' } },
  });
  const fake = cluster(POLICY, deployment(), service(), budget);
  const warned = await validated(fake);
  expect(warned).toMatchObject({ code: 0, out: VALID.out });
  expect(warned.err).toMatch(
    /^warning: stdin:1: ReleasePolicy web: PodDisruptionBudget web: minAvailable: 1 counts the pods/,
  );
  const forbidden = new KubeError('not yours', { code: 403, reason: 'Forbidden' });
  fake.refused.set('PodDisruptionBudget', forbidden);
  expect(await validated(fake)).toEqual(VALID);
  fake.refused.set('Service', forbidden);
  expect(await validated(fake)).toEqual({ code: 1, out: '', err: 'error: not yours\n' });
});

test('to put a template back under a tool that writes it again is warned of', async () => {
  const reverting = `${POLICY}  onFailure: {revertTemplate: true}\n`;
  const applied = deployment();
  applied.metadata['annotations'] = { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment' };
  const { code, err } = await validated(cluster(reverting, applied, service()));
  expect(code).toBe(0);
  expect(err).toMatch(
    /^warning: stdin:10: .*revertTemplate: Argo CD applies Deployment web from Git.*; take it out/,
  );
  expect((await validated(cluster(POLICY, applied, service()))).err).toBe('');
  expect((await validated(cluster(reverting, deployment(), service()))).err).toBe('');
});

test('in the middle of a release the cluster is as no policy would have it, and that is said', async () => {
  const fake = cluster(POLICY, deployment(), policy({ release: 'web-3' }), release(HOLDING));
  const { code, err } = await validated(fake);
  expect(code).toBe(0);
  expect(err).toMatch(/^note: web: release web-3 is in progress; what is on the cluster/);
});

test('what is wrong by itself is told once, and manifests in any shape hurt nobody', async () => {
  const broken = POLICY.replace('blueGreen: {}', 'blueGreen: {hold: 10}');
  const { err } = await validated(cluster(broken));
  expect(err.trim().split('\n')).toHaveLength(1);
  const odd = ['kind: Service', 'apiVersion: v1\nkind: Service\nmetadata: [1]\nspec: 5\n'];
  for (const one of odd)
    expect(await validated(cluster(`${POLICY}---\n${one}`, deployment(), service()))).toEqual(
      VALID,
    );
});

const DEFINITION = `apiVersion: v1
kind: ConfigMap
metadata: {name: lanes, labels: {segue.dev/router-definition: 'true'}}
data:
  router.yaml: |
    group: edge.example.com
    versions: [v2]
    kind: Lane
    destinations:
      - spec.targets[]
    service: name
    weight: share
`;
const CUSTOM = POLICY.replace(
  'services: [{name: web}]',
  'services: [{name: web}]\n    routers: [{custom: {definition: lanes, object: web}}]',
);

test('a router of one’s own: the kind that its definition names is looked at, wherever that is', async () => {
  const lane = (name: string) =>
    object('Lane', 'edge.example.com/v2', { targets: [{ name, share: 100 }] });
  const around = [deployment(), service()];
  const stored = object('ConfigMap', 'v1', {}, 'lanes');
  stored['data'] = { 'router.yaml': /\|\n([^]+)/.exec(DEFINITION)?.[1] };
  expect((await validated(cluster(CUSTOM, ...around, stored))).err).toContain(
    'there is no ConfigMap of this name with the label segue.dev/router-definition',
  );
  stored.metadata.labels = { 'segue.dev/router-definition': '' };
  expect((await validated(cluster(CUSTOM, ...around, stored))).err).toContain(
    'Lane web: it does not exist; create it',
  );
  expect(await validated(cluster(CUSTOM, ...around, stored, lane('web')))).toEqual(VALID);
  const inFile = `${CUSTOM}---\n${DEFINITION}`;
  expect(await validated(cluster(inFile, ...around, lane('web')))).toEqual(VALID);
  expect((await validated(cluster(inFile, ...around, lane('other')))).err).toContain(
    'Lane web: no destination leads to Service web; add a destination that leads to web',
  );
});

test('a definition in the files is judged without a cluster too, at its line', async () => {
  const run = (text: string) => cluster(text).run('validate', '-f', '-');
  expect(await run(`${CUSTOM}---\n${DEFINITION}`)).toEqual(VALID);
  const wrong = DEFINITION.replace('weight: share', 'wait: share');
  expect(await run(`${CUSTOM}---\n${wrong}`)).toMatchObject({
    code: 1,
    err:
      'stdin:16: ConfigMap lanes data.router.yaml:1 weight: is missing; add it\n' +
      'stdin:16: ConfigMap lanes data.router.yaml:7 wait: unknown field; write one of group, versions, kind, destinations, service, weight, port, namespace, weights, root, accepted, match\n',
  });
  const bare = DEFINITION.replace(/, labels.*$/m, '}');
  expect((await run(`${CUSTOM}---\n${bare}`)).err).toContain(
    'stdin:14: ConfigMap lanes: it has no label segue.dev/router-definition',
  );
  // Whoever else's it is.
  expect(await run(`${POLICY}---\n${bare}`)).toEqual(VALID);
});

test('match by a definition that does not say where headers are is refused, wherever the definition is', async () => {
  const match = '[{headers: [{name: x-canary, exact: a}]}]';
  const canary = `canary: {stages: [{weight: 5, hold: 1m, match: ${match}}]}`;
  const asking = CUSTOM.replace('blueGreen: {}', canary);
  const says =
    'spec.strategy.canary.stages[0].match[0].headers: custom.object cannot match by header; use a router that can';
  const stored = object('ConfigMap', 'v1', {}, 'lanes');
  stored['data'] = { 'router.yaml': /\|\n([^]+)/.exec(DEFINITION)?.[1] };
  stored.metadata.labels = { 'segue.dev/router-definition': '' };
  const lane = object('Lane', 'edge.example.com/v2', { targets: [{ name: 'web', share: 100 }] });
  const around = [deployment(), service(), lane];
  const inCluster = await validated(cluster(asking, ...around, stored));
  expect(inCluster.err).toContain(says);
  const alone = await cluster(`${asking}---\n${DEFINITION}`).run('validate', '-f', '-');
  expect(alone).toMatchObject({ code: 1, out: '' });
  expect(alone.err).toContain(says);
  expect(alone.err.split(says)).toHaveLength(2);
  // By another definition it may be right.
  expect(await cluster(asking).run('validate', '-f', '-')).toEqual(VALID);
});
