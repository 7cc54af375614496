/** Measures a version by asking a Prometheus, or anything that speaks its HTTP API. */
import type { Agent } from 'undici';
import type { Check } from '../../api/check.ts';
import type { MetricProvider, Reading, VersionContext } from '../../ports/metric-provider.ts';
import { askText, textAgent } from '../http-text.ts';
import { renderQuery } from '../template.ts';
import { readAnswer, type Answer } from './api-answer.ts';

interface PrometheusOptions {
  /** Deadline of each query; default 10 s. */
  timeoutMs?: number;
}

type Asked = NonNullable<Check['prometheus']>;
type Missing = Extract<Reading, { kind: 'Missing' }>;

interface Question {
  template: string;
  /** Evaluation time in seconds; the server's own when absent. */
  atSeconds?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** One number needs no more, and an error page neither. */
const MAX_BYTES = 1_048_576;

/**
 * `query` gives a Value, `total` with `bad` or `good` gives Counts; nothing is tried twice, the
 * next interval does.
 *
 * `bad` or `good` is evaluated at the very time at which the server evaluated `total`. Where it has
 * no series it is 0, though only beside a `total` that has one: a counter whose labels have not
 * occurred yet is not there at all, so a version without an error has no errors to count, and one
 * that answers nothing well no good ones. A `total` without series is Missing.
 */
export function prometheusProvider(
  options: PrometheusOptions = {},
): MetricProvider & { close(): Promise<void> } {
  const agent = textAgent();
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return {
    name: 'prometheus',
    async measure(check, version, signal) {
      if (!check.prometheus) return missing(`check ${check.name} does not ask a Prometheus`);
      return await measure({ asked: check.prometheus, version, agent, timeoutMs, signal });
    },
    close: async () => await agent.destroy(),
  };
}

interface Measuring {
  asked: Asked;
  version: VersionContext;
  agent: Agent;
  timeoutMs: number;
  signal: AbortSignal;
}

async function measure(measuring: Measuring): Promise<Reading> {
  const { query, total = '' } = measuring.asked;
  const template = query ?? total;
  const found = await ask(measuring, { template });
  if (found.kind === 'Missing') return found;
  if (found.kind === 'Empty') return missing(sentence(measuring, template, 'found no data'));
  if (query !== undefined) return { kind: 'Value', value: found.value };
  if (found.value >= 0) return await countPart(measuring, found.value, found.atSeconds);
  return missing(sentence(measuring, template, `counted ${found.value} events: use increase()`));
}

async function countPart(measuring: Measuring, total: number, atSeconds: number): Promise<Reading> {
  const { bad, good = '' } = measuring.asked;
  const template = bad ?? good;
  const found = await ask(measuring, { template, atSeconds });
  if (found.kind === 'Missing') return found;
  const events = found.kind === 'Empty' ? 0 : found.value;
  if (events < 0 || isMore(events, total)) {
    const because = `counted ${events} of ${total} events: do both count the same?`;
    return missing(sentence(measuring, template, because));
  }
  const part = Math.min(events, total);
  return { kind: 'Counts', counts: { total, bad: bad === undefined ? total - part : part } };
}

async function ask(
  measuring: Measuring,
  { template, atSeconds }: Question,
): Promise<Exclude<Answer, { because: string }> | Missing> {
  const { agent, timeoutMs, signal } = measuring;
  const query = renderQuery(template, measuring.version);
  const form = new URLSearchParams({ query });
  if (atSeconds !== undefined) form.set('time', String(atSeconds));
  const answer = await askText(
    agent,
    {
      url: `${measuring.asked.address.replace(/\/+$/, '')}/api/v1/query`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
    },
    { timeoutMs, maxBytes: MAX_BYTES, signal },
  );
  const read = 'because' in answer ? answer : readAnswer(answer.status, answer.text);
  return 'because' in read ? missing(sentence(measuring, template, read.because)) : read;
}

function sentence({ asked, version }: Measuring, template: string, because: string): string {
  const query = renderQuery(template, version);
  const short = query.length > 300 ? `${query.slice(0, 300)}…` : query;
  return `Prometheus at ${asked.address} ${because}; the query was ${short}`;
}

/** Sums of floating-point series agree only to their last digits. */
function isMore(a: number, b: number): boolean {
  return a > b * (1 + 1e-6);
}

function missing(because: string): Missing {
  return { kind: 'Missing', because };
}
