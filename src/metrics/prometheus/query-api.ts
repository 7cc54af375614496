/** Asks the query API, both versions at one time of the server's own clock. */
import type { Check } from '../../api/check.ts';
import type { Moment } from '../../ports/metric-provider.ts';
import type { Measuring } from '../measuring.ts';
import type { Series } from '../series.ts';
import { readAnswer, type Answer } from './api-answer.ts';

export type Asked = NonNullable<Check['prometheus']>;

/** All sums that one measurement needs, and error pages. */
const MAX_BYTES = 8 * 1_048_576;

/** When the server evaluated the first question about a moment, by its address. */
type Times = Map<string, Promise<number | undefined>>;

export class QueryApi {
  readonly #times = new WeakMap<Moment, Times>();

  /** What one measurement of one version asks. */
  begin(measuring: Measuring<Asked>): Questions {
    const { moment } = measuring.version;
    if (!moment) return new Questions(measuring, new Map());
    const times = this.#times.get(moment) ?? new Map<string, Promise<number | undefined>>();
    this.#times.set(moment, times);
    return new Questions(measuring, times);
  }
}

export class Questions {
  readonly #measuring: Measuring<Asked>;
  readonly #times: Times;

  constructor(measuring: Measuring<Asked>, times: Times) {
    this.#measuring = measuring;
    this.#times = times;
  }

  /**
   * The first question about a moment is evaluated when the server gets it, and every other one at the
   * same time: the clock of the server may differ from ours.
   */
  async ask(query: string): Promise<{ series: Series[] } | { because: string }> {
    const { address } = this.#measuring.asked;
    const known = this.#times.get(address);
    if (known) {
      const atSeconds = await this.#measuring.inTime(known);
      if (atSeconds !== undefined) return await this.#send(query, atSeconds);
    }
    const answer = this.#send(query, undefined);
    this.#times.set(
      address,
      answer.then(
        (read) => ('because' in read ? undefined : read.atSeconds),
        () => undefined,
      ),
    );
    return await answer;
  }

  async #send(query: string, atSeconds: number | undefined): Promise<Answer> {
    const form = new URLSearchParams({ query });
    if (atSeconds !== undefined) form.set('time', String(atSeconds));
    const answer = await this.#measuring.ask(
      {
        url: `${this.#measuring.asked.address.replace(/\/+$/, '')}/api/v1/query`,
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: form.toString(),
      },
      MAX_BYTES,
    );
    return 'because' in answer ? answer : readAnswer(answer.text);
  }
}

/** Names of all metrics, which are the values of one label:
 * https://prometheus.io/docs/prometheus/latest/querying/api/#querying-label-values */
export async function metricNames(measuring: Measuring<Asked>): Promise<string[] | undefined> {
  const url = `${measuring.asked.address.replace(/\/+$/, '')}/api/v1/label/__name__/values`;
  const answer = await measuring.ask(
    { url, method: 'GET', headers: { accept: 'application/json' } },
    MAX_BYTES,
  );
  if ('because' in answer) return undefined;
  const { data } = JSON.parse(answer.text) as { data?: unknown };
  return Array.isArray(data) ? data.filter((name) => typeof name === 'string') : undefined;
}
