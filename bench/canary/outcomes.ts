/** What is kept of many runs: how often a judge took the release back, and after how many ticks. */

export interface Outcome {
  runs: number;
  /** Runs by the tick at which they were taken back. */
  at: ReadonlyMap<number, number>;
}

/** Of one cell, by judge. */
export type CellOutcomes = ReadonlyMap<string, Outcome>;

/** `judge runs`, and `tick x count` of those that were taken back: "z-peek 20: 4x2 8x1". */
export function outcomesText(outcomes: CellOutcomes): string {
  return [...outcomes]
    .map(([judge, { runs, at }]) => {
      const counts = [...at].sort(([a], [b]) => a - b).map(([tick, count]) => `${tick}x${count}`);
      return [`${judge} ${runs}:`, ...counts].join(' ');
    })
    .join('; ');
}

/** Throws where the text is not what `outcomesText` writes: nothing where nobody was asked. */
export function parseOutcomes(text: string): CellOutcomes {
  if (text === '') return new Map();
  return new Map(
    text.split('; ').map((part) => {
      const { judge, runs, counts } =
        /^(?<judge>\S+) (?<runs>\d+):(?<counts>(?: \d+x\d+)*)$/.exec(part)?.groups ?? {};
      if (judge === undefined || counts === undefined) throw new Error(`no outcome: ${part}`);
      const at = counts
        .split(' ')
        .filter((count) => count !== '')
        .map((count): [number, number] => {
          const [tick = NaN, times = NaN] = count.split('x').map(Number);
          return [tick, times];
        });
      return [judge, { runs: Number(runs), at: new Map(at) }];
    }),
  );
}

/** Those of several pieces of one cell, added up. */
export function addedUp(pieces: readonly CellOutcomes[]): CellOutcomes {
  const sums = new Map<string, { runs: number; at: Map<number, number> }>();
  for (const piece of pieces)
    for (const [judge, { runs, at }] of piece) {
      const sum = sums.get(judge) ?? { runs: 0, at: new Map<number, number>() };
      sum.runs += runs;
      for (const [tick, count] of at) sum.at.set(tick, (sum.at.get(tick) ?? 0) + count);
      sums.set(judge, sum);
    }
  return sums;
}

export function rolledBack({ at }: Outcome): number {
  return [...at.values()].reduce((sum, count) => sum + count, 0);
}

/** The tick by which the share `p`, in (0, 1], of those that were taken back had been; NaN of none. */
export function quantileTick(outcome: Outcome, p: number): number {
  const needed = p * rolledBack(outcome);
  let seen = 0;
  for (const [tick, count] of [...outcome.at].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= needed) return tick;
  }
  return NaN;
}

/** The average over all runs of what each costs, and the half of its 95 % interval (normal approximation). */
export function averageCost(
  outcome: Outcome,
  cost: { until(tick: number): number; promoted: number },
): { mean: number; halfWidth: number } {
  const promoted = outcome.runs - rolledBack(outcome);
  const weighted = [...outcome.at].map(([tick, count]): [number, number] => [
    cost.until(tick),
    count,
  ]);
  const all: [number, number][] = [...weighted, [cost.promoted, promoted]];
  const average = (of: (value: number) => number) =>
    all.reduce((sum, [value, count]) => sum + of(value) * count, 0) / outcome.runs;
  const mean = average((value) => value);
  const variance = average((value) => (value - mean) ** 2);
  return { mean, halfWidth: 1.96 * Math.sqrt(variance / outcome.runs) };
}
