/** What cannot be released by is refused aloud, with the field and the fix, and nothing is touched. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import type { PolicySpecInput } from '../../src/api/policy.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

type Loose = Record<string, unknown>;
const traffic = { services: [{ name: 'web' }] };
const route = { ...traffic, routers: [{ gatewayAPI: { httpRoute: 'web' } }] };
const stages = (...all: Loose[]) => ({ traffic: route, strategy: { canary: { stages: all } } });
const check = (rest: Loose, scrape: Loose = {}) => ({
  traffic,
  strategy: { blueGreen: {} },
  checks: [
    {
      name: 'errors',
      scrape: {
        pods: { port: 8080 },
        total: 'requests_total',
        bad: 'requests_total{code="500"}',
        ...scrape,
      },
      max: '1%',
      ...rest,
    },
  ],
});
const abTest = (rest: Loose) => ({
  traffic: route,
  strategy: {
    abTest: {
      duration: '1h',
      goal: { name: 'orders', scrape: { pods: { port: 8080 }, total: 'requests', good: 'orders' } },
      ...rest,
    },
  },
});
const match = [{ headers: [{ name: 'x', exact: '1' }] }];
const address = { pods: undefined, address: 'http://gateway:9090/metrics' };

/** What the schema in the CRD can say. */
const REFUSED: Record<string, [spec: Loose, field: RegExp]> = {
  'no target': [{ targetRef: undefined }, /targetRef/],
  'a kind that is not released': [{ targetRef: { kind: 'ReplicaSet', name: 'web' } }, /kind/],
  'no strategy': [{ strategy: {} }, /strategy/],
  'two strategies': [
    { strategy: { blueGreen: {}, canary: { stages: [{ weight: 5 }] } } },
    /strategy/,
  ],
  'no stages': [stages(), /stages/],
  'a weight above 100': [stages({ weight: 101 }), /weight/],
  'a weight as text': [stages({ weight: '5' }), /weight/],
  'a match that says no value': [
    stages({ weight: 5, match: [{ cookie: { name: 'a' } }] }),
    /cookie/,
  ],
  'a mirror of more than all': [stages({ weight: 5, mirror: { percent: 101 } }), /percent/],
  'an A/B test without a goal': [abTest({ match, goal: undefined }), /goal/],
  'an A/B test of nobody': [abTest({}), /abTest/],
  'an A/B test of users told twice': [abTest({ match, sticky: { percent: 5 } }), /abTest/],
  'an A/B test of all users': [abTest({ sticky: { percent: 100 } }), /percent/],
  'no Service': [{ traffic: { services: [] } }, /services/],
  'a bake without a unit': [{ bake: '10' }, /bake/],
  'a settle time in words': [{ traffic: { ...traffic, settle: 'soon' } }, /settle/],
  'two routers in one': [
    {
      traffic: {
        ...traffic,
        routers: [{ gatewayAPI: { httpRoute: 'web' }, istio: { virtualService: 'web' } }],
      },
    },
    /routers/,
  ],
  'two routes in one router': [
    {
      traffic: { ...traffic, routers: [{ gatewayAPI: { httpRoute: 'web', grpcRoute: 'web' } }] },
    },
    /gatewayAPI/,
  ],
  'a check without a provider': [check({ scrape: undefined }), /checks/],
  'a check with two providers': [
    check({ prometheus: { address: 'http://prometheus:9090', query: 'up' } }),
    /checks/,
  ],
  'two checks of one name': [
    { ...check({}), checks: [...check({}).checks, { ...check({}).checks[0], max: '2%' }] },
    /Duplicate value/,
  ],
  'an action that is none': [{ onFailure: { action: 'Hope' } }, /onFailure/],
};

/** What only Segue can say: a condition that names the field and the fix. */
const INVALID: Record<string, [spec: Loose, message: RegExp]> = {
  'weights that fall': [
    stages({ weight: 25 }, { weight: 5 }),
    /^spec\.strategy\.canary\.stages\[1\]\.weight: 5 does not rise above .*25.*; order the stages/,
  ],
  'a stage without traffic': [
    stages({ weight: 0 }, { weight: 5 }),
    /stages\[0\]\.weight: .*; begin with 1 or more/,
  ],
  'a hold without a unit': [
    stages({ weight: 5, hold: '10' }),
    /stages\[0\]\.hold: "10" is not a hold; write a duration with its unit/,
  ],
  'a hold that only checks could end': [
    stages({ weight: 5, hold: { atMost: '10m' } }),
    /stages\[0\]\.hold: .*no check applies.*; add a check/,
  ],
  'a check that is not defined': [
    stages({ weight: 5, checks: ['latency'] }),
    /stages\[0\]\.checks: there is no check latency; define it under spec\.checks/,
  ],
  'match without a router': [
    { ...stages({ weight: 5, match: [{ headers: [{ name: 'x', exact: '1' }] }] }), traffic },
    /stages\[0\]\.match: nothing can tell requests apart without a router; add gatewayAPI/,
  ],
  'mirror without a router': [
    { ...stages({ weight: 5, mirror: {} }), traffic },
    /stages\[0\]\.mirror: nothing can copy requests without a router; add gatewayAPI/,
  ],
  'a canary by pods on a headless Service': [
    { ...stages({ weight: 5 }), traffic: { services: [{ name: 'headless' }] } },
    /^Service headless: it is headless.*; use a Service with a cluster IP, or a router/,
  ],
  'no traffic': [{ traffic: undefined }, /^spec\.traffic: is missing; name the Service/],
  'an A/B test of three versions': [
    abTest({ sticky: { percent: 20 }, arms: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }),
    /^spec\.strategy\.abTest\.arms: 3 arms: .*; name two; test a third one/,
  ],
  'an A/B test without a router': [
    { ...abTest({ sticky: { percent: 20 } }), traffic },
    /^spec\.strategy\.abTest\.sticky: nothing can tell users apart.*; add gatewayAPI/,
  ],
  'an A/B test whose cookie ends before it': [
    abTest({ sticky: { percent: 20, maxAge: '30m' } }),
    /^spec\.strategy\.abTest\.sticky\.maxAge: 30m is shorter than the test/,
  ],
  'a router whose kinds are not installed': [
    { traffic: { ...traffic, routers: [{ istio: { virtualService: 'web' } }] } },
    /^VirtualService web: the API server has no kind VirtualService in networking\.istio\.io; install/,
  ],
  'a query that names no version': [
    check({}, address),
    /^spec\.checks\[0\]\.scrape\.(total|bad): names no version.*; select one with \{\{hash\}\}/,
  ],
  'a check without a threshold': [
    check({ max: undefined }),
    /^spec\.checks\[0\]: does not say what is good; add compare: \{\}/,
  ],
  'a threshold that is no share': [
    check({ max: 'a bit' }),
    /^spec\.checks\[0\]\.max: "a bit" is not a number.*; write it as/,
  ],
  'a comparison beside a threshold': [
    check({ compare: { margin: 1.25 } }),
    /spec\.checks\[0\]: asks more than one thing.*; keep one of them/,
  ],
  'a Service that does not exist': [
    { traffic: { services: [{ name: 'nowhere' }] } },
    /^Service nowhere: does not exist; create it, or correct spec\.traffic\.services/,
  ],
  'a headless Service': [
    { traffic: { services: [{ name: 'headless' }] } },
    /^Service headless: it is headless.*; use a Service with a cluster IP, or a router/,
  ],
  'a Service that only names a host': [
    { traffic: { services: [{ name: 'external' }] } },
    /^Service external: it is of type ExternalName.*; name the Service that selects the pods/,
  ],
  'a smoke test at a port that does not exist': [
    { strategy: { blueGreen: { smokeTests: [{ name: 'a', http: { path: '/', port: 9090 } }] } } },
    /blueGreen\.smokeTests\[0\]\.http\.port: Service web has no port 9090; write one of 80/,
  ],
  'a window that never opens': [
    { window: { freeze: [{ from: '2020-01-01', to: '9999-12-31' }] } },
    /^spec\.window\.freeze\[0\]: .* does not open again for ten years or more; write the day/,
  ],
  'an HTTPRoute that does not exist': [
    {
      ...stages({ weight: 5 }),
      traffic: { ...traffic, routers: [{ gatewayAPI: { httpRoute: 'no' } }] },
    },
    /^HTTPRoute no: it does not exist; create it, or name another/,
  ],
  'an HTTPRoute that leads elsewhere': [
    { ...stages({ weight: 5 }), traffic: { ...route, services: [{ name: 'second' }] } },
    /^HTTPRoute web: no rule leads to Service second; add a rule/,
  ],
};

/** A Deployment without pods and Services of all kinds, in a namespace of its own. */
async function open(name = 'web'): Promise<Shop> {
  const shop = await openShop(lab, { name, replicas: 0, route: true });
  const port = { port: 80, protocol: 'TCP' };
  const service = (called: string, spec: Loose): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: called, namespace: shop.namespace },
    spec,
  });
  const selector = { app: name };
  await lab.client.create(service('second', { selector, ports: [port] }));
  await lab.client.create(service('headless', { selector, ports: [port], clusterIP: 'None' }));
  await lab.client.create(
    service('external', { type: 'ExternalName', externalName: 'shop.example.com' }),
  );
  await until('the Deployment to be seen', async () => {
    const { status, metadata } = await shop.deployment();
    return status?.observedGeneration === metadata.generation && (await setCount(shop)) === 1;
  });
  return shop;
}

async function setCount(shop: Shop): Promise<number> {
  return Object.keys(await shop.sets()).length;
}

const valid = { traffic, strategy: { blueGreen: {} } };
const attach = (shop: Shop, spec: Loose, name?: string) =>
  shop.attach({ ...valid, ...spec } as unknown as Omit<PolicySpecInput, 'targetRef'>, name);

/** What `segue validate --cluster` says of the policy, without file and line. */
async function faultsBefore(shop: Shop, spec: Loose): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'segue-invalid-'));
  const file = join(dir, 'policy.json');
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: 'segue.dev/v1alpha1',
      kind: 'ReleasePolicy',
      metadata: { name: 'web' },
      spec: { targetRef: { name: 'web' }, ...valid, ...spec },
    }),
  );
  const { code, output } = await lab.segue(
    '-n',
    shop.namespace,
    'validate',
    '--cluster',
    '-f',
    file,
  );
  await rm(dir, { recursive: true });
  expect({ code, output }).toMatchObject({ code: 1 });
  const lines = output.trim().split('\n');
  return lines
    .filter((line) => line.startsWith(`${file}:`))
    .map((line) => line.replace(/^\S+:\d+: ReleasePolicy web: /, ''));
}

/** The problems in a message; what is left over comes last, and is the fault. */
function partsOf(message: string, known: string[]): string[] {
  const left = known.reduce((rest, part) => rest.replace(part, ''), message);
  const over = left.replace(/^(; )*$/, '');
  const found = known.filter((part) => message.includes(part)).toSorted();
  return over === '' ? found : [...found, over];
}

describe('a spec that the schema refuses', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await open();
  });
  test.each(Object.entries(REFUSED))('%s', async (_what, [spec, field]) => {
    await expect(attach(shop, spec)).rejects.toThrow(field);
    expect(await shop.exists(KINDS.releasePolicy, 'web')).toBe(false);
  });

  test('a request that asks for nothing there is', async () => {
    await expect(shop.ask('Explode' as 'Abort')).rejects.toThrow(/action/);
  });
});

describe.concurrent('a policy that cannot work', () => {
  test.each(Object.entries(INVALID))('%s', async (_what, [spec, message]) => {
    const shop = await open();
    const before = (await shop.deployment()).metadata.resourceVersion;
    const told = await faultsBefore(shop, spec);
    await attach(shop, spec);
    const condition = await until('the verdict', async () => {
      const found = await shop.condition('Valid');
      return found?.status === 'False' && found;
    });
    expect(condition.reason).toBe('Invalid');
    expect(condition.message).toMatch(message);
    // The same words, from the command line, before it was there.
    expect(told.toSorted().join('; ')).toBe(partsOf(condition.message, told).join('; '));
    expect(await shop.condition('Ready')).toMatchObject({ status: 'False', reason: 'Invalid' });
    const { metadata } = await shop.get(KINDS.releasePolicy);
    expect(metadata.finalizers ?? []).toEqual([]);
    // A changed template is left alone as well: the Deployment is its user's.
    expect((await shop.deployment()).metadata.resourceVersion).toBe(before);
    await shop.delete(KINDS.releasePolicy);
    expect((await shop.deployment()).metadata.resourceVersion).toBe(before);
  });
});

describe.concurrent('what was invalid', () => {
  test('works when its spec is mended', async () => {
    const shop = await open('mended');
    await attach(shop, { traffic: { services: [{ name: 'nowhere' }] } });
    await until('the verdict', async () => (await shop.condition('Valid'))?.status === 'False');
    const { metadata } = await shop.get(KINDS.releasePolicy);
    await shop.patch(KINDS.releasePolicy, {
      spec: { traffic: { services: [{ name: 'mended' }] } },
    });
    const policy = await shop.held();
    expect(policy['status']).toMatchObject({
      observedGeneration: (metadata.generation ?? 0) + 1,
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'Valid', status: 'True' }),
      ]) as unknown,
    });
    expect((await shop.deployment()).spec.paused).toBe(true);
  });

  test('works when the Service that was missing comes', async () => {
    const shop = await open('comes');
    await attach(shop, { traffic: { services: [{ name: 'later' }] } });
    await until('the verdict', async () => (await shop.condition('Valid'))?.status === 'False');
    await lab.client.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'later', namespace: shop.namespace },
      spec: { selector: { app: 'comes' }, ports: [{ port: 80, protocol: 'TCP' }] },
    });
    await shop.held();
  });

  test('again when a Service it needs goes', async () => {
    const shop = await open('goes');
    await attach(shop, { traffic: { services: [{ name: 'second' }] } });
    await shop.held();
    await shop.delete(KINDS.service, 'second');
    await until('the verdict', async () => (await shop.condition('Valid'))?.status === 'False');
  });
});

describe.concurrent('two policies on one Deployment', () => {
  test('the one that holds it keeps it, though the other comes first by name', async () => {
    const shop = await open('zz');
    // Two objects of one second cannot be told apart by their age.
    await until('the beginning of a second', async () => Date.now() % 1_000 < 100);
    await attach(shop, { traffic: { services: [{ name: 'zz' }] } });
    await until('the hold', async () => {
      const { metadata } = await shop.get(KINDS.releasePolicy);
      return metadata.finalizers !== undefined;
    });
    await attach(shop, { traffic: { services: [{ name: 'second' }] } }, 'aa');
    await until('the refusal', async () => {
      const status = (await shop.get(KINDS.releasePolicy, 'aa'))['status'] as {
        conditions?: { type: string; status: string }[];
      };
      return status.conditions?.some((c) => c.type === 'Valid' && c.status === 'False');
    });
    await shop.held();
  });

  test('the second waits until the release of a deleted first is taken back', async () => {
    const shop = await openShop(lab, { name: 'queue', route: true });
    await shop.attach(shop.blueGreen({ approval: {} }));
    await shop.held();
    await shop.attach(shop.blueGreen({ approval: {} }), 'zz-next');
    await shop.setImage('segue-demo:v2');
    await shop.reach(1, 'the preview', atGates(0));
    await shop.delete(KINDS.releasePolicy);
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'PolicyDeleted' });
    // What was taken back with the first policy is not the second one's to release.
    await until('the second to hold it', async () => {
      const status = (await shop.get(KINDS.releasePolicy, 'zz-next'))['status'] as {
        conditions?: { type: string; status: string }[];
      };
      return status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
    });
    expect(await shop.exists(KINDS.release, 'zz-next-1')).toBe(false);
    expect((await shop.deployment()).spec.paused).toBe(true);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
  });

  test('the second is refused, and takes over when the first is deleted', async () => {
    const shop = await open('shared');
    await attach(shop, { traffic: { services: [{ name: 'shared' }] } });
    await shop.held();
    await attach(shop, { traffic: { services: [{ name: 'second' }] } }, 'later');
    const conditionsOf = async () => {
      const status = (await shop.get(KINDS.releasePolicy, 'later'))['status'] as
        { conditions?: { type: string; status: string; message: string }[] } | undefined;
      return Object.fromEntries((status?.conditions ?? []).map((c) => [c.type, c]));
    };
    const refused = await until('the refusal', async () => {
      const { Valid } = await conditionsOf();
      return Valid?.status === 'False' && Valid;
    });
    expect(refused.message).toMatch(
      /^spec\.targetRef\.name: Deployment shared is released by the policy shared already; delete/,
    );
    expect((await shop.condition('Ready'))?.status).toBe('True');
    await shop.delete(KINDS.releasePolicy);
    await until(
      'the second to take over',
      async () => (await conditionsOf())['Ready']?.status === 'True',
    );
    expect((await shop.deployment()).spec.paused).toBe(true);
  });
});
