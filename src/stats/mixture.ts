/** A mixture of bets: evidence against a null hypothesis that may be looked at any time. */

/**
 * ln of the sum of the exponentials of `logs`; -Infinity for none. Nothing overflows: the largest is
 * taken out first.
 */
export function logSumExp(logs: readonly number[]): number {
  let max = -Infinity;
  for (const log of logs) max = Math.max(max, log);
  if (!Number.isFinite(max)) return max;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - max);
  return max + Math.log(sum);
}

/**
 * ln of the average of the exponentials of `logs`: the evidence of a mixture in which every member has
 * the same weight. 0 for none, which is no evidence.
 */
export function logMean(logs: readonly number[]): number {
  return logs.length === 0 ? 0 : logSumExp(logs) - Math.log(logs.length);
}

/** What log evidence has to reach so that a true null hypothesis is rejected at most with probability
 * `alpha`, in (0, 1), however often one looks (Ville's inequality): ln(1/alpha). */
export function logThreshold(alpha: number): number {
  return -Math.log(alpha);
}

/** p-value that holds at any time: min(1, exp(-max)) of all log evidence so far; 1 for none. */
export function anytimePValue(logEvidence: readonly number[]): number {
  let max = 0;
  for (const log of logEvidence) max = Math.max(max, log);
  return Math.exp(-max);
}
