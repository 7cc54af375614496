/** Checks that ask services which others run, with the keys of an account in a Secret. */
import * as z from 'zod';
import { secretRef } from './access.ts';
import { counting, reduce, sourceAddress } from './counting.ts';

export const datadog = z
  .strictObject({
    address: sourceAddress('Base URL of the API of your site.').default(
      'https://api.datadoghq.com',
    ),
    secretRef: secretRef('the keys `api-key` and `app-key`'),
    ...counting('A metrics query'),
    reduce,
  })
  .describe('Asks Datadog for timeseries. Counts are the sum of a series: `sum:...as_count()`.');

export const cloudWatch = z
  .strictObject({
    region: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[a-z0-9-]+$/, 'an AWS region; write it as eu-central-1')
      .describe('AWS region.'),
    address: sourceAddress('Default https://monitoring.REGION.amazonaws.com.').optional(),
    secretRef: secretRef('`access-key-id`, `secret-access-key` and perhaps `session-token`'),
    period: z
      .int()
      .min(1)
      .max(86_400)
      .meta({ format: 'int32' })
      .default(60)
      .describe('Seconds between two points: 1, 5, 10, 20, 30 or a multiple of 60.'),
    ...counting('An expression (metric math, SEARCH, Metrics Insights)'),
    reduce,
  })
  .describe('Asks CloudWatch (GetMetricData). Counts are the sum of the points in the window.');

export const newRelic = z
  .strictObject({
    address: sourceAddress('Base URL of NerdGraph; in the EU https://api.eu.newrelic.com.').default(
      'https://api.newrelic.com',
    ),
    account: z.int().min(1).meta({ format: 'int64' }).describe('Number of the account.'),
    secretRef: secretRef('the user key, `api-key`'),
    ...counting('NRQL'),
  })
  .describe('Asks New Relic by NRQL.');

export const dynatrace = z
  .strictObject({
    address: sourceAddress('Base URL of the environment: https://abc12345.live.dynatrace.com.'),
    secretRef: secretRef('an access token with `metrics.read`, `token`'),
    ...counting('A metric selector'),
    reduce,
  })
  .describe('Asks Dynatrace (metrics v2). Counts are the sum of the points in the window.');
