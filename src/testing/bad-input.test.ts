/**
 * What cannot work, in one table: the difference to a policy that can, the field, the reason and the
 * fix. Each row goes through `segue validate`, and through a controller with what is on the cluster,
 * which must refuse it before anything is touched.
 */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Condition, KubeObject } from '../api/object.ts';
import { writtenPolicySpecSchema } from '../api/policy.ts';
import { validateText } from '../cli/validate-text.ts';
import { ControllerWorld, policyObject } from './controller-world.ts';
import {
  type Loose,
  type Row,
  SENSE,
  STRUCTURE,
  CANARY,
  GOOD,
  canary,
  services,
  routers,
  blueGreen,
  routed,
  unrouted,
  BLUE_GREEN,
} from './bad-input.ts';

type Beside = (world: ControllerWorld) => void;
const edit =
  (kind: string, change: (spec: Loose) => void): Beside =>
  (world) => {
    world.api.edit(kind, 'web', (object) => change(object['spec'] as Loose));
  };

/** What only shows beside what is on the cluster. */
const CLUSTER: [...Row, beside: Beside][] = [
  [
    'a Service that is not there',
    { traffic: { services: [{ name: 'nowhere' }], routers } },
    'Service nowhere: does not exist; create it, or correct spec.traffic.services',
    () => {},
  ],
  [
    'a headless Service, switched',
    blueGreen(),
    'Service web: it is headless; use a Service with a cluster IP, or a router',
    edit('Service', (spec) => (spec['clusterIP'] = 'None')),
  ],
  [
    'a headless Service, shared',
    { ...unrouted },
    'Service web: it is headless; use a Service with a cluster IP, or a router',
    edit('Service', (spec) => (spec['clusterIP'] = 'None')),
  ],
  [
    'traffic moved by DNS',
    blueGreen(),
    'Service web: it is of type ExternalName: a name in DNS; name the Service that selects the pods of the workload',
    edit('Service', (spec) => (spec['type'] = 'ExternalName')),
  ],
  [
    'traffic moved by DNS, with a router',
    {},
    'Service web: it is of type ExternalName: a name in DNS; name the Service that selects the pods of the workload',
    edit('Service', (spec) => (spec['type'] = 'ExternalName')),
  ],
  [
    'a Service without a selector',
    blueGreen(),
    'Service web: it has no selector; give it a selector that matches the pods',
    edit('Service', (spec) => (spec['selector'] = {})),
  ],
  [
    'an HTTPRoute that is not there',
    { traffic: { services, routers: [{ gatewayAPI: { httpRoute: 'no' } }] } },
    'HTTPRoute no: it does not exist; create it, or name another',
    () => {},
  ],
  [
    'an HTTPRoute that leads elsewhere',
    {},
    'HTTPRoute web: no rule leads to Service web; add a rule that leads to web',
    edit('HTTPRoute', (spec) => (spec['rules'] = [{ backendRefs: [{ name: 'other', port: 80 }] }])),
  ],
  [
    'an HTTPRoute to a port that is not there',
    {},
    'HTTPRoute web spec.rules[0].backendRefs: it leads to port 8080, which Service web does not have; write one of 80',
    edit('HTTPRoute', (spec) => (spec['rules'] = [{ backendRefs: [{ name: 'web', port: 8080 }] }])),
  ],
  [
    'a smoke test at a port that is not there',
    routed({ smokeTests: [{ name: 'a', http: { path: '/', port: 9090 } }] }),
    `${BLUE_GREEN}.smokeTests[0].http.port: Service web has no port 9090; write one of 80`,
    () => {},
  ],
  [
    'a smoke test of a stage at such a port',
    canary({ weight: 5, smokeTests: [{ name: 'a', http: { path: '/', port: 9090 } }] }),
    `${CANARY}.stages[0].smokeTests[0].http.port: Service web has no port 9090; write one of 80`,
    () => {},
  ],
  [
    'less time than pods take',
    { progressDeadline: '30s' },
    'spec.progressDeadline: 30s is not longer than minReadySeconds of Deployment web (60); write a longer one',
    edit('Deployment', (spec) => (spec['minReadySeconds'] = 60)),
  ],
  [
    'released here before it is released here',
    { releasedIn: { namespace: 'shop', policy: 'web' } },
    'spec.releasedIn: is this policy itself; name the namespace of the environment before this one',
    () => {},
  ],
];

const specOf = (difference: Loose): Loose =>
  JSON.parse(JSON.stringify({ ...GOOD, ...difference })) as Loose;

function inFile(spec: Loose): string[] {
  const head = {
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleasePolicy',
    metadata: { name: 'web' },
  };
  return validateText('a.yaml', stringify({ ...head, spec })).faults;
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
function said(text: string): RegExp {
  const [, field = '', reason = '', fix = ''] = /^([^:]*): (.*); (.*)$/.exec(text) ?? [];
  return new RegExp(`${escaped(field)}: [^;]*${escaped(reason)}[^;]*; ${escaped(fix)}`);
}

/** The message of the condition, and what was written to anything but the policy. */
async function onCluster(spec: Loose, beside: Beside = () => {}) {
  const world = new ControllerWorld();
  world.api.put({
    ...policyObject('web'),
    spec: writtenPolicySpecSchema.parse(spec),
  } as KubeObject);
  beside(world);
  await world.start();
  await world.pass();
  const policy = world.api.find('ReleasePolicy', 'web');
  const { conditions = [] } = (policy?.['status'] ?? {}) as { conditions?: Condition[] };
  const valid = conditions.find(({ type }) => type === 'Valid');
  await world.stop();
  const touched = world.api.writes.filter(
    ({ kind }) => kind !== 'ReleasePolicy' && kind !== 'Event',
  );
  return { status: valid?.status, message: valid?.message ?? '', touched, errors: world.errors() };
}

test('the policy that all of them differ from can be released by', async () => {
  expect(inFile(specOf({}))).toEqual([]);
  expect(await onCluster(specOf({}))).toMatchObject({ status: 'True', errors: [] });
});

describe('in a file', () => {
  test.each([...SENSE, ...STRUCTURE])('%s', (...row) => {
    const faults = inFile(specOf(row[1]));
    expect(faults).toContainEqual(expect.stringMatching(said(row[2])));
    for (const fault of faults)
      expect(fault).toMatch(/^a\.yaml:\d+: ReleasePolicy web: spec[^:]*: .+/);
  });
});

describe('on a cluster', () => {
  const rows = [...SENSE.map((row) => [...row, () => {}] as const), ...CLUSTER];
  test.each(rows)('%s', async (_name, spec, text, beside) => {
    const found = await onCluster(specOf(spec), beside);
    expect(found.message).toMatch(said(text));
    expect(found).toMatchObject({ status: 'False', touched: [], errors: [] });
  });
});
