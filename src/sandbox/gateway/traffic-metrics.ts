/** Requests by Service, route and version, in the Prometheus text format. */

import { ConnectionMetrics } from './connection-metrics.ts';
import { labelText } from './metric-labels.ts';

export interface SeriesLabels {
  namespace: string;
  service: string;
  route: string;
  pod_template_hash: string;
  version: string;
  code: string;
}

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const REQUESTS = 'segue_gateway_requests_total';
const DURATION = 'segue_gateway_request_duration_seconds';
const RETRIES = 'segue_gateway_retries_total';

/** One time series: a counter and a histogram that share their labels. */
export class Series {
  readonly labels: string;
  readonly #buckets = BUCKETS_SECONDS.map(() => 0);
  #seconds = 0;
  #count = 0;

  constructor(labels: string) {
    this.labels = labels;
  }

  observe(seconds: number): void {
    this.#count += 1;
    this.#seconds += seconds;
    let at = 0;
    while (at < BUCKETS_SECONDS.length && seconds > (BUCKETS_SECONDS[at] ?? 0)) at += 1;
    if (at < BUCKETS_SECONDS.length) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
  }

  get count(): number {
    return this.#count;
  }

  *durationLines(): Generator<string> {
    let below = 0;
    for (const [at, limit] of BUCKETS_SECONDS.entries()) {
      below += this.#buckets[at] ?? 0;
      yield `${DURATION}_bucket{${this.labels},le="${limit}"} ${below}`;
    }
    yield `${DURATION}_bucket{${this.labels},le="+Inf"} ${this.#count}`;
    yield `${DURATION}_sum{${this.labels}} ${this.#seconds}`;
    yield `${DURATION}_count{${this.labels}} ${this.#count}`;
  }
}

export class TrafficMetrics {
  readonly connections = new ConnectionMetrics();
  readonly #series = new Map<string, Series>();
  readonly #retries = new Map<string, number>();

  series(labels: SeriesLabels): Series {
    // Asked for at every request: the text of the labels is made for the first one alone.
    const { namespace, service, route, pod_template_hash: hash, version, code } = labels;
    const key = `${namespace}\n${service}\n${route}\n${hash}\n${version}\n${code}`;
    const known = this.#series.get(key);
    if (known) return known;
    const series = new Series(labelText({ ...labels }));
    this.#series.set(key, series);
    return series;
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
      ...all.map(({ labels, count }) => `${REQUESTS}{${labels}} ${count}`),
      `# HELP ${DURATION} Time from a request's head to the end of its answer.`,
      `# TYPE ${DURATION} histogram`,
      ...all.flatMap((series) => [...series.durationLines()]),
      `# HELP ${RETRIES} Attempts on another endpoint after one failed.`,
      `# TYPE ${RETRIES} counter`,
      ...[...this.#retries].map(([labels, count]) => `${RETRIES}{${labels}} ${count}`),
      ...this.connections.lines(),
      '',
    ].join('\n');
  }
}
