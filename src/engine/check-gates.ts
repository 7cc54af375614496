/** Which checks a stage is left by, and which of them have failed. */
import type { Verdict } from '../analysis/index.ts';
import type { Check } from '../api/check.ts';
import type { MeasuredCheck } from '../api/release.ts';

/**
 * Names of the checks that must pass at a stage of this weight: those that it names, else all. At 100 % there is no
 * stable version to compare with; on a dry run nothing hangs.
 */
export function gatesAt(
  checks: readonly Check[],
  { weight, named }: { weight: number; named?: readonly string[] | undefined },
): string[] {
  return checks
    .filter(({ name }) => named?.includes(name) ?? true)
    .filter(({ dryRun, compare }) => dryRun !== true && !(compare && weight === 100))
    .map(({ name }) => name);
}

/** @param critical whether the release is taken back for it, or a person is asked */
export function failedOf(
  checks: readonly Pick<MeasuredCheck, 'name' | 'critical' | 'dryRun'>[],
  names: readonly string[],
  evidence: readonly Verdict[],
  critical: boolean,
): string | undefined {
  const failed = evidence.find(({ check, verdict }) => {
    const asked = checks.find(({ name }) => name === check);
    const counts = (asked?.critical ?? true) === critical && asked?.dryRun !== true;
    return verdict === 'Fail' && names.includes(check) && counts;
  });
  return failed && `check ${failed.check} failed: ${failed.because}`;
}
