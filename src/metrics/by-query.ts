/** Measures by questions that have one number as their answer: one for a Value, two for Counts. */
import type { CountQueries } from '../api/check-sources/counting.ts';
import type { Counts, Reading } from '../ports/metric-provider.ts';
import type { Measuring } from './measuring.ts';
import { renderQuery } from './template.ts';

/** `because` follows the address in a sentence. */
export type Answer = { value: number } | 'Empty' | { because: string };

/** `counts`: whether it is one of two questions that count. */
export type AskNumber = (query: string, counts: boolean) => Promise<Answer>;

/**
 * `query` gives a Value, `total` with `bad` or `good` gives Counts.
 *
 * Where `bad` or `good` has no data it is 0, though only beside a `total` that has some: what has not
 * happened yet is not there at all in most sources. A `total` without data is Missing.
 */
export async function measureByQuery<Asked extends CountQueries>(
  measuring: Measuring<Asked>,
  ask: AskNumber,
  query = measuring.asked.query,
): Promise<Reading> {
  const { total = '', bad, good = '' } = measuring.asked;
  const rendered = (template: string) => renderQuery(template, measuring.version);
  const first = rendered(query ?? total);
  const found = finite(await ask(first, query === undefined));
  if (found === 'Empty') return measuring.missing('found no data', first);
  if ('because' in found) return measuring.missing(found.because, first);
  if (query !== undefined) return { kind: 'Value', value: found.value };
  const part = rendered(bad ?? good);
  const events = await ask(part, true);
  const counts = ofAll(found.value, events, bad !== undefined);
  return 'because' in counts ? measuring.missing(counts.because, part) : { kind: 'Counts', counts };
}

/** All its questions as they are asked about this version. */
export function questionsOf<Asked extends CountQueries>({
  asked: { query, total, bad, good },
  version,
}: Measuring<Asked>): string[] {
  return [query, total, bad, good].flatMap((one) =>
    one === undefined ? [] : [renderQuery(one, version)],
  );
}

function finite(answer: Answer): Answer {
  if (answer === 'Empty' || 'because' in answer || Number.isFinite(answer.value)) return answer;
  return { because: `answered ${answer.value}, not a finite number (a ratio of no events?)` };
}

function ofAll(total: number, events: Answer, isBad: boolean): Counts | { because: string } {
  if (events !== 'Empty' && 'because' in events) return events;
  return countsOf(total, events === 'Empty' ? 0 : events.value, isBad);
}

/** Of `part` events that were bad, or good, among all. */
export function countsOf(
  total: number,
  part: number,
  isBad: boolean,
): Counts | { because: string } {
  if (!(total >= 0)) return { because: `counted ${total} events, which cannot be` };
  if (!(part >= 0) || isMore(part, total))
    return { because: `counted ${part} of ${total} events: do both count the same?` };
  const some = Math.min(part, total);
  return { total, bad: isBad ? some : total - some };
}

/** Sums of floating-point series agree only to their last digits. */
function isMore(a: number, b: number): boolean {
  return a > b * (1 + 1e-6);
}
