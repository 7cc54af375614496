/** The part of the spec about response times. */
import * as z from 'zod';
import { rules, share, ticks, times } from './spec-parts.ts';

const release = z.enum(['good', 'bad']);
const common = { release, independent: z.boolean().optional() };

const scenario = z.discriminatedUnion('shape', [
  /** The candidate's times are `times` stable's. */
  z.strictObject({ ...common, shape: z.literal('longer'), times: times.default(1) }),
  /** ln of the times of both versions wanders together, AR(1) from tick to tick. */
  z.strictObject({
    ...common,
    shape: z.literal('drift'),
    memory: share,
    common: z.number().min(0),
  }),
  /** The candidate's are `times` stable's in its first ticks. */
  z.strictObject({ ...common, shape: z.literal('start-up'), times, ticks }),
  /** So many of the candidate's requests take `moreMs` longer. */
  z.strictObject({ ...common, shape: z.literal('some'), share, moreMs: z.number().positive() }),
]);

const { kayenta, shareTest, twoShares } = rules;
/** A limit of the quantile `quantile` in a window, as `histogram_quantile` has it. */
const threshold = { ...rules.threshold, quantile: share };
const ofQuantile = { ...kayenta, quantile: share };

const judge = z.discriminatedUnion('rule', [
  z.strictObject({ ...threshold, maxMs: z.number().positive() }),
  z.strictObject({ ...ofQuantile, confidence: share }),
  z.strictObject({ ...shareTest, alpha: share }),
  z.strictObject({ ...twoShares, alpha: share }),
]);
const tuned = z.discriminatedUnion('rule', [
  z.strictObject(threshold),
  z.strictObject(ofQuantile),
  z.strictObject(shareTest),
]);

export const latencySchema = z.strictObject({
  /** Of the histogram, rising; what is slower than the last one is a class of its own. */
  boundsMs: z.array(z.number().positive()).min(2),
  /** Times are lognormal. */
  medianMs: z.number().positive(),
  sigma: z.number().positive(),
  /** What stable counted before, with all of the traffic: the bounds of use are chosen from it. */
  beforeTicks: ticks,
  /** Of each cell; of Kayenta as many as elsewhere. */
  runs: z.strictObject({ good: ticks, bad: ticks }),
  scenarios: z.record(z.string(), scenario),
  judges: z.record(z.string(), judge),
  tuned: z.record(z.string(), tuned),
});

export type LatencySpec = z.output<typeof latencySchema>;
export type LatencyScenario = LatencySpec['scenarios'][string];
export type LatencyJudgeSpec = LatencySpec['judges'][string];
export type LatencyRuleSpec = LatencyJudgeSpec | LatencySpec['tuned'][string];
