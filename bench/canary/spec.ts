/** What the benchmark runs, frozen in spec.json: a change of it is a new version and a line in CHANGELOG.md. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { latencySchema, type LatencyScenario } from './latency-spec.ts';
import { common, rules, share, ticks, times } from './spec-parts.ts';

const scenario = z.discriminatedUnion('shape', [
  /** The candidate's rate is `ratio` times stable's all the time. */
  z.strictObject({ ...common, shape: z.literal('constant'), ratio: times.default(1) }),
  /** Both have `times` their rate for so many ticks, from a random one on. */
  z.strictObject({ ...common, shape: z.literal('incident'), times, ticks }),
  /** ln of the rate wanders, AR(1) from tick to tick: in common, and of each version on its own. */
  z.strictObject({
    ...common,
    shape: z.literal('drift'),
    memory: share,
    common: z.number().min(0),
    own: z.number().min(0),
  }),
  /** One version alone has `times` its rate in a tick, each with `chance`. */
  z.strictObject({ ...common, shape: z.literal('bursts'), times, chance: share }),
  /** The candidate has `times` its rate in its first ticks. */
  z.strictObject({ ...common, shape: z.literal('start-up'), times, ticks }),
  /** One of so many pods of the candidate has this share of bad requests, the others stable's. */
  z.strictObject({ ...common, shape: z.literal('share'), share, ofPods: z.int().positive() }),
  /** As good as stable before `fromTick`. */
  z.strictObject({ ...common, shape: z.literal('onset'), ratio: times, fromTick: z.int().min(0) }),
  /** The ratio rises evenly from 1 to `ratio` at the end. */
  z.strictObject({ ...common, shape: z.literal('leak'), ratio: times }),
]);

const { threshold, kayenta, peek, shareTest, growingMargin } = rules;
const judge = z.discriminatedUnion('rule', [
  z.strictObject({ ...threshold, minSuccess: share }),
  z.strictObject({ ...kayenta, confidence: share }),
  z.strictObject({ ...peek, alpha: share }),
  z.strictObject({ rule: z.literal('group-sequential'), looks: z.int().positive(), alpha: share }),
  z.strictObject({ ...shareTest, alpha: share }),
  z.strictObject({ ...growingMargin, alpha: share }),
]);
const tuned = z.discriminatedUnion('rule', [
  z.strictObject(threshold),
  z.strictObject(kayenta),
  z.strictObject(peek),
  z.strictObject(shareTest),
]);

const schema = z
  .strictObject({
    version: z.int().positive(),
    /** The version whose name seeds the streams: one that only adds judges keeps them, and all counts there are. */
    streams: z.int().positive(),
    tickSeconds: z.number().positive(),
    ticks,
    worlds: z.strictObject({
      /** Percent of the traffic, each for an equal part of the time. */
      weights: z.record(z.string(), z.array(z.number().gt(0).lt(100)).min(1)),
      requestsPerSecond: z.array(z.number().positive()).min(1),
      /** Of stable. */
      badPercent: z.array(z.number().gt(0).lt(100)).min(1),
    }),
    scenarios: z.record(z.string(), scenario),
    /** Of each cell; those that Kayenta is asked in, and those that tune, in a world. */
    runs: z.strictObject({ good: ticks, bad: ticks, kayenta: ticks, calibration: ticks }),
    /** What the tuned judges are tuned to, in the scenario `calibration`. */
    falseAlarms: share,
    calibration: z.string(),
    judges: z.record(z.string(), judge),
    tuned: z.record(z.string(), tuned),
    passing: z.strictObject({ passMargin: z.number().gt(1), beta: share }),
    latency: latencySchema,
  })
  .refine(
    ({ calibration, scenarios, latency }) =>
      [scenarios, latency.scenarios].every((all) => all[calibration]?.release === 'good'),
    { path: ['calibration'], error: 'names no scenario of a good release' },
  );

export type Spec = z.output<typeof schema>;
export type Scenario = Spec['scenarios'][string];
export type JudgeSpec = Spec['judges'][string];
export type RuleSpec = JudgeSpec | Spec['tuned'][string];

/** Where releases take place. */
export interface World {
  /** Its name. */
  id: string;
  /** The candidate's share of the traffic, in (0, 1), in equal parts of the time. */
  shares: readonly number[];
  requestsPerSecond: number;
}

export interface ErrorWorld extends World {
  measure: 'errors';
  /** Stable's share of bad requests, in (0, 1). */
  badShare: number;
}

export interface LatencyWorld extends World {
  measure: 'latency';
}

/** What is run many times: one scenario in one world. */
export interface ErrorCell {
  id: string;
  scenarioName: string;
  scenario: Scenario;
  world: ErrorWorld;
}

export interface LatencyCell {
  id: string;
  scenarioName: string;
  scenario: LatencyScenario;
  world: LatencyWorld;
}

export type Cell = ErrorCell | LatencyCell;

/** Throws a ZodError that names every field which is wrong, unknown ones too. */
export function parseSpec(value: unknown): Spec {
  return schema.parse(value);
}

export function readSpec(path = 'bench/canary/spec.json'): Spec {
  return parseSpec(JSON.parse(readFileSync(path, 'utf8')));
}

export function worldsOf(spec: Spec): (ErrorWorld | LatencyWorld)[] {
  return [...errorWorlds(spec), ...latencyWorlds(spec)];
}

export function cellsOf(spec: Spec): Cell[] {
  return [...errorCellsOf(spec), ...latencyCellsOf(spec)];
}

export function errorCellsOf(spec: Spec): ErrorCell[] {
  return errorWorlds(spec).flatMap((world) => inEach(world, spec.scenarios));
}

export function latencyCellsOf(spec: Spec): LatencyCell[] {
  return latencyWorlds(spec).flatMap((world) => inEach(world, spec.latency.scenarios));
}

function inEach<W extends World, S>(world: W, scenarios: Record<string, S>) {
  return Object.entries(scenarios).map(([scenarioName, scenario]) => ({
    id: `${world.id}/${scenarioName}`,
    scenarioName,
    scenario,
    world,
  }));
}

function errorWorlds({ worlds }: Spec): ErrorWorld[] {
  return Object.entries(worlds.weights).flatMap(([name, percents]) =>
    worlds.requestsPerSecond.flatMap((requestsPerSecond) =>
      worlds.badPercent.map((badPercent) => ({
        measure: 'errors' as const,
        id: `${name}/${requestsPerSecond}rps/${badPercent}%`,
        shares: percents.map((percent) => percent / 100),
        requestsPerSecond,
        badShare: badPercent / 100,
      })),
    ),
  );
}

function latencyWorlds({ worlds }: Spec): LatencyWorld[] {
  return Object.entries(worlds.weights).flatMap(([name, percents]) =>
    worlds.requestsPerSecond.map((requestsPerSecond) => ({
      measure: 'latency' as const,
      id: `${name}/${requestsPerSecond}rps/latency`,
      shares: percents.map((percent) => percent / 100),
      requestsPerSecond,
    })),
  );
}
