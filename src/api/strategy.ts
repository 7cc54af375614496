/** The five strategies, of which a policy names one. */
import * as z from 'zod';
import { abTestSchema } from './ab-test.ts';
import { smokeTestSchema, webhookSchema, windowSchema } from './gates.ts';
import { mirrorSchema, requestMatches } from './request-match.ts';
import { checkedLater, duration, objectName, reserved } from './schema-parts.ts';

const approval = z.strictObject({}).describe('A person must promote before the next stage.');
const hold = checkedLater(
  'The least time to stay, `10m`; or `{atMost: 10m}`, a most that passing checks may shorten.',
);

const smokeTests = (description: string) =>
  z.array(smokeTestSchema).max(8).optional().describe(description);
const webhooks = z.array(webhookSchema).max(8).optional().describe('Each opens the gate by a 2xx.');

/** What a stage waits for; its checks and its window in the words of the strategy. */
const gates = (checks: string, window: string) => ({
  hold: hold.optional(),
  approval: approval.optional(),
  checks: z.array(z.string()).max(32).optional().describe(checks),
  timeout: duration('How long undecided checks are waited for after the hold.').optional(),
  window: windowSchema.optional().describe(window),
});

const TRAFFIC_WINDOW = 'The next move of the traffic comes only inside of it.';

const share = {
  name: z.string().max(63).optional().describe('A name for people; default `weight <n>`.'),
  weight: z.int().min(0).max(100).meta({ format: 'int32' }).describe('Percent of the traffic.'),
};

const stage = z.strictObject({
  ...share,
  ...gates('Names of the checks that must pass; default all, none at weight 0.', TRAFFIC_WINDOW),
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
  ...share,
  ...gates('Names of the checks that must pass; default all.', TRAFFIC_WINDOW),
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
    ...gates('Checks before the switch; default none.', TRAFFIC_WINDOW),
    timeout: duration('How long undecided checks are waited for after the hold.').default('30m'),
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
          ...gates(
            'Names of the checks that must pass; default all.',
            'More pods are changed only inside of it; default that of the policy.',
          ),
          smokeTests: smokeTests('Run when its pods are there and serve, before the hold counts.'),
          webhooks,
        }),
      )
      .max(50)
      .default([])
      .describe('Where to hold, in order, pods rising; the rest of the pods follows the last.'),
    batch: checkedLater(
      'Of a DaemonSet: nodes after which it goes on only when all of them have ready pods, `3` or `10%`; ' +
        'default as many as may be missing at once.',
    ).optional(),
    nodesBy: z
      .strictObject({
        label: z.string().min(1).max(317).describe('Of nodes: topology.kubernetes.io/zone.'),
      })
      .optional()
      .describe('Of a DaemonSet: nodes of one value of a label after those of the other.'),
    timeout: duration('Default of the stages.').default('30m'),
  })
  .describe("The workload's own rolling update, with holds and checks.");

const recreate = z
  .strictObject({
    timeout: duration('How long undecided checks are waited for after the bake.').default('30m'),
  })
  .describe('All old pods stop, then all new ones start; nobody is served meanwhile.');

export const strategySchema = z
  .strictObject({
    canary: canary.optional(),
    blueGreen: blueGreen.optional(),
    recreate: recreate.optional(),
    rolling: rolling.optional(),
    abTest: abTestSchema.optional(),
  })
  .describe('Exactly one strategy.');

export type CanarySpec = z.output<typeof canary>;
export type BlueGreenSpec = z.output<typeof blueGreen>;
export type RollingSpec = z.output<typeof rolling>;
export type RecreateSpec = z.output<typeof recreate>;
