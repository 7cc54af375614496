/** A check: a question about metrics that must be answered well. */
import * as z from 'zod';
import { checkSources } from './check-sources/index.ts';
import { NAMELESS, presetFields } from './preset.ts';
import { checkedLater, checkName, duration, int32, objectName } from './schema-parts.ts';

const within = (what: string) =>
  checkedLater(`${what}; the bound of one of the histogram's buckets: 300ms, 0.5.`).optional();

const BASELINES = ['Stable', 'Fresh'] as const;

const compareSchema = z
  .strictObject({
    baseline: z
      .enum(BASELINES)
      .optional()
      .describe(
        '`Fresh`: with as many pods of the old version, started for the release, as the candidate has, so that caches ' +
          'and compilers are as cold in both; a canary of a Deployment with a router. Default `Stable`: with all its pods.',
      ),
    margin: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .describe(
        "Times stable's share of bad events, or of slow requests, that the candidate may have; more than that fails. " +
          'Default: 1 at first, 1.25 from the 40th bad event of the candidate on.',
      ),
    longer: z
      .number()
      .min(1)
      .max(10)
      .optional()
      .describe(
        "Of a histogram: times stable's response times that the candidate's may take, by their whole distribution; default 1.1.",
      ),
    passMargin: z
      .number()
      .min(1)
      .max(1_000)
      .optional()
      .describe(
        'Shown to be under so many times it passes; more than margin, default 1.6 times margin, else 2.',
      ),
    within: within('Of a histogram: compare what is slower than this; default all bounds of use'),
  })
  .describe('Holds the candidate against stable, at the same time, by a sequential test.');

const sloSchema = z
  .strictObject({
    objective: checkedLater('The least share of events that is good: 99.5%, 0.995.'),
    within: within('Of a histogram: slower than this is bad'),
  })
  .describe('Holds the candidate against a share of good events, by a sequential test.');

const ON_UNDECIDED = ['Pause', 'Pass', 'Fail'] as const;

const lookedAt = {
  scope: z
    .enum(['Version', 'Service'])
    .describe('`Service`: the query mixes the versions and is judged as it is; default `Version`.'),
  interval: duration('Time between measurements; default 10s.'),
  window: duration('How far back a measurement looks; {{window}} in queries; default 1m.'),
};

/** What holds where neither a check nor its CheckTemplate says so. */
export const LOOKED_AT = { scope: 'Version', interval: '10s', window: '1m' } as const;

/** With everything filled in, as a Release keeps it. */
export const checkSchema = z.strictObject({
  name: checkName('Unique in the policy.'),
  ...checkSources,
  max: checkedLater('The most that is good: 0.01, 1%, 1s, 250ms.').optional(),
  min: checkedLater('The least that is good.').optional(),
  scope: lookedAt.scope.default(LOOKED_AT.scope),
  interval: lookedAt.interval.default(LOOKED_AT.interval),
  window: lookedAt.window.default(LOOKED_AT.window),
  minSamples: int32(
    'Fewest events to judge by; default so that one event cannot fail it.',
  ).optional(),
  compare: compareSchema.optional(),
  slo: sloSchema.optional(),
  warmup: duration(
    'Not counted: the first time of a stage for which pods of the new version came, after its weight was reached; ' +
      'default 1m of a preset, else none, as with a fresh baseline.',
  ).optional(),
  onUndecided: z
    .enum(ON_UNDECIDED)
    .optional()
    .describe(
      'What becomes of a stage whose time is over before the check is decided. Pause: a person is asked after the ' +
        'timeout. Pass, the default with compare: it is left after the hold where everything was measured and nothing ' +
        'failed. Fail: after the timeout.',
    ),
  critical: z
    .boolean()
    .optional()
    .describe('Default true. Where it is not, failing keeps the release and asks a person.'),
  dryRun: z.boolean().optional().describe('Measured and told, and nothing hangs on it.'),
  budget: z
    .int()
    .min(1)
    .max(100)
    .meta({ format: 'int32' })
    .optional()
    .describe(
      'With compare and slo: its parts of the falseAlarms, beside those of the others; default 1.',
    ),
});

/** What people write. Nothing that a CheckTemplate can say has a default here: the API server would store it, and
 * nobody could tell any more who said it. */
export const writtenCheckSchema = checkSchema.extend({
  name: checkName('Unique in the policy; needed without a preset.').default(NAMELESS),
  ...presetFields,
  scope: lookedAt.scope.optional(),
  interval: lookedAt.interval.optional(),
  window: lookedAt.window.optional(),
  template: z
    .strictObject({
      name: objectName('Name of the CheckTemplate, in the namespace of the policy.'),
      args: z
        .record(z.string(), checkedLater('Text, a number, or true or false.'))
        .optional()
        .describe('Values of its arguments, by their names.'),
    })
    .optional()
    .describe('Where the rest of the check is written; what stands here goes before that.'),
});

export type Check = z.output<typeof checkSchema>;
export type WrittenCheck = z.output<typeof writtenCheckSchema>;

/** Compares with pods of the old version that are as young as the candidate's. */
export function asksFresh({ compare }: Pick<Check, 'compare'>): boolean {
  return compare?.baseline === 'Fresh';
}
