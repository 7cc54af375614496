/** Checks that ask Prometheus, or read what it would have read. */
import * as z from 'zod';
import { access } from './access.ts';
import { counting, histogram, quantile, query } from './counting.ts';

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

export const prometheus = z
  .strictObject({
    address: prometheusAddress,
    ...counting('PromQL'),
    histogram,
    quantile,
    ...access,
  })
  .describe(
    'Asks Prometheus, Thanos, Mimir or VictoriaMetrics. Either `query`, or `total` with one of ' +
      '`bad` and `good`, or `histogram`.',
  );

export const scrape = z
  .strictObject({
    ...metricsPage,
    total: query('Series that count all events.'),
    bad: query('Series that count the bad ones.'),
    good: query('Series that count the good ones.'),
    histogram,
    quantile,
  })
  .describe(
    'Reads the Prometheus text format without a Prometheus. One of `address` and `pods`; ' +
      'either `total` with one of `bad` and `good`, or `histogram` with `quantile`.',
  );

/** Where checks are measured that do not say so themselves. */
export const metricsSchema = z
  .strictObject({
    prometheus: z
      .strictObject({ address: prometheusAddress, ...access })
      .optional()
      .describe('The Prometheus that checks with a `preset` ask where they name none.'),
  })
  .describe('Where checks with a preset are measured.');

/** A Prometheus, and how it is reached. */
export type PrometheusAccess = NonNullable<z.output<typeof metricsSchema>['prometheus']>;
