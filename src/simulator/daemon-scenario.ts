/** A seed of a DaemonSet, released node by node. */
import type { PolicySpecInput } from '../api/policy.ts';
import { type Act, actsOf, asksOf, WRITES } from './acts.ts';
import { Chance } from './chance.ts';
import { ZONE_LABEL } from './daemon-objects.ts';
import { withDefaults } from './defaults.ts';
import { faultsOf } from './faults.ts';
import { windowOf, withGates } from './gates.ts';
import { NODE_DEEDS } from './node-deeds.ts';
import { policyOf } from './policies.ts';
import { type DaemonWays, imageOf, RELEASE_AT_MS, type Scenario, well } from './scenario.ts';

export function daemonScenarioOf(seed: number): Scenario {
  const chance = new Chance(`daemon ${seed}`);
  const quiet = chance.maybe(0.25);
  const { policy: drawn, lengthMs } = policyOf(chance, 'rolling');
  const images = {
    v1: { pods: { readyMs: [100, chance.from([300, 800])], neverEvery: 0 }, metrics: 'Good' },
    v2: imageOf(chance, quiet),
    v3: imageOf(chance, quiet),
    v4: { pods: well(chance), metrics: 'Good' },
  } satisfies Scenario['images'];
  const draw = { seed, quiet, images: Object.keys(images) };
  const gated = withGates(daemonPolicy(drawn, new Chance(`nodes ${seed}`)), draw);
  const window = { fromMs: RELEASE_AT_MS - 8_000, untilMs: RELEASE_AT_MS + lengthMs };
  const common = withDefaults(gated, { seed, quiet, ...window });
  const daemon = waysOf(chance, quiet);
  const more = quiet ? [] : actsOf(chance, { ...window, routed: false });
  const known = more.map((act) => translated(act, chance));
  const around = quiet ? [] : aroundOf(new Chance(`around ${seed}`), { ...window, daemon });
  const budgets = quiet ? [] : secondBudget(new Chance(`budgets ${seed}`), window);
  const asks = quiet ? [] : asksOf(seed, window);
  const first: Act = { atMs: RELEASE_AT_MS, does: 'image', image: 'v2' };
  const next: Act = { atMs: window.untilMs + RELEASE_AT_MS, does: 'image', image: 'v4' };
  const again = !quiet && chance.maybe(0.4) ? [next] : [];
  const acts = [first, ...known, ...around, ...budgets, ...again, ...asks, ...common.acts];
  return {
    seed,
    quiet,
    routed: false,
    routes: [],
    deployment: {},
    daemon,
    policy: common.policy,
    defaults: common.defaults,
    outside: common.outside,
    gateway: { silent: true, acceptMs: [5, 50], stopped: [] },
    images,
    acts,
    writeFaults: faultsOf(chance, quiet),
    answer: quiet ? 'Promote' : chance.from(['Promote', 'Promote', 'Resume', 'Abort']),
    endMs: Math.max(window.untilMs, ...acts.map((act) => ('atMs' in act ? act.atMs + 45_000 : 0))),
  };
}

/** Batches of nodes; no pod is ever one too many on its node. */
function daemonPolicy(
  { strategy, traffic, window, ...policy }: PolicySpecInput,
  chance: Chance,
): PolicySpecInput {
  const { routers: _routers, ...services } = traffic ?? { services: [{ name: 'web' }] };
  const { maxSurge: _, maxUnavailable: __, stages = [], ...rolling } = strategy.rolling ?? {};
  const maxUnavailable = chance.from([undefined, undefined, 1, 2, '34%', '100%']);
  const batch = chance.from([undefined, undefined, 1, 2, 3, '10%', '50%']);
  const by = chance.maybe(0.35) && { nodesBy: { label: ZONE_LABEL } };
  const gated = stages.map((stage) => ({
    ...stage,
    ...(chance.maybe(0.15) && { window: windowOf(chance) }),
  }));
  const spec = {
    ...rolling,
    ...(maxUnavailable !== undefined && { maxUnavailable }),
    ...(batch !== undefined && { batch }),
    ...by,
    stages: gated,
  };
  const targetRef = { kind: 'DaemonSet' as const, name: 'web' };
  const gates = window === undefined ? {} : { window };
  return { ...policy, ...gates, traffic: services, targetRef, strategy: { rolling: spec } };
}

const ZONES = ['a', 'b', 'c', undefined] as const;

function waysOf(chance: Chance, quiet: boolean): DaemonWays {
  const count = chance.between(1, 8);
  const kinds = chance.from([1, 2, 3, 4]);
  const minReadySeconds = chance.from([0, 0, 0, 1]);
  const updateStrategy = strategyOf(chance);
  // A budget that never lets a pod go would be waited for until somebody takes it away.
  const tight = chance.from([1, 1, 2, quiet ? 1 : 0]);
  const budget = chance.maybe(0.4) ? Math.max(0, count - tight) : undefined;
  return {
    spec: {
      revisionHistoryLimit: chance.from([10, 10, 1, 0]),
      ...(minReadySeconds > 0 && { minReadySeconds }),
      ...(updateStrategy && { updateStrategy }),
    },
    zones: Array.from({ length: count }, () => ZONES[chance.between(0, kinds - 1)]),
    budget,
  };
}

function strategyOf(chance: Chance): Record<string, unknown> | undefined {
  const rolling = (maxUnavailable: number | string) => ({
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable },
  });
  return chance.from([
    undefined,
    { type: 'RollingUpdate' },
    rolling(1),
    rolling(2),
    rolling('25%'),
    rolling('50%'),
    { type: 'OnDelete' },
  ]);
}

const OF_DEPLOYMENTS = new Set<string>([
  'deployment',
  'running set',
  'stable set',
  'candidate set',
  'Deployment',
  'ReplicaSet',
  'HTTPRoute',
]);

/** What is done to a Deployment, as it is done to a DaemonSet and its nodes. */
function translated(act: Act, chance: Chance): Act {
  const when = whenOf(act);
  const updateStrategy = chance.maybe(0.4) ? undefined : strategyOf(chance);
  const kind = chance.from(['DaemonSet', 'Pod', 'Node', 'ControllerRevision']);
  const victim = chance.from(['policy', 'release', 'revision', 'daemon set'] as const);
  const deed = nodeDeed(chance);
  if (act.does === 'unpause' || act.does === 'apply route')
    return { ...when, does: 'write strategy', updateStrategy };
  if (act.does === 'scale') return { ...when, ...deed };
  if (act.does === 'delete' && OF_DEPLOYMENTS.has(act.what)) {
    if (act.what.endsWith('set')) return { ...when, does: 'kill pod' };
    return { ...act, what: victim };
  }
  return 'kind' in act && OF_DEPLOYMENTS.has(act.kind) ? { ...act, kind } : act;
}

const INDEX_MAX = 9;

function nodeDeed(chance: Chance) {
  const deed = chance.from(NODE_DEEDS);
  const index = chance.between(0, INDEX_MAX);
  return { does: 'node', deed, index, zone: ZONES[chance.between(0, 3)] } as const;
}

/** Nodes that go and come back, and budgets that are written in between. */
function aroundOf(
  chance: Chance,
  { fromMs, untilMs, daemon }: { fromMs: number; untilMs: number; daemon: DaemonWays },
): Act[] {
  const when = () =>
    chance.maybe(0.5)
      ? { atWrite: chance.between(6, WRITES) }
      : { atMs: chance.between(fromMs, untilMs) };
  const nodes = Array.from({ length: chance.from([0, 0, 1, 2, 4, 6]) }, (): Act => {
    return { ...when(), ...nodeDeed(chance) };
  });
  const budgets = Array.from({ length: chance.from([0, 0, 0, 1, 2]) }, (): Act => {
    const minAvailable = chance.from([undefined, 0, 1, daemon.zones.length - 1]);
    return { ...when(), does: 'write budget', minAvailable };
  });
  const pods = Array.from({ length: chance.from([0, 0, 1, 2]) }, (): Act => {
    return { ...when(), does: 'kill pod' };
  });
  return [...nodes, ...budgets, ...pods];
}

/** Two of them for the same pods: the server evicts none. */
function secondBudget(
  chance: Chance,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): Act[] {
  if (chance.maybe(0.85)) return [];
  const forMs = chance.from([4_000, 30_000, 600_000]);
  return [{ atMs: chance.between(fromMs, untilMs), does: 'second budget', forMs }];
}

function whenOf(act: Act): { atMs: number } | { atWrite: number } {
  return 'atMs' in act ? { atMs: act.atMs } : { atWrite: act.atWrite };
}
