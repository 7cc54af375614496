/** What is wrong with a check, beyond what the CRD schema can say. */
import type { Check } from '../api/check.ts';
import { askedOf, sourceOf } from '../api/check-sources/index.ts';
import type { Problem } from '../api/problem.ts';
import { rangesOf } from '../api/series-selector.ts';
import { parseThreshold, type Threshold } from '../api/threshold.ts';
import { baselineProblems } from './baseline-problems.ts';
import { sourceProblems } from './source-problems.ts';

/** Everything that keeps this check from being asked and judged; `field` is its path, as in
 * `spec.checks[0]`. An empty list means that `judge` and the providers can work with it. */
export function checkProblems(check: Check, field: string): Problem[] {
  return [...sourceProblems(check, field), ...questionProblems(check, field)];
}

/** What it asks of what was measured. */
function questionProblems(check: Check, field: string): Problem[] {
  const { compare, slo, max, min } = check;
  const asked = [compare, slo, max ?? min].filter((one) => one !== undefined);
  if (asked.length > 1)
    return [
      {
        field,
        message: 'asks more than one thing: compare, slo and max or min are tests of their own',
        fix: 'keep one of them, and make another check of the other',
      },
    ];
  if (compare)
    return [
      ...testedProblems(check, field),
      ...compareProblems(check, field),
      ...baselineProblems(check, field),
    ];
  if (slo) return [...testedProblems(check, field), ...sloProblems(check, slo, field)];
  return thresholdProblems(check, field);
}

/** What a sequential test needs: numbers of events, each counted once. */
function testedProblems(check: Check, field: string): Problem[] {
  const test = check.compare ? 'compare' : 'slo';
  const asked = askedOf(check);
  const source = `${field}.${sourceOf(check) ?? ''}`;
  const problems: Problem[] = [];
  if (asked.query !== undefined)
    problems.push({
      field: check.job ? source : `${source}.query`,
      message: `gives one number, and ${test} needs to know of how many`,
      fix: check.job
        ? 'write max: 0, or ask a source that counts'
        : 'ask total with one of bad and good, or use max or min',
    });
  if (check.scope === 'Service' && test === 'compare')
    problems.push({
      field: `${field}.scope`,
      message: 'mixes the versions, which are to be compared',
      fix: 'leave scope off and name the version in the queries, by {{hash}} or {{pods}}',
    });
  if (check.minSamples !== undefined)
    problems.push({
      field: `${field}.minSamples`,
      message: `means nothing with ${test}, which counts few events for little`,
      fix: 'leave minSamples off',
    });
  if (asked.quantile !== undefined)
    problems.push({
      field: `${source}.quantile`,
      message: `means nothing with ${test}`,
      fix: `leave quantile off; ${test}.within names a bound of the histogram`,
    });
  return [...problems, ...windowProblems(check, `${field}.prometheus`)];
}

/** A range that is not the window would count the same events again and again. */
function windowProblems({ prometheus }: Check, field: string): Problem[] {
  return (['total', 'bad', 'good'] as const)
    .filter((name) =>
      rangesOf(prometheus?.[name] ?? '').some((range) => range !== '{{window}}' && range !== ''),
    )
    .map((name) => ({
      field: `${field}.${name}`,
      message: 'counts over a range of its own: some events would be counted twice, or never',
      fix: 'write [{{window}}], and the length in window',
    }));
}

function compareProblems(check: Check, field: string): Problem[] {
  const { margin = 1.25, passMargin, longer, within } = check.compare ?? {};
  const problems: Problem[] = [];
  const why = longer === undefined ? undefined : whyNotLonger(check);
  if (why !== undefined)
    problems.push({
      field: `${field}.compare.longer`,
      message: why,
      fix: 'leave longer off; margin is of shares',
    });
  if (passMargin !== undefined && passMargin <= margin)
    problems.push({
      field: `${field}.compare.passMargin`,
      message: `${passMargin} is not more than margin (${margin}): what passes might fail`,
      fix: 'write more than margin, or leave it off',
    });
  return [...problems, ...withinProblems(within, `${field}.compare.within`)];
}

/** Response times are compared by all of a histogram. */
function whyNotLonger(check: Check): string | undefined {
  if (askedOf(check).histogram === undefined) return 'is of response times, and needs a histogram';
  const other = (['margin', 'within'] as const).find((name) => check.compare?.[name] !== undefined);
  return other && `does not go with ${other}: either response times are compared, or a share`;
}

function sloProblems(check: Check, slo: NonNullable<Check['slo']>, field: string): Problem[] {
  const problems = shareProblems(slo.objective, `${field}.slo.objective`, 'objective: 99.5%');
  const unread = parseThreshold(slo.objective) === undefined;
  if (unread)
    problems.push({
      field: `${field}.slo.objective`,
      message: `${JSON.stringify(slo.objective)} is not a number or a percentage`,
      fix: 'write the least share of good events, as in objective: 99.5%',
    });
  const hasBounds = askedOf(check).histogram !== undefined;
  if (hasBounds && slo.within === undefined)
    problems.push({
      field: `${field}.slo.within`,
      message: 'is needed with histogram',
      fix: 'name one of its bounds, as in within: 300ms',
    });
  return [...problems, ...withinProblems(slo.within, `${field}.slo.within`)];
}

function withinProblems(within: unknown, field: string): Problem[] {
  if (within === undefined) return [];
  const read = parseThreshold(within);
  if (read && read.unit !== 'ratio' && read.value > 0) return [];
  return [
    {
      field,
      message: `${JSON.stringify(within)} is not a duration`,
      fix: "write the bound of one of the histogram's buckets, as in within: 300ms",
    },
  ];
}

function thresholdProblems(check: Check, field: string): Problem[] {
  if (check.max === undefined && check.min === undefined)
    return [
      {
        field,
        message: 'does not say what is good',
        fix: 'add compare: {} (against stable), slo, max or min',
      },
    ];
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
