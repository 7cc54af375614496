/** Custom resources: columns, defaults, pruning, validation, scale, explain, versions. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sandboxKubectl, type Kubectl } from './kubectl.ts';

let kubectl: Kubectl;
let count = 0;
let name = '';
beforeAll(async () => {
  kubectl = await sandboxKubectl('--hollow=1');
  await kubectl.pipe(WIDGETS, 'apply');
  await kubectl('wait', '--for=condition=Established', 'crd/widgets.ex.dev', '--timeout=10s');
});
afterAll(() => kubectl?.stop());
beforeEach(() => {
  count += 1;
  name = `w${count}`;
});

const WIDGETS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.ex.dev}
spec:
  group: ex.dev
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    selectableFields: [{jsonPath: .spec.mode}]
    additionalPrinterColumns:
    - {name: Mode, type: string, jsonPath: .spec.mode}
    - {name: Size, type: integer, jsonPath: .spec.size, priority: 1}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            x-kubernetes-validations:
            - rule: "!has(self.size) || self.size >= self.replicas"
              messageExpression: "'a size of ' + string(self.size) + ' is too small for ' + string(self.replicas)"
              fieldPath: .size
            properties:
              mode: {type: string, enum: [A, B], default: A, description: How it works.}
              size: {type: integer, minimum: 1}
              replicas: {type: integer, default: 1}
              zone: {type: string, x-kubernetes-validations: [{rule: self == oldSelf, message: the zone stays}]}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items: {type: object, required: [name], properties: {name: {type: string}, of: {type: string}}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
  - name: v1beta1
    served: true
    storage: false
    deprecated: true
    deprecationWarning: ex.dev/v1beta1 Widget goes away, use v1
    schema:
      openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

const widget = (spec: object, version = 'v1') => ({
  apiVersion: `ex.dev/${version}`,
  kind: 'Widget',
  metadata: { name },
  spec,
});

test('columns, defaults and selectable fields', async () => {
  await kubectl.pipe(widget({ size: 3 }), 'apply');
  expect(await kubectl('get', 'wd', name)).toMatch(new RegExp(`^NAME +MODE\n${name} +A$`));
  expect(await kubectl('get', 'wd', name, '-o', 'wide')).toMatch(/MODE +SIZE\n.* A +3$/);
  const selected = await kubectl('get', 'wd', '--field-selector=spec.mode=A', '-o', 'name');
  expect(selected).toContain(`widget.ex.dev/${name}`);
  expect(await kubectl('get', 'all')).toContain(`widget.ex.dev/${name}`);
});

test('validation by the schema, unknown fields and duplicates', async () => {
  const refused = async (spec: object) => (await kubectl.runPipe(widget(spec), 'apply')).stderr;
  expect(await refused({ mode: 'C' })).toContain(
    'spec.mode: Unsupported value: "C": supported values: "A", "B"',
  );
  expect(await refused({ size: 0 })).toContain('should be greater than or equal to 1');
  expect(await refused({ mod: 'A' })).toContain('unknown field "spec.mod"');
  expect(await refused({ parts: [{ name: 'a' }, { name: 'a' }] })).toContain('Duplicate value');
  const loose = await kubectl.runPipe(widget({ mod: 'A' }), 'apply', '--validate=ignore');
  expect(loose.code).toBe(0);
  expect(await kubectl('get', 'wd', name, '-o', 'jsonpath={.spec}')).toBe(
    '{"mode":"A","replicas":1}',
  );
});

test('rules in CEL, of values and of changes', async () => {
  const { stderr } = await kubectl.runPipe(widget({ size: 2, replicas: 3 }), 'apply');
  expect(stderr).toContain('spec.size: Invalid value: "object": a size of 2 is too small for 3');
  await kubectl.pipe(widget({ zone: 'a' }), 'apply');
  const moved = await kubectl.runPipe(widget({ zone: 'b' }), 'apply');
  expect(moved.stderr).toContain('spec.zone: Invalid value: "string": the zone stays');
  const broken = WIDGETS.replace('self == oldSelf', 'self = oldSelf').replaceAll('widget', 'thing');
  const refused = await kubectl.runPipe(broken, 'create');
  expect(refused.stderr).toMatch(
    /x-kubernetes-validations\[0\]\.rule: Invalid value: "self = oldSelf"/,
  );
});

test('scale, status and waiting for it', async () => {
  await kubectl.pipe(widget({}), 'apply');
  await kubectl('scale', `widget/${name}`, '--replicas=3');
  expect(await kubectl('get', 'wd', name, '-o', 'jsonpath={.spec.replicas}')).toBe('3');
  const status = '{"status":{"phase":"Good"}}';
  await kubectl('patch', 'wd', name, '--subresource=status', '--type=merge', '-p', status);
  await kubectl('wait', '--for=jsonpath={.status.phase}=Good', `widget/${name}`, '--timeout=10s');
  expect(await kubectl('get', 'wd', name, '-o', 'jsonpath={.metadata.generation}')).toBe('2');
});

test('server-side apply merges lists by the keys of the schema; there is no strategic patch', async () => {
  const apply = (manager: string, spec: object) =>
    kubectl.pipe(widget(spec), 'apply', '--server-side', `--field-manager=${manager}`);
  await apply('one', { parts: [{ name: 'a', of: 'x' }] });
  await apply('two', { parts: [{ name: 'b' }] });
  const parts = 'jsonpath={.spec.parts[*].name}';
  expect(await kubectl('get', 'wd', name, '-o', parts)).toBe('a b');
  await expect(apply('two', { parts: [{ name: 'a', of: 'y' }] })).rejects.toThrow(
    'conflict with "one": .spec.parts[name="a"].of',
  );
  const strategic = ['patch', 'wd', name, '--type=strategic', '-p', '{"spec":{}}'];
  expect(await kubectl.refused(...strategic)).toMatch(
    /strategic-merge-patch\+json is not supported by ex.dev/,
  );
});

test('explain by the published schema, and other versions with their warning', async () => {
  expect(await kubectl('explain', 'widget.spec.mode')).toContain('How it works.');
  expect(await kubectl('explain', 'widget.spec', '--recursive')).toMatch(/parts\s+<\[\]Object>/);
  const old = await kubectl.runPipe(widget({ size: 2 }, 'v1beta1'), 'apply');
  expect(old.stderr).toContain('Warning: ex.dev/v1beta1 Widget goes away, use v1');
  expect(await kubectl.json('widgets.v1.ex.dev', name)).toMatchObject({ apiVersion: 'ex.dev/v1' });
});

test('a definition goes with its objects', async () => {
  await kubectl.pipe(
    WIDGETS.replaceAll('widget', 'gadget').replaceAll('Widget', 'Gadget').replace('[wd]', '[gd]'),
    'apply',
  );
  await kubectl.pipe({ ...widget({}), kind: 'Gadget' }, 'apply');
  await kubectl('delete', 'crd', 'gadgets.ex.dev', '--timeout=30s');
  expect(await kubectl.refused('get', 'gadgets')).toMatch(
    /the server (doesn't have a resource type|could not find the requested resource)/,
  );
});
