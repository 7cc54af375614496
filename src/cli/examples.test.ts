import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpec } from '../api/policy.ts';
import { routedObjects, routedTitle } from '../api/routed.ts';
import { FakeCluster } from './testing/fake-cluster.ts';
import { validateText } from './validate-text.ts';
import { readYaml } from '../api/yaml-documents.ts';

const folder = new URL('../../examples/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
const textOf = (file: string) => readFileSync(new URL(file, folder), 'utf8');

test('there is one for each way to release', () => {
  expect(files).toEqual([
    'ab-test-ingress-nginx.yaml',
    'ab-test-match.yaml',
    'ab-test-traefik.yaml',
    'ab-test.yaml',
    'blue-green-approval.yaml',
    'blue-green-gradual.yaml',
    'blue-green-hooks.yaml',
    'blue-green-keep.yaml',
    'blue-green-pair-services.yaml',
    'blue-green-pair.yaml',
    'blue-green-smoke-test.yaml',
    'blue-green.yaml',
    'canary-alb.yaml',
    'canary-consul.yaml',
    'canary-contour.yaml',
    'canary-custom.yaml',
    'canary-evidence.yaml',
    'canary-fresh.yaml',
    'canary-ingress-nginx.yaml',
    'canary-istio-subsets.yaml',
    'canary-istio.yaml',
    'canary-ladder.yaml',
    'canary-match.yaml',
    'canary-mesh.yaml',
    'canary-pods.yaml',
    'canary-preset.yaml',
    'canary-prometheus.yaml',
    'canary-traefik.yaml',
    'canary-webhook.yaml',
    'canary-window.yaml',
    'canary.yaml',
    'check-templates.yaml',
    'config.yaml',
    'daemonset.yaml',
    'namespace-defaults.yaml',
    'queue-worker.yaml',
    'recreate.yaml',
    'released-in.yaml',
    'rolling-halves.yaml',
    'rolling.yaml',
    'statefulset-canary.yaml',
    'statefulset-route.yaml',
    'statefulset.yaml',
  ]);
});

test.each(files)('%s is valid', (file) => {
  const { policies, faults } = validateText(file, textOf(file));
  expect(faults).toEqual([]);
  expect(policies.filter((line) => line.includes('ReleasePolicy'))).toHaveLength(1);
});

test.each(files)('%s brings everything its policy names', (file) => {
  const objects = readYaml(textOf(file)).documents.map(({ value }) => value as KubeObject);
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  // With the kinds that definitions beside it name.
  const spec = validateText(file, textOf(file)).valid[0]?.spec as PolicySpec;
  const { kind, name: target } = spec.targetRef;
  expect(names).toContain(`${kind} ${target}`);
  if (spec.pairRef) expect(names).toContain(`Deployment ${spec.pairRef.name}`);
  for (const { name } of spec.traffic?.services ?? []) expect(names).toContain(`Service ${name}`);
  for (const router of spec.traffic?.routers ?? [])
    for (const [by, config] of Object.entries(router)) {
      const routed = routedObjects(by, config).map(routedTitle);
      expect(routed).not.toEqual([]);
      expect(names).toEqual(expect.arrayContaining(routed));
      const { definition } = config as { definition?: string };
      if (definition !== undefined) expect(names).toContain(`ConfigMap ${definition}`);
    }
});

test('all can be applied to one namespace: no name is there twice', () => {
  const names = files.flatMap((file) =>
    readYaml(textOf(file)).documents.map(({ value }) => {
      const { kind, metadata } = value as KubeObject;
      return `${kind} ${metadata.name}`;
    }),
  );
  expect(new Set(names).size).toBe(names.length);
});

test('what is done by hand leads to examples that are there', () => {
  const page = readFileSync(new URL('../../docs/en/by-hand.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/\(\.\.\/\.\.\/examples\/([^)]+)\)/g)].map(([, file]) => file);
  expect(named.length).toBeGreaterThan(9);
  expect(named.filter((file) => !files.includes(file ?? ''))).toEqual([]);
});

test('segue validate says so', async () => {
  const path = new URL('canary.yaml', folder).pathname;
  expect(await new FakeCluster().run('validate', '-f', path)).toEqual({
    code: 0,
    out: `${path}: ReleasePolicy web: valid\n`,
    err: '',
  });
});
