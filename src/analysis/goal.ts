/** Counts a goal for both versions. What is counted is told and held against nothing: which version is
 * better, and not by chance, is no question of two shares side by side. */
import { formatMeasure } from '../api/threshold.ts';
import type { Finding } from './finding.ts';
import type { Measured } from './measured.ts';

/** Pass: both versions have been seen `minSamples` times. Never Fail. */
export function countGoal(
  minSamples: number,
  arms: { candidate: Measured; stable: Measured | undefined },
): Finding {
  const candidate = arms.candidate;
  const stable = arms.stable ?? {};
  const counted = `candidate ${shareText(candidate)}, stable ${shareText(stable)}`;
  const [few] = [candidate, stable].map(seen).sort((a, b) => a - b);
  if (few !== undefined && few >= minSamples) return { verdict: 'Pass', because: counted };
  const why = few === 0 ? ': if there is traffic, the goal does not find one of them' : '';
  return { verdict: 'Undecided', because: `${counted}; ${minSamples} of each are needed${why}` };
}

function seen({ total = 0 }: Measured): number {
  return total;
}

/** `61 of 1000 (6.1 %)`. */
function shareText({ total = 0, bad = 0 }: Measured): string {
  const reached = Math.max(0, total - bad);
  const share = total > 0 ? ` (${formatMeasure(reached / total, 'ratio')})` : '';
  return `${Math.round(reached)} of ${Math.round(total)}${share}`;
}
