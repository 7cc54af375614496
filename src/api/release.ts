/**
 * Release: one new revision on its way. Its spec is frozen when it is made (what a running release
 * does depends on nothing that may change under it); its status is the engine's only memory.
 */
import * as z from 'zod';
import { conditionSchema } from './condition.ts';
import { configVersionSchema } from './config.ts';
import { windowSchema } from './gates.ts';
import { checkSchema } from './check.ts';
import { evidenceFields } from './evidence.ts';
import { mirrorSchema, requestMatches, stickySchema } from './request-match.ts';

const time = (what: string) => z.string().describe(`${what} (RFC 3339).`);
const ms = (what: string) => z.int().min(0).meta({ format: 'int64' }).describe(`${what} (ms).`);
const int = () => z.int().min(0).meta({ format: 'int32' });
const anything = () => z.unknown().meta({ 'x-kubernetes-preserve-unknown-fields': true });

const version = z.strictObject({
  hash: z.string().describe('pod-template-hash of its pods.'),
  replicaSet: z.string().describe('Name of its ReplicaSet.'),
  images: z.array(z.string()).max(32),
  templateHash: z.string().describe('Equal for equal templates.'),
  template: anything().describe('The pod template, kept so that it can be released again.'),
});

const taskSchema = z.strictObject({
  name: z.string(),
  kind: z.enum(['Http', 'Job', 'Webhook', 'ReleasedIn', 'Pull']),
  spec: anything(),
  retries: int().describe('How often a failed try is repeated.'),
  intervalMs: ms('Between two tries'),
  timeoutMs: ms('Of one request; of the whole Job; of all questions of a webhook').optional(),
});

const tasks = (description: string) => z.array(taskSchema).max(32).optional().describe(description);

const measuredSchema = checkSchema.extend({
  goal: z
    .strictObject({
      alpha: z
        .number()
        .optional()
        .describe('Of two versions alike the share told apart; default 0.05.'),
      effect: z.number().optional().describe('The smallest difference of the shares that matters.'),
      maxSamples: z.int().optional().describe('Users of both versions at which it ends.'),
      decides: z.boolean().optional().describe('It passes only with an outcome.'),
      split: z.boolean().optional().describe('Users are counted, and held against the percentage.'),
    })
    .optional()
    .describe('Counted for both versions and held against nothing by itself.'),
});

const stageSchema = z.strictObject({
  name: z.string(),
  weight: int().max(100).describe('Percent of the traffic to the candidate.'),
  capacityPercent: int().max(100).describe('Size of the candidate, percent of spec.replicas.'),
  pods: int().optional().describe('Size of the candidate in pods, in place of the percent.'),
  holdMs: ms('Least time at this stage').optional(),
  holdAtMostMs: ms('Most time at this stage; passing checks shorten it').optional(),
  approval: z.boolean().describe('A person must promote.'),
  checks: z.array(z.string()).max(33).describe('Checks that must pass.'),
  timeoutMs: ms('How long undecided checks are waited for after the hold'),
  window: windowSchema.optional().describe('It is left only inside of it.'),
  tests: tasks('What must pass before it gets its weight.'),
  tasks: tasks('What must pass before it is left.'),
  match: requestMatches('Requests that always reach the candidate.').optional(),
  mirror: mirrorSchema.optional().describe('Requests of which the candidate gets a copy.'),
  sticky: stickySchema.optional().describe('Users keep the version they came to first.'),
  atEnd: z
    .enum(['Ask', 'TakeBack', 'Winner'])
    .optional()
    .describe(
      'When its gates have opened: a person is asked, it is taken back, or what the goal says is done; absent: on.',
    ),
});

export const releaseSpecSchema = z.strictObject({
  policy: z.string().describe('The policy by which it is released.'),
  target: z.strictObject({
    group: z.string(),
    kind: z.string(),
    name: z.string(),
    uid: z.string(),
    generation: z.int().meta({ format: 'int64' }),
  }),
  pair: z
    .strictObject({
      name: z.string(),
      uid: z.string(),
      replicas: int().describe('Its own size, put back when it is taken back.'),
    })
    .optional()
    .describe('The workload that gets the new version, where two take turns; target has the old.'),
  number: int().describe('Counts the releases of a policy.'),
  origin: int()
    .optional()
    .describe(
      'By which release its template was first promoted, 0: it was there before; absent: new.',
    ),
  retryOf: z.string().optional().describe('The release whose template is tried again.'),
  strategy: z
    .enum(['canary', 'blueGreen', 'rolling', 'recreate', 'abTest', 'none'])
    .describe('none: nothing to compare with.'),
  stable: version.extend({
    revision: int().optional().describe('Its revision in the history of the workload.'),
  }),
  candidate: version,
  plan: z.strictObject({
    stages: z.array(stageSchema).max(51),
    roll: z
      .strictObject({
        type: z.enum(['RollingUpdate', 'Recreate', 'Ordinals', 'Nodes']),
        maxSurge: z.string().optional(),
        maxUnavailable: z.string().optional(),
        batch: z.string().optional().describe('Of a DaemonSet: nodes at once.'),
        nodesBy: z.string().optional().describe('Of a DaemonSet: the label it goes by.'),
      })
      .optional()
      .describe("The workload's own controller changes the pods, in this way."),
    oldVersion: z
      .enum(['Delete', 'Keep'])
      .optional()
      .describe('What becomes of the old set after the bake; absent: empty, in the history.'),
    keepMs: ms('With Keep: how long at most').optional(),
    bakeMs: ms('Time after 100 % with a way back'),
    bakeChecks: z.array(z.string()).max(32),
    bakeTimeoutMs: ms('How long undecided checks are waited for after the bake'),
    progressDeadlineMs: ms('Longest time for a stage to become available'),
    settleMs: ms('Time given to data planes after a route was read back'),
    readBack: z
      .literal('Measured')
      .optional()
      .describe('What checks have counted must not speak against the weights.'),
    drainMs: ms('Time a version keeps its pods after it lost its traffic'),
    onFailure: z.enum(['Abort', 'Pause']),
    falseAlarms: z
      .number()
      .optional()
      .describe(
        'The probability that a harmless release is taken back by statistics; default 0.01.',
      ),
    revertTemplate: z
      .boolean()
      .optional()
      .describe("After an abort stable's template is put back."),
    before: z
      .strictObject({
        window: windowSchema.optional().describe('It begins only inside of it.'),
        tasks: tasks('What must pass before anything is touched, in order.'),
      })
      .optional()
      .describe('What it waits for before it touches anything.'),
    after: tasks('What runs after it was promoted.'),
    onAbort: tasks('What runs after it was taken back.'),
    goesBack: z
      .string()
      .optional()
      .describe('Why its stages were left out: it goes back inside of the rollback window.'),
    byPods: z.boolean().optional().describe('The traffic follows the ready pods of each version.'),
  }),
  traffic: z
    .strictObject({
      services: z.array(z.string()).max(16),
      routers: z.array(z.strictObject({ name: z.string(), config: anything() })).max(8),
      preview: z.boolean().describe('A Service for the new version before it has traffic.'),
      previewService: z.string().optional().describe('Its name; default <service>-preview.'),
    })
    .optional(),
  checks: z.array(measuredSchema).max(33),
  config: z
    .strictObject({
      stable: configVersionSchema.describe('Content only of what is different in the candidate.'),
      candidate: configVersionSchema,
    })
    .optional()
    .describe('The configuration of both versions, where it is watched.'),
  fromDefaults: z
    .array(z.string())
    .max(256)
    .optional()
    .describe('What of all this the ReleaseDefaults of the namespace said.'),
});

const STEPS = [
  'Wait',
  'Prepare',
  'Stage',
  'Swap',
  'Bake',
  'Keep',
  'Drain',
  'Retreat',
  'SwapBack',
  'Discard',
  'Restore',
  'CleanUp',
  'Done',
] as const;

export const releaseStatusSchema = z.strictObject({
  phase: z
    .enum([
      'Pending',
      'Progressing',
      'Paused',
      'Baking',
      'Promoting',
      'Aborting',
      'Promoted',
      'Aborted',
    ])
    .optional()
    .describe('Where it is, for people.'),
  step: z.enum(STEPS).optional().describe('Where it is, for the engine.'),
  stepSince: time('When this step began').optional(),
  stage: int().optional().describe('Index of the stage.'),
  stageReplicas: int().optional().describe('spec.replicas of the target when the stage began.'),
  traffic: z
    .strictObject({
      dedicated: z.boolean().describe('The Services of each version exist.'),
      route: z.enum(['Service', 'Split']),
      weight: int().max(100),
      requestsOf: int().optional().describe('The stage whose match and mirror are in effect.'),
      since: time('Since when it is to go there and was not read back').optional(),
      announcing: z
        .strictObject({
          since: time(
            'Since when they are named again; the settle time counts from here',
          ).optional(),
        })
        .optional()
        .describe(
          'Somebody took out what names the versions: they are named first, and then led to.',
        ),
      readBackAt: time('When it was read back; the settle time counts from here').optional(),
    })
    .optional()
    .describe('Where the traffic is to go.'),
  undone: z
    .strictObject({
      traffic: int().optional().describe('How often somebody moved the traffic back.'),
      hold: int().optional().describe('How often somebody resumed the workload.'),
      holdGeneration: z.int().optional().meta({ format: 'int64' }).describe('Counted last.'),
    })
    .optional()
    .describe('What others undid in this release.'),
  gateSince: time('When the gates of this stage began to count').optional(),
  promoted: z.boolean().optional().describe('A person opened the gates of this stage.'),
  approved: z.boolean().optional().describe('A person approved this stage.'),
  full: z.boolean().optional().describe('A person opened the gates of all stages.'),
  skipped: z.boolean().optional().describe('A person passed over this stage, whatever it says.'),
  windowPassed: z
    .boolean()
    .optional()
    .describe('A person let it past the window before this stage.'),
  tasks: z
    .array(
      z.strictObject({
        id: z.string().describe('Where in the plan it is asked, and its name.'),
        round: int().describe('Counts how often it began anew.'),
        state: z.enum(['Waiting', 'Passed', 'Failed', 'Unknown']),
        message: z.string().optional().describe('What it waits for, or how it ended.'),
        at: time('Since when'),
      }),
    )
    .max(128)
    .optional()
    .describe('What was run for it, so that it is not run again.'),
  paused: z
    .strictObject({
      since: time('Since when'),
      reason: z.string(),
      message: z.string(),
    })
    .optional(),
  move: z
    .string()
    .optional()
    .describe('The move of pods that the workload is being sent on, until it is under way.'),
  drainSince: time('When the version that goes lost its traffic').optional(),
  stableShortSince: time(
    'Since when pods of the old version are missing, where a fresh baseline may be in their way',
  ).optional(),
  unavailableSince: time('Since when the candidate is smaller than it must be').optional(),
  availableSince: time('Since when it has been large enough without a break').optional(),
  towards: z.enum(['Promoted', 'Aborted']).optional().describe('How it is going to end.'),
  outcome: z.enum(['Promoted', 'Aborted']).optional(),
  reason: z.string().optional().describe('Why it ended or is ending so: a word for scripts.'),
  because: z.string().optional().describe('Why it is taken back, for people.'),
  message: z.string().optional().describe('What it waits for, or how it ended.'),
  startedAt: time('When it began').optional(),
  endedAt: time('When it ended').optional(),
  revision: int().optional().describe('Revision of the workload that the candidate became.'),
  evidence: z
    .array(
      z.strictObject({
        check: z.string(),
        verdict: z.enum(['Pass', 'Fail', 'Undecided']),
        because: z.string(),
        ...evidenceFields,
      }),
    )
    .max(33)
    .optional()
    .describe('The last verdicts.'),
  timeline: z
    .array(z.strictObject({ at: time('When'), what: z.string(), reason: z.string() }))
    .max(64)
    .optional()
    .describe('What happened, oldest first; the oldest are dropped.'),
  requests: z
    .array(
      z.strictObject({
        uid: z.string(),
        action: z.string(),
        by: z.string().optional().describe('As the request claims.'),
        because: z.string().optional(),
        at: time('When it was handled'),
        answer: z.string().describe('What was done about it.'),
      }),
    )
    .max(32)
    .optional(),
  journal: z
    .strictObject({
      strategy: anything().optional().describe("The target's strategy before it was changed."),
      minReadySeconds: int().optional().describe("The target's own, before it was changed."),
      progressDeadlineSeconds: int()
        .optional()
        .describe("The target's own, before it was changed."),
      template: anything()
        .optional()
        .describe('The template that goes back into the target when stable runs again.'),
      templateSeen: int()
        .optional()
        .describe('The generation of the target in which that was seen last.'),
      routers: z.array(anything()).max(8).optional().describe('What each router must put back.'),
    })
    .optional(),
  conditions: z
    .array(conditionSchema)
    .max(16)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
});

export type ReleaseSpec = z.output<typeof releaseSpecSchema>;
export type ReleaseStatus = z.output<typeof releaseStatusSchema>;
export type Task = z.output<typeof taskSchema>;
export type TaskRecord = NonNullable<ReleaseStatus['tasks']>[number];
export type MeasuredCheck = z.output<typeof measuredSchema>;
export type Stage = z.output<typeof stageSchema>;
export type Plan = ReleaseSpec['plan'];
export type Step = (typeof STEPS)[number];
