/** ReleasePolicy: how a workload's new revisions are released. Attached by `targetRef`. */
import * as z from 'zod';
import { abTestSchema } from './ab-test.ts';
import { conditionSchema } from './condition.ts';
import { smokeTestSchema, webhookSchema, windowSchema } from './gates.ts';
import { BUILT_IN, defaultable, onFailureSchema } from './release-defaults.ts';
import { mirrorSchema, requestMatches } from './request-match.ts';
import { checkedLater, duration, objectName, reserved } from './schema-parts.ts';

export const DEFAULT_HISTORY_LIMIT = 10;

const targetRef = z
  .strictObject({
    group: z.enum(['apps']).default('apps').describe('API group of the workload.'),
    kind: z.enum(['Deployment']).default('Deployment').describe('Kind of the workload.'),
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

const router = z
  .strictObject({
    gatewayAPI: z
      .strictObject({
        httpRoute: objectName('The HTTPRoute whose backendRefs to the Services are moved.'),
      })
      .optional()
      .describe('Weights on a Gateway API HTTPRoute.'),
    istio: reserved('Istio'),
    ingress: reserved('Ingress'),
  })
  .describe('One router; set exactly one field.');

const traffic = z
  .strictObject({
    services: z
      .array(z.strictObject({ name: objectName('Name of a Service that selects the pods.') }))
      .min(1)
      .max(16)
      .describe('The Services by which users reach the workload.'),
    routers: z
      .array(router)
      .max(8)
      .optional()
      .describe(
        'What moves the traffic. Without one the Service itself is pinned (blueGreen only).',
      ),
    settle: duration(
      'Time given to data planes to take up a change after it was read back.',
    ).default('2s'),
    drain: duration('Time a version keeps its pods after it lost its traffic.').default('10s'),
  })
  .describe('Where the traffic is and what moves it.');

const approval = z.strictObject({}).describe('A person must promote before the next stage.');
const hold = checkedLater(
  'The least time to stay, `10m`; or `{atMost: 10m}`, a most that passing checks may shorten.',
);

const window = windowSchema.describe('The next move of the traffic comes only inside of it.');
const smokeTests = (description: string) =>
  z.array(smokeTestSchema).max(8).optional().describe(description);
const webhooks = z.array(webhookSchema).max(8).optional().describe('Each opens the gate by a 2xx.');

const stage = z.strictObject({
  name: z.string().max(63).optional().describe('A name for people; default `weight <n>`.'),
  weight: z.int().min(0).max(100).meta({ format: 'int32' }).describe('Percent of the traffic.'),
  hold: hold.optional(),
  approval: approval.optional(),
  checks: z
    .array(z.string())
    .max(32)
    .optional()
    .describe('Names of the checks that must pass; default all, none at weight 0.'),
  timeout: duration('How long undecided checks are waited for after the hold.').optional(),
  window: window.optional(),
  smokeTests: smokeTests('Run when its pods are there and before they get its share.'),
  webhooks,
  match: requestMatches(
    'Requests that always reach the candidate, whatever the weight; one entry suffices.',
  ).optional(),
  mirror: mirrorSchema
    .optional()
    .describe('Copies requests of the stable version to the candidate; the answers are discarded.'),
  capacity: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .meta({ format: 'int32' })
    .describe('Least size of the candidate, percent of the replicas; default as the weight.'),
});

const canary = z
  .strictObject({
    stages: z.array(stage).min(1).max(50).describe('In order, weights rising.'),
    match: requestMatches(
      'Requests that always reach the candidate, from the first stage on; beside those of a stage.',
    ).optional(),
    allowLower: z.boolean().optional().describe('Weights may fall from one stage to the next.'),
    timeout: duration('Default of the stages.').default('30m'),
  })
  .describe('A rising share of the traffic, then all of it.');

const switchStage = z.strictObject({
  name: z.string().max(63).optional().describe('A name for people; default `weight <n>`.'),
  weight: z.int().min(0).max(100).meta({ format: 'int32' }).describe('Percent of the traffic.'),
  hold: hold.optional(),
  approval: approval.optional(),
  checks: z
    .array(z.string())
    .max(32)
    .optional()
    .describe('Names of the checks that must pass; default all.'),
  timeout: duration('How long undecided checks are waited for after the hold.').optional(),
  window: window.optional(),
});

const blueGreen = z
  .strictObject({
    preview: z
      .strictObject({
        replicas: checkedLater(
          'Pods of the new version until just before the switch: `2`, or `25%` of all.',
        ).optional(),
      })
      .optional()
      .describe('How large the new version is while nobody uses it; default full size.'),
    previewService: objectName(
      'Service Segue makes for the new version; default <service>-preview.',
    ).optional(),
    hold: hold.optional(),
    approval: approval.optional(),
    checks: z
      .array(z.string())
      .max(32)
      .optional()
      .describe('Checks before the switch; default none.'),
    timeout: duration('How long undecided checks are waited for after the hold.').default('30m'),
    window: window.optional(),
    smokeTests: smokeTests('Run before the switch, when the pods of the preview are there.'),
    webhooks,
    switch: z
      .array(switchStage)
      .max(20)
      .optional()
      .describe('Shares on the way to all the traffic, weights rising; default all at once.'),
    afterSwitch: z
      .strictObject({
        smokeTests: smokeTests('Run while the old version is there for an instant way back.'),
        webhooks,
      })
      .optional()
      .describe('What must be so when all the traffic has moved.'),
    after: z
      .enum(['ScaleToZero', 'Delete', 'Keep'])
      .default('ScaleToZero')
      .describe('What becomes of the old version when the bake is over.'),
    keepFor: duration(
      'With `after: Keep`: how long at most; default until the next release.',
    ).optional(),
    groups: reserved('Groups of pods, one after the other'),
  })
  .describe('The whole new version beside the old one, then all the traffic at once.');

const rolling = z
  .strictObject({
    maxSurge: checkedLater(
      'Pods there may be too many, `1` or `25%`; default as the workload says.',
    ).optional(),
    maxUnavailable: checkedLater(
      'Pods there may be too few, `0` or `25%`; default as the workload says.',
    ).optional(),
    stages: z
      .array(
        z.strictObject({
          name: z.string().max(63).optional().describe('A name for people.'),
          holdAfter: checkedLater('New pods after which to hold: `1`, or `50%` of all.'),
          hold: hold.optional(),
          approval: approval.optional(),
          checks: z
            .array(z.string())
            .max(32)
            .optional()
            .describe('Names of the checks that must pass; default all.'),
          timeout: duration('How long undecided checks are waited for after the hold.').optional(),
          window: windowSchema
            .optional()
            .describe('More pods are changed only inside of it; default that of the policy.'),
          smokeTests: smokeTests('Run when its pods are there and serve, before the hold counts.'),
          webhooks,
        }),
      )
      .max(50)
      .default([])
      .describe('Where to hold, in order, pods rising; the rest of the pods follows the last.'),
    timeout: duration('Default of the stages.').default('30m'),
  })
  .describe("The workload's own rolling update, with holds and checks.");

const recreate = z
  .strictObject({
    timeout: duration('How long undecided checks are waited for after the bake.').default('30m'),
  })
  .describe('All old pods stop, then all new ones start; nobody is served meanwhile.');

const strategy = z
  .strictObject({
    canary: canary.optional(),
    blueGreen: blueGreen.optional(),
    recreate: recreate.optional(),
    rolling: rolling.optional(),
    abTest: abTestSchema.optional(),
  })
  .describe('Exactly one strategy.');

/** What a policy says itself: a ReleaseDefaults may say what it leaves out. */
export const writtenPolicySpecSchema = z.strictObject({
  targetRef,
  pairRef: pairRef.optional(),
  traffic: traffic.optional(),
  strategy,
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
  checks: defaultable.checks.default([]),
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
export type CanarySpec = z.output<typeof canary>;
export type BlueGreenSpec = z.output<typeof blueGreen>;
export type RollingSpec = z.output<typeof rolling>;
export type RecreateSpec = z.output<typeof recreate>;
