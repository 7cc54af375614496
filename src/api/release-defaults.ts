/** ReleaseDefaults: what the policies of a namespace have in common, said once. */
import * as z from 'zod';
import { writtenCheckSchema } from './check.ts';
import { metricsSchema } from './check-sources/prometheus.ts';
import { hooksSchema, releasedInSchema, windowSchema } from './gates.ts';
import { checkedLater, duration } from './schema-parts.ts';

/** What holds where neither a policy nor a ReleaseDefaults says so. */
export const BUILT_IN = { bake: '10m', progressDeadline: '10m', action: 'Abort' } as const;

export const onFailureSchema = z
  .strictObject({
    revertTemplate: z
      .boolean()
      .optional()
      .describe("After an abort stable's template is put back: for people without GitOps."),
    action: z.enum(['Abort', 'Pause']).describe('What a failed check does; default Abort.'),
  })
  .partial()
  .describe('What happens when a check fails.');

/** What both a policy and a ReleaseDefaults can say. Nothing here has a default of its own: the API
 * server would store it, and nobody could tell any more who said it. */
export const defaultable = {
  checks: z
    .array(writtenCheckSchema)
    .max(32)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe('Questions about metrics that must be answered well.'),
  metrics: metricsSchema.optional(),
  falseAlarms: checkedLater(
    'Of all harmless releases the share that checks with compare and slo may take back, together; default 1%.',
  ).optional(),
  bake: duration('Time after 100 % during which the old version stays up; default 10m.').optional(),
  progressDeadline: duration(
    'Longest time for a stage to become available; default 10m.',
  ).optional(),
  window: windowSchema
    .optional()
    .describe('A release begins, and moves on, only inside of it; a stage may have its own.'),
  releasedIn: releasedInSchema.optional(),
  hooks: hooksSchema.optional(),
  onFailure: onFailureSchema.optional(),
  tryImages: z
    .enum(['Always', 'Undo', 'Never'])
    .optional()
    .describe(
      'Which releases have their images pulled once before anything is touched; ' +
        'default Always with recreate, else Undo: those of an earlier version.',
    ),
  rollbackWindow: z
    .strictObject({
      revisions: z
        .int()
        .min(1)
        .max(1_000)
        .meta({ format: 'int32' })
        .optional()
        .describe('So many versions before the present one.'),
      within: duration('Those that users had in this time.').optional(),
    })
    .optional()
    .describe(
      'Earlier versions, promoted by this policy, that are released again without the stages; ' +
        'with both fields both must be so.',
    ),
};

export const releaseDefaultsSpecSchema = z.strictObject(defaultable);

export type ReleaseDefaultsInput = z.input<typeof releaseDefaultsSpecSchema>;
export type ReleaseDefaultsSpec = z.output<typeof releaseDefaultsSpecSchema>;
