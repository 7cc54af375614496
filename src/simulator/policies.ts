/** Random policies: one generator for each strategy. A new strategy is one more function here. */
import { parseDuration } from '../api/duration.ts';
import type { PolicySpecInput } from '../api/policy.ts';
import type { Chance } from './chance.ts';

type CheckInput = NonNullable<PolicySpecInput['checks']>[number];

export interface DrawnPolicy {
  policy: PolicySpecInput;
  /** Through an HTTPRoute; else the Service is pinned. */
  routed: boolean;
  /** About how long a release takes that goes well. */
  lengthMs: number;
}

interface DrawnStrategy {
  strategy: PolicySpecInput['strategy'];
  /** It needs a router that splits by weights. */
  routed: boolean;
  holdMs: number;
}

type Generator = (chance: Chance, checks: readonly string[]) => DrawnStrategy;

/** How often each is drawn, and how; those without a weight only when they are asked for. */
const STRATEGIES: Record<string, { weight: number; draw: Generator }> = {
  canary: { weight: 3, draw: canary },
  blueGreen: { weight: 2, draw: blueGreen },
  rolling: { weight: 0, draw: rolling },
  recreate: { weight: 0, draw: recreate },
  abTest: { weight: 0, draw: abTest },
  // Whom nobody asks for anything: see `withoutTraffic`.
  worker: { weight: 0, draw: canary },
};

const SHORT = ['0s', '500ms', '1s', '3s'];
const HOLDS = ['0s', '2s', '10s', '30s'];

/** @param only the strategy; by chance when absent */
export function policyOf(chance: Chance, only?: string): DrawnPolicy {
  const checks = checksOf(chance);
  const weights = Object.fromEntries(
    Object.entries(STRATEGIES).map(([name, { weight }]) => [name, weight]),
  );
  const drawn = chance.weighted(weights);
  const { draw } = STRATEGIES[only ?? drawn] ?? unknownStrategy(only);
  const names = checks.map((check) => check.name);
  const { strategy, routed: mustBe, holdMs } = draw(chance, names);
  const routed = mustBe || (chance.maybe(0.5) && !strategy.rolling && !strategy.recreate);
  const bake = chance.from(['0s', '2s', '15s', '60s']);
  const drain = chance.from(['0s', '1s', '10s', '20s']);
  const policy: PolicySpecInput = {
    targetRef: { name: 'web' },
    traffic: {
      services: [{ name: 'web' }],
      settle: chance.from(SHORT),
      drain,
      ...(routed && { routers: [{ gatewayAPI: { httpRoute: 'web' } }] }),
    },
    strategy,
    checks,
    bake,
    progressDeadline: chance.from(['30s', '60s', '120s']),
    onFailure: { action: chance.from(['Abort', 'Abort', 'Pause'] as const) },
  };
  const lengthMs = holdMs + ms(bake) + ms(drain) + 40_000;
  return { policy, routed, lengthMs };
}

function canary(chance: Chance, checks: readonly string[]): DrawnStrategy {
  const count = chance.between(1, 4);
  const weights = new Set<number>();
  while (weights.size < count) weights.add(chance.from([1, 5, 10, 20, 25, 33, 50, 75, 90, 100]));
  let holdMs = 0;
  const stages = [...weights]
    .sort((a, b) => a - b)
    .map((weight) => {
      const hold = chance.from(HOLDS);
      holdMs += ms(hold);
      const atMost = checks.length > 0 && chance.maybe(0.2);
      return {
        weight,
        ...(chance.maybe(0.7) && { hold: atMost ? { atMost: hold } : hold }),
        ...(chance.maybe(0.08) && { approval: {} }),
        ...(!atMost && chance.maybe(0.2) && { checks: [] }),
      };
    });
  const timeout = chance.from(['20s', '2m']);
  return { strategy: { canary: { stages, timeout } }, routed: true, holdMs };
}

/** Some previews are small, and some switches go by shares where there is a router. */
export function withSwitch(policy: PolicySpecInput, chance: Chance): PolicySpecInput {
  const { blueGreen: spec } = policy.strategy;
  if (!spec) return policy;
  const replicas = chance.from([1, 2, 5, '1%', '25%', '50%']);
  const shares = chance.from([[10], [50], [99], [1, 30], [20, 40, 80]]);
  const small = chance.maybe(0.5);
  const gradual = chance.maybe(0.5) && policy.traffic?.routers !== undefined;
  const blueGreen = {
    ...spec,
    ...(small && { preview: { replicas } }),
    ...(gradual && {
      switch: shares.map((weight) => ({ weight, hold: chance.from(['0s', '2s', '10s']) })),
    }),
  };
  return { ...policy, strategy: { blueGreen } };
}

/** What becomes of the old version. */
export function withAfter(policy: PolicySpecInput, chance: Chance): PolicySpecInput {
  const { blueGreen: spec } = policy.strategy;
  const after = chance.from(['ScaleToZero', 'Delete', 'Keep', 'Keep'] as const);
  if (!spec) return policy;
  const keepFor = after === 'Keep' && chance.maybe(0.7) && chance.from(['0s', '3s', '30s', '90s']);
  const blueGreen = { ...spec, after, ...(keepFor !== false && { keepFor }) };
  return { ...policy, strategy: { blueGreen } };
}

/** Some canaries have no router: their pods share the traffic. */
export function withoutRouter(policy: PolicySpecInput, chance: Chance): PolicySpecInput {
  const { traffic, strategy } = policy;
  if (!strategy.canary || !traffic || !chance.maybe(0.3)) return policy;
  const { routers: _, ...rest } = traffic;
  return { ...policy, traffic: rest };
}

/** Pods that take their work from elsewhere have no Service in their policy. */
export function withoutTraffic(policy: PolicySpecInput): PolicySpecInput {
  const { traffic: _, ...rest } = policy;
  return rest;
}

const YES = { headers: [{ name: 'x-canary', exact: 'yes' }] };
const BETA = { cookie: { name: 'beta', exact: '1' }, query: [{ name: 'v', regex: '2|3' }] };

/** Some canaries tell requests apart. Drawn apart, so that the rest of a seed stays what it was. */
export function withRequests(policy: PolicySpecInput, chance: Chance): PolicySpecInput {
  const { canary: spec } = policy.strategy;
  if (!spec || policy.traffic?.routers === undefined || !chance.maybe(0.4)) return policy;
  const rules = () => ({
    ...(chance.maybe(0.6) && { match: chance.from([[YES], [BETA], [YES, BETA]]) }),
    ...(chance.maybe(0.4) && {
      mirror: { percent: chance.from([10, 100]), methods: chance.from(['Safe', 'All'] as const) },
    }),
  });
  const stages = spec.stages.map((stage) =>
    stage.weight === 100 ? stage : { ...stage, ...rules() },
  );
  const first = { weight: 0, match: [BETA], ...(chance.maybe(0.5) && { hold: '5s' }) };
  const match = chance.maybe(0.3) && { match: [YES] };
  const zero = chance.maybe(0.5) ? [first] : [];
  const canary = { ...spec, ...match, stages: [...zero, ...stages] };
  return { ...policy, strategy: { canary } };
}

function blueGreen(chance: Chance, checks: readonly string[]): DrawnStrategy {
  const hold = chance.from(HOLDS);
  const spec = {
    ...(chance.maybe(0.7) && { hold }),
    ...(chance.maybe(0.15) && { approval: {} }),
    ...(chance.maybe(0.5) && { checks: [...checks] }),
    timeout: chance.from(['20s', '2m']),
  };
  return { strategy: { blueGreen: spec }, routed: false, holdMs: ms(hold) };
}

function rolling(chance: Chance, checks: readonly string[]): DrawnStrategy {
  const maxSurge = chance.from([undefined, 0, 1, 1, 2, '25%', '100%']);
  const maxUnavailable = chance.from(maxSurge === 0 ? [1, 2, '50%'] : [undefined, 0, 0, 1, '25%']);
  const sizes = [chance.from([1, 1, 2, 3, '10%']), chance.from(['25%', '40%']), '60%'];
  let holdMs = 0;
  const stages = sizes.slice(0, chance.from([0, 1, 1, 1, 2, 3])).map((holdAfter) => {
    const hold = chance.from(HOLDS);
    holdMs += ms(hold);
    const atMost = checks.length > 0 && chance.maybe(0.2);
    return {
      holdAfter,
      ...(chance.maybe(0.7) && { hold: atMost ? { atMost: hold } : hold }),
      ...(chance.maybe(0.2) && { approval: {} }),
      ...(!atMost && chance.maybe(0.2) && { checks: [] }),
    };
  });
  const spec = {
    ...(maxSurge !== undefined && { maxSurge }),
    ...(maxUnavailable !== undefined && { maxUnavailable }),
    stages: stages.filter(({ holdAfter }, i) => i === 0 || stages[i - 1]?.holdAfter !== holdAfter),
    timeout: chance.from(['20s', '2m']),
  };
  return { strategy: { rolling: spec }, routed: false, holdMs: holdMs + 60_000 };
}

function recreate(chance: Chance): DrawnStrategy {
  const timeout = chance.from(['20s', '2m']);
  return { strategy: { recreate: { timeout } }, routed: false, holdMs: 15_000 };
}

function abTest(chance: Chance, checks: readonly string[]): DrawnStrategy {
  const length = chance.from(['2s', '10s', '30s', '60s']);
  const sticky = chance.maybe(0.6);
  const percent = chance.from([1, 10, 33, 50, 90, 99]);
  const spec = {
    ...(sticky ? { sticky: { percent } } : { match: chance.from([[YES], [BETA], [YES, BETA]]) }),
    duration: chance.maybe(0.3) ? { atMost: length } : length,
    goal: {
      name: 'orders',
      scrape: { pods: { port: 8080 }, total: 'requests_total', good: 'orders_total' },
      interval: chance.from(['2s', '5s', '10s']),
      minSamples: chance.from([1, 20, 100]),
    },
    atEnd: chance.from(['Ask', 'KeepA', 'PromoteB', 'PromoteB'] as const),
    ...(chance.maybe(0.2) && { guardrails: checks.slice(0, 1) }),
    ...(chance.maybe(0.3) && { capacity: 100 }),
    timeout: chance.from(['20s', '2m']),
  };
  return { strategy: { abTest: spec }, routed: true, holdMs: ms(length) + 10_000 };
}

function unknownStrategy(name = ''): never {
  throw new Error(`there is no strategy ${name}: ${Object.keys(STRATEGIES).join(', ')}`);
}

function checksOf(chance: Chance): CheckInput[] {
  const errors: CheckInput = {
    name: 'errors',
    scrape: { pods: { port: 8080 }, total: 'requests_total', bad: 'errors_total' },
    max: '5%',
    minSamples: 20,
    interval: chance.from(['2s', '5s', '10s']),
  };
  const latency: CheckInput = {
    name: 'latency',
    prometheus: { address: 'http://prometheus:9090', query: 'latency{hash="{{hash}}"}' },
    max: '1s',
    interval: chance.from(['2s', '5s', '10s']),
  };
  return chance.from([[], [], [errors], [latency], [errors, latency]]);
}

function ms(duration: string): number {
  return parseDuration(duration) ?? 0;
}

/** Whose images are tried, other than by default. */
export function withTries(policy: PolicySpecInput, chance: Chance): PolicySpecInput {
  const tryImages = chance.from([undefined, undefined, 'Always', 'Undo', 'Never'] as const);
  return tryImages === undefined ? policy : { ...policy, tryImages };
}

/** With a window in which going back takes no stages. */
export function withReturn(policy: PolicySpecInput, chance: Chance): PolicySpecInput {
  if (!chance.maybe(0.15)) return policy;
  const rollbackWindow = chance.from([{ revisions: 1 }, { within: '1h' }, { within: '2m' }]);
  return { ...policy, rollbackWindow };
}
