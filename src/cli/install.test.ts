import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../api/object.ts';
import { controllerRules } from './controller-rules.ts';
import { FakeCluster } from './testing/fake-cluster.ts';

const objectsOf = (text: string) =>
  (parseAllDocuments(text, { version: '1.1' }) as { toJS(): unknown }[]).map(
    (document) => document.toJS() as KubeObject,
  );

test('install prints everything in the order it can be applied in', async () => {
  const { code, out, err } = await new FakeCluster().run('install');
  expect(code).toBe(0);
  expect(err).toMatch(/^note: the Deployment uses the image segue:1\.2\.3/);
  expect(objectsOf(out).map(({ kind, metadata }) => `${kind} ${metadata.name}`))
    .toMatchInlineSnapshot(`
      [
        "Namespace segue-system",
        "CustomResourceDefinition releasepolicies.segue.dev",
        "CustomResourceDefinition releases.segue.dev",
        "CustomResourceDefinition releaserequests.segue.dev",
        "CustomResourceDefinition releasedefaults.segue.dev",
        "CustomResourceDefinition checktemplates.segue.dev",
        "ServiceAccount segue-controller",
        "ClusterRole segue-controller",
        "ClusterRoleBinding segue-controller",
        "Role segue-controller",
        "RoleBinding segue-controller",
        "ClusterRole segue-view",
        "ClusterRole segue-edit",
        "Deployment segue-controller",
      ]
    `);
});

test('namespace and image are the ones wanted; the controller can be left out', async () => {
  const { out, err } = await new FakeCluster().run('install', '-n', 'ops', '--image', 'r/segue:1');
  expect(err).toBe('');
  const objects = objectsOf(out);
  expect(objects[0]?.metadata.name).toBe('ops');
  expect(JSON.stringify(objects.at(-1))).toContain('"image":"r/segue:1"');
  const namespaced = objects.filter(({ metadata }) => metadata.namespace !== undefined);
  expect(new Set(namespaced.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['ops']));
  const without = objectsOf((await new FakeCluster().run('install', '--no-controller')).out);
  expect(without.some(({ kind }) => kind === 'Deployment')).toBe(false);
});

test('the controller may do what it does and nothing else', () => {
  const rules = controllerRules().flatMap(({ apiGroups, resources, verbs }) =>
    resources.map((resource) => `${apiGroups[0]}/${resource}: ${verbs.join(' ')}`),
  );
  expect(rules).toMatchInlineSnapshot(`
    [
      "segue.dev/releasepolicies: get list watch update patch",
      "segue.dev/releases: get list watch create update patch delete",
      "segue.dev/releaserequests: get list watch delete",
      "segue.dev/releasedefaults: get list watch",
      "segue.dev/checktemplates: get list watch",
      "segue.dev/releasepolicies/status: update patch",
      "segue.dev/releases/status: update patch",
      "segue.dev/releasepolicies/finalizers: update",
      "segue.dev/releases/finalizers: update",
      "apps/deployments: get list watch update patch",
      "apps/deployments/status: update patch",
      "apps/deployments/finalizers: update",
      "apps/replicasets: get list watch create update patch delete",
      "apps/statefulsets: get list watch patch",
      "apps/daemonsets: get list watch patch",
      "apps/controllerrevisions: get list watch",
      "/configmaps: get list watch",
      "/services: get list watch create patch delete",
      "/pods: get list watch delete",
      "/pods/eviction: create",
      "batch/jobs: get create delete",
      "/resourcequotas: list",
      "/limitranges: list",
      "/nodes: list watch",
      "/events: create list patch",
      "policy/poddisruptionbudgets: get list watch",
      "autoscaling/horizontalpodautoscalers: get list watch",
      "discovery.k8s.io/endpointslices: get list watch",
      "external.metrics.k8s.io/*: get list",
      "custom.metrics.k8s.io/*: get list",
      "gateway.networking.k8s.io/httproutes: get list watch patch",
      "gateway.networking.k8s.io/grpcroutes: get list watch patch",
      "gateway.networking.k8s.io/tlsroutes: get list watch patch",
      "gateway.networking.k8s.io/tcproutes: get list watch patch",
      "policy.linkerd.io/httproutes: get list watch patch",
      "linkerd.io/serviceprofiles: get list watch",
      "networking.k8s.io/ingresses: get list watch create patch delete",
      "networking.istio.io/virtualservices: get list watch patch",
      "networking.istio.io/destinationrules: get list watch patch",
      "projectcontour.io/httpproxies: get list watch patch",
      "apisix.apache.org/apisixroutes: get list watch patch",
      "traefik.io/ingressroutes: get list watch patch",
      "traefik.io/ingressroutetcps: get list watch patch",
      "traefik.io/traefikservices: get list watch create patch delete",
      "consul.hashicorp.com/servicesplitters: get list watch patch",
      "consul.hashicorp.com/serviceresolvers: get list watch create patch delete",
      "consul.hashicorp.com/servicerouters: get list watch create patch delete",
    ]
  `);
});

test('Secrets are read only where that is said', async () => {
  const rules = async (...args: string[]) => {
    const { out } = await new FakeCluster().run('install', '--no-controller', ...args);
    return objectsOf(out)
      .filter((object) => JSON.stringify(object['rules'] ?? []).includes('secrets'))
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
  };
  const key = 'Role segue-system/segue-controller';
  expect(await rules()).toEqual([]);
  expect(await rules('--secrets')).toEqual(['ClusterRole /segue-controller', key]);
  expect(await rules('--secrets', 'shop, pay')).toEqual([
    key,
    'Role shop/segue-secrets',
    'Role pay/segue-secrets',
  ]);
});

test('crds prints the five definitions', async () => {
  const { out } = await new FakeCluster().run('crds');
  expect(objectsOf(out).map(({ kind }) => kind)).toEqual(
    Array.from({ length: 5 }, () => 'CustomResourceDefinition'),
  );
});
