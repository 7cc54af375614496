/** Counters and histograms in the Prometheus text format. */
import { labelText } from './metric-labels.ts';

export class Counter {
  value = 0;
}

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #buckets: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds ascending, without that of all */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#buckets = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#count += 1;
    this.#sum += value;
    const at = this.#bounds.findIndex((bound) => value <= bound);
    if (at >= 0) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
  }

  get count(): number {
    return this.#count;
  }

  *lines(name: string, labels: string): Generator<string> {
    let below = 0;
    for (const [at, bound] of this.#bounds.entries()) {
      below += this.#buckets[at] ?? 0;
      yield `${name}_bucket{${labels},le="${bound}"} ${below}`;
    }
    yield `${name}_bucket{${labels},le="+Inf"} ${this.#count}`;
    yield `${name}_sum{${labels}} ${this.#sum}`;
    yield `${name}_count{${labels}} ${this.#count}`;
  }
}

type Labels = Record<string, string>;

/** What one process has counted. */
export class MetricsPage {
  readonly #counters = new Map<string, Map<string, Counter>>();
  readonly #histograms = new Map<string, Map<string, Histogram>>();

  counter(name: string, labels: Labels): Counter {
    return seriesIn(this.#counters, { name, labels }, () => new Counter());
  }

  /** All of one name have the same bounds. */
  histogram(name: string, labels: Labels, bounds: readonly number[]): Histogram {
    return seriesIn(this.#histograms, { name, labels }, () => new Histogram(bounds));
  }

  render(): string {
    const lines: string[] = [];
    for (const [name, all] of this.#counters) {
      lines.push(`# TYPE ${name} counter`);
      for (const [labels, { value }] of all) lines.push(`${name}{${labels}} ${value}`);
    }
    for (const [name, all] of this.#histograms) {
      lines.push(`# TYPE ${name} histogram`);
      for (const [labels, histogram] of all) lines.push(...histogram.lines(name, labels));
    }
    return `${lines.join('\n')}\n`;
  }
}

function seriesIn<S>(
  families: Map<string, Map<string, S>>,
  { name, labels }: { name: string; labels: Labels },
  make: () => S,
): S {
  const family = families.get(name) ?? new Map<string, S>();
  families.set(name, family);
  const key = labelText(labels);
  const series = family.get(key) ?? make();
  family.set(key, series);
  return series;
}
