/** What is wrong with a check, beyond what the CRD schema can say. */
import type { Check } from '../api/check.ts';
import { askedOf } from '../api/check-sources/index.ts';
import type { Problem } from '../api/problem.ts';
import { parseThreshold, type Threshold } from '../api/threshold.ts';
import { sourceProblems } from './source-problems.ts';

/** Everything that keeps this check from being asked and judged; `field` is its path, as in
 * `spec.checks[0]`. An empty list means that `judge` and the providers can work with it. */
export function checkProblems(check: Check, field: string): Problem[] {
  return [
    ...sourceProblems(check, field),
    ...thresholdProblems(check, field),
    ...(check.compare === undefined
      ? []
      : [
          {
            field: `${field}.compare`,
            message: 'comparing arrives with a later version',
            fix: 'use max or min',
          },
        ]),
  ];
}

function thresholdProblems(check: Check, field: string): Problem[] {
  if (check.max === undefined && check.min === undefined)
    return [{ field, message: 'says neither max nor min', fix: 'add max: 1% or the like' }];
  const max = bound(check.max, `${field}.max`);
  const min = bound(check.min, `${field}.min`);
  const unread = [max, min].filter((read) => 'message' in read);
  if (unread.length > 0) return unread;
  const { histogram, query } = askedOf(check);
  if (histogram !== undefined) return latencyProblems(check, field);
  if (query !== undefined) return orderProblems(check, field);
  return [
    ...shareProblems(check.max, `${field}.max`, 'max: 1%'),
    ...shareProblems(check.min, `${field}.min`, 'min: 99%'),
  ];
}

function bound(value: unknown, field: string): Problem | { read: Threshold | undefined } {
  const read = parseThreshold(value);
  if (value === undefined || read) return { read };
  return {
    field,
    message: `${JSON.stringify(value)} is not a number, a percentage or a duration`,
    fix: 'write it as 0.01, 1%, 1s or 250ms',
  };
}

function latencyProblems(check: Check, field: string): Problem[] {
  const max = parseThreshold(check.max);
  const problems: Problem[] = [];
  if (!max || max.unit === 'ratio' || max.value <= 0)
    problems.push({
      field: `${field}.max`,
      message: 'is needed with histogram, as a duration',
      fix: 'write the bound of one of its buckets, as in max: 1s (a bare number is in its own unit)',
    });
  if (check.min !== undefined)
    problems.push({
      field: `${field}.min`,
      message: 'means nothing with histogram',
      fix: 'leave min off',
    });
  return problems;
}

function orderProblems(check: Check, field: string): Problem[] {
  const max = parseThreshold(check.max);
  const min = parseThreshold(check.min);
  if (!max || !min || min.value <= max.value) return [];
  return [{ field: `${field}.min`, message: 'is more than max', fix: 'swap them' }];
}

function shareProblems(value: unknown, field: string, example: string): Problem[] {
  const share = parseThreshold(value);
  if (!share || (share.unit !== 'seconds' && share.value > 0 && share.value < 1)) return [];
  return [
    {
      field,
      message: `${JSON.stringify(value)} is not a share of the events, between 0 and 1`,
      fix: `write a share, as in ${example}`,
    },
  ];
}
