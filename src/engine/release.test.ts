/**
 * Whole releases in a modelled cluster: thousands of random courses, the invariants of
 * ARCHITECTURE.md looked at after every decision. A failing case prints its seed.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { RequestAction } from '../api/release-request.ts';
import { type Chance, ModelWorld } from '../testing/model-world.ts';
import { policySpec } from '../testing/snapshots.ts';
import { step } from './step.ts';

const check = (name: string) =>
  ({ name, scope: 'Version', interval: '10s', window: '1m', max: 0.01 }) as const;

const STRATEGIES: Record<string, Partial<PolicySpec>> = {
  canary: {},
  'canary with checks': { checks: [check('errors')] },
  'canary with approval': {
    strategy: { canary: { stages: [{ weight: 20, approval: {} }], timeout: '10m' } },
  },
  'blue-green': { strategy: { blueGreen: { timeout: '10m', after: 'ScaleToZero' } } },
  'blue-green that deletes the old version': {
    strategy: { blueGreen: { timeout: '10m', after: 'Delete' } },
  },
  'blue-green that keeps the old version': {
    strategy: { blueGreen: { timeout: '10m', after: 'Keep', keepFor: '30m' } },
  },
  'blue-green with a hold': {
    strategy: { blueGreen: { hold: '2m', timeout: '10m', after: 'ScaleToZero' } },
    checks: [check('errors')],
  },
};

const DELETES = new Set(['blue-green that deletes the old version']);

function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    maybe: (probability) => next() < probability,
    pick: (below) => Math.floor(next() * below),
  };
}

const verdict = (check: string, is: Verdict['verdict']): Verdict => ({
  check,
  verdict: is,
  because: `it is ${is}`,
});

interface Course {
  seed: number;
  strategy: keyof typeof STRATEGIES;
  /** What may happen on the way. */
  trouble: boolean;
}

const TURNS_MAX = 600;

/** One release from its beginning to its end; throws at the first broken invariant. */
function play({ seed, strategy, trouble }: Course): ModelWorld {
  const random = chance(seed);
  const spec = STRATEGIES[strategy] ?? {};
  const world = new ModelWorld(random, spec, trouble && random.maybe(0.15));
  const verdicts = new Set<Verdict['verdict']>(['Pass']);
  for (let turn = 0; turn < TURNS_MAX && !world.done; turn++) {
    if (trouble) stir(world, random, turn, verdicts);
    else world.evidence = policySpec(spec).checks.map((c) => verdict(c.name, 'Pass'));
    if (waitsForPeople(world)) ask(world, 'Promote', turn);
    const decision = step(world.observe());
    world.take(decision);
    expectInvariants(world);
    world.pass();
  }
  return world;
}

function waitsForPeople(world: ModelWorld): boolean {
  return world.memory.message === 'approval' || world.memory.paused !== undefined;
}

function ask(world: ModelWorld, action: RequestAction, turn: number): void {
  const name = `request-${turn}-${action}`;
  world.requests.push({ name, uid: name, spec: { policy: 'web', action } });
}

function stir(world: ModelWorld, random: Chance, turn: number, seen: Set<string>): void {
  if (random.maybe(0.1)) world.restart();
  if (random.maybe(0.03)) world.replicas = 1 + random.pick(8);
  if (random.maybe(0.02) && world.candidate) world.candidate.available = 0;
  if (random.maybe(0.01)) world.template = random.maybe(0.5) ? 'v1' : 'v3';
  if (random.maybe(0.01)) world.policyGone = true;
  const actions: RequestAction[] = ['Promote', 'Pause', 'Resume', 'Abort'];
  if (random.maybe(0.04)) ask(world, actions[random.pick(4)] ?? 'Abort', turn);
  const roll = random.pick(20);
  const is = roll === 0 ? 'Fail' : roll < 12 ? 'Pass' : 'Undecided';
  seen.add(is);
  world.evidence = [verdict('errors', is)];
}

function expectInvariants(world: ModelWorld): void {
  const status = world.memory;
  const at = `step ${status.step}, weight ${world.weight}`;
  // 2: traffic before scale-down: who has traffic is not asked to have no pods.
  if (world.route === 'Split' && world.weight > 0)
    expect(world.candidate?.wanted ?? 0, `${at}: pods taken from the candidate`).toBeGreaterThan(0);
  if (world.route === 'Split' && world.weight < 100)
    expect(world.stable.wanted, `${at}: pods taken from stable`).toBeGreaterThan(0);
  // 5: once it is being taken back, nothing more goes to the candidate.
  if (status.towards === 'Aborted') expect(world.weight, at).toBe(0);
  // The user's own Service is used only while one version is behind it.
  if (world.route === 'Service' && status.step !== undefined && !beginning(world))
    expect(
      (world.candidate?.available ?? 0) === 0 || world.stable.available === 0,
      `${at}: two versions behind the user's Service`,
    ).toBe(true);
  // 10: every outcome carries a reason.
  if (status.outcome) expect(status.reason && status.message, at).toBeTruthy();
}

function beginning(world: ModelWorld): boolean {
  return world.memory.step === 'Prepare';
}

describe.each(Object.keys(STRATEGIES))('%s', (strategy) => {
  test('a good release is promoted, and leaves nothing of its own', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const world = play({ seed, strategy, trouble: false });
        expect(world.stored).toMatchObject({ step: 'Done', outcome: 'Promoted' });
        expect(world).toMatchObject({
          route: 'Service',
          dedicated: 'Absent',
          swapped: true,
          [DELETES.has(strategy) ? 'stableDeleted' : 'stableGivenBack']: true,
          stable: { wanted: 0 },
        });
      }),
      { numRuns: 100 },
    );
  });

  test('in trouble it ends, and ends clean: promoted whole or taken back whole', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const world = play({ seed, strategy, trouble: true });
        expect(world.stored.step, `waits for: ${world.memory.message}`).toBe('Done');
        expect(world).toMatchObject({ route: 'Service', dedicated: 'Absent' });
        if (world.stored.outcome === 'Promoted') return;
        expect(world).toMatchObject({ swapped: false, candidate: undefined });
        expect(world.stable.wanted).toBe(world.replicas);
      }),
      { numRuns: 400 },
    );
  });
});
