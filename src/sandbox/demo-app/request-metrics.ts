/** Counts and times of requests, and counts of the jobs of a worker, in the Prometheus text format. */

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class RequestMetrics {
  readonly #byCode = new Map<number, number>();
  readonly #buckets = BUCKETS_SECONDS.map(() => 0);
  #seconds = 0;
  #count = 0;
  #orders = 0;
  readonly #jobs = { done: 0, failed: 0 };
  readonly #calls = { OK: 0, Unavailable: 0 };

  observe(code: number, seconds: number): void {
    this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
    this.#seconds += seconds;
    this.#count += 1;
    const at = BUCKETS_SECONDS.findIndex((limit) => seconds <= limit);
    if (at >= 0) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
  }

  order(): void {
    this.#orders += 1;
  }

  /** Of gRPC, by its status. */
  call(status: 'OK' | 'Unavailable'): void {
    this.#calls[status] += 1;
  }

  job(result: 'done' | 'failed'): void {
    this.#jobs[result] += 1;
  }

  render(): string {
    const lines = ['# TYPE http_requests_total counter'];
    for (const [code, count] of this.#byCode)
      lines.push(`http_requests_total{code="${code}"} ${count}`);
    lines.push('# TYPE http_request_duration_seconds histogram');
    let below = 0;
    BUCKETS_SECONDS.forEach((limit, at) => {
      below += this.#buckets[at] ?? 0;
      lines.push(`http_request_duration_seconds_bucket{le="${limit}"} ${below}`);
    });
    lines.push(
      `http_request_duration_seconds_bucket{le="+Inf"} ${this.#count}`,
      `http_request_duration_seconds_sum ${this.#seconds}`,
      `http_request_duration_seconds_count ${this.#count}`,
      '# TYPE orders_total counter',
      `orders_total ${this.#orders}`,
      '# TYPE jobs_total counter',
      `jobs_total{result="done"} ${this.#jobs.done}`,
      `jobs_total{result="failed"} ${this.#jobs.failed}`,
      '# TYPE grpc_server_handled_total counter',
      `grpc_server_handled_total{grpc_code="OK"} ${this.#calls.OK}`,
      `grpc_server_handled_total{grpc_code="Unavailable"} ${this.#calls.Unavailable}`,
    );
    return `${lines.join('\n')}\n`;
  }
}
