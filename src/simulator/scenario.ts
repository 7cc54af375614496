/** What a seed stands for: a policy, a workload, how its versions behave, and what happens when. All
 * data, so that it can be printed. */
import type { PolicySpecInput } from '../api/policy.ts';
import type { ReleaseDefaultsInput } from '../api/release-defaults.ts';
import type { RequestAction } from '../api/release-request.ts';
import { Chance } from './chance.ts';
import { faultsOf, type WriteFault } from './faults.ts';
import type { GatewayWays } from './gateway.ts';
import type { Behaviour } from './kubelet.ts';
import { type Act, actsOf, asksOf } from './acts.ts';
import { withDefaults } from './defaults.ts';
import { withGates } from './gates.ts';
import type { OutsideWays } from './outside-ways.ts';
import { actsOnRoutes, refusingOf } from './routes/acts.ts';
import { routedBy } from './routes/draw.ts';
import type { RouteName } from './routes/index.ts';
import type { RouteWays } from './routes/route-kind.ts';
import {
  policyOf,
  withAfter,
  withoutRouter,
  withoutTraffic,
  withRequests,
  withReturn,
  withSwitch,
  withTries,
} from './policies.ts';

/** Two Deployments that take turns, and their Services. */
export interface PairWays {
  /** One that names a colour; or that and one for each, which nobody moves. */
  services: 'One' | 'Each';
  /** Pods that the idle one has at first. */
  idle: number;
}

/** A DaemonSet and the nodes it is on. */
export interface DaemonWays {
  /** Of the DaemonSet, as its user writes it. */
  spec: Record<string, unknown>;
  /** The zone of each node at first; undefined: it has none. */
  zones: (string | undefined)[];
  /** How many pods must stay there at first; undefined: nobody says. */
  budget?: number | undefined;
}

export interface Scenario {
  seed: number;
  /** Nothing but restarts and lost answers: the outcome must be the same without them. */
  quiet: boolean;
  routed: boolean;
  /** The users' routes that are moved; none where the Service is pinned, or nothing moves. */
  routes: RouteWays<RouteName>[];
  /** Two Deployments that take turns; absent: one. */
  pair?: PairWays;
  deployment: Record<string, unknown>;
  /** What is released is a StatefulSet with this spec; absent: a Deployment. */
  stateful?: Record<string, unknown>;
  /** What is released is a DaemonSet on such nodes. */
  daemon?: DaemonWays;
  /** What the ConfigMap of the pods says at first; absent: they read none. */
  config?: string;
  policy: PolicySpecInput;
  gateway: GatewayWays;
  images: Record<string, ImageWays>;
  /** Of the namespace; absent: there are none at first. */
  defaults?: ReleaseDefaultsInput | undefined;
  /** Who is asked and what is run for a release; absent: nobody and nothing. */
  outside?: OutsideWays;
  acts: Act[];
  /** By the number of the write of Segue's, beginning at 1. */
  writeFaults: Map<number, WriteFault>;
  /** What a person answers a release that waits for one. */
  answer: RequestAction;
  /** When the last act of those with a time is over. */
  endMs: number;
}

/** One version of the application. */
export interface ImageWays {
  pods: Behaviour;
  /** What metrics say of it. `Flapping`: every other half minute nothing. */
  metrics: 'Good' | 'Bad' | 'Missing' | 'Flapping';
}

/** When the first new version is written. */
export const RELEASE_AT_MS = 25_000;

export interface Drawing {
  /** The only one; by chance when absent. */
  strategy?: string | undefined;
  /** As `routedBy` takes it. */
  router: string;
}

export function scenarioOf(seed: number, { strategy, router }: Drawing): Scenario {
  const chance = new Chance(`scenario ${seed}`);
  const quiet = chance.maybe(0.25);
  const { policy: drawn, lengthMs: shortMs, ...way } = policyOf(chance, strategy);
  const asked = changed(strategy === 'worker' ? withoutTraffic(drawn) : drawn, seed);
  const { policy, routes, longerMs } = routedBy(asked, { seed, router });
  const lengthMs = shortMs + longerMs;
  const routed = way.routed && policy.traffic?.routers !== undefined;
  const images = {
    v1: { pods: well(chance), metrics: 'Good' },
    v2: imageOf(chance, quiet),
    v3: imageOf(chance, quiet),
    v4: { pods: well(chance), metrics: 'Good' },
  } satisfies Record<string, ImageWays>;
  withMissing(images, new Chance(`missing ${seed}`));
  const first: Act = { atMs: RELEASE_AT_MS, does: 'image', image: 'v2' };
  const window = { fromMs: RELEASE_AT_MS - 8_000, untilMs: RELEASE_AT_MS + lengthMs };
  const drawnActs = quiet ? [] : actsOf(chance, { ...window, routed });
  const more = actsOnRoutes(drawnActs, { seed, quiet, routes, ...window });
  const gated = withGates(policy, { seed, quiet, images: Object.keys(images) });
  const common = withDefaults(gated, { seed, quiet, ...window });
  const asks = quiet ? [] : asksOf(seed, window);
  const acts = [first, ...more, ...returnOf(policy, lengthMs), ...asks, ...common.acts];
  return {
    seed,
    quiet,
    routed,
    routes,
    deployment: deploymentOf(chance),
    policy: common.policy,
    defaults: common.defaults,
    outside: common.outside,
    gateway: {
      ...gatewayOf(chance, { quiet, ...window }),
      ...refusingOf(routes, { seed, quiet, ...window }),
    },
    images,
    acts,
    writeFaults: faultsOf(chance, quiet),
    answer: quiet ? 'Promote' : chance.from(['Promote', 'Promote', 'Resume', 'Abort']),
    endMs: Math.max(...acts.map(endOf), window.untilMs),
  };
}

/** Forward to a version that is well, and back again. */
function returnOf({ rollbackWindow }: PolicySpecInput, lengthMs: number): Act[] {
  if (!rollbackWindow) return [];
  const nextMs = RELEASE_AT_MS + lengthMs + RELEASE_AT_MS;
  return [
    { atMs: nextMs, does: 'image', image: 'v4' },
    { atMs: nextMs + lengthMs + RELEASE_AT_MS, does: 'image', image: 'v2' },
  ];
}

/** Each drawn apart, so that the rest of a seed stays what it was. */
function changed(drawn: PolicySpecInput, seed: number): PolicySpecInput {
  const switched = withSwitch(drawn, new Chance(`switch ${seed}`));
  const kept = withAfter(switched, new Chance(`after ${seed}`));
  const unrouted = withoutRouter(kept, new Chance(`pods ${seed}`));
  const asked = withRequests(unrouted, new Chance(`requests ${seed}`));
  const tried = withTries(asked, new Chance(`tries ${seed}`));
  return withReturn(tried, new Chance(`return ${seed}`));
}

/** Pods of an image that does not exist never become ready. */
function withMissing(images: Record<string, ImageWays>, chance: Chance): void {
  for (const { pods } of Object.values(images))
    if (chance.maybe(0.5) && pods.neverEvery === 1) pods.missing = true;
}

function endOf(act: Act): number {
  return 'atMs' in act ? act.atMs + ('forMs' in act ? act.forMs : 0) : 0;
}

export function well(chance: Chance): Behaviour {
  return { readyMs: [100, chance.from([500, 2_000, 6_000])], neverEvery: 0 };
}

export function imageOf(chance: Chance, quiet: boolean): ImageWays {
  const pods = well(chance);
  const trouble = quiet
    ? chance.weighted({ none: 6, all: 1 })
    : chance.weighted({ none: 6, all: 1, some: 1, faint: 1, collapse: 1 });
  if (trouble === 'all') pods.neverEvery = 1;
  if (trouble === 'some') pods.neverEvery = chance.between(2, 6);
  if (trouble === 'faint' || trouble === 'collapse') {
    pods.faintsAfterMs = chance.between(1_000, 90_000);
    pods.faintsForMs = trouble === 'faint' ? chance.between(500, 30_000) : 0;
  }
  const metrics = quiet
    ? chance.weighted({ Good: 6, Bad: 1, Missing: 0, Flapping: 0 })
    : chance.weighted({ Good: 6, Bad: 1, Missing: 1, Flapping: 1 });
  return { pods, metrics };
}

function deploymentOf(chance: Chance): Record<string, unknown> {
  const recreate = chance.maybe(0.15);
  const surge = chance.from(['25%', 1, '100%']);
  const unavailable = chance.from(['25%', 0, 1]);
  return {
    replicas: chance.from([1, 2, 3, 4, 4, 6, 8, 10, 12]),
    minReadySeconds: chance.from([0, 0, 1, 5]),
    revisionHistoryLimit: chance.from([10, 10, 1, 0]),
    progressDeadlineSeconds: 600,
    strategy: recreate
      ? { type: 'Recreate' }
      : {
          type: 'RollingUpdate',
          rollingUpdate: {
            maxSurge: surge,
            maxUnavailable: surge === '25%' ? unavailable : '25%',
          },
        },
  };
}

function gatewayOf(
  chance: Chance,
  { quiet, fromMs, untilMs }: { quiet: boolean; fromMs: number; untilMs: number },
): GatewayWays {
  const atMs = chance.between(fromMs, untilMs);
  const forMs = chance.from([5_000, 20_000, 300_000]);
  return {
    silent: chance.maybe(0.15),
    acceptMs: [5, chance.from([50, 500, 4_000])],
    stopped: !quiet && chance.maybe(0.1) ? [{ fromMs: atMs, untilMs: atMs + forMs }] : [],
  };
}
