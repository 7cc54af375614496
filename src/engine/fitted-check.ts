/** A check that was put together, held to the schema of checks. */
import type * as z from 'zod';
import { type Check, checkSchema } from '../api/check.ts';
import type { Problem } from '../api/problem.ts';

/**
 * The check, or what of it cannot be so, with fields as `compare.margin`. Where an argument stands alone (`whole`)
 * text that reads as a number is one where a number belongs, and a number is text where text does.
 */
export function fitted(
  made: Readonly<Record<string, unknown>>,
  whole: ReadonlySet<string>,
): { check: Check } | { problems: Problem[] } {
  const first = checkSchema.safeParse(made, REPORT);
  if (first.success) return { check: first.data };
  const copy = structuredClone(made);
  for (const issue of first.error.issues)
    if (issue.code === 'invalid_type' && whole.has(issue.path.join('.')))
      replace(copy, issue.path, (value) => converted(value, issue.expected));
  const second = checkSchema.safeParse(copy, REPORT);
  if (second.success) return { check: second.data };
  return { problems: second.error.issues.flatMap(problemsOf) };
}

const REPORT = { reportInput: true };

function replace(
  object: unknown,
  path: readonly PropertyKey[],
  change: (value: unknown) => unknown,
): void {
  const above = path
    .slice(0, -1)
    .reduce((at, key) => (at as Record<PropertyKey, unknown>)[key], object);
  const last = path.at(-1) as PropertyKey;
  const holder = above as Record<PropertyKey, unknown>;
  holder[last] = change(holder[last]);
}

function converted(value: unknown, expected: string): unknown {
  if (expected === 'string') return String(value);
  if (expected === 'boolean') return { true: true, false: false }[String(value)] ?? value;
  const isNumber = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim());
  return isNumber ? Number(value) : value;
}

const WANTED: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const field = issue.path
    .map((part, i) =>
      typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`,
    )
    .join('');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: field === '' ? key : `${field}.${key}`,
      message: 'is no field of a check',
      fix: 'take it out, or correct its name',
    }));
  return [{ field, ...said(issue) }];
}

function said(issue: z.core.$ZodIssue): Pick<Problem, 'message' | 'fix'> {
  const is = issue.input === undefined ? 'is missing' : `${shown(issue.input)} is`;
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = WANTED[issue.expected] ?? issue.expected;
      return {
        message: issue.input === undefined ? is : `${is} not ${wanted}`,
        fix: `write ${wanted}`,
      };
    }
    case 'invalid_value': {
      const values = issue.values.map(String).join(', ');
      return { message: `${is} none of ${values}`, fix: 'write one of them' };
    }
    case 'too_big':
      return { message: `${is} too much`, fix: `write ${issue.maximum} or less` };
    case 'too_small':
      return { message: `${is} too little`, fix: `write ${issue.minimum} or more` };
    default: {
      // The schema's own messages: what a value must be, and how that is written.
      const [what = '', fix = 'correct it'] = issue.message.split('; ');
      return { message: `${is} not ${what}`, fix };
    }
  }
}

const SHOWN_MAX = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
