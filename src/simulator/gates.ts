/** What a release waits for and what is run around it, drawn by chance: windows, webhooks, smoke tests,
 * hooks, another namespace. Each drawn apart, so that the rest of a seed stays what it was. */
import type { PolicySpecInput } from '../api/policy.ts';
import { Chance } from './chance.ts';
import {
  type GateWays,
  type JobWays,
  type OutsideWays,
  type SmokeWays,
  STAGING,
} from './outside-ways.ts';

type Window = NonNullable<PolicySpecInput['window']>;
type Strategy = PolicySpecInput['strategy'];
type Hook = NonNullable<NonNullable<PolicySpecInput['hooks']>['before']>[number];
type Stage = NonNullable<Strategy['canary']>['stages'][number];
type Gates = Pick<Stage, 'window' | 'smokeTests' | 'webhooks'>;

/** A policy with what the world answers to it. */
export interface Gated {
  policy: PolicySpecInput;
  outside: OutsideWays;
}

export interface GateDraw {
  seed: number;
  /** Nothing that depends on when it is asked: the outcome must be the same without faults. */
  quiet: boolean;
  images: readonly string[];
}

export function withGates(policy: PolicySpecInput, draw: GateDraw): Gated {
  const outside: OutsideWays = { gates: {}, jobs: {}, smoke: {}, promotedMs: {} };
  const { seed } = draw;
  // Going back comes at a fixed time, and must not find the release before it still waiting.
  const timed = !(draw.quiet && policy.rollbackWindow);
  const windowed = timed ? withWindows(policy, new Chance(`windows ${seed}`)) : policy;
  const asked = withWebhooks(windowed, outside, { ...draw, chance: new Chance(`hooks ${seed}`) });
  const tested = withSmokeTests(asked, outside, { ...draw, chance: new Chance(`smoke ${seed}`) });
  const hooked = withHooks(tested, outside, { ...draw, chance: new Chance(`jobs ${seed}`) });
  const first = withStaging(hooked, outside, { ...draw, chance: new Chance(`staging ${seed}`) });
  return { policy: withApprovals(first, new Chance(`approvals ${seed}`)), outside };
}

type Drawing = GateDraw & { chance: Chance };

/** A day, on which nobody waits until it is over. */
const WHOLE_DAY: Window = {
  freeze: [{ from: '2030-01-01', to: '2030-01-01', because: 'the holidays' }],
};

/** Times in minutes since the beginning of a run, which is midnight UTC. */
export function windowOf(chance: Chance): Window {
  const from = chance.between(0, 3);
  const to = from + chance.between(1, 4);
  const minute = (at: number) => `00:${String(at).padStart(2, '0')}`;
  const zoned = chance.maybe(0.2);
  const freeze = [
    { from: `2030-01-01T${minute(from)}`, to: `2030-01-01T${minute(to)}`, because: 'a freeze' },
  ];
  // In Kolkata it is half past five then.
  const kolkata = { from: '05:31', to: chance.from(['05:33', '05:40', '23:00']) };
  return chance.from<Window>([
    { freeze },
    { freeze },
    { open: [{ cron: '*/2 * * * *', for: '1m' }] },
    { open: [{ cron: '1-59/3 * * * *', for: '1m' }] },
    { open: [{ cron: '*/5 * * * *', for: '2m' }], freeze },
    {
      open: [
        { from: minute(from + 1), to: minute(to + 2) },
        { cron: '*/10 * * * *', for: '3m' },
      ],
    },
    zoned
      ? { timeZone: 'Asia/Kolkata', open: [kolkata, { cron: '*/7 * * * *', for: '2m' }] }
      : { open: [{ days: ['Tue', 'Sun'], from: minute(from + 1) }] },
    zoned ? WHOLE_DAY : { freeze },
  ]);
}

function withWindows(policy: PolicySpecInput, chance: Chance): PolicySpecInput {
  if (!chance.maybe(0.2)) return policy;
  const window = chance.maybe(0.8) ? { window: windowOf(chance) } : {};
  const gates = () => (chance.maybe(0.3) ? { window: windowOf(chance) } : {});
  return { ...policy, ...window, strategy: atStages(policy.strategy, gates) };
}

/** With more gates at each place that has some. */
function atStages(strategy: Strategy, gates: (stage: { weight?: number }) => Gates): Strategy {
  const { canary, blueGreen, abTest } = strategy;
  return {
    ...strategy,
    ...(canary && {
      canary: {
        ...canary,
        stages: canary.stages.map((stage) => ({ ...stage, ...gates(stage) })),
      },
    }),
    ...(blueGreen && { blueGreen: { ...blueGreen, ...gates({}) } }),
    ...(abTest && { abTest: { ...abTest, ...gates({}) } }),
  };
}

/** Somebody who is asked, by a name of its own. */
function gateFor(outside: OutsideWays, { chance, quiet }: Drawing): string {
  const host = `gate-${Object.keys(outside.gates).length + 1}`;
  const refusal = chance.from([403, 503, 'Silence'] as const);
  const soonMs = chance.between(20_000, 90_000);
  const ways = chance.from<GateWays>([
    { opensMs: 0, refusal },
    { opensMs: 0, refusal },
    { opensMs: soonMs, refusal },
    { opensMs: soonMs, flaps: true, refusal },
    { refusal },
  ]);
  const settled = ways.opensMs === undefined ? { refusal } : { opensMs: 0, refusal };
  outside.gates[host] = quiet ? settled : ways;
  return `http://${host}/may-go-on`;
}

const ASKED = ['1s', '2s', '5s'] as const;

function webhooksOf(outside: OutsideWays, draw: Drawing) {
  const { chance } = draw;
  const count = chance.from([1, 1, 2]);
  return Array.from({ length: count }, (_, i) => ({
    name: `ask-${i + 1}`,
    url: gateFor(outside, draw),
    interval: chance.from(ASKED),
    timeout: chance.from(['10s', '60s', '2m']),
  }));
}

function withWebhooks(
  policy: PolicySpecInput,
  outside: OutsideWays,
  draw: Drawing,
): PolicySpecInput {
  const { chance } = draw;
  if (!chance.maybe(0.2)) return policy;
  const gates = () => (chance.maybe(0.5) ? { webhooks: webhooksOf(outside, draw) } : {});
  const strategy = atStages(policy.strategy, gates);
  const { blueGreen } = strategy;
  if (blueGreen && chance.maybe(0.4))
    strategy.blueGreen = { ...blueGreen, afterSwitch: { webhooks: webhooksOf(outside, draw) } };
  return { ...policy, strategy };
}

function smokeTestsOf(outside: OutsideWays, { chance, quiet, images }: Drawing, at: number) {
  const http = { path: `/smoke-${at}`, status: chance.from(['2xx', '200']) };
  const image = jobOf(outside, { chance, quiet });
  for (const one of images) outside.smoke[one] ??= smokeOf(chance, quiet);
  const timeout = chance.from(['15s', '60s']);
  const retries = chance.from([0, 1, 3]);
  const asks = { name: 'asks', http, retries };
  const runs = { name: 'runs', job: jobSpec(image), retries: Math.min(1, retries), timeout };
  return chance.from([[asks], [asks], [runs], [runs, asks]]);
}

function smokeOf(chance: Chance, quiet: boolean): SmokeWays {
  const ways = chance.weighted({ Good: 6, Bad: 1, Flapping: 1 });
  return quiet && ways === 'Flapping' ? 'Good' : ways;
}

function withSmokeTests(
  policy: PolicySpecInput,
  outside: OutsideWays,
  draw: Drawing,
): PolicySpecInput {
  const { chance } = draw;
  // Without a Service of its own nobody could be asked.
  const shared = policy.strategy.canary && !policy.traffic?.routers;
  if (!chance.maybe(0.2) || shared) return policy;
  let at = 0;
  const gates = () =>
    chance.maybe(0.5) ? { smokeTests: smokeTestsOf(outside, draw, (at += 1)) } : {};
  const strategy = atStages(policy.strategy, gates);
  const { blueGreen } = strategy;
  if (blueGreen && chance.maybe(0.5)) {
    const smokeTests = smokeTestsOf(outside, draw, (at += 1));
    strategy.blueGreen = { ...blueGreen, afterSwitch: { ...blueGreen.afterSwitch, smokeTests } };
  }
  return { ...policy, strategy };
}

/** A Job of the user's, by the name of its image. */
function jobOf(outside: OutsideWays, { chance, quiet }: Pick<Drawing, 'chance' | 'quiet'>): string {
  const image = `job-${Object.keys(outside.jobs).length + 1}`;
  const ends = chance.weighted({ Completed: 7, AtSecondTry: 1, Failed: 1, Never: 1 });
  const tookMs = chance.from<JobWays['tookMs']>([
    [50, 500],
    [1_000, 8_000],
    [10_000, 25_000],
  ]);
  const fast = tookMs[1] < 10_000;
  // What ends just when its time is over ends either way.
  outside.jobs[image] = { ends, tookMs: quiet && !fast ? [50, 500] : tookMs };
  return image;
}

function jobSpec(image: string) {
  return { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } };
}

/** @param prefix of the names, which are unique in a list */
export function hooksOf(
  outside: OutsideWays,
  draw: Pick<Drawing, 'chance' | 'quiet'>,
  prefix: string,
): Hook[] {
  const { chance } = draw;
  const hook = (_: unknown, i: number): Hook => {
    const image = jobOf(outside, draw);
    const url = gateFor(outside, draw as Drawing);
    const asks = chance.maybe(0.35);
    const what = asks
      ? { webhook: { url, interval: chance.from(ASKED) } }
      : { job: jobSpec(image), retries: chance.from([0, 1]) };
    return { name: `${prefix}-${i + 1}`, ...what, timeout: chance.from(['20s', '45s']) };
  };
  return Array.from({ length: chance.from([0, 1, 1, 2]) }, hook);
}

function withHooks(policy: PolicySpecInput, outside: OutsideWays, draw: Drawing): PolicySpecInput {
  if (!draw.chance.maybe(0.25)) return policy;
  const hooks = {
    before: hooksOf(outside, draw, 'first'),
    after: hooksOf(outside, draw, 'last'),
    onAbort: hooksOf(outside, draw, 'undo'),
  };
  return { ...policy, hooks };
}

function withStaging(
  policy: PolicySpecInput,
  outside: OutsideWays,
  { chance, quiet, images }: Drawing,
): PolicySpecInput {
  if (!chance.maybe(0.1)) return policy;
  for (const image of images) {
    const atMs = chance.from([0, 0, 40_000, 120_000, undefined]);
    if (quiet) outside.promotedMs[image] = 0;
    else if (atMs !== undefined) outside.promotedMs[image] = atMs;
  }
  return { ...policy, releasedIn: { namespace: STAGING } };
}

/** Where they are not drawn with the strategy; and a template that is put back. */
function withApprovals(policy: PolicySpecInput, chance: Chance): PolicySpecInput {
  const asks = chance.maybe(0.1);
  const reverts = chance.maybe(0.12);
  const { blueGreen } = policy.strategy;
  const shares = blueGreen?.switch?.map((share) => ({ ...share, approval: {} }));
  const strategy = asks && shares ? { blueGreen: { ...blueGreen, switch: shares } } : undefined;
  return {
    ...policy,
    ...(strategy && { strategy }),
    ...(reverts && { onFailure: { ...policy.onFailure, revertTemplate: true } }),
  };
}
