/** abTest: two versions beside each other for a time, each user with one of them, counted by a goal. */
import * as z from 'zod';
import { access } from './check-sources/access.ts';
import { newRelic } from './check-sources/hosted.ts';
import { elasticsearch, influxdb, web } from './check-sources/own.ts';
import { metricsPage, prometheusAddress } from './check-sources/prometheus.ts';
import { smokeTestSchema, webhookSchema, windowSchema } from './gates.ts';
import { requestMatches, stickySchema } from './request-match.ts';
import { checkedLater, checkName, duration, reserved } from './schema-parts.ts';

const queries = (total: string, good: string) => ({
  total: z.string().min(1).max(8192).describe(total),
  good: z.string().min(1).max(8192).describe(good),
});

/** Events since the test began, in the language of the source. */
const counted = (language: string) =>
  queries(
    `${language}: how many could have in {{window}}, the time since the test began.`,
    `${language}: how many of them reached the goal.`,
  );

const BY_QUERY = { query: true, bad: true } as const;

/** Sources that count the events of exactly the time that they are asked about, however long; what else they take is as
 * in a check. */
const otherSources = {
  web: web
    .omit({ value: true, bad: true })
    .extend(queries('Where it says how many could have.', 'Where it says how many did.'))
    .optional()
    .describe('Asks any address for JSON.'),
  influxdb: influxdb
    .omit(BY_QUERY)
    .extend(counted('InfluxQL or Flux'))
    .optional()
    .describe('Asks InfluxDB: InfluxQL with `database`, Flux with `org`.'),
  elasticsearch: elasticsearch
    .omit({ bad: true })
    .extend(queries('Lucene query: those that could have.', 'Lucene query: those that did.'))
    .optional()
    .describe('Counts documents of Elasticsearch or OpenSearch.'),
  newRelic: newRelic
    .omit(BY_QUERY)
    .extend(counted('NRQL'))
    .optional()
    .describe('Asks New Relic by NRQL.'),
};

/** Checks can be measured there, and goals not: why not is said by `validate`. */
const withoutGoals = {
  datadog: reserved('A goal by Datadog'),
  graphite: reserved('A goal by Graphite'),
  cloudWatch: reserved('A goal by CloudWatch'),
  dynatrace: reserved('A goal by Dynatrace'),
  skywalking: reserved('A goal by SkyWalking'),
  kubernetes: reserved('A goal by the metrics APIs of the cluster'),
  job: reserved('A goal by Jobs'),
};

export type GoalSource = 'prometheus' | 'scrape' | keyof typeof otherSources;
export const GOAL_SOURCES: readonly GoalSource[] = [
  'prometheus',
  'scrape',
  ...(Object.keys(otherSources) as (keyof typeof otherSources)[]),
];
export const SOURCES_WITHOUT_GOALS = Object.keys(withoutGoals) as (keyof typeof withoutGoals)[];

const goal = z
  .strictObject({
    name: checkName('Stands beside the names of the checks; no check may have it.'),
    prometheus: z
      .strictObject({
        address: prometheusAddress,
        ...queries(
          'PromQL: how many could have in {{window}}, which is the time since the test began.',
          'PromQL: how many of them reached the goal.',
        ),
        ...access,
      })
      .optional()
      .describe('Asks Prometheus.'),
    scrape: z
      .strictObject({
        ...metricsPage,
        ...queries('Series that count all.', 'Series that count those who reached the goal.'),
      })
      .optional()
      .describe('Reads the Prometheus text format. One of `address` and `pods`.'),
    ...otherSources,
    ...withoutGoals,
    interval: duration('Time between measurements.').default('30s'),
    minSamples: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .default(100)
      .meta({ format: 'int32' })
      .describe('Fewest events of each version (`total`) before the test may end by itself.'),
    counts: z
      .enum(['Visits', 'Users'])
      .default('Visits')
      .describe(
        'What `total` counts. Users, each once: they are held against the percentage, and where they were not shared ' +
          'out by it nothing is said of what they did.',
      ),
    alpha: checkedLater(
      'Of tests of two versions alike the share that finds a difference; default 5%.',
    ).optional(),
    effect: checkedLater(
      'The smallest difference of the two shares that matters, in points: 1%. With it the test is one of ' +
        'large samples, and can show that there is none.',
    ).optional(),
    maxSamples: z
      .int()
      .min(100)
      .max(2_147_483_647)
      .optional()
      .meta({ format: 'int32' })
      .describe(
        'Events of both versions at which the test ends: it finds more than one without an end. Not with effect.',
      ),
  })
  .describe('What is counted for each version, as a check counts; it never fails.');

const sticky = z
  .strictObject({
    percent: z
      .int()
      .min(1)
      .max(99)
      .meta({ format: 'int32' })
      .describe('Percent of the users who get B.'),
    cookie: stickySchema.shape.cookie
      .optional()
      .describe(
        'Default segue-ab-<workload>. ingress-nginx and Traefik put the hash of the release behind it.',
      ),
    maxAge: duration('How long a browser keeps it; not shorter than the test.').default('720h'),
  })
  .describe('New users are divided by weight, and a cookie of the gateway keeps them there.');

export const abTestSchema = z
  .strictObject({
    arms: z
      .array(z.strictObject({ name: z.string().min(1).max(24).describe('For people.') }))
      .max(16)
      .optional()
      .describe('Names of the two versions, the one users have (A) first; default A and B.'),
    match: requestMatches(
      'Who gets B: requests with this header, cookie or query; one entry suffices. Or `sticky`.',
    ).optional(),
    sticky: sticky.optional(),
    duration: checkedLater(
      'How long: `168h`; or `{atMost: 336h}`, ended when the goal has counted enough of each, with Winner when it says which is better.',
    ),
    goal,
    guardrails: z
      .array(z.string())
      .max(32)
      .optional()
      .describe('Names of the checks that end the test when they fail; default all.'),
    atEnd: z
      .enum(['Ask', 'KeepA', 'PromoteB', 'Winner'])
      .default('Ask')
      .describe(
        'When the time is over and no guardrail failed. Winner: B where it is shown to be better, else A.',
      ),
    capacity: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ format: 'int32' })
      .describe('Size of B, percent of the replicas; default the percent, with match all.'),
    timeout: duration('How long too few events are waited for after the time is over.').default(
      '30m',
    ),
    window: windowSchema.optional().describe('B gets all traffic only inside of it.'),
    smokeTests: z
      .array(smokeTestSchema)
      .max(8)
      .optional()
      .describe('Run when the pods of B are there and before users get them.'),
    webhooks: z
      .array(webhookSchema)
      .max(8)
      .optional()
      .describe('The test ends only when each has answered with a 2xx.'),
  })
  .describe('Two versions beside each other for a time, each user with one of them.');

export type AbTestSpec = z.output<typeof abTestSchema>;
