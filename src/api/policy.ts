/** ReleasePolicy: how a workload's new revisions are released. Attached by `targetRef`. */
import * as z from 'zod';
import { checkSchema } from './check.ts';
import { conditionSchema } from './condition.ts';
import { configSchema, configVersionSchema } from './config.ts';
import { BUILT_IN, defaultable, onFailureSchema } from './release-defaults.ts';
import { objectName } from './schema-parts.ts';
import { strategySchema } from './strategy.ts';
import { trafficSchema } from './traffic.ts';

export const DEFAULT_HISTORY_LIMIT = 10;

const targetRef = z
  .strictObject({
    group: z.enum(['apps']).default('apps').describe('API group of the workload.'),
    kind: z
      .enum(['Deployment', 'StatefulSet', 'DaemonSet'])
      .default('Deployment')
      .describe('Kind of the workload.'),
    name: objectName('Name of the workload, in the namespace of the policy.'),
  })
  .describe('The workload whose new revisions are released.');

const pairRef = z
  .strictObject({
    name: objectName('Name of the other Deployment of the pair, in the namespace of the policy.'),
  })
  .describe(
    'With blueGreen: a second Deployment that takes turns with the workload. What is written into ' +
      'the one that the Services do not lead to is released.',
  );

/** What a policy says itself: a ReleaseDefaults may say what it leaves out. */
export const writtenPolicySpecSchema = z.strictObject({
  targetRef,
  pairRef: pairRef.optional(),
  traffic: trafficSchema.optional(),
  strategy: strategySchema,
  config: configSchema.optional(),
  ...defaultable,
  history: z
    .strictObject({
      limit: z
        .int()
        .min(1)
        .max(1_000)
        .default(DEFAULT_HISTORY_LIMIT)
        .meta({ format: 'int32' })
        .describe('How many ended Releases are kept; the older ones are deleted.'),
    })
    .default({ limit: DEFAULT_HISTORY_LIMIT })
    .describe('The record of what was released.'),
});

/** What it says with everything filled in, in a namespace without ReleaseDefaults. */
export const policySpecSchema = writtenPolicySpecSchema.extend({
  checks: z.array(checkSchema).max(32).default([]),
  bake: defaultable.bake.default(BUILT_IN.bake),
  progressDeadline: defaultable.progressDeadline.default(BUILT_IN.progressDeadline),
  onFailure: onFailureSchema
    .extend({ action: onFailureSchema.shape.action.default(BUILT_IN.action) })
    .default({ action: BUILT_IN.action }),
});

export const policyStatusSchema = z.strictObject({
  observedGeneration: z.int().optional().meta({ format: 'int64' }),
  conditions: z
    .array(conditionSchema)
    .max(16)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
  target: z
    .strictObject({
      observedGeneration: z
        .int()
        .optional()
        .meta({ format: 'int64' })
        .describe('Generation of the workload that this status speaks of.'),
      name: z.string().optional().describe('Name of the workload that is held.'),
      stableHash: z.string().optional().describe('pod-template-hash of the version users have.'),
      images: z.array(z.string()).max(32).optional().describe('Images of the stable version.'),
      resumed: z
        .strictObject({
          times: z.int().meta({ format: 'int32' }),
          at: z.string().describe('When last (RFC 3339).'),
          generation: z.int().meta({ format: 'int64' }).describe('Of the workload, then.'),
          by: z.string().optional().describe('Field manager that did it, where that is recorded.'),
          restored: z.boolean().optional().describe('A rejected template was put back for it.'),
        })
        .optional()
        .describe('How often somebody resumed the workload lately.'),
      rejected: z.string().optional().describe('Template that was taken back and is not retried.'),
      pair: z
        .strictObject({
          name: z.string().describe('The other workload of the pair.'),
          idle: z.string().describe('The one of the two that has no traffic.'),
          seen: z
            .string()
            .describe('The template of that one that is no news; none while it does not exist.'),
        })
        .optional()
        .describe('Of two workloads that take turns.'),
      config: configVersionSchema
        .extend({ workload: z.string().describe('uid of the workload.') })
        .optional()
        .describe('The configuration of the version users have, where it is watched.'),
      rejectedConfig: z
        .string()
        .optional()
        .describe('Digest of the configuration that was taken back and is not retried.'),
    })
    .optional(),
  warnings: z
    .array(z.string())
    .max(16)
    .optional()
    .describe('What does not keep it from releasing, but may surprise.'),
  release: z.string().optional().describe('The release in progress.'),
  lastRelease: z.string().optional().describe('The release that ended last.'),
  releases: z.int().optional().meta({ format: 'int32' }).describe('Releases begun so far.'),
});

export type PolicySpec = z.output<typeof policySpecSchema>;
/** As the API server stores it. */
export type WrittenPolicySpec = z.output<typeof writtenPolicySpecSchema>;
export type PolicySpecInput = z.input<typeof policySpecSchema>;
export type PolicyStatus = z.output<typeof policyStatusSchema>;
