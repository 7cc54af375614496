/** Response times of a file, judged as a check with `compare` does: by every bound of use of a histogram. */
import {
  judgeLatency,
  LONGER,
  marginOfTimes,
  type RateRatioOptions,
  REQUESTS_TO_CHOOSE_BY,
  usefulBounds,
} from '../stats/index.ts';
import type { Columns } from './counts-file.ts';
import { type JudgeTest, neededOf, type Row } from './judge-test.ts';

const SLOWER = /^(candidate|stable)_slower_(\d+(?:\.\d+)?)$/;
const TOTALS = ['candidate_total', 'stable_total'];

/** @param options with `wholeAfter` times are compared, and else shares by the margin */
export function histogramTest(
  options: RateRatioOptions & { longer?: number | undefined },
): JudgeTest {
  const columns: Columns = { names: TOTALS, kind: 'Counts', more: boundColumns };
  return { columns, judge: (rows) => judgeRows(rows, options) };
}

/** Of every bound that one of the versions has a column for, those of both. */
function boundColumns(header: readonly string[]): Pick<Columns, 'names' | 'parts'> {
  const bounds = new Set(header.flatMap((name) => SLOWER.exec(name)?.[2] ?? []));
  const arms = ['candidate', 'stable'].flatMap((arm) =>
    [...(bounds.size > 0 ? bounds : ['SECONDS'])].map((bound): [string, string] => [
      `${arm}_slower_${bound}`,
      `${arm}_total`,
    ]),
  );
  return { names: arms.map(([name]) => name), parts: arms };
}

/** What stable had before the candidate's first request says which bounds are of use, and their margins. */
function judgeRows(
  rows: readonly Row[],
  options: RateRatioOptions & { longer?: number | undefined },
): ReturnType<JudgeTest['judge']> {
  const bounds = boundsOf(rows[0] ?? {});
  const at = (arm: string) => (row: Row) => ({
    total: row[`${arm}_total`] ?? 0,
    slower: bounds.map((bound) => row[`${arm}_slower_${bound}`] ?? 0),
  });
  const first = rows.findIndex((row) => (row['candidate_total'] ?? 0) > 0);
  const begins = first < 0 ? rows.length : first;
  const before = rows.slice(0, begins).map(at('stable')).reduce(plus, at('stable')({}));
  const needed = neededOf(options);
  const none = rows.slice(0, begins).map(() => 0);
  if (before.total < REQUESTS_TO_CHOOSE_BY) {
    const because = `stable had ${before.total} of the ${REQUESTS_TO_CHOOSE_BY} requests by which the bounds are chosen, in rows before the candidate's first request`;
    return { verdict: 'Undecided', because, against: rows.map(() => 0), needed };
  }
  const { longer = LONGER, wholeAfter } = options;
  const times = { bounds: bounds.map(Number), longer };
  const used = usefulBounds(before).map((index) => ({
    index,
    before: { total: before.total, bad: before.slower[index] ?? 0 },
    ...(wholeAfter !== undefined && { margin: marginOfTimes(index, before, times) }),
  }));
  const intervals = rows.slice(begins).map((row) => ({
    candidate: at('candidate')(row),
    stable: at('stable')(row),
  }));
  const names = used.map(({ index }) => `${bounds[index]} s`);
  const judged = judgeLatency(intervals, used, { ...options, longer, names });
  return {
    ...judged,
    ...(judged.at !== undefined && { at: judged.at + begins }),
    against: [...none, ...judged.against],
    inFavour: [...none, ...judged.inFavour],
    needed,
  };
}

/** In seconds, as they are written, the least first. */
function boundsOf(row: Row): string[] {
  const found = Object.keys(row).flatMap((name) => SLOWER.exec(name)?.[2] ?? []);
  return [...new Set(found)].sort((a, b) => Number(a) - Number(b));
}

interface Slower {
  total: number;
  slower: number[];
}

function plus(a: Slower, b: Slower): Slower {
  return { total: a.total + b.total, slower: a.slower.map((n, j) => n + (b.slower[j] ?? 0)) };
}
