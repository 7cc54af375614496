/** A seed of two Deployments that take turns: blue has the traffic at first, green is idle. */
import type { PolicySpecInput } from '../api/policy.ts';
import { type Act, actsOf, asksOf, type Victim } from './acts.ts';
import { Chance } from './chance.ts';
import { withDefaults } from './defaults.ts';
import { faultsOf } from './faults.ts';
import { withGates } from './gates.ts';
import { policyOf, withAfter } from './policies.ts';
import { imageOf, RELEASE_AT_MS, type Scenario, well } from './scenario.ts';

/** What people may delete without taking the pair apart. */
const VICTIMS: Victim[] = ['policy', 'release', 'slice', 'defaults'];

export function pairScenarioOf(seed: number): Scenario {
  const chance = new Chance(`pair ${seed}`);
  const quiet = chance.maybe(0.25);
  const { policy: drawn, lengthMs } = policyOf(chance, 'blueGreen');
  const images = {
    v0: { pods: well(chance), metrics: 'Good' },
    v1: { pods: well(chance), metrics: 'Good' },
    v2: imageOf(chance, quiet),
    v3: imageOf(chance, quiet),
    v4: { pods: well(chance), metrics: 'Good' },
  } satisfies Scenario['images'];
  const gated = withGates(pairPolicy(drawn, chance), { seed, quiet, images: Object.keys(images) });
  const window = { fromMs: RELEASE_AT_MS - 8_000, untilMs: RELEASE_AT_MS + lengthMs };
  const common = withDefaults(withoutRevert(gated), { seed, quiet, ...window });
  const more = quiet
    ? []
    : actsOf(chance, { ...window, routed: false })
        .filter(isKnown)
        .map((act) => someLive(act, chance));
  const asks = quiet ? [] : asksOf(seed, window);
  const first: Act = { atMs: RELEASE_AT_MS, does: 'image', image: 'v2' };
  const next: Act = { atMs: window.untilMs + RELEASE_AT_MS, does: 'image', image: 'v4' };
  const again = !quiet && chance.maybe(0.5) ? [next] : [];
  const acts = [first, ...more, ...again, ...asks, ...common.acts];
  const idle = chance.from([0, 0, 1, 3]);
  return {
    seed,
    quiet,
    routed: false,
    routes: [],
    pair: { services: chance.from(['One', 'Each']), idle },
    deployment: { replicas: chance.from([1, 2, 3, 4, 6]), minReadySeconds: chance.from([0, 0, 2]) },
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

function pairPolicy(drawn: PolicySpecInput, chance: Chance): PolicySpecInput {
  const { traffic, tryImages: _, ...policy } = withAfter(drawn, chance);
  const { blueGreen = {} } = policy.strategy;
  // What an old Deployment is cannot be deleted by halves.
  const after = blueGreen.after === 'Delete' ? 'ScaleToZero' : blueGreen.after;
  const { routers: __, ...unrouted } = traffic ?? { services: [{ name: 'web' }] };
  return {
    ...policy,
    targetRef: { name: 'web-blue' },
    pairRef: { name: 'web-green' },
    traffic: unrouted,
    strategy: { blueGreen: { ...blueGreen, ...(after && { after }) } },
  };
}

/** Where both keep their own templates there is nothing to put back. */
function withoutRevert<T extends { policy: PolicySpecInput }>(gated: T): T {
  const { revertTemplate: _, ...onFailure } = gated.policy.onFailure ?? {};
  return { ...gated, policy: { ...gated.policy, onFailure } };
}

/** Some write into the one with the traffic. */
function someLive(act: Act, chance: Chance): Act {
  return act.does === 'image' && chance.maybe(0.3) ? { ...act, into: 'live' } : act;
}

function isKnown(act: Act): boolean {
  if (act.does === 'delete') return VICTIMS.includes(act.what);
  return act.does !== 'apply route' && !('kind' in act && act.kind === 'HTTPRoute');
}
