/** Counts and times of requests and calls, and counts of the jobs of a worker, in the Prometheus text format. */

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Status = 'OK' | 'Unavailable';

export class RequestMetrics {
  readonly #byCode = new Map<number, number>();
  readonly #times = new Times('http_request_duration_seconds');
  #orders = 0;
  readonly #jobs = { done: 0, failed: 0 };
  readonly #calls: Record<Status, number> = { OK: 0, Unavailable: 0 };
  readonly #callTimes = new Times('grpc_server_handling_seconds');

  observe(code: number, seconds: number): void {
    this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
    this.#times.observe(seconds);
  }

  order(): void {
    this.#orders += 1;
  }

  /** Of gRPC, by its status. */
  call(status: Status, seconds: number): void {
    this.#calls[status] += 1;
    this.#callTimes.observe(seconds);
  }

  job(result: 'done' | 'failed'): void {
    this.#jobs[result] += 1;
  }

  render(): string {
    const lines = ['# TYPE http_requests_total counter'];
    for (const [code, count] of this.#byCode)
      lines.push(`http_requests_total{code="${code}"} ${count}`);
    lines.push(
      ...this.#times.lines(),
      '# TYPE orders_total counter',
      `orders_total ${this.#orders}`,
      '# TYPE jobs_total counter',
      `jobs_total{result="done"} ${this.#jobs.done}`,
      `jobs_total{result="failed"} ${this.#jobs.failed}`,
      '# TYPE grpc_server_handled_total counter',
      `grpc_server_handled_total{grpc_code="OK"} ${this.#calls.OK}`,
      `grpc_server_handled_total{grpc_code="Unavailable"} ${this.#calls.Unavailable}`,
      ...this.#callTimes.lines(),
    );
    return `${lines.join('\n')}\n`;
  }
}

/** A histogram. */
class Times {
  readonly #name: string;
  readonly #buckets = BUCKETS_SECONDS.map(() => 0);
  #seconds = 0;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  observe(seconds: number): void {
    this.#seconds += seconds;
    this.#count += 1;
    const at = BUCKETS_SECONDS.findIndex((limit) => seconds <= limit);
    if (at >= 0) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
  }

  lines(): string[] {
    let below = 0;
    const buckets = BUCKETS_SECONDS.map((limit, at) => {
      below += this.#buckets[at] ?? 0;
      return `${this.#name}_bucket{le="${limit}"} ${below}`;
    });
    return [
      `# TYPE ${this.#name} histogram`,
      ...buckets,
      `${this.#name}_bucket{le="+Inf"} ${this.#count}`,
      `${this.#name}_sum ${this.#seconds}`,
      `${this.#name}_count ${this.#count}`,
    ];
  }
}
