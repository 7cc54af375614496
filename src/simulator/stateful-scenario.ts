/** A seed of a StatefulSet, released ordinal by ordinal. */
import type { PolicySpecInput } from '../api/policy.ts';
import { type Act, actsOf, asksOf, WRITES } from './acts.ts';
import { Chance } from './chance.ts';
import { withDefaults } from './defaults.ts';
import { faultsOf } from './faults.ts';
import { withGates } from './gates.ts';
import type { Behaviour } from './kubelet.ts';
import { policyOf } from './policies.ts';
import { actsOnRoutes, refusingOf } from './routes/acts.ts';
import { routedBy } from './routes/draw.ts';
import type { RouteName } from './routes/index.ts';
import { imageOf, RELEASE_AT_MS, type Scenario, well } from './scenario.ts';

export interface StatefulDrawing {
  by: 'rolling' | 'canary' | 'route';
  /** As `routedBy` takes it. */
  router: string;
}

/** Subsets are told by the names of pods, and those of a StatefulSet do not say their version. */
const UNFIT: RouteName[] = ['consul'];

export function statefulScenarioOf(seed: number, { by, router }: StatefulDrawing): Scenario {
  const chance = new Chance(`stateful ${seed}`);
  const quiet = chance.maybe(0.25);
  const routed = by === 'route';
  const { policy: asked, lengthMs: shortMs } = policyOf(chance, by === 'rolling' ? by : 'canary');
  const ways = routedBy(asked, { seed, router, without: UNFIT });
  const drawn = routed ? ways.policy : asked;
  const routes = routed ? ways.routes : [];
  const lengthMs = shortMs + (routed ? ways.longerMs : 0);
  const images = {
    v1: { pods: quick(chance), metrics: 'Good' },
    v2: imageOf(chance, quiet),
    v3: imageOf(chance, quiet),
    v4: { pods: well(chance), metrics: 'Good' },
  } satisfies Scenario['images'];
  const draw = { seed, quiet, images: Object.keys(images) };
  const gated = withGates(statefulPolicy(drawn, routed), draw);
  const window = { fromMs: RELEASE_AT_MS - 8_000, untilMs: RELEASE_AT_MS + lengthMs };
  const untried = { ...gated, policy: routed ? gated.policy : untested(gated.policy) };
  const common = withDefaults(untried, { seed, quiet, ...window });
  const more = quiet ? [] : actsOf(chance, { ...window, routed });
  const asks = quiet ? [] : asksOf(seed, window);
  const first: Act = { atMs: RELEASE_AT_MS, does: 'image', image: 'v2' };
  const next: Act = { atMs: window.untilMs + RELEASE_AT_MS, does: 'image', image: 'v4' };
  const again = !quiet && chance.maybe(0.4) ? [next] : [];
  const stateful = setOf(chance);
  const known = more.map((act) => (routed && ofRoutes(act) ? act : translated(act, chance)));
  const rivals = quiet ? [] : rivalsOf(new Chance(`rivals ${seed}`));
  const onRoutes = actsOnRoutes(known, { seed, quiet, routes, ...window });
  const acts = [first, ...onRoutes, ...rivals, ...again, ...asks, ...common.acts];
  return {
    seed,
    quiet,
    routed,
    routes,
    deployment: {},
    stateful,
    policy: common.policy,
    defaults: common.defaults,
    outside: common.outside,
    gateway: {
      silent: !routed,
      acceptMs: [5, 50],
      stopped: [],
      ...refusingOf(routes, { seed, quiet, ...window }),
    },
    images,
    acts,
    writeFaults: faultsOf(chance, quiet),
    answer: quiet ? 'Promote' : chance.from(['Promote', 'Promote', 'Resume', 'Abort']),
    endMs: Math.max(window.untilMs, ...acts.map((act) => ('atMs' in act ? act.atMs + 45_000 : 0))),
  };
}

/** All of its pods are there when the policy comes, one after the other. */
function quick(chance: Chance): Behaviour {
  return { readyMs: [100, chance.from([300, 800])], neverEvery: 0 };
}

/** It changes one pod at a time, and never has one too many. */
function statefulPolicy(
  { strategy, traffic, ...policy }: PolicySpecInput,
  routed: boolean,
): PolicySpecInput {
  const { routers: _routers, ...services } = traffic ?? { services: [{ name: 'web' }] };
  const { maxSurge: _, maxUnavailable: __, ...rolling } = strategy.rolling ?? {};
  const targetRef = { kind: 'StatefulSet' as const, name: 'web' };
  const by = strategy.canary ? strategy : { rolling };
  const routes = routed && traffic ? traffic : services;
  return { ...policy, traffic: routes, targetRef, strategy: by };
}

/** Without a router a new pod of a canary is behind the Service before any test. */
function untested({ strategy, ...policy }: PolicySpecInput): PolicySpecInput {
  const { canary } = strategy;
  if (!canary) return { ...policy, strategy };
  const stages = canary.stages.map(({ smokeTests: _tests, ...stage }) => stage);
  return { ...policy, strategy: { canary: { ...canary, stages } } };
}

function setOf(chance: Chance): Record<string, unknown> {
  const updateStrategy = chance.from([
    undefined,
    undefined,
    { type: 'RollingUpdate' },
    { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    { type: 'RollingUpdate', rollingUpdate: { partition: chance.between(1, 3) } },
    { type: 'RollingUpdate', rollingUpdate: { partition: 100 } },
    { type: 'OnDelete' },
    { type: 'OnDelete' },
  ]);
  const minReadySeconds = chance.from([0, 0, 0, 1]);
  return {
    replicas: chance.from([1, 2, 3, 3, 4, 5, 7]),
    podManagementPolicy: chance.from(['OrderedReady', 'OrderedReady', 'Parallel']),
    revisionHistoryLimit: chance.from([10, 10, 1, 0]),
    ...(minReadySeconds > 0 && { minReadySeconds }),
    ...(updateStrategy && { updateStrategy }),
  };
}

/** What is done to a Deployment, as it is done to a StatefulSet. */
function translated(act: Act, chance: Chance): Act {
  const partition = chance.from([undefined, 0, 0, 1, 2, 5]);
  const kind = chance.from(['StatefulSet', 'StatefulSet', 'Pod', 'ControllerRevision']);
  const victim = chance.from(['policy', 'release', 'slice', 'stateful set'] as const);
  const size = chance.from([1, 2, 3, 4, 5, 6, 8]);
  if (act.does === 'unpause' || act.does === 'apply route')
    return { ...whenOf(act), does: 'write partition', partition };
  if (act.does === 'scale') return { ...act, replicas: size };
  if (act.does === 'delete' && OF_DEPLOYMENTS.has(act.what)) {
    if (act.what.endsWith('set')) return { ...whenOf(act), does: 'kill pod' };
    return { ...act, what: victim };
  }
  return 'kind' in act && OF_DEPLOYMENTS.has(act.kind) ? { ...act, kind } : act;
}

/** Right after writes of Segue's: who writes the partition, takes a pod, or deletes a version that there was. */
function rivalsOf(chance: Chance): Act[] {
  const count = chance.from([0, 0, 0, 1, 1, 2, 3]);
  return Array.from({ length: count }, (): Act => {
    const atWrite = chance.between(6, WRITES);
    const partition = chance.from([undefined, 0, 1, 2]);
    const does = chance.weighted({ 'write partition': 4, 'kill pod': 3, delete: 1, scale: 1 });
    if (does === 'delete') return { atWrite, does, what: 'revision', propagation: 'Background' };
    if (does === 'scale') return { atWrite, does, replicas: chance.between(1, 8) };
    return does === 'kill pod' ? { atWrite, does } : { atWrite, does, partition };
  });
}

const OF_DEPLOYMENTS = new Set<string>([
  'deployment',
  'running set',
  'stable set',
  'candidate set',
  'route',
  'stable service',
  'candidate service',
  'Deployment',
  'ReplicaSet',
  'HTTPRoute',
]);

/** Of a route the same is done to it whatever is behind it. */
function ofRoutes(act: Act): boolean {
  if (act.does === 'delete')
    return ['route', 'stable service', 'candidate service'].includes(act.what);
  return act.does === 'apply route' || ('kind' in act && act.kind === 'HTTPRoute');
}

function whenOf(act: Act): { atMs: number } | { atWrite: number } {
  return 'atMs' in act ? { atMs: act.atMs } : { atWrite: act.atWrite };
}
