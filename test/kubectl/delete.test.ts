/** `kubectl delete` and `kubectl wait`. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../src/testing/until.ts';
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
  name = `x${count}`;
});

const remains = async (kind: string) =>
  (await kubectl('get', kind, '-l', `app=${name}`, '-o', 'name')) !== '';

async function running(): Promise<void> {
  await kubectl.pipe(deployment(name), 'create');
  await kubectl('wait', '--for=condition=Available', `deployment/${name}`, '--timeout=60s');
}

describe('delete --cascade', () => {
  test('background: dependents go after', async () => {
    await running();
    await kubectl('delete', 'deployment', name);
    await until('no set is left', async () => !(await remains('rs')));
    await kubectl('wait', '--for=delete', 'pod', '-l', `app=${name}`, '--timeout=60s');
  });

  test('foreground: dependents go before', async () => {
    await running();
    await kubectl('delete', 'deployment', name, '--cascade=foreground', '--timeout=60s');
    expect(await remains('rs')).toBe(false);
    expect(await remains('pods')).toBe(false);
  });

  test('orphan: dependents stay', async () => {
    await running();
    await kubectl('delete', 'deployment', name, '--cascade=orphan');
    await until('the set is nobody’s', async () => {
      const owners = 'jsonpath={.items[*].metadata.ownerReferences}';
      return (await kubectl('get', 'rs', '-l', `app=${name}`, '-o', owners)) === '';
    });
    expect(await remains('pods')).toBe(true);
    await kubectl('delete', 'rs', '-l', `app=${name}`);
  });
});

describe('delete', () => {
  test('by name, selector, file, and all', async () => {
    const label = { app: name };
    const all = ['a', 'b', 'c', 'd'].map((one) => configMap(`${name}-${one}`, {}, label));
    await kubectl.pipe(all, 'create');
    expect(await kubectl('delete', 'cm', `${name}-a`)).toContain(`configmap "${name}-a" deleted`);
    await kubectl.pipe(configMap(`${name}-b`), 'delete');
    await kubectl('delete', 'cm', '-l', `app=${name}`);
    expect(await remains('cm')).toBe(false);
    expect(await kubectl.refused('delete', 'cm', name)).toContain('not found');
    await kubectl('delete', 'cm', name, '--ignore-not-found');
    await kubectl('create', 'namespace', name);
    await kubectl('-n', name, 'create', 'configmap', 'in');
    await kubectl('-n', name, 'delete', 'configmap', '--all');
    expect(await kubectl('-n', name, 'get', 'cm', 'in', '--ignore-not-found')).toBe('');
    await kubectl('delete', 'configmap', name, '--dry-run=server', '--ignore-not-found');
  });

  test('a finalizer holds an object until it is taken off', async () => {
    const held = configMap(name);
    await kubectl.pipe({ ...held, metadata: { name, finalizers: ['ex.dev/hold'] } }, 'create');
    const { code, stderr } = await kubectl.run(['delete', 'cm', name, '--timeout=1s']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('timed out');
    expect(await kubectl.json('cm', name)).toHaveProperty('metadata.deletionTimestamp');
    const gone = kubectl('wait', '--for=delete', `cm/${name}`, '--timeout=30s');
    await kubectl('patch', 'cm', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await gone;
  });

  test('pods: grace, --now and --force', async () => {
    const run = (pod: string) => kubectl('run', pod, '--image=segue-demo:v1');
    await run(name);
    await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
    await kubectl('delete', 'pod', name, '--grace-period=20', '--wait=false');
    await kubectl('delete', 'pod', name, '--now', '--ignore-not-found', '--timeout=30s');
    await run(name);
    const forced = await kubectl.run(['delete', 'pod', name, '--force', '--grace-period=0']);
    expect(forced.stdout).toContain('force deleted');
    expect(await kubectl('get', 'pod', name, '--ignore-not-found')).toBe('');
  });

  test('a namespace with what is in it', async () => {
    await kubectl('create', 'namespace', name);
    await kubectl('-n', name, 'create', 'deployment', 'web', '--image=segue-demo:v1');
    await kubectl('delete', 'namespace', name, '--timeout=60s');
    expect(await kubectl.refused('get', 'namespace', name)).toContain('not found');
    const again = await kubectl.refused('-n', name, 'create', 'cm', 'x');
    expect(again).toContain(`namespaces "${name}" not found`);
  });
});

describe('wait', () => {
  test('for creation, a condition, a value, and the end', async () => {
    const waiting = kubectl('wait', '--for=create', `deployment/${name}`, '--timeout=30s');
    await kubectl.pipe(deployment(name), 'create');
    expect(await waiting).toContain('condition met');
    const wait = (how: string) =>
      kubectl('wait', `--for=${how}`, `deployment/${name}`, '--timeout=30s');
    expect(await wait('condition=Available')).toContain('condition met');
    expect(await wait('jsonpath={.status.readyReplicas}=1')).toContain('condition met');
    expect(await wait('jsonpath={.status.observedGeneration}')).toContain('condition met');
    const ended = wait('delete');
    await kubectl('delete', 'deployment', name);
    await ended;
  });

  test('until its time is over', async () => {
    await kubectl.pipe(configMap(name), 'create');
    const args = ['wait', '--for=condition=Ready', `cm/${name}`, '--timeout=1s'];
    expect(await kubectl.refused(...args)).toContain('timed out waiting for the condition');
    expect(await kubectl.refused('wait', '--for=condition=Ready', 'cm/nope')).toContain(
      'not found',
    );
  });
});
