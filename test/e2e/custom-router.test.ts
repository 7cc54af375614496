/** By a router of one's own, the example's definition of SMI's TrafficSplit: what is written on the way of a release,
 * that all of it is put back, and what is said where the definition, the kind or the rights are missing. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { DEFINITION_KEY } from '../../src/api/route-definition.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

const SPLIT = { group: 'split.smi-spec.io', kind: 'TrafficSplit' };
const NAME = 'segue-trafficsplits';

const CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'trafficsplits.split.smi-spec.io' },
  spec: {
    group: SPLIT.group,
    scope: 'Namespaced',
    names: { kind: SPLIT.kind, plural: 'trafficsplits', singular: 'trafficsplit' },
    versions: [
      {
        name: 'v1alpha2',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['service', 'backends'],
                properties: {
                  service: { type: 'string' },
                  backends: {
                    type: 'array',
                    items: {
                      type: 'object',
                      required: ['service', 'weight'],
                      properties: { service: { type: 'string' }, weight: { type: 'integer' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab({}, [CRD]);
}, 180_000);
afterAll(() => lab?.stop());

/** What the example says to run. */
async function allow(verbs: string[]): Promise<void> {
  const metadata = { name: NAME };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const [apiGroup] = apiVersion.split('/');
  const rules = [{ apiGroups: [SPLIT.group], resources: ['trafficsplits'], verbs }];
  await lab.apply(JSON.stringify({ apiVersion, kind: 'ClusterRole', metadata, rules }));
  const binding = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup, kind: 'ClusterRole', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: 'segue-controller', namespace: 'segue-system' }],
  };
  await lab.apply(JSON.stringify(binding));
}

async function definition(): Promise<KubeObject> {
  const text = await readFile('examples/canary-custom.yaml', 'utf8');
  const all = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  return all.find(({ kind }) => kind === 'ConfigMap') as KubeObject;
}

function routed(shop: Shop) {
  const { traffic, ...rest } = shop.canary([{ weight: 20, approval: {} }]);
  const custom = { definition: 'smi-trafficsplit', object: shop.name };
  return {
    ...rest,
    traffic: { ...traffic, services: [{ name: shop.name }], routers: [{ custom }] },
  };
}

async function openSplit(name: string): Promise<Shop> {
  const shop = await openShop(lab, { name });
  await lab.client.create({
    apiVersion: 'split.smi-spec.io/v1alpha2',
    kind: SPLIT.kind,
    metadata: { name, namespace: shop.namespace, annotations: { 'example.com/team': 'web' } },
    spec: {
      service: name,
      backends: [
        { service: 'next', weight: 0 },
        { service: name, weight: 7 },
      ],
    },
  });
  return shop;
}

const define = async (shop: Shop) => lab.apply(JSON.stringify(await definition()), shop.namespace);

const backendsOf = async (shop: Shop) =>
  ((await shop.get(SPLIT))['spec'] as { backends: unknown[] }).backends;

/** The policy is not valid, and says this. */
const refusal = (shop: Shop, says: RegExp, withinMs?: number) =>
  until(
    `the policy ${shop.name} to say ${says.source}`,
    async () => says.test((await shop.condition('Valid'))?.message ?? ''),
    withinMs,
  );

test('without the definition, the kind or the rights only its policy waits, and says for what', async () => {
  const shop = await openSplit('alone');
  await shop.attach(routed(shop));
  await refusal(
    shop,
    /^ConfigMap smi-trafficsplit: there is no ConfigMap of this name with the label/,
  );
  const wrong = await definition();
  const { [DEFINITION_KEY]: text = '' } = wrong['data'] as Record<string, string>;
  const rewritten = (change: string, by: string) =>
    lab.apply(
      JSON.stringify({ ...wrong, data: { [DEFINITION_KEY]: text.replace(change, by) } }),
      shop.namespace,
    );
  await rewritten('weight: weight', 'weight: [weight]');
  await refusal(shop, /^ConfigMap smi-trafficsplit data\.router\.yaml:7 weight: .*; write text$/);
  await rewritten('kind: TrafficSplit', 'kind: TrafficTurn');
  await refusal(shop, /^TrafficTurn alone: the API server has no kind TrafficTurn in split/);
  await define(shop);
  await refusal(
    shop,
    /^TrafficSplit alone: the controller may not read kind TrafficSplit \(.*trafficsplits.*\); allow the controller's ServiceAccount to get, list, watch and patch/,
  );
  const other = await openShop(lab, { name: 'other' });
  await other.attach(other.blueGreen());
  await other.held();
  await other.setImage('segue-demo:v2');
  await other.end(1, 'Promoted');
  await allow(['get', 'list', 'watch']);
  await refusal(
    shop,
    /^TrafficSplit alone: the controller may not write it \(.*cannot patch.*\); allow the controller's ServiceAccount to/,
    90_000,
  );
  await allow(['get', 'list', 'watch', 'patch']);
  await until(
    'the policy to be Valid',
    async () => (await shop.condition('Valid'))?.status === 'True',
    90_000,
  );
}, 240_000);

test.concurrent.each(['Promoted', 'Aborted'] as const)(
  'the weights of an object that only a definition describes are moved, and it is as it was: %s',
  async (outcome) => {
    const name = outcome.toLowerCase();
    const shop = await openSplit(name);
    await define(shop);
    await shop.attach(routed(shop));
    await shop.held();
    const before = await shop.get(SPLIT);
    await shop.setImage('segue-demo:v2');
    await until('the weights', async () => {
      const [, , candidate] = (await backendsOf(shop)) as { weight: number }[];
      return candidate?.weight === 20;
    });
    expect(await backendsOf(shop)).toEqual([
      { service: 'next', weight: 0 },
      { service: `${name}-stable`, weight: 80 },
      { service: `${name}-candidate`, weight: 20 },
    ]);
    // The release goes on by the definition that it began with.
    const at = { ...KINDS.configMap, namespace: shop.namespace, name: 'smi-trafficsplit' };
    const { metadata } = await shop.get(KINDS.configMap, at.name);
    if (outcome === 'Aborted') await lab.client.delete(at, { uid: metadata.uid ?? '' });
    else {
      const data = { [DEFINITION_KEY]: 'kind: 7' };
      await lab.client.patch(at, { type: 'merge', body: { data } });
    }
    await shop.ask(outcome === 'Promoted' ? 'Promote' : 'Abort');
    await shop.end(1, outcome);
    const after = await shop.get(SPLIT);
    expect(after['spec']).toEqual(before['spec']);
    expect(after.metadata.annotations).toEqual(before.metadata.annotations);
    await refusal(shop, /^ConfigMap smi-trafficsplit/);
  },
  240_000,
);

test('a controller that begins anew goes on by the definition in the Release, without the ConfigMap', async () => {
  const shop = await openSplit('anew');
  await define(shop);
  await shop.attach(routed(shop));
  await shop.held();
  const before = await shop.get(SPLIT);
  await shop.setImage('segue-demo:v2');
  const weight = async () => ((await backendsOf(shop))[2] as { weight?: number })?.weight;
  await until('the weights', async () => (await weight()) === 20);
  lab.controller?.kill('SIGKILL');
  await lab.controller?.gone();
  const at = { ...KINDS.configMap, namespace: shop.namespace, name: 'smi-trafficsplit' };
  await lab.client.delete(at);
  await lab.startController();
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
  expect((await shop.get(SPLIT))['spec']).toEqual(before['spec']);
}, 240_000);
