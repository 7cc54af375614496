/** What is wrong with what is asked of a source: one number, counts or a histogram. */
import type { Check } from '../api/check.ts';
import type { Asked } from '../api/check-sources/index.ts';
import type { Problem } from '../api/problem.ts';
import { mixtureProblems, variableProblems } from './query-problems.ts';
import { isTested } from './terms.ts';

/** One number, counts, or a histogram: one of them, and whole. `alone`: what can stand without counts. */
export function askedProblems(
  check: Check,
  asked: Asked,
  field: string,
  alone: readonly string[] = ['query', 'histogram with quantile'],
): Problem[] {
  if (asked.query !== undefined) return queryProblems(check, asked, field);
  if (asked.histogram !== undefined) return histogramProblems(check, asked, field);
  return [...countsProblems(asked, field, alone), ...quantileProblems(asked, field)];
}

function queryProblems(check: Check, asked: Asked, field: string): Problem[] {
  if (asked.total ?? asked.bad ?? asked.good ?? asked.histogram)
    return [
      {
        field: `${field}.query`,
        message: 'cannot stand beside total, bad, good or histogram',
        fix: 'keep either query, or total with one of bad and good',
      },
    ];
  if (check.minSamples === undefined) return quantileProblems(asked, field);
  return [
    {
      field: `${field}.query`,
      message: 'gives one number without a sample size, so that minSamples means nothing',
      fix: 'ask total with one of bad and good, or leave minSamples off',
    },
  ];
}

export function countsProblems(asked: Asked, field: string, alone: readonly string[]): Problem[] {
  const parts = [asked.bad, asked.good].filter((query) => query !== undefined);
  if (asked.total !== undefined && parts.length === 1) return [];
  return [
    {
      field,
      message:
        asked.total === undefined ? 'does not say what to count' : 'needs one of bad and good',
      fix: `set total with exactly one of bad and good, or ${alone.join(' or ')} alone`,
    },
  ];
}

function quantileProblems({ quantile }: Asked, field: string): Problem[] {
  if (quantile === undefined) return [];
  return [
    {
      field: `${field}.quantile`,
      message: 'means nothing without histogram',
      fix: 'name the histogram, or leave quantile off',
    },
  ];
}

function histogramProblems(check: Check, asked: Asked, field: string): Problem[] {
  const { histogram = '' } = asked;
  const problems: Problem[] = [];
  if (asked.total ?? asked.bad ?? asked.good)
    problems.push({
      field: `${field}.histogram`,
      message: 'cannot stand beside total, bad or good',
      fix: 'keep either histogram with quantile, or total with one of bad and good',
    });
  if (!isTested(check) && !(Number(asked.quantile) > 0 && Number(asked.quantile) < 1))
    problems.push({
      field: `${field}.quantile`,
      message: 'is needed with histogram, between 0 and 1',
      fix: 'write quantile: "0.99" for the slowest 1 %',
    });
  if (/^\s*[\w:]+_bucket\b/.test(histogram) || /[{,]\s*le\s*[=!]/.test(histogram))
    problems.push({
      field: `${field}.histogram`,
      message: 'names its buckets',
      fix: 'leave off _bucket and le: they are added',
    });
  return problems;
}

export function templateProblems(check: Check, asked: Asked, field: string): Problem[] {
  return queries(asked).flatMap(([name, query]) => [
    ...variableProblems(query, `${field}.${name}`),
    ...(check.scope === 'Version' ? mixtureProblems(query, `${field}.${name}`) : []),
  ]);
}

const QUERIES = ['query', 'total', 'bad', 'good', 'histogram'] as const;

export function queries(asked: Asked): [name: string, query: string][] {
  return QUERIES.flatMap((name): [string, string][] => {
    const query = asked[name];
    return query === undefined ? [] : [[name, query]];
  });
}
