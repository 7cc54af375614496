/** Requests by Service, route and version, in the Prometheus text format. */

import { ConnectionMetrics } from './connection-metrics.ts';
import { labelText } from './metric-labels.ts';
import { Histogram } from './metrics-page.ts';

export interface SeriesLabels {
  namespace: string;
  service: string;
  route: string;
  pod_template_hash: string;
  version: string;
  code: string;
}

const BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const REQUESTS = 'segue_gateway_requests_total';
const DURATION = 'segue_gateway_request_duration_seconds';
const RETRIES = 'segue_gateway_retries_total';

export class TrafficMetrics {
  readonly connections = new ConnectionMetrics();
  readonly #series = new Map<string, { labels: string; durations: Histogram }>();
  readonly #retries = new Map<string, number>();

  /** @param seconds from the request's head to the end of its answer */
  observe(labels: SeriesLabels, seconds: number): void {
    // Asked for at every request: the text of the labels is made for the first one alone.
    const { namespace, service, route, pod_template_hash: hash, version, code } = labels;
    const key = `${namespace}\n${service}\n${route}\n${hash}\n${version}\n${code}`;
    const series = this.#series.get(key) ?? {
      labels: labelText({ ...labels }),
      durations: new Histogram(BOUNDS_SECONDS),
    };
    this.#series.set(key, series);
    series.durations.observe(seconds);
  }

  countRetry(service: string, reason: string): void {
    const [namespace = '', name = ''] = service.split('/');
    const labels = labelText({ namespace, service: name, reason });
    this.#retries.set(labels, (this.#retries.get(labels) ?? 0) + 1);
  }

  render(): string {
    const all = [...this.#series.values()];
    return [
      `# HELP ${REQUESTS} Requests answered, by the Service and the version that answered.`,
      `# TYPE ${REQUESTS} counter`,
      ...all.map(({ labels, durations }) => `${REQUESTS}{${labels}} ${durations.count}`),
      `# HELP ${DURATION} Time from a request's head to the end of its answer.`,
      `# TYPE ${DURATION} histogram`,
      ...all.flatMap(({ labels, durations }) => [...durations.lines(DURATION, labels)]),
      `# HELP ${RETRIES} Attempts on another endpoint after one failed.`,
      `# TYPE ${RETRIES} counter`,
      ...[...this.#retries].map(([labels, count]) => `${RETRIES}{${labels}} ${count}`),
      ...this.connections.lines(),
      '',
    ].join('\n');
  }
}
