/** All metric providers, by the field of a check that names them: one folder and one line each. */
import type { SourceName } from '../api/check-sources/index.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { MetricProvider } from '../ports/metric-provider.ts';
import type { TaskRunner } from '../ports/task-runner.ts';
import { cloudWatchProvider } from './cloudwatch/index.ts';
import { datadogProvider } from './datadog/index.ts';
import { dynatraceProvider } from './dynatrace/index.ts';
import { elasticsearchProvider } from './elasticsearch/index.ts';
import { graphiteProvider } from './graphite/index.ts';
import { influxdbProvider } from './influxdb/index.ts';
import { jobProvider } from './job/index.ts';
import { kubernetesProvider } from './kubernetes/index.ts';
import { newRelicProvider } from './newrelic/index.ts';
import { prometheusProvider } from './prometheus/index.ts';
import { scrapeProvider } from './scrape/index.ts';
import { skywalkingProvider } from './skywalking/index.ts';
import { webProvider } from './web/index.ts';

/**
 * @param client reads the Secrets and ConfigMaps that checks name, and asks the metrics APIs
 * @param jobs runs tasks that are Jobs
 */
export function metricProviders(
  client: KubeClient,
  jobs: TaskRunner,
): ReadonlyMap<SourceName, MetricProvider> {
  const options = { objects: client };
  const providers: Record<SourceName, MetricProvider> = {
    prometheus: prometheusProvider(options),
    scrape: scrapeProvider(),
    web: webProvider(options),
    job: jobProvider(jobs),
    datadog: datadogProvider(options),
    cloudWatch: cloudWatchProvider(options),
    newRelic: newRelicProvider(options),
    influxdb: influxdbProvider(options),
    graphite: graphiteProvider(options),
    elasticsearch: elasticsearchProvider(options),
    skywalking: skywalkingProvider(options),
    dynatrace: dynatraceProvider(options),
    kubernetes: kubernetesProvider(client),
  };
  return new Map(Object.entries(providers) as [SourceName, MetricProvider][]);
}
