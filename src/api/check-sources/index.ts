/** Where a check is measured: one field of it, of which exactly one is set. */
import type * as z from 'zod';
import { job, kubernetes } from './cluster.ts';
import type { CountQueries } from './counting.ts';
import { cloudWatch, datadog, dynatrace, newRelic } from './hosted.ts';
import { elasticsearch, graphite, influxdb, skywalking, web } from './own.ts';
import { prometheus, scrape } from './prometheus.ts';

export const checkSources = {
  prometheus: prometheus.optional(),
  scrape: scrape.optional(),
  web: web.optional(),
  job: job.optional(),
  datadog: datadog.optional(),
  cloudWatch: cloudWatch.optional(),
  newRelic: newRelic.optional(),
  influxdb: influxdb.optional(),
  graphite: graphite.optional(),
  elasticsearch: elasticsearch.optional(),
  skywalking: skywalking.optional(),
  dynatrace: dynatrace.optional(),
  kubernetes: kubernetes.optional(),
};

export type CheckSources = {
  [Name in keyof typeof checkSources]?: z.output<(typeof checkSources)[Name]> | undefined;
};

export type SourceName = keyof typeof checkSources;

export const SOURCE_NAMES = Object.keys(checkSources) as SourceName[];

/** The one that is set; the first where several are, which `checkProblems` refuses. */
export function sourceOf(check: CheckSources): SourceName | undefined {
  return SOURCE_NAMES.find((name) => check[name] !== undefined);
}

/** What is asked, whatever the source. */
export interface Asked extends CountQueries {
  histogram?: string | undefined;
  quantile?: string | undefined;
}

export function askedOf(check: CheckSources): Asked {
  // One number, without a question.
  if (check.job) return { query: 'Job' };
  if (check.web) return { ...check.web, query: check.web.value };
  const name = sourceOf(check);
  return (name !== undefined && name !== 'job' && check[name]) || {};
}
