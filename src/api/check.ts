/** A check: a question about metrics that must be answered well. */
import * as z from 'zod';
import { checkedLater, checkName, duration, int32, reserved } from './schema-parts.ts';

/** Where a Prometheus answers. */
export const prometheusAddress = z
  .string()
  .min(1)
  .max(2048)
  .describe('Base URL of the Prometheus HTTP API.');

/** Where metrics are read without one. */
export const metricsPage = {
  address: z
    .string()
    .max(2048)
    .optional()
    .describe('URL of a metrics page that tells the versions apart (a gateway).'),
  pods: z
    .strictObject({
      port: z.int().min(1).max(65_535).meta({ format: 'int32' }).describe('Port of the pods.'),
      path: z.string().default('/metrics').describe('Path of the metrics page.'),
    })
    .optional()
    .describe('Reads the metrics page of every pod of each version.'),
};

const prometheus = z
  .strictObject({
    address: prometheusAddress,
    query: z.string().max(8192).optional().describe('PromQL that gives one number.'),
    total: z.string().max(8192).optional().describe('PromQL: how many events in {{window}}.'),
    bad: z.string().max(8192).optional().describe('PromQL: how many of them were bad.'),
    good: z.string().max(8192).optional().describe('PromQL: how many of them were good.'),
  })
  .describe('Asks Prometheus. Either `query`, or `total` with one of `bad` and `good`.');

const scrape = z
  .strictObject({
    ...metricsPage,
    total: z.string().max(8192).optional().describe('Series that count all events.'),
    bad: z.string().max(8192).optional().describe('Series that count the bad ones.'),
    good: z.string().max(8192).optional().describe('Series that count the good ones.'),
    histogram: z.string().max(8192).optional().describe('A histogram, without `_bucket`.'),
    quantile: z
      .string()
      .regex(/^0?\.[0-9]+$/, 'a quantile; write it in quotes, as "0.99"')
      .optional()
      .describe('With `histogram`: the quantile that `max` bounds, "0.99".'),
  })
  .describe(
    'Reads the Prometheus text format without a Prometheus. One of `address` and `pods`; ' +
      'either `total` with one of `bad` and `good`, or `histogram` with `quantile`.',
  );

export const checkSchema = z.strictObject({
  name: checkName('Unique in the policy.'),
  prometheus: prometheus.optional(),
  scrape: scrape.optional(),
  max: checkedLater('The most that is good: 0.01, 1%, 1s, 250ms.').optional(),
  min: checkedLater('The least that is good.').optional(),
  scope: z
    .enum(['Version', 'Service'])
    .default('Version')
    .describe('`Service`: the query mixes the versions and is judged as it is.'),
  interval: duration('Time between measurements.').default('10s'),
  window: duration('How far back a measurement looks; {{window}} in queries.').default('1m'),
  minSamples: int32(
    'Fewest events to judge by; default so that one event cannot fail it.',
  ).optional(),
  compare: reserved('Comparing with the stable version'),
});

export type Check = z.output<typeof checkSchema>;
