/** The two ways to say how long a stage lasts: a least time, or a most that evidence shortens. */
import { parseDuration, withoutDays } from '../api/duration.ts';
import type { Problem } from '../api/problem.ts';

export type Hold = { holdMs: number } | { holdAtMostMs: number } | Record<string, never>;

/** `10m`, `{atMost: 10m}` or nothing; undefined when it is none of them. */
export function parseHold(value: unknown): Hold | undefined {
  if (value === undefined) return {};
  if (typeof value === 'string') {
    const holdMs = parseDuration(value);
    return holdMs === undefined ? undefined : { holdMs };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { atMost, ...rest } = value as Record<string, unknown>;
  if (typeof atMost !== 'string' || Object.keys(rest).length > 0) return undefined;
  const holdAtMostMs = parseDuration(atMost);
  return holdAtMostMs === undefined ? undefined : { holdAtMostMs };
}

/** What is wrong with a hold; one that only evidence can end needs checks. */
export function holdProblems(
  value: unknown,
  field: string,
  checks: number,
  noun = 'a hold',
): Problem[] {
  const hold = parseHold(value);
  if (hold === undefined) {
    const { atMost = value } = (value ?? {}) as { atMost?: unknown };
    const hours = typeof atMost === 'string' ? withoutDays(atMost) : undefined;
    const message = `${JSON.stringify(value)} is not ${noun}`;
    return hours === undefined
      ? [{ field, message, fix: 'write a duration with its unit (10m), or {atMost: 10m}' }]
      : [{ field, message: `${message}: a duration has no days`, fix: `write ${hours}` }];
  }
  if ('holdAtMostMs' in hold && checks === 0)
    return [
      {
        field,
        message: 'atMost is shortened by checks, and no check applies to this stage',
        fix: 'add a check, or write the hold as a plain duration',
      },
    ];
  return [];
}

/** Milliseconds of a duration that the schema has already accepted. */
export function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`${text} is not a duration: validate the policy first`);
  return ms;
}
