/** The word that somebody meant. */

/** What English and other tools call what has another name here. */
const ALSO: Record<string, string> = {
  steps: 'stages',
  setweight: 'weight',
  pause: 'hold',
  wait: 'hold',
  analysis: 'checks',
  metrics: 'checks',
  windows: 'window',
  freezes: 'freeze',
  timezone: 'timeZone',
};

/** One of the words that is the same but for its case, a letter or two, or its end; undefined where
 * none is near. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const also = ALSO[lower];
  if (also !== undefined && words.includes(also)) return also;
  const most = lower.length > 4 ? 2 : 1;
  return words
    .map((one) => ({ one, distance: distance(lower, one.toLowerCase()) }))
    .filter(({ one, distance: far }) => far <= most || isShort(lower, one.toLowerCase()))
    .toSorted((a, b) => a.distance - b.distance)[0]?.one;
}

const isShort = (word: string, of: string): boolean => of.length > 2 && word.startsWith(of);

/** Letters to add, take out, change or swap with the next one (optimal string alignment). */
export function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cell(rows, row, { a, b, i, j }));
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

interface At {
  a: string;
  b: string;
  i: number;
  j: number;
}

function cell(rows: number[][], row: number[], { a, b, i, j }: At): number {
  const above = (up: number, left: number) => rows[i - up]?.[j - left] ?? 0;
  const change = above(1, 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  const swap = swapped ? above(2, 2) + 1 : Infinity;
  return Math.min(above(1, 0) + 1, (row[j - 1] ?? 0) + 1, change, swap);
}
