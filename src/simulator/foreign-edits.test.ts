/**
 * What people do to a route in the middle of a release, at each of its stages, by every kind of route: what they wrote
 * stays, what was taken out is put back and told, and at the end the objects are theirs. And without any of it they come
 * back as they were, whatever else is in them. No chance, no faults; all invariants are looked at besides.
 */
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpecInput } from '../api/policy.ts';
import { Chance } from './chance.ts';
import { startCheckers } from './checkers.ts';
import { openRelease, OURS, releasesOf } from './facts.ts';
import { ask, schedule } from './people.ts';
import { agreedWeights, readRoutes } from './routes/reading.ts';
import { ROUTES, type RouteName, servedBy } from './routes/index.ts';
import { setUp } from './run.ts';
import { RELEASE_AT_MS, type Scenario } from './scenario.ts';
import { START_MS, World } from './world.ts';

type Fields = Record<string, unknown>;

interface Router {
  by: RouteName;
  /** A rule for this path, which has nothing to do with the policy. */
  rule: (spec: Fields, path: string) => void;
  settleMs?: number;
  /** At 100 percent the user's object is as its user wrote it, and what stands beside has everything. */
  asWrittenAtAll?: true;
  annotations?: Record<string, string>;
}

const into = (list: string, entry: (path: string) => Fields) => (spec: Fields, path: string) => {
  spec[list] = [...(spec[list] as Fields[]), entry(path)];
};
const before = (list: string, entry: (path: string) => Fields) => (spec: Fields, path: string) => {
  spec[list] = [entry(path), ...(spec[list] as Fields[])];
};
const docs = { name: 'docs', port: 80 };
const pathOfIngress = (spec: Fields, path: string) => {
  const [rule] = spec['rules'] as { http: { paths: Fields[] } }[];
  const backend = { service: { name: 'docs', port: { number: 80 } } };
  rule?.http.paths.push({ path, pathType: 'Prefix', backend });
};
const ruleOfGateway = into('rules', (value) => ({
  matches: [{ path: { type: 'PathPrefix', value } }],
  backendRefs: [{ ...docs, weight: 1 }],
}));
const ruleOfIstio = (spec: Fields, prefix: string) => {
  const rule = { match: [{ uri: { prefix } }], route: [{ destination: { host: 'docs' } }] };
  spec['http'] = [rule, ...(spec['http'] as Fields[])];
};

/** Of connections there may be one rule only; what others have in it has no share. */
const idleIn =
  (list: (spec: Fields) => unknown, named: string, more: Fields = {}) =>
  (spec: Fields, path: string) =>
    (list(spec) as Fields[]).push({ [named]: `docs-of${path.replaceAll('/', '-')}`, ...more });
const idleRef = { port: 80, weight: 0 };
const ofConnections = idleIn(
  (spec) => (spec['rules'] as Fields[])[0]?.['backendRefs'],
  'name',
  idleRef,
);

/** Connections to another port. */
const ofMesh = (list: string) =>
  before(list, (path) => ({
    match: [{ port: 1_000 + path.length }],
    route: [{ destination: { host: `docs-of${path.replaceAll('/', '-')}` } }],
  }));

const ROUTERS: Record<string, Router> = {
  HTTPRoute: { by: 'httpRoute', rule: ruleOfGateway },
  'HTTPRoute of Linkerd': { by: 'linkerd', rule: ruleOfGateway },
  GRPCRoute: {
    by: 'grpcRoute',
    rule: into('rules', (path) => ({
      matches: [{ method: { type: 'Exact', service: `docs.${path.slice(1)}` } }],
      backendRefs: [{ ...docs, weight: 1 }],
    })),
  },
  TLSRoute: { by: 'tlsRoute', rule: ofConnections },
  TCPRoute: { by: 'tcpRoute', rule: ofConnections },
  'HTTPRoute of Kong': {
    by: 'httpRoute',
    rule: ruleOfGateway,
    annotations: { 'konghq.com/strip-path': 'true' },
  },
  VirtualService: { by: 'istio', rule: ruleOfIstio },
  'VirtualService and DestinationRule': { by: 'istioSubsets', rule: ruleOfIstio, settleMs: 3_000 },
  'VirtualService of TLS': { by: 'istioTLS', rule: ofMesh('tls') },
  'VirtualService of TCP': { by: 'istioTCP', rule: ofMesh('tcp') },
  'canary Ingress': { by: 'ingressNginx', rule: pathOfIngress, asWrittenAtAll: true },
  IngressRoute: {
    by: 'traefik',
    rule: into('routes', (path) => ({
      kind: 'Rule',
      match: `Host(\`shop.example.com\`) && PathPrefix(\`${path}\`)`,
      services: [docs],
    })),
  },
  IngressRouteTCP: {
    by: 'traefikTCP',
    rule: into('routes', (path) => ({
      match: `HostSNI(\`${path.slice(1)}.example.com\`)`,
      services: [docs],
    })),
  },
  TraefikService: {
    by: 'traefikService',
    rule: idleIn((spec) => (spec['weighted'] as Fields)['services'], 'name', idleRef),
  },
  'Ingress of a load balancer': { by: 'alb', rule: pathOfIngress, settleMs: 30_000 },
  ServiceSplitter: {
    by: 'consul',
    rule: into('splits', (path) => ({ weight: 0, service: `docs-of${path.replaceAll('/', '-')}` })),
    settleMs: 3_000,
  },
  HTTPProxy: {
    by: 'contour',
    rule: into('routes', (prefix) => ({ conditions: [{ prefix }], services: [docs] })),
  },
  'HTTPProxy of TCP': {
    by: 'contourTCP',
    rule: idleIn((spec) => (spec['tcpproxy'] as Fields)['services'], 'name', idleRef),
  },
  ApisixRoute: {
    by: 'apisix',
    rule: into('http', (path) => ({
      name: path.slice(1),
      match: { paths: [path] },
      backends: [{ serviceName: 'docs', servicePort: 80 }],
    })),
  },
  'defined by its weights': {
    by: 'custom',
    rule: idleIn((spec) => spec['backends'], 'service', { weight: 0 }),
  },
  'defined with rules': {
    by: 'customEdge',
    rule: before('routes', (path) => ({ path, targets: [{ to: { host: 'docs', port: 80 } }] })),
  },
  'defined with rules that ask': {
    by: 'customMatch',
    rule: before('lanes', (path) => ({
      name: path.slice(1),
      when: { path },
      targets: [{ service: 'docs', weight: 100 }],
    })),
  },
};

const SETTLE_MS = 1_000;

/** Until Segue has seen what it has written itself. */
const SEEN_MS = 100;

function scenarioBy({ by, settleMs = SETTLE_MS, annotations }: Router): Scenario {
  const kind = ROUTES[by];
  const objects = kind.draw(new Chance(`foreign edits ${by}`));
  if (annotations) for (const { metadata } of objects) metadata.annotations = { ...annotations };
  const hold = `${4 * settleMs + 10_000}ms`;
  const stages = [20, 60].map((weight) => ({ weight, hold }));
  const policy: PolicySpecInput = {
    targetRef: { name: 'web' },
    traffic: {
      services: [{ name: 'web' }],
      settle: `${settleMs}ms`,
      drain: '5s',
      routers: [kind.router],
    },
    strategy: { canary: { stages, timeout: '10m' } },
    bake: hold,
    progressDeadline: '5m',
  };
  const image = { pods: { readyMs: [100, 300] as [number, number], neverEvery: 0 } };
  const good = { ...image, metrics: 'Good' as const };
  return {
    seed: 1,
    quiet: false,
    routed: true,
    routes: [{ by, objects }],
    deployment: { replicas: 5, minReadySeconds: 0, strategy: { type: 'RollingUpdate' } },
    policy,
    gateway: { silent: false, acceptMs: [5, 50], stopped: [] },
    images: { v1: good, v2: good },
    acts: [{ atMs: RELEASE_AT_MS, does: 'image', image: 'v2' }],
    writeFaults: new Map(),
    answer: 'Promote',
    endMs: RELEASE_AT_MS,
  };
}

const statusIn = (world: World) => openRelease(world.api)?.status ?? {};
const atGates = (stage: number) => (world: World) => {
  const status = statusIn(world);
  return status.step === 'Stage' && status.stage === stage && status.gateSince !== undefined;
};

const sharesIn = ({ api, scenario }: World) => agreedWeights(readRoutes(api, scenario.routes));

interface Moment {
  is: (world: World) => boolean;
  /** What is put back here, percent to the candidate. */
  weight?: number;
  aborted?: true;
}

const MOMENTS: Record<string, Moment> = {
  'the first split': {
    is: (world) => statusIn(world).step === 'Prepare' && sharesIn(world).get('web-stable') === 100,
  },
  'stage 1': { is: atGates(0), weight: 20 },
  'stage 2': { is: atGates(1), weight: 60 },
  'the bake': {
    is: (world) => statusIn(world).step === 'Bake' && statusIn(world).gateSince !== undefined,
    weight: 100,
  },
  'the drain': { is: (world) => statusIn(world).step === 'Drain' },
  'the way back': { is: (world) => statusIn(world).towards === 'Aborted', aborted: true },
};

interface Edit {
  /** What is done to an object of the user's, in what is stored and in what is expected. */
  change?: (object: KubeObject, router: Router, isRoute: boolean) => void;
  /** As its user had it before. */
  applied?: 'Applied' | 'Replaced';
}

const EDITS: Record<string, Edit> = {
  'an unrelated rule, a label and an annotation': {
    change({ metadata, ...object }, { rule }, isRoute) {
      if (isRoute) rule(object['spec'] as Fields, '/new');
      metadata.labels = { ...metadata.labels, 'shop.example.com/team': 'new' };
      metadata.annotations = { ...metadata.annotations, 'shop.example.com/note': 'new' };
    },
  },
  'what is written by the release taken out': { applied: 'Applied' },
  'the objects replaced as their user wrote them': { applied: 'Replaced' },
};

/** Without what defines them, which is no route. */
const routesOf = (objects: KubeObject[]) => objects.filter(({ kind }) => kind !== 'ConfigMap');

const partsOf = ({ kind, spec, metadata }: KubeObject) => ({
  kind,
  spec,
  labels: metadata.labels,
  annotations: metadata.annotations,
});

const PATIENCE_MS = 30 * 60_000;

async function until(world: World, what: string, is: () => boolean): Promise<void> {
  const { clock } = world;
  await clock.runUntil(clock.now() + PATIENCE_MS, is);
  expect(is() ? undefined : `${what} did not come: ${JSON.stringify(statusIn(world))}`).toBe(
    undefined,
  );
}

async function release(router: Router, moment: Moment, edit: Edit): Promise<void> {
  const scenario = scenarioBy(router);
  const { settleMs = SETTLE_MS } = router;
  const [{ objects }] = scenario.routes as [Scenario['routes'][number]];
  const world = new World(scenario);
  const checkers = startCheckers(world);
  const { api, clock } = world;
  setUp(world);
  schedule(world, scenario.acts);
  if (moment.aborted) {
    await until(world, 'the stage', () => atGates(1)(world));
    ask(world, 'Abort');
  }
  await until(world, 'the moment', () => moment.is(world));
  await clock.runUntil(clock.now() + SEEN_MS);
  const expected = routesOf(objects).map((object) => structuredClone(object));
  if (edit.applied) {
    const atMs = clock.now() - START_MS + 1;
    const replaced = edit.applied === 'Replaced' && { replaced: true as const };
    schedule(world, [{ atMs, does: 'apply route', which: 0, ...replaced }]);
  }
  for (const [i, object] of expected.entries()) {
    const change = (one: KubeObject) => edit.change?.(one, router, i === 0);
    change(object);
    if (edit.change) api.edit(object.kind, 'web', { by: 'person', change });
  }
  await clock.runUntil(clock.now() + 3 * settleMs + 4_000);
  if (moment.weight !== undefined) expect(sharesIn(world).get('web-candidate')).toBe(moment.weight);
  await until(world, 'the end', () => openRelease(api) === undefined);
  await clock.runUntil(clock.now() + 60_000);
  world.end();
  expect(checkers.found).toBeUndefined();
  expect(world.crashed).toBeUndefined();
  const left = Object.keys(servedBy(scenario.routes)).flatMap((kind) => api.all(kind));
  expect(routesOf(left).map(partsOf)).toEqual(expect.arrayContaining(expected.map(partsOf)));
  expect(left).toHaveLength(objects.length);
  expect(OURS.filter((name) => api.get('Service', name))).toEqual([]);
  const [ended] = releasesOf(api);
  const { outcome, timeline = [] } = ended?.status ?? {};
  expect(outcome).toBe(moment.aborted ? 'Aborted' : 'Promoted');
  const told = timeline.some(({ reason }) => reason === 'RouteTaken');
  const taken = edit.applied !== undefined && !(router.asWrittenAtAll && moment.weight === 100);
  // While it is not known yet that it was there, nobody is blamed.
  if (moment.weight !== undefined) expect(told).toBe(taken);
  else if (!taken) expect(told).toBe(false);
}

for (const [name, router] of Object.entries(ROUTERS))
  for (const [when, moment] of Object.entries(MOMENTS))
    test.each(Object.entries(EDITS))(
      `${name}, ${when}: %s`,
      async (_, edit) => release(router, moment, edit),
      60_000,
    );

/** What users have in their objects besides. */
function crowded({ objects }: Scenario['routes'][number], { rule }: Router): void {
  for (const [i, { metadata, ...object }] of routesOf(objects).entries()) {
    const spec = object['spec'] as Fields;
    if (i === 0) for (let n = 1; n <= 10; n += 1) rule(spec, `/other-${n}`);
    spec['newField'] = { of: ['a', { later: 'version' }] };
    const note = '# of the shop\n#   ask team web before you change this\n';
    metadata.annotations = { ...metadata.annotations, 'shop.example.com/comment': note };
  }
}

for (const [name, router] of Object.entries(ROUTERS))
  test.each(['Promoted', 'Aborted'])(
    `${name} with ten other rules, a comment and a field of a later version is as it was: %s`,
    async (outcome) => {
      const scenario = scenarioBy(router);
      const [route] = scenario.routes as [Scenario['routes'][number]];
      crowded(route, router);
      const before = structuredClone(routesOf(route.objects));
      const world = new World(scenario);
      const checkers = startCheckers(world);
      const { api, clock } = world;
      setUp(world);
      schedule(world, scenario.acts);
      await until(world, 'the stage', () => atGates(1)(world));
      expect(sharesIn(world).get('web-candidate')).toBe(60);
      if (outcome === 'Aborted') ask(world, 'Abort');
      await until(world, 'the end', () => openRelease(api) === undefined);
      await clock.runUntil(clock.now() + 60_000);
      world.end();
      expect(checkers.found).toBeUndefined();
      expect(releasesOf(api)[0]?.status.outcome).toBe(outcome);
      const after = before.flatMap(({ kind }) => api.get(kind, 'web') ?? []);
      expect(after.map(partsOf)).toEqual(before.map(partsOf));
    },
    60_000,
  );
