/** `kubectl get`: outputs, selection, order, pages and watches. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../src/testing/until.ts';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';
import { configMap, deployment } from './objects.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=1', '--no-gateway');
  await kubectl.pipe(
    [
      configMap('one', { a: '1', b: '2' }, { tier: 'front' }),
      configMap('three', { a: '3' }, { tier: 'back' }),
      configMap('two', {}, { tier: 'front', app: 'web' }),
      deployment('web'),
    ],
    'create',
  );
  await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=60s');
});
afterAll(() => kubectl?.stop());

const names = async (...args: string[]) =>
  (await kubectl('get', 'cm', '-o', 'name', ...args)).split('\n').map((one) => one.split('/')[1]);

describe('outputs', () => {
  test('name, yaml and json', async () => {
    expect(await kubectl('get', 'cm', 'one', '-o', 'name')).toBe('configmap/one');
    expect(await kubectl('get', 'cm', 'one', '-o', 'yaml')).toContain('data:\n  a: "1"');
    expect(await kubectl.json('cm', 'one')).toMatchObject({ data: { a: '1' } });
    expect(await kubectl.json('cm,deploy')).toMatchObject({ kind: 'List' });
    const shown = await kubectl('get', 'cm', 'one', '-o', 'yaml', '--show-managed-fields');
    expect(shown).toContain('manager: kubectl-create');
  });

  test('jsonpath, go-template and custom-columns', async () => {
    const get = (output: string) => kubectl('get', 'cm', 'one', '-o', output);
    expect(await get('jsonpath={.data.a}')).toBe('1');
    expect(await get('go-template={{.data.b}}')).toBe('2');
    expect(await get('custom-columns=N:.metadata.name,A:.data.a')).toMatch(/^N +A\none +1$/);
    const all = 'jsonpath={range .items[*]}{.metadata.name}:{.data.a};{end}';
    expect(await kubectl('get', 'cm', '-l', 'tier', '-o', all)).toBe('one:1;three:3;two:;');
  });

  test('tables, wide ones, labels as columns', async () => {
    expect(await kubectl('get', 'cm', 'one')).toMatch(/^NAME +DATA +AGE\none +2 +\d+s$/);
    const wide = await kubectl('get', 'deployment', 'web', '-o', 'wide');
    expect(wide).toMatch(/AGE +CONTAINERS +IMAGES +SELECTOR\nweb +1\/1 .*segue-demo:v1 +app=web$/);
    expect(await kubectl('get', 'nodes', '-o', 'wide')).toContain('INTERNAL-IP');
    expect(await kubectl('get', 'cm', 'two', '--show-labels')).toContain('app=web,tier=front');
    expect(await kubectl('get', 'cm', 'two', '-L', 'tier')).toMatch(/TIER\n.*front$/);
    expect(await kubectl('get', 'cm', 'two', '--no-headers')).toMatch(/^two +0/);
    expect(await kubectl('get', 'all')).toMatch(/deployment\.apps\/web[^]*replicaset\.apps\/web-/);
  });
});

describe('selection', () => {
  test('by labels', async () => {
    expect(await names('-l', 'tier in (front,x),app!=web')).toEqual(['one']);
    expect(await names('-l', 'tier=front,!app')).toEqual(['one']);
    expect(
      await names('-l', 'tier notin (front)', '--field-selector=metadata.name!=web'),
    ).toContain('three');
    expect(await kubectl.refused('get', 'cm', '-l', 'a=b=c')).toContain("found '='");
  });

  test('by fields', async () => {
    expect(await names('--field-selector=metadata.name=one')).toEqual(['one']);
    const running = await kubectl('get', 'pods', '--field-selector=status.phase=Running');
    expect(running).toContain('web-');
    expect(await kubectl.refused('get', 'cm', '--field-selector=data.a=b')).toContain(
      '"data.a" is not a known field selector',
    );
  });

  test('across namespaces, in an order, in pages', async () => {
    expect(await kubectl('get', 'cm', '-A')).toContain('kube-system');
    expect(await names('-l', 'tier', '--sort-by=.data.a')).toEqual(['two', 'one', 'three']);
    const whole = await names('-A');
    expect(await names('-A', '--chunk-size=2')).toEqual(whole);
    expect(await kubectl.refused('get', 'cm', 'nope')).toContain('configmaps "nope" not found');
    expect(await kubectl('get', 'cm', 'nope', '--ignore-not-found')).toBe('');
    const raw = JSON.parse(
      await kubectl('get', '--raw', '/api/v1/namespaces/default/configmaps?limit=1'),
    ) as { metadata: object };
    expect(raw.metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 3 });
  });

  test('subresources', async () => {
    const scale = await kubectl('get', 'deploy', 'web', '--subresource=scale', '-o', 'yaml');
    expect(scale).toContain('kind: Scale');
    expect(await kubectl.json('deploy', 'web', '--subresource=status')).toMatchObject({
      status: { readyReplicas: 1 },
    });
  });
});

describe('-w', () => {
  async function watched(args: string[], change: (rows: () => string[][]) => Promise<void>) {
    const stop = new AbortController();
    let seen = '';
    const watching = kubectl.run(['get', ...args, '-w', '--no-headers'], {
      signal: stop.signal,
      onOutput: (text) => (seen = text),
    });
    const rows = () => seen.split('\n').map((line) => line.split(/\s+/));
    await change(rows);
    stop.abort();
    await watching;
  }

  test('tells of changes to one object', () =>
    watched(['cm', 'three'], async (rows) => {
      await until('the first row', async () => rows()[0]?.[1] === '1');
      await kubectl('patch', 'cm', 'three', '--type=merge', '-p', '{"data":{"z":"1"}}');
      await until('the changed row', async () => rows().at(-2)?.[1] === '2');
    }));

  test('tells what comes into a selection and leaves it', () =>
    watched(['cm', '-l', 'seen=yes', '--output-watch-events'], async (rows) => {
      await kubectl('create', 'cm', 'guest');
      await kubectl('label', 'cm', 'guest', 'seen=yes');
      await until('the addition', async () => rows().at(-2)?.[0] === 'ADDED');
      await kubectl('label', 'cm', 'guest', 'seen=no', '--overwrite');
      await until('the end', async () => rows().at(-2)?.[0] === 'DELETED');
      await kubectl('delete', 'cm', 'guest');
    }));
});
