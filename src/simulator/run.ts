/** One run: the world of a seed from its beginning until it rests, and what was found on the way. */
import { type Checkers, startCheckers } from './checkers.ts';
import type { KubeObject } from '../api/object.ts';
import { configMapObject, configuredScenarioOf } from './config-scenario.ts';
import { withEvidence, withFresh, withMeasured } from './evidence-ways.ts';
import { openRelease, type StoredRelease } from './facts.ts';
import { defaultsObject, deploymentObject, policyObject, serviceObject } from './objects.ts';
import { ask, mend, mendNodes, schedule } from './people.ts';
import { daemonObjects } from './daemon-objects.ts';
import { daemonOutcome, daemonProblems } from './daemon-rest.ts';
import { daemonScenarioOf } from './daemon-scenario.ts';
import { pairObjects } from './pair-objects.ts';
import { pairProblems, pairOutcome } from './pair-rest.ts';
import { pairScenarioOf } from './pair-scenario.ts';
import { outcomeOf, restProblems } from './rest.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { statefulObject } from './stateful-objects.ts';
import { statefulOutcome, statefulProblems } from './stateful-rest.ts';
import { statefulScenarioOf } from './stateful-scenario.ts';
import { ANY } from './routes/draw.ts';
import type { Violation } from './violation.ts';
import { type Mutation, START_MS, World, type WorldOptions } from './world.ts';

export interface RunResult {
  seed: number;
  scenario: Scenario;
  violation: Violation | undefined;
  /** What was left, for comparing runs. */
  outcome: string;
  trace: string[];
  releases: number;
  virtualMs: number;
}

export interface RunOptions {
  mutation?: Mutation | undefined;
  traced?: boolean;
  /** Only this one. */
  strategy?: string | undefined;
  /** By which route, where the policy has one: a name of `routes/index.ts`, several joined by `+`, or `any`. */
  router?: string | undefined;
  /** Whether some checks are held to evidence; default yes. */
  evidence?: boolean | undefined;
}

const POLICY_AT_MS = 14_000;
/** Longer than any wait of a plan: deadlines, holds, timeouts and the bake together. */
const PATIENCE_MS = 20 * 60_000;
const ANSWERS_MAX = 12;
const QUIET_MS = 150_000;
const STEADY_MS = 30 * 60_000;

/** What was there before is a way back while it is kept and a release afterwards, and a restart moves that time. */
function goesBackByTheClock({ policy, acts }: Scenario): boolean {
  const images = acts.flatMap((act) => (act.does === 'image' ? [act.image] : []));
  const again = new Set(['v1', ...images]).size <= images.length;
  return again && policy.strategy.blueGreen?.keepFor !== undefined;
}

/** Runs a seed; a quiet one twice, since its faults must make no difference (invariant 4). */
export async function simulate(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const { strategy, router = ANY, evidence = true } = options;
  const limited = drawn(seed, { strategy, router });
  const { policy } = limited;
  const scenario = evidence
    ? { ...limited, policy: withMeasured(withFresh(withEvidence(policy, seed), seed), seed) }
    : limited;
  const result = await once(scenario, options);
  if (!scenario.quiet) return result;
  const faultless = await once(scenario, { ...options, traced: false, faultless: true });
  if (faultless.violation) return { ...faultless, trace: result.trace };
  if (faultless.outcome === result.outcome) return result;
  // Segue came too late to hold the Deployment, which rolled the image out by itself.
  if (result.releases === 0 || goesBackByTheClock(scenario)) return result;
  const { invariant, seen: found } = result.violation ?? {};
  const came = found === undefined ? result.outcome : `invariant ${invariant}: ${found}`;
  const seen = `with restarts: ${came}; without: ${faultless.outcome}`;
  return { ...result, violation: { invariant: 4, seen, atMs: result.virtualMs } };
}

interface Only {
  strategy: string | undefined;
  router: string;
}

function drawn(seed: number, { strategy, router }: Only): Scenario {
  if (strategy === 'pair') return pairScenarioOf(seed);
  if (strategy === 'stateful') return statefulScenarioOf(seed, { by: 'rolling', router });
  if (strategy === 'statefulCanary') return statefulScenarioOf(seed, { by: 'canary', router });
  if (strategy === 'daemon') return daemonScenarioOf(seed);
  if (strategy === 'configured') return configuredScenarioOf(seed, router);
  if (strategy === 'statefulRoute') return statefulScenarioOf(seed, { by: 'route', router });
  return scenarioOf(seed, { strategy, router });
}

/** What a run came to, and what is wrong at its end. */
function restOf({ pair, stateful, daemon }: Scenario) {
  if (daemon) return { outcome: daemonOutcome, problems: daemonProblems };
  if (pair) return { outcome: pairOutcome, problems: pairProblems };
  if (stateful) return { outcome: statefulOutcome, problems: statefulProblems };
  return { outcome: outcomeOf, problems: restProblems };
}

async function once(scenario: Scenario, options: WorldOptions): Promise<RunResult> {
  const world = new World(scenario, options);
  const checkers = startCheckers(world);
  let violation: Violation | undefined;
  try {
    violation = await play(world, checkers);
  } catch (error) {
    const seen = `the run failed: ${error instanceof Error ? error.stack : String(error)}`;
    violation = { invariant: 'Progress', seen, atMs: sinceStart(world) };
  }
  world.end();
  return {
    seed: scenario.seed,
    scenario,
    violation,
    outcome: violation ? '' : restOf(scenario).outcome(world),
    trace: world.trace.lines,
    releases: world.api.all('Release').length,
    virtualMs: sinceStart(world),
  };
}

/** The phases: what happens, the way to rest, rest. Undefined when nothing was found. */
async function play(world: World, checkers: Checkers): Promise<Violation | undefined> {
  const { clock, scenario } = world;
  const enough = () => checkers.found !== undefined || world.crashed !== undefined;
  setUp(world);
  schedule(world, scenario.acts);
  await clock.runUntil(START_MS + scenario.endMs, enough);
  world.endFaults();
  if (scenario.daemon) mendNodes(world);
  world.disturb();
  if (!enough()) await untilEnded(world, checkers, enough);
  if (!enough()) await rest(world, checkers, enough);
  if (world.crashed) return { invariant: 'Progress', seen: world.crashed, atMs: sinceStart(world) };
  return checkers.found;
}

export function setUp(world: World): void {
  const { api, clock, scenario } = world;
  for (const object of objectsOf(scenario)) api.create(object, 'person');
  if (scenario.defaults) api.create(defaultsObject(scenario.defaults), 'person');
  world.startSegue();
  clock.at(START_MS + POLICY_AT_MS, () => {
    world.trace.say('act', `policy ${JSON.stringify(scenario.policy)}`);
    api.create(policyObject(scenario), 'person');
  });
}

function objectsOf(scenario: Scenario): KubeObject[] {
  if (scenario.pair) return pairObjects(scenario, scenario.pair);
  const route = scenario.routes.flatMap(({ objects }) => structuredClone(objects));
  if (scenario.daemon) return [serviceObject(), ...daemonObjects(scenario.daemon)];
  if (scenario.stateful)
    return [serviceObject(), ...route, statefulObject(scenario.stateful, 'v1')];
  const config = scenario.config === undefined ? [] : [configMapObject(scenario.config)];
  return [serviceObject(), ...route, ...config, deploymentObject(scenario, 'v1')];
}

/** People answer what waits for them; everything else must end by itself. */
async function untilEnded(world: World, checkers: Checkers, enough: () => boolean): Promise<void> {
  const { clock, api } = world;
  const ended = () => enough() || !openRelease(api);
  for (let answers = 0; answers <= ANSWERS_MAX; answers++) {
    const stuck = () => ended() || waitsForPeople(world);
    await clock.runUntil(clock.now() + PATIENCE_MS, stuck);
    // What was decided a moment ago is written first; a newer template may begin a release.
    await clock.runUntil(clock.now() + 60_000, enough);
    const open = openRelease(api);
    if (enough() || !open) return;
    const found = standstill(world, open, answers);
    if (found !== undefined) return checkers.report('Progress', found);
    if (!answered(world, open, answers)) return;
    await clock.runUntil(clock.now() + 5_000, enough);
  }
  checkers.report('Progress', `${openRelease(api)?.name} does not end whatever people answer`);
}

function standstill(world: World, open: StoredRelease, answers: number): string | undefined {
  if (servesAlone(open)) return undefined;
  if (waitsForPeople(world))
    return open.status.message ? undefined : `${open.name} does not say what it waits for`;
  if (answers < ANSWERS_MAX && moves(open, world.clock.now())) return undefined;
  return `${open.name} hangs: ${JSON.stringify(open.status)}`;
}

/** False where nobody could do anything. */
function answered(world: World, open: StoredRelease, answers: number): boolean {
  const { stable, candidate } = open.spec;
  if (servesAlone(open)) return mend(world, [...stable.images, ...candidate.images]);
  if (waitsForPeople(world))
    ask(world, answers < 4 ? world.scenario.answer : answers < 8 ? 'Promote' : 'Abort');
  return true;
}

/** What is taken back is all that users have: it stays until somebody writes a template that works. */
function servesAlone({ status: { message = '' } }: StoredRelease): boolean {
  return message.includes('which serve alone');
}

/** It did something of late. */
function moves({ status: { stepSince } }: StoredRelease, nowMs: number): boolean {
  return stepSince !== undefined && nowMs - Date.parse(stepSince) < PATIENCE_MS;
}

function waitsForPeople({ api, clock }: World): boolean {
  const { status, spec } = openRelease(api) ?? {};
  const kept = status?.step === 'Keep' && spec?.plan.keepMs === undefined;
  if (kept || status?.paused !== undefined || status?.message === 'approval') return true;
  return waitsLong(status?.message ?? '', clock.now());
}

/** Nobody promotes it elsewhere any more, or the window opens when nobody looks any more. */
function waitsLong(message: string, nowMs: number): boolean {
  if (message.startsWith('a release of the same images')) return true;
  const [, opensAt = ''] = /^the window, which opens at (\S+)/.exec(message) ?? [];
  return Date.parse(opensAt) > nowMs + PATIENCE_MS;
}

async function rest(world: World, checkers: Checkers, enough: () => boolean): Promise<void> {
  const { clock, api } = world;
  let last = api.version;
  for (let turn = 0; ; turn++) {
    await clock.runUntil(clock.now() + QUIET_MS, enough);
    if (enough()) return;
    if (api.version === last) break;
    last = api.version;
    if (turn > 20) return checkers.report(7, 'the world does not come to rest');
  }
  const writes = world.writes;
  await clock.runUntil(clock.now() + STEADY_MS, enough);
  if (enough()) return;
  if (world.writes !== writes)
    return checkers.report(7, `${world.writes - writes} writes in a steady state`);
  const problems = restOf(world.scenario).problems(world);
  const [first] = problems;
  if (first) checkers.report(first.invariant, problems.map(({ seen }) => seen).join('; '));
}

function sinceStart(world: World): number {
  return world.clock.now() - START_MS;
}
