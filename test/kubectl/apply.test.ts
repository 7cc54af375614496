/** `kubectl apply` in its two ways, `diff`, `replace` and `edit`. */
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
  name = `a${count}`;
});

const ENV = 'jsonpath={.spec.template.spec.containers[0].env[*].name}';
const env = (...names: string[]) => ({ env: names.map((one) => ({ name: one, value: 'x' })) });
const dataOf = () => kubectl('get', 'cm', name, '-o', 'jsonpath={.data}');

describe('client side', () => {
  test('three ways: what others added stays, what was left out goes', async () => {
    const created = await kubectl.pipe(deployment(name, env('A')), 'apply');
    expect(created).toBe(`deployment.apps/${name} created`);
    expect(await kubectl.pipe(deployment(name, env('A')), 'apply')).toContain('unchanged');
    await kubectl('set', 'env', `deployment/${name}`, 'B=2');
    const next = deployment(name, { image: 'segue-demo:v2', ...env('C') });
    expect(await kubectl.pipe(next, 'apply')).toContain('configured');
    expect(await kubectl('get', 'deploy', name, '-o', ENV)).toBe('C B');
    const typo = { ...next, spec: { ...next.spec, replcas: 2 } };
    const refused = await kubectl.runPipe(typo, 'apply');
    expect(refused.stderr).toContain('unknown field "spec.replcas"');
  });

  test('over an object it did not make, with a warning', async () => {
    await kubectl.pipe(configMap(name, { a: '1' }), 'create');
    const { code, stderr } = await kubectl.runPipe(configMap(name, { b: '2' }), 'apply');
    expect(code).toBe(0);
    expect(stderr).toContain('missing the kubectl.kubernetes.io/last-applied-configuration');
    expect(await dataOf()).toBe('{"a":"1","b":"2"}');
    expect(await kubectl('apply', 'view-last-applied', 'cm', name)).toContain('b: "2"');
  });

  test('--prune removes what left the set', async () => {
    const set = (member: string) => configMap(`${name}-${member}`, {}, { set: name });
    await kubectl.pipe([set('a'), set('b')], 'apply');
    await kubectl.pipe([set('a')], 'apply', '--prune', '-l', `set=${name}`);
    const left = await kubectl('get', 'cm', '-l', `set=${name}`, '-o', 'name');
    expect(left).toBe(`configmap/${name}-a`);
  });

  test('--prune with an apply set', async () => {
    const run = async (member: string) => {
      const file = await kubectl.file(`${name}.json`, JSON.stringify(configMap(member)));
      const args = ['apply', '-n', 'default', '--prune', `--applyset=${name}`, '-f', file];
      const { stdout, stderr } = await kubectl.run(args, { env: { KUBECTL_APPLYSET: 'true' } });
      return stdout + stderr;
    };
    expect(await run(`${name}-a`)).toContain('created');
    expect(await run(`${name}-b`)).toContain(`configmap/${name}-a pruned`);
  });

  test('diff tells what an apply would change, and by its exit code', async () => {
    await kubectl.pipe(configMap(name, { a: '1' }), 'apply');
    expect((await kubectl.runPipe(configMap(name, { a: '1' }), 'diff')).code).toBe(0);
    const { code, stdout } = await kubectl.runPipe(configMap(name, { a: '2' }), 'diff');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^-  a: "1"\n\+  a: "2"$/m);
    const server = await kubectl.runPipe(configMap(name, { a: '2' }), 'diff', '--server-side');
    expect(server.stdout).toMatch(/^\+  a: "2"$/m);
    expect(await dataOf()).toBe('{"a":"1"}');
  });
});

describe('server side', () => {
  const apply = (object: object, manager: string, ...more: string[]) =>
    kubectl.pipe(object, 'apply', '--server-side', `--field-manager=${manager}`, ...more);

  test('owners, conflicts, force, and fields that nobody applies any more', async () => {
    await apply(configMap(name, { a: '1', b: '1' }), 'one');
    await expect(apply(configMap(name, { a: '2' }), 'two')).rejects.toThrow(
      'conflict with "one": .data.a',
    );
    await apply(configMap(name, { a: '2' }), 'two', '--force-conflicts');
    await apply(configMap(name), 'one');
    expect(await dataOf()).toBe('{"a":"2"}');
  });

  test('lists by their keys, and lists that are one value', async () => {
    const ports = (port: number) => ({ ports: [{ containerPort: port }] });
    await apply(deployment(name, { ...env('A'), ...ports(80), args: ['a', 'b'] }), 'one');
    const other = deployment(name, { ...env('B'), ...ports(81) });
    await apply(other, 'two');
    expect(await kubectl('get', 'deploy', name, '-o', ENV)).toBe('A B');
    const listed = 'jsonpath={.spec.template.spec.containers[0].ports[*].containerPort}';
    expect(await kubectl('get', 'deploy', name, '-o', listed)).toBe('80 81');
    await expect(apply(deployment(name, { args: ['c'] }), 'two')).rejects.toThrow(
      '.spec.template.spec.containers[name="app"].args',
    );
    await apply(deployment(name, { ...env(), ...ports(81) }), 'one');
    expect(await kubectl('get', 'deploy', name, '-o', ENV)).toBe('B');
    expect(await kubectl('get', 'deploy', name, '-o', listed)).toBe('81');
  });

  test('a value that both apply stays until both let go of it', async () => {
    await apply(configMap(name, { a: '1' }), 'one');
    await apply(configMap(name, { a: '1' }), 'two');
    await apply(configMap(name), 'one');
    expect(await dataOf()).toBe('{"a":"1"}');
    await apply(configMap(name), 'two');
    expect(await dataOf()).toBe('');
  });

  test('an update takes fields over, and the next apply says so', async () => {
    await apply(deployment(name), 'one');
    await kubectl('scale', `deployment/${name}`, '--replicas=2');
    await expect(apply(deployment(name), 'one')).rejects.toThrow(
      /conflict with "kubectl" with subresource "scale" using apps\/v1: \.spec\.replicas/,
    );
    const { replicas: _, ...spec } = deployment(name).spec;
    await apply({ ...deployment(name), spec }, 'one');
    expect(await kubectl('get', 'deploy', name, '-o', 'jsonpath={.spec.replicas}')).toBe('2');
  });

  test('from client side to server side: no conflict, and what is left out goes', async () => {
    await kubectl.pipe(configMap(name, { a: '1', b: '1' }), 'apply');
    await kubectl.pipe(configMap(name, { a: '2' }), 'apply', '--server-side');
    expect(await dataOf()).toBe('{"a":"2"}');
    const read = await kubectl('get', 'cm', name, '-o', 'yaml', '--show-managed-fields');
    expect(read).not.toContain('manager: kubectl-client-side-apply');
    expect(await kubectl('apply', 'view-last-applied', 'cm', name)).toContain('a: "2"');
  });

  test('dry runs and field validation', async () => {
    await apply(configMap(name, { a: '1' }), 'one', '--dry-run=server');
    expect(await kubectl.refused('get', 'cm', name)).toContain('not found');
    const typo = { ...configMap(name), dta: {} };
    await expect(apply(typo, 'one')).rejects.toThrow('.dta: field not declared in schema');
  });

  test('the status is applied through its subresource', async () => {
    await apply(deployment(name, {}, { paused: true }), 'one');
    const status = {
      ...deployment(name),
      spec: undefined,
      status: { conditions: [{ type: 'Mine', status: 'True' }] },
    };
    await apply(status, 'two', '--subresource=status');
    const read = await kubectl('get', 'deploy', name, '-o', 'yaml', '--show-managed-fields');
    expect(read).toMatch(/manager: two\n +operation: Apply\n +subresource: status/);
    expect(read).toContain('type: Mine');
  });
});

describe('replace and edit', () => {
  test('replace, by the version that was read', async () => {
    await kubectl('create', 'configmap', name, '--from-literal=a=b');
    const read = await kubectl.json('cm', name);
    await kubectl('annotate', 'cm', name, 'note=x');
    const late = await kubectl.runPipe({ ...read, data: { c: 'd' } }, 'replace');
    expect(late.stderr).toContain('the object has been modified');
    await kubectl.pipe(configMap(name, { c: 'd' }), 'replace');
    const object = await kubectl.json('cm', name);
    expect(object).toMatchObject({ data: { c: 'd' } });
    expect(object).not.toHaveProperty('metadata.annotations');
    const missing = await kubectl.runPipe(configMap(`${name}-nope`), 'replace');
    expect(missing.stderr).toContain('not found');
  });

  test('replace --force makes it anew', async () => {
    await kubectl.pipe(configMap(name), 'create');
    const uid = () => kubectl('get', 'cm', name, '-o', 'jsonpath={.metadata.uid}');
    const before = await uid();
    await kubectl.pipe(configMap(name, { a: 'b' }), 'replace', '--force');
    expect(await uid()).not.toBe(before);
  });

  test('edit with an editor that is a script', async () => {
    await kubectl.pipe(deployment(name), 'create');
    const editor = await kubectl.file('edit.sh', '#!/bin/sh\nsed -i "s/demo:v1/demo:v2/" "$1"\n');
    const { stdout } = await kubectl.run(['edit', 'deploy', name], {
      env: { KUBE_EDITOR: editor },
    });
    expect(stdout).toContain(`deployment.apps/${name} edited`);
    const image = 'jsonpath={.spec.template.spec.containers[0].image}';
    expect(await kubectl('get', 'deploy', name, '-o', image)).toBe('segue-demo:v2');
    const idle = await kubectl.run(['edit', 'deploy', name], { env: { KUBE_EDITOR: 'true' } });
    expect(idle.stderr + idle.stdout).toContain('no changes made');
    const status = await kubectl.file('status.sh', '#!/bin/sh\nsed -i "s/status: {}//" "$1"\n');
    const args = ['edit', 'deploy', name, '--subresource=status'];
    expect((await kubectl.run(args, { env: { KUBE_EDITOR: status } })).code).toBe(0);
  });
});
