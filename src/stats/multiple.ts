/** Several metrics at once: which of them may be rejected, so that few are by mistake. */

/**
 * Indexes that the procedure of Benjamini and Hochberg (1995) rejects, in ascending order: of those rejected a share of
 * `level`, in (0, 1), is wrong by expectation, where the p-values are independent.
 */
export function benjaminiHochberg(pValues: readonly number[], level: number): number[] {
  return stepUp(pValues, (p, rank) => p <= (rank / pValues.length) * level);
}

/**
 * The same by e-values (Wang and Ramdas 2022), however they depend on each other. Of evidence over time only
 * what it is now counts: the most it ever was is no e-value.
 *
 * @param logEvidence ln of each
 */
export function eBenjaminiHochberg(logEvidence: readonly number[], level: number): number[] {
  const count = logEvidence.length;
  return stepUp(
    logEvidence.map((log) => -log),
    (negative, rank) => -negative >= Math.log(count / (level * rank)),
  );
}

/**
 * Indexes whose evidence alone suffices for all: with probability `level` at most is any of them wrong, and
 * the most that evidence ever was may be taken.
 *
 * @param weights of each, 1 together: what matters more needs less. Equal where none are given.
 */
export function bonferroni(
  logEvidence: readonly number[],
  level: number,
  weights: readonly number[] = logEvidence.map(() => 1 / logEvidence.length),
): number[] {
  return logEvidence.flatMap((log, i) => (log >= -Math.log(level * (weights[i] ?? 0)) ? [i] : []));
}

/** The most values, from the smallest on, whose last one is small enough for its rank. */
function stepUp(
  values: readonly number[],
  suffices: (value: number, rank: number) => boolean,
): number[] {
  const order = values.map((value, i) => ({ value, i })).sort((a, b) => a.value - b.value);
  const rejected = order.findLastIndex(({ value }, k) => suffices(value, k + 1)) + 1;
  return order
    .slice(0, rejected)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
}
