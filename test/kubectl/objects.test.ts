/** The verbs and outputs of kubectl on objects of all sorts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../src/testing/until.ts';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';

let kubectl: Kubectl;
let count = 0;
let name = '';
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=1', '--no-gateway');
});
afterAll(() => kubectl?.stop());
beforeEach(() => {
  count += 1;
  name = `o${count}`;
});

function configMap(data: Record<string, string>) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

function deployment(container: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'segue-demo:v1', ...container }] },
      },
    },
  };
}

describe('what is served', () => {
  test('version, api-resources and api-versions', async () => {
    expect(await kubectl('version')).toContain('Server Version: v1.34.0');
    const resources = await kubectl('api-resources', '--no-headers');
    expect(resources).toMatch(/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m);
    expect(resources).toMatch(/^namespaces\s+ns\s+v1\s+false\s+Namespace$/m);
    expect(await kubectl('api-versions')).toContain('discovery.k8s.io/v1');
    expect(await kubectl('get', '--raw', '/readyz')).toBe('ok');
    expect(await kubectl('explain', 'deployment.spec.strategy')).toContain('rollingUpdate');
  });

  test('every kind can be listed', async () => {
    const kinds = await kubectl('api-resources', '--verbs=list', '-o', 'name');
    const { code, stderr } = await kubectl.run(['get', kinds.split('\n').join(','), '-A']);
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
  });
});

describe('get', () => {
  test('in all its formats', async () => {
    await kubectl.pipe(configMap({ a: '1' }), 'create');
    expect(await kubectl('get', 'cm', name, '-o', 'name')).toBe(`configmap/${name}`);
    expect(await kubectl('get', 'cm', name, '-o', 'yaml')).toContain('a: "1"');
    const json = JSON.parse(await kubectl('get', 'cm', name, '-o', 'json')) as object;
    expect(json).toMatchObject({ data: { a: '1' } });
    expect(await kubectl('get', 'cm', name, '-o', 'jsonpath={.data.a}')).toBe('1');
    const columns = 'custom-columns=N:.metadata.name,A:.data.a';
    expect(await kubectl('get', 'cm', name, '-o', columns)).toMatch(new RegExp(`N +A\n${name} +1`));
    expect(await kubectl('get', 'cm', name)).toMatch(/^NAME +DATA +AGE\n/);
    expect(await kubectl('get', 'cm', name, '--show-labels')).toContain('<none>');
    expect(await kubectl('get', 'nodes', '-o', 'wide')).toContain('INTERNAL-IP');
    expect(await kubectl('get', 'cm', '-A', '--sort-by=.metadata.name')).toContain('kube-system');
  });

  test('by labels and fields', async () => {
    await kubectl.pipe(configMap({}), 'create');
    await kubectl('label', 'cm', name, `of=${name}`, 'tier=front');
    const selected = (...args: string[]) => kubectl('get', 'cm', '-o', 'name', ...args);
    expect(await selected('-l', `of in (${name},x),tier!=back`)).toBe(`configmap/${name}`);
    expect(await selected('-l', `of=${name},!tier`)).toBe('');
    expect(await selected(`--field-selector=metadata.name=${name}`)).toBe(`configmap/${name}`);
    const { stderr } = await kubectl.run(['get', 'cm', '--field-selector=data.a=b']);
    expect(stderr).toContain('field label not supported: data.a');
  });

  test('-w tells of changes', async () => {
    await kubectl.pipe(configMap({}), 'create');
    const stop = new AbortController();
    let seen = '';
    const watching = kubectl.run(['get', 'cm', name, '-w', '--no-headers'], {
      signal: stop.signal,
      onOutput: (text) => (seen = text),
    });
    const rows = () =>
      seen
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/)[1]);
    await until('the first row', async () => rows()[0] === '0');
    await kubectl('patch', 'cm', name, '--type=merge', '-p', '{"data":{"a":"1"}}');
    await until('the changed row', async () => rows().at(-1) === '1');
    stop.abort();
    await watching;
  });
});

describe('change', () => {
  test('apply, client side: three ways, unknown fields and diffs', async () => {
    await kubectl.pipe(deployment({ env: [{ name: 'A', value: '1' }] }), 'apply');
    expect(await kubectl.pipe(deployment({ env: [{ name: 'A', value: '1' }] }), 'apply')).toContain(
      'unchanged',
    );
    await kubectl('set', 'env', `deployment/${name}`, 'B=2');
    const next = deployment({ image: 'segue-demo:v2', env: [{ name: 'C', value: '3' }] });
    expect(await kubectl.pipe(next, 'apply')).toContain('configured');
    const env = '-o=jsonpath={.spec.template.spec.containers[0].env[*].name}';
    expect(await kubectl('get', 'deployment', name, env)).toBe('B C');
    const typo = { ...next, spec: { ...next.spec, replcas: 2 } };
    await expect(kubectl.pipe(typo, 'apply')).rejects.toThrow('unknown field "spec.replcas"');
    const warned = await kubectl.run(['apply', '--validate=warn', '-f', '-'], {
      stdin: JSON.stringify(typo),
    });
    expect(warned.stderr).toContain('unknown field "spec.replcas"');
    expect(warned.code).toBe(0);
    await kubectl('delete', 'deployment', name);
  });

  test('apply, server side: owners, conflicts, force', async () => {
    const apply = ['apply', '--server-side'];
    await kubectl.pipe(configMap({ a: '1', b: '1' }), ...apply, '--field-manager=one');
    const conflict = kubectl.pipe(configMap({ a: '2' }), ...apply, '--field-manager=two');
    await expect(conflict).rejects.toThrow('conflict with "one": .data.a');
    await kubectl.pipe(configMap({ a: '2' }), ...apply, '--field-manager=two', '--force-conflicts');
    await kubectl.pipe(configMap({}), ...apply, '--field-manager=one');
    expect(await kubectl('get', 'cm', name, '-o', 'jsonpath={.data}')).toBe('{"a":"2"}');
  });

  test('patches of all types', async () => {
    await kubectl.pipe(deployment(), 'create');
    const patch = (type: string, body: unknown) =>
      kubectl('patch', 'deployment', name, `--type=${type}`, '-p', JSON.stringify(body));
    const container = { name: 'app', env: [{ name: 'A', value: '1' }] };
    await patch('strategic', { spec: { template: { spec: { containers: [container] } } } });
    await patch('merge', { metadata: { labels: { of: name } } });
    await patch('json', [{ op: 'replace', path: '/spec/minReadySeconds', value: 1 }]).catch(
      () => undefined,
    );
    await patch('json', [{ op: 'add', path: '/spec/minReadySeconds', value: 1 }]);
    const read = JSON.parse(await kubectl('get', 'deployment', name, '-o', 'json')) as object;
    expect(read).toMatchObject({
      metadata: { labels: { of: name } },
      spec: {
        minReadySeconds: 1,
        template: { spec: { containers: [{ image: 'segue-demo:v1', env: [{ name: 'A' }] }] } },
      },
    });
    await kubectl(
      'patch',
      'deployment',
      name,
      '--subresource=scale',
      '--type=merge',
      '-p',
      '{"spec":{"replicas":0}}',
    );
    const replicas = '-o=jsonpath={.spec.replicas}';
    expect(await kubectl('get', 'deployment', name, replicas)).toBe('0');
  });

  test('create, replace, label, annotate and dry runs', async () => {
    await kubectl('create', 'configmap', name, '--from-literal=a=b');
    await expect(kubectl('create', 'configmap', name)).rejects.toThrow('already exists');
    await kubectl('annotate', 'cm', name, 'note=x');
    await kubectl.pipe(configMap({ c: 'd' }), 'replace');
    const object = JSON.parse(await kubectl('get', 'cm', name, '-o', 'json')) as object;
    expect(object).toMatchObject({ data: { c: 'd' } });
    expect(object).not.toHaveProperty('metadata.annotations');
    const other = `${name}-dry`;
    await kubectl('create', 'configmap', other, '--dry-run=server');
    await expect(kubectl('get', 'cm', other)).rejects.toThrow('NotFound');
    await kubectl('create', 'secret', 'generic', name, '--from-literal=a=b');
    expect(await kubectl('get', 'secret', name, '-o', 'jsonpath={.data.a}')).toBe('Yg==');
  });

  test('delete, with namespaces and what is in them', async () => {
    await kubectl('create', 'namespace', name);
    await kubectl('-n', name, 'create', 'configmap', 'in');
    await kubectl('-n', name, 'create', 'deployment', 'web', '--image=segue-demo:v1');
    await kubectl(
      '-n',
      name,
      'wait',
      '--for=condition=Available',
      'deployment/web',
      '--timeout=60s',
    );
    await kubectl('-n', name, 'delete', 'configmap', '--all', '--wait=false');
    await kubectl('delete', 'namespace', name, '--timeout=60s');
    await expect(kubectl('get', 'namespace', name)).rejects.toThrow('NotFound');
  });

  test('invalid objects are told field by field', async () => {
    const bad = { ...deployment({ name: 'Bad_Name', ports: [{ containerPort: 70_000 }] }) };
    const { stderr } = await kubectl.run(['create', '-f', '-'], { stdin: JSON.stringify(bad) });
    expect(stderr).toContain('spec.template.spec.containers[0].name: Invalid value: "Bad_Name"');
    expect(stderr).toContain('must be between 1 and 65535');
  });
});

describe('rights', () => {
  test('auth can-i, impersonation and tokens', async () => {
    expect(await kubectl('auth', 'can-i', 'create', 'deployments')).toBe('yes');
    const account = `system:serviceaccount:default:${name}`;
    await kubectl('create', 'serviceaccount', name);
    const denied = await kubectl.run(['auth', 'can-i', 'list', 'pods', `--as=${account}`]);
    expect(denied.stdout.trim()).toBe('no');
    await kubectl('create', 'role', name, '--verb=list', '--resource=pods');
    await kubectl(
      'create',
      'rolebinding',
      name,
      `--role=${name}`,
      `--serviceaccount=default:${name}`,
    );
    const token = await kubectl('create', 'token', name);
    const as = (...args: string[]) => kubectl.run([...args, '--token', token]);
    expect((await as('get', 'pods')).code).toBe(0);
    expect((await as('get', 'secrets')).stderr).toContain(
      `User "${account}" cannot list resource "secrets" in API group "" in the namespace "default"`,
    );
    expect(await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe(
      'kubernetes-admin',
    );
  });
});

const WIDGETS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.ex.dev}
spec:
  group: ex.dev
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns:
    - {name: Mode, type: string, jsonPath: .spec.mode}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              mode: {type: string, enum: [A, B], default: A, description: How it works.}
              replicas: {type: integer, default: 1}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

test('custom resources: columns, defaults, validation, scale, explain', async () => {
  await kubectl.pipe(WIDGETS, 'apply');
  await kubectl('wait', '--for=condition=Established', 'crd/widgets.ex.dev', '--timeout=10s');
  const widget = (spec: object) => ({
    apiVersion: 'ex.dev/v1',
    kind: 'Widget',
    metadata: { name },
    spec,
  });
  await kubectl.pipe(widget({}), 'apply');
  expect(await kubectl('get', 'wd')).toMatch(new RegExp(`^NAME +MODE\n${name} +A$`));
  await expect(kubectl.pipe(widget({ mode: 'C' }), 'apply')).rejects.toThrow(
    'spec.mode: Unsupported value: "C": supported values: "A", "B"',
  );
  await expect(kubectl.pipe(widget({ mod: 'A' }), 'apply')).rejects.toThrow(
    'unknown field "spec.mod"',
  );
  await kubectl('scale', `widget/${name}`, '--replicas=3');
  expect(await kubectl('get', 'wd', name, '-o', 'jsonpath={.spec.replicas}')).toBe('3');
  const status = '{"status":{"phase":"Good"}}';
  await kubectl('patch', 'wd', name, '--subresource=status', '--type=merge', '-p', status);
  await kubectl('wait', '--for=jsonpath={.status.phase}=Good', `widget/${name}`, '--timeout=10s');
  expect(await kubectl('explain', 'widget.spec.mode')).toContain('How it works.');
  await kubectl('delete', 'crd', 'widgets.ex.dev', '--timeout=30s');
  await expect(kubectl('get', 'widgets')).rejects.toThrow(/ended with 1/);
});
