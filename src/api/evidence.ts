/** What a Release keeps of the evidence of its checks: enough to go on from after a restart. */
import * as z from 'zod';

export const OUTCOMES = ['Better', 'Worse', 'Equivalent', 'Mismatch', 'Open'] as const;

const counts = z.strictObject({ total: z.number(), bad: z.number() });
const logs = z.array(z.number()).max(32);
const time = z.string().max(32);

const gathered = {
  since: time.describe('When what is counted here began (RFC 3339).'),
  until: time.describe('Until when it is counted.'),
  reached: z
    .strictObject({
      verdict: z.enum(['Pass', 'Fail']),
      because: z.string(),
      at: time,
      outcome: z.enum(OUTCOMES).optional(),
    })
    .optional()
    .describe('What was shown, and when. Fail stays; Pass may be followed by Fail.'),
};

/** Candidate and stable, compared at one bound of a histogram or by bad events. */
const comparedSchema = z.strictObject({
  candidate: counts,
  stable: counts,
  expected: z.number(),
  against: logs,
  inFavour: logs,
  /** At a bound: what stable had before, and where times are compared how many times its share is allowed. */
  before: counts.optional(),
  margin: z.number().optional(),
});

const goalCounts = z.strictObject({ total: z.number(), goal: z.number() });

const splitSchema = z.strictObject({
  total: z.number(),
  candidate: z.number(),
  meant: z.number(),
  bets: logs,
  isOff: z.boolean().optional(),
});

/** By what a check asks. All are numbers of events and natural logarithms of what bets have become. */
export const keptSchema = z.discriminatedUnion('test', [
  z.strictObject({
    test: z.literal('Comparison'),
    ...gathered,
    /** Of a histogram: the bounds that are compared, chosen before the first interval; else bad events are. */
    bounds: z
      .array(z.string())
      .max(32)
      .optional()
      // Releases that began before times were compared say so with a bound that has no name.
      .transform((bounds) => (bounds?.[0] === '' ? undefined : bounds)),
    compared: z.strictObject({ bounds: z.array(comparedSchema).max(32), best: logs }),
    split: splitSchema.optional(),
  }),
  z.strictObject({
    test: z.literal('Slo'),
    ...gathered,
    slo: z.strictObject({ counts, against: logs, inFavour: logs }),
  }),
  z.strictObject({
    test: z.literal('Goal'),
    ...gathered,
    conversion: z.strictObject({ a: goalCounts, b: goalCounts, more: z.number(), bets: logs }),
    split: splitSchema.optional(),
    /** Of a test that ends at a number of users: the shares of it at which it was looked at. */
    looks: z.array(z.number()).max(64).optional(),
  }),
]);

export type Kept = z.output<typeof keptSchema>;
export type KeptComparison = Extract<Kept, { test: 'Comparison' }>;
export type KeptSlo = Extract<Kept, { test: 'Slo' }>;
export type KeptGoal = Extract<Kept, { test: 'Goal' }>;

/** Beside check, verdict and because. */
export const evidenceFields = {
  isMeasured: z
    .boolean()
    .optional()
    .describe('What it asks was measured lately and at this stage, of every version it needs.'),
  log: z
    .strictObject({
      against: z.number().describe('Natural log of the evidence of failure.'),
      needed: z.number().describe('What it has to reach.'),
      inFavour: z.number().optional().describe('The same of being good.'),
      neededToPass: z.number().optional(),
    })
    .optional()
    .describe('Of a sequential test: how far it is.'),
  outcome: z.enum(OUTCOMES).optional().describe('Of a goal: the new version against the old.'),
  wrongShare: z
    .string()
    .optional()
    .describe('The requests that were counted did not go where the route was told to send them.'),
  kept: z
    .unknown()
    .optional()
    .meta({ 'x-kubernetes-preserve-unknown-fields': true })
    .describe('What the evidence is gone on from after a restart.'),
};
