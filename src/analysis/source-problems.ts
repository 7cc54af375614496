/** What is wrong with where a check is measured, and with what is asked there. */
import type { Check } from '../api/check.ts';
import { SOURCE_NAMES, type Asked } from '../api/check-sources/index.ts';
import { parseDuration } from '../api/duration.ts';
import type { Problem } from '../api/problem.ts';
import { accessProblems, addressProblems } from './access-problems.ts';
import { isTested } from './terms.ts';
import { mixtureProblems, selectorProblems, variableProblems } from './query-problems.ts';

type Prometheus = NonNullable<Check['prometheus']>;
type Scrape = NonNullable<Check['scrape']>;

/** What keeps it from being measured, whatever is done with what was. */
export function sourceProblems(check: Check, field: string): Problem[] {
  return [
    ...choiceProblems(check, field),
    ...(check.prometheus ? prometheusProblems(check, check.prometheus, `${field}.prometheus`) : []),
    ...(check.scrape ? scrapeProblems(check, check.scrape, `${field}.scrape`) : []),
    ...timeProblems(check, field),
  ];
}

/** Goals are measured by fewer. */
const GOAL_SOURCES = ['prometheus', 'scrape'];

function choiceProblems(check: Check, field: string): Problem[] {
  const given = SOURCE_NAMES.filter((name) => check[name] !== undefined);
  if (given.length === 1) return [];
  const names = field.endsWith('.goal') ? GOAL_SOURCES : SOURCE_NAMES;
  return [
    {
      field,
      message: given.length === 0 ? 'says nowhere to measure' : 'says two places to measure',
      fix: `set exactly one of ${listed(names)}`,
    },
  ];
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function prometheusProblems(check: Check, asked: Prometheus, field: string): Problem[] {
  const problems = [
    ...addressProblems(asked.address, `${field}.address`),
    ...accessProblems(asked, field),
    ...askedProblems(check, asked, field),
    ...rangeProblems(asked, field),
  ];
  if (asked.histogram !== undefined)
    problems.push(...selectorProblems(asked.histogram, `${field}.histogram`));
  return [...problems, ...templateProblems(check, asked, field)];
}

/** Counters that one side differences and the other does not. */
function rangeProblems({ total, bad, good }: Prometheus, field: string): Problem[] {
  const part = bad ?? good;
  if (total === undefined || part === undefined) return [];
  if (total.includes('[') === part.includes('[')) return [];
  return [
    {
      field,
      message: 'asks for a range in one query and for raw counters in the other',
      fix: 'write increase(...[{{window}}]) in both or in none',
    },
  ];
}

function scrapeProblems(check: Check, asked: Scrape, field: string): Problem[] {
  const problems: Problem[] = [];
  if ((asked.address === undefined) === (asked.pods === undefined))
    problems.push({
      field,
      message: asked.pods ? 'says two pages to read' : 'says no page to read',
      fix: 'set exactly one of address (a gateway) and pods',
    });
  if (asked.address !== undefined)
    problems.push(...addressProblems(asked.address, `${field}.address`));
  problems.push(...askedProblems(check, asked, field, ['histogram with quantile']));
  for (const [name, query] of queries(asked))
    problems.push(...selectorProblems(query, `${field}.${name}`));
  // The pods that are read are the version; a page of a gateway shows them all.
  const scope = asked.address === undefined ? 'Service' : check.scope;
  return [...problems, ...templateProblems({ ...check, scope }, asked, field)];
}

/** One number, counts, or a histogram: one of them, and whole. `alone`: what can stand without counts. */
function askedProblems(
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

function countsProblems(asked: Asked, field: string, alone: readonly string[]): Problem[] {
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

function templateProblems(check: Check, asked: Asked, field: string): Problem[] {
  return queries(asked).flatMap(([name, query]) => [
    ...variableProblems(query, `${field}.${name}`),
    ...(check.scope === 'Version' ? mixtureProblems(query, `${field}.${name}`) : []),
  ]);
}

function timeProblems(check: Check, field: string): Problem[] {
  return (['interval', 'window'] as const)
    .filter((name) => parseDuration(check[name]) === 0)
    .map((name) => ({
      field: `${field}.${name}`,
      message: 'must be longer than 0',
      fix: `write it as in ${name}: 1m`,
    }));
}

const QUERIES = ['query', 'total', 'bad', 'good', 'histogram'] as const;

function queries(asked: Asked): [name: string, query: string][] {
  return QUERIES.flatMap((name): [string, string][] => {
    const query = asked[name];
    return query === undefined ? [] : [[name, query]];
  });
}
