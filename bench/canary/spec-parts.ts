/** What the parts of the spec have in common: the shape of a scenario, and the rules of judges without their limits. */
import * as z from 'zod';

export const share = z.number().min(0).max(1);
export const times = z.number().positive();
export const ticks = z.int().positive();
const minutes = z.int().min(1).max(60);

/** `independent`: requests of a good release are what the guarantee of the share test asks for. */
export const common = {
  release: z.enum(['good', 'bad']),
  independent: z.boolean().optional(),
  stableTimes: times.optional(),
};

export const rules = {
  threshold: {
    rule: z.literal('threshold'),
    windowTicks: ticks,
    /** Windows that may fail; one more takes the release back. */
    failureLimit: z.int().min(0),
    /** From the failure that is one too many until the traffic goes back. */
    actsAfterTicks: z.int().min(0),
  },
  kayenta: { rule: z.literal('kayenta'), firstMinute: minutes, everyMinutes: minutes },
  peek: { rule: z.literal('z-peek'), everyTicks: ticks },
  shareTest: {
    rule: z.literal('share-test'),
    margin: z.number().min(1),
    cap: z.number().gt(1),
    warmupTicks: z.int().min(0),
  },
  growingMargin: {
    rule: z.literal('growing-margin'),
    margin: z.number().min(1),
    wholeAfter: z.number().positive(),
    cap: z.number().gt(1),
    heldBack: z.number().min(0).lt(1),
    heldTicks: ticks,
    warmupTicks: z.int().min(0),
  },
  twoShares: {
    rule: z.literal('two-shares'),
    longer: z.number().min(1),
    cap: z.number().gt(1),
    warmupTicks: z.int().min(0),
  },
} as const;
