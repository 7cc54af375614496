/** What the API server of the sandbox, which prunes and fills in by a schema, makes of a rule by a definition. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { type PolicySpecInput, policySpecSchema } from '../api/policy.ts';
import { DEFINITION_KEY, DEFINITION_LABEL, readDefinition } from '../api/route-definition.ts';
import { withDefinitions } from '../engine/index.ts';
import type { PolicySnapshot } from '../engine/snapshot.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { custom } from '../routers/custom/router.ts';
import { type TestServer, testServer } from '../sandbox/api/testing/server.ts';
import { PatchRights } from './patch-rights.ts';

const text = { type: 'string' };
const list = (properties: object, required: string[] = []) => ({
  type: 'array',
  items: { type: 'object', properties, required },
});
const header = {
  name: text,
  value: text,
  type: { ...text, enum: ['Exact', 'Prefix'], default: 'Exact' },
};
const when = { type: 'object', properties: { path: text, headers: list(header, ['name']) } };
const lanes = list({ when, to: list({ host: text, share: { type: 'integer' } }) });
const spec = { type: 'object', properties: { lanes } };

const CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'lanes.edge.example.com' },
  spec: {
    group: 'edge.example.com',
    scope: 'Namespaced',
    names: { kind: 'Lane', plural: 'lanes', singular: 'lane' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
      },
    ],
  },
};

const LANE: KubeObject = {
  apiVersion: 'edge.example.com/v1',
  kind: 'Lane',
  metadata: { name: 'web', namespace: 'default' },
  spec: { lanes: [{ when: { path: '/' }, to: [{ host: 'web', share: 100 }] }] },
};
const at = { group: 'edge.example.com', kind: 'Lane', namespace: 'default', name: 'web' };

const DEFINITION = `
group: edge.example.com
versions: [v1]
kind: Lane
destinations: ['spec.lanes[].to[]']
service: host
weight: share
match:
  order: First
  headers: { at: 'when.headers[]', name: name, value: value, fixed: { type: Exact } }
`;

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ clock: new FakeClock() });
  await server.admin.create(CRD);
  await server.admin.create(LANE);
});
afterAll(() => server.close());

const POLICY: PolicySpecInput = {
  targetRef: { name: 'web' },
  traffic: {
    services: [{ name: 'web' }],
    routers: [{ custom: { definition: 'lanes', object: 'web' } }],
  },
  strategy: {
    canary: {
      stages: [
        { weight: 0, hold: '1m', match: [{ headers: [{ name: 'x-canary', exact: 'yes' }] }] },
        { weight: 50, hold: '1m' },
      ],
    },
  },
};

async function problemsBy(definition: string): Promise<string[]> {
  const route = readDefinition({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'lanes', labels: { [DEFINITION_LABEL]: '' } },
    data: { [DEFINITION_KEY]: definition },
  });
  if (Array.isArray(route)) throw new Error(JSON.stringify(route));
  const policy = withDefinitions(policySpecSchema.parse(POLICY), () => route);
  const routers = new Map([['custom', custom]]);
  const rights = new PatchRights({ client: server.admin, routers, clock: new FakeClock() });
  const before = await server.admin.get(at);
  const found = await rights.problems('default', {
    policy: { name: 'web', deleting: false, spec: policy } as PolicySnapshot,
    release: undefined,
    problems: [],
  });
  expect(await server.admin.get(at)).toEqual(before);
  return found.map(({ field, message }) => `${field}: ${message}`);
}

const odd = (place: string, stored: string) =>
  `Lane web spec.lanes: of a rule with a header at ${place} the API server would store ${stored} there, and so another rule than the definition says`;

test('what is defined as the kind has it', async () => {
  expect(await problemsBy(DEFINITION)).toEqual([]);
});

test.each([
  ['a place that there is not', "'when.headers[]'", "'when.header[]'", 'when.header[]', 'nothing'],
  [
    'a field that there is not',
    'value: value',
    'value: exact',
    'when.headers[]',
    '{"type":"Exact","name":"x-canary"}',
  ],
  [
    'a field that is filled in',
    ', fixed: { type: Exact }',
    '',
    'when.headers[]',
    '{"name":"x-canary","value":"yes","type":"Exact"}',
  ],
])('%s', async (_, from, to, place, stored) => {
  expect(await problemsBy(DEFINITION.replace(from, to))).toEqual([odd(place, stored)]);
});

test.each([
  ['a word that there is not', 'type: Exact', 'type: Whole'],
  ['a field that has to be there', 'name: name', 'name: key'],
])('%s', async (_, from, to) => {
  expect(await problemsBy(DEFINITION.replace(from, to))).toEqual([
    expect.stringContaining(
      'Lane web: the API server does not take a rule for single requests as the definition says (',
    ),
  ]);
});
