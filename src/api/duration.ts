/** Durations as people write them in Kubernetes: `90s`, `1m30s`, `500ms`, `2h`. */

const PART = /(\d{1,7}(?:\.\d{1,7})?)(ms|s|m|h)/gy;
const PARTS_MAX = 4;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** So many digits and parts as stay within what a date can be. The pattern a CRD schema can check; the same language as `parseDuration`. */
export const DURATION_PATTERN = '^([0-9]{1,7}(\\.[0-9]{1,7})?(ms|s|m|h)){1,4}$';

/** Milliseconds of a duration, or undefined when the text is not one (a bare `10` is not). */
export function parseDuration(text: string): number | undefined {
  PART.lastIndex = 0;
  let total = 0;
  let end = 0;
  let parts = 0;
  for (let part = PART.exec(text); part; part = PART.exec(text)) {
    total += Number(part[1]) * UNIT_MS[part[2] as keyof typeof UNIT_MS];
    end = PART.lastIndex;
    parts += 1;
  }
  return end === text.length && parts > 0 && parts <= PARTS_MAX ? Math.round(total) : undefined;
}

/** `168h` for `7d` and for `1w`: people write days, which are not 24 hours everywhere and so no part of a duration.
 * Undefined where the text has none, or is nothing like a duration. */
export function withoutDays(text: string): string | undefined {
  const [, weeks = '', days = '', rest = ''] =
    /^(?:(\d{1,4})w)?(?:(\d{1,5}(?:\.\d{1,3})?)d)?(.*)$/.exec(text) ?? [];
  const more = rest === '' ? 0 : parseDuration(rest);
  if (weeks + days === '' || more === undefined) return undefined;
  return formatDuration((Number(weeks) * 7 + Number(days)) * 24 * UNIT_MS.h + more);
}

/** The shortest way to write a number of milliseconds, rounded to what a person wants to read. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = seconds % 60;
  return (
    [hours && `${hours}h`, minutes && `${minutes}m`, rest && `${rest}s`].filter(Boolean).join('') ||
    '0s'
  );
}

/** A time that is only expected, in milliseconds: from two minutes on in whole minutes, since nobody plans by seconds. */
export function formatPlanned(ms: number): string {
  const rounded = ms < 120_000 ? 1_000 * Math.ceil(ms / 1_000) : 60_000 * Math.round(ms / 60_000);
  return formatDuration(rounded);
}
