/** `kubectl patch` in its types, `set`, `label`, `annotate` and `scale`. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';
import { configMap, deployment } from './objects.ts';

let kubectl: Kubectl;
let count = 0;
let name = '';
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=1', '--no-gateway');
});
afterAll(() => kubectl?.stop());
beforeEach(() => {
  count += 1;
  name = `p${count}`;
});

const field = (kind: string, path: string) =>
  kubectl('get', kind, name, '-o', `jsonpath={${path}}`);
const CONTAINER = '.spec.template.spec.containers[0]';

describe('patch', () => {
  const patch = (type: string, body: unknown, ...more: string[]) =>
    kubectl('patch', 'deploy', name, `--type=${type}`, '-p', JSON.stringify(body), ...more);
  const container = (fields: object) => ({
    spec: { template: { spec: { containers: [{ name: 'app', ...fields }] } } },
  });

  test('json: operations in order, all or none', async () => {
    await kubectl.pipe(deployment(name), 'create');
    await patch('json', [
      { op: 'test', path: '/spec/replicas', value: 1 },
      { op: 'add', path: '/spec/minReadySeconds', value: 1 },
      { op: 'copy', from: '/metadata/name', path: '/metadata/labels', value: {} },
    ]).catch(() => undefined);
    expect(await field('deploy', '.spec.minReadySeconds')).toBe('');
    await patch('json', [
      { op: 'add', path: '/spec/minReadySeconds', value: 1 },
      { op: 'replace', path: '/spec/replicas', value: 2 },
      { op: 'add', path: '/spec/template/spec/containers/0/args', value: ['x'] },
      { op: 'add', path: '/spec/template/spec/containers/0/args/-', value: 'y' },
    ]);
    expect(await field('deploy', '.spec.minReadySeconds')).toBe('1');
    expect(await field('deploy', `${CONTAINER}.args`)).toBe('["x","y"]');
    await expect(patch('json', [{ op: 'remove', path: '/spec/nope' }])).rejects.toThrow(
      /nope|found|MissingError/,
    );
  });

  test('merge: lists as a whole, null removes', async () => {
    await kubectl.pipe(deployment(name, {}, { minReadySeconds: 5 }), 'create');
    await patch('merge', { metadata: { labels: { a: 'b' } }, spec: { minReadySeconds: null } });
    expect(await field('deploy', '.metadata.labels.a')).toBe('b');
    expect(await field('deploy', '.spec.minReadySeconds')).toBe('');
    await expect(patch('merge', container({}))).rejects.toThrow('spec.containers[0].image');
    expect(await patch('merge', { metadata: { labels: { a: 'b' } } })).toContain('(no change)');
  });

  test('strategic: lists by their keys, with directives', async () => {
    const env = ['A', 'B', 'C'].map((one) => ({ name: one, value: 'x' }));
    await kubectl.pipe(deployment(name, { env }), 'create');
    await kubectl(
      'patch',
      'deploy',
      name,
      '--patch-file',
      await kubectl.file(
        'patch.yaml',
        `
spec:
  template:
    spec:
      containers:
      - name: app
        $setElementOrder/env: [{name: C}, {name: D}, {name: A}]
        env:
        - {name: D, value: d}
        - {name: B, $patch: delete}
`,
      ),
    );
    const names = `${CONTAINER}.env[*].name`;
    expect(await field('deploy', names)).toBe('C D A');
    await patch(
      'strategic',
      container({ env: [{ $patch: 'replace' }, { name: 'Z', value: 'z' }] }),
    );
    expect(await field('deploy', names)).toBe('Z');
    await patch('strategic', { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } });
    expect(await field('deploy', '.spec.strategy')).toBe('{"type":"Recreate"}');
    const finalizers = ['a.dev/x', 'a.dev/y'];
    await patch('strategic', { metadata: { finalizers } });
    await patch('strategic', { metadata: { '$deleteFromPrimitiveList/finalizers': ['a.dev/x'] } });
    expect(await field('deploy', '.metadata.finalizers')).toBe('["a.dev/y"]');
    await patch('strategic', { metadata: { '$deleteFromPrimitiveList/finalizers': ['a.dev/y'] } });
    await patch('strategic', container({ $patch: 'bad' })).catch((error: unknown) =>
      expect(String(error)).toContain('unknown patch type'),
    );
  });

  test('subresources, dry runs and files that are only here', async () => {
    await kubectl.pipe(deployment(name), 'create');
    await patch('merge', { spec: { replicas: 3 } }, '--subresource=scale');
    expect(await field('deploy', '.spec.replicas')).toBe('3');
    await patch('merge', { spec: { replicas: 4 } }, '--dry-run=server');
    expect(await field('deploy', '.spec.replicas')).toBe('3');
    const condition = { type: 'Mine', status: 'True', reason: 'R', message: 'M' };
    await patch('strategic', { status: { conditions: [condition] } }, '--subresource=status');
    expect(await field('deploy', '.status.conditions[?(@.type=="Mine")].reason')).toBe('R');
    const file = await kubectl.file('local.json', JSON.stringify(configMap(name, { a: '1' })));
    const local = ['--local', '-f', file, '--type=merge', '-p', '{"data":{"a":"2"}}', '-o', 'yaml'];
    expect(await kubectl('patch', ...local)).toContain('a: "2"');
  });
});

describe('set', () => {
  beforeEach(() => kubectl.pipe(deployment(name), 'create'));
  const set = (what: string, ...args: string[]) =>
    kubectl('set', what, `deployment/${name}`, ...args);

  test('image, env, resources and serviceaccount', async () => {
    expect(await set('image', 'app=segue-demo:v2')).toContain('image updated');
    expect(await field('deploy', `${CONTAINER}.image`)).toBe('segue-demo:v2');
    expect(await kubectl.refused('set', 'image', `deployment/${name}`, 'x=y')).toContain('"x"');
    await set('env', 'A=1', 'B=2');
    await set('env', 'A-');
    expect(await set('env', '--list')).toContain('B=2');
    expect(await field('deploy', `${CONTAINER}.env[*].name`)).toBe('B');
    await set('resources', '--limits=cpu=1,memory=64Mi', '--requests=cpu=0.5');
    expect(await field('deploy', `${CONTAINER}.resources.requests.cpu`)).toBe('500m');
    await set('serviceaccount', 'default');
    expect(await field('deploy', '.spec.template.spec.serviceAccountName')).toBe('default');
  });

  test('selector and subject', async () => {
    await kubectl('create', 'service', 'clusterip', name, '--tcp=80');
    await kubectl('set', 'selector', 'svc', name, 'a=b');
    expect(await field('svc', '.spec.selector')).toBe('{"a":"b"}');
    await kubectl('create', 'rolebinding', name, '--clusterrole=view', '--user=u');
    await kubectl('set', 'subject', 'rolebinding', name, '--user=v');
    expect(await field('rolebinding', '.subjects[*].name')).toBe('u v');
  });
});

test('label and annotate: add, change, remove, with the version that was read', async () => {
  await kubectl.pipe(configMap(name), 'create');
  expect(await kubectl('label', 'cm', name, 'a=1', 'b=2')).toContain('labeled');
  expect(await kubectl.refused('label', 'cm', name, 'a=2')).toContain('--overwrite is false');
  await kubectl('label', 'cm', name, 'a=2', 'b-', '--overwrite');
  expect(await field('cm', '.metadata.labels')).toBe('{"a":"2"}');
  expect(await kubectl('label', 'cm', name, '--list')).toBe('a=2');
  expect(await kubectl.refused('label', 'cm', name, 'bad=a/b')).toContain('invalid');
  await kubectl('annotate', 'cm', name, 'note=x y');
  const stale = await kubectl.refused('annotate', 'cm', name, 'note-', '--resource-version=1');
  expect(stale).toContain('the object has been modified');
  await kubectl('annotate', 'cm', name, 'note-');
  expect(await field('cm', '.metadata.annotations')).toBe('');
});

test('scale, only from the number that was seen', async () => {
  await kubectl.pipe(deployment(name), 'create');
  expect(await kubectl('scale', `deployment/${name}`, '--replicas=2')).toContain('scaled');
  const wrong = ['scale', `deployment/${name}`, '--replicas=5', '--current-replicas=1'];
  expect(await kubectl.refused(...wrong)).toContain('Expected replicas to be 1, was 2');
  const stale = ['scale', `deployment/${name}`, '--replicas=5', '--resource-version=1'];
  expect(await kubectl.refused(...stale)).toMatch(/version/);
  expect(await kubectl.refused('scale', 'deploy', name, '--replicas=-1')).toContain('replicas');
  await kubectl('scale', 'rs', '-l', `app=${name}`, '--replicas=1');
  expect(await field('deploy', '.spec.replicas')).toBe('2');
});

test('writes count up the generation only when they change what is wanted', async () => {
  await kubectl.pipe(deployment(name, {}, { paused: true }), 'create');
  const generation = () => field('deploy', '.metadata.generation');
  expect(await generation()).toBe('1');
  await kubectl('label', 'deploy', name, 'a=b');
  expect(await generation()).toBe('1');
  await kubectl('set', 'image', `deploy/${name}`, 'app=segue-demo:v2');
  expect(await generation()).toBe('2');
});
