/** Numbers as they are kept: as JSON has them, and no longer than people can read. */

/** Of what was bet that nothing fails, nothing is left after the first failure; JSON has no such number. */
const LEAST = -1e9;

/** Logarithms of bets, to a millionth: less than any verdict hangs on. */
export function keptLogs(logs: readonly number[]): number[] {
  return logs.map((log) => kept(Math.max(LEAST, log)));
}

export function kept(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
