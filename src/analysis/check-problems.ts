/** What is wrong with a check, beyond what the CRD schema can say. */
import type { Check } from '../api/check.ts';
import { parseDuration } from '../api/duration.ts';
import type { Problem } from '../api/problem.ts';
import { mixtureProblems, selectorProblems, variableProblems } from './query-problems.ts';
import { parseThreshold, type Threshold } from '../api/threshold.ts';

type Prometheus = NonNullable<Check['prometheus']>;
type Scrape = NonNullable<Check['scrape']>;

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

/** What keeps it from being measured, whatever is done with what was. */
export function sourceProblems(check: Check, field: string): Problem[] {
  return [
    ...providerProblems(check, field),
    ...(check.prometheus ? prometheusProblems(check, check.prometheus, `${field}.prometheus`) : []),
    ...(check.scrape ? scrapeProblems(check, check.scrape, `${field}.scrape`) : []),
    ...timeProblems(check, field),
  ];
}

function providerProblems(check: Check, field: string): Problem[] {
  const given = [check.prometheus, check.scrape].filter(Boolean).length;
  if (given === 1) return [];
  return [
    {
      field,
      message: given === 0 ? 'says nowhere to measure' : 'says two places to measure',
      fix: 'set exactly one of prometheus and scrape',
    },
  ];
}

function prometheusProblems(check: Check, asked: Prometheus, field: string): Problem[] {
  const counts = countsProblems(asked, field);
  const problems = [...addressProblems(asked.address, `${field}.address`)];
  if (asked.query === undefined) problems.push(...counts);
  else if (asked.total ?? asked.bad ?? asked.good)
    problems.push({
      field: `${field}.query`,
      message: 'cannot stand beside total, bad or good',
      fix: 'keep either query, or total with one of bad and good',
    });
  else if (check.minSamples !== undefined)
    problems.push({
      field: `${field}.query`,
      message: 'gives one number without a sample size, so that minSamples means nothing',
      fix: 'ask total with one of bad and good, or leave minSamples off',
    });
  for (const [name, query] of queries(asked)) {
    problems.push(...variableProblems(query, `${field}.${name}`));
    if (check.scope === 'Version') problems.push(...mixtureProblems(query, `${field}.${name}`));
  }
  return problems;
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
  problems.push(
    ...(asked.histogram === undefined
      ? countsProblems(asked, field)
      : histogramProblems(asked, asked.histogram, field)),
  );
  // The pods that are read are the version; a page of a gateway shows them all.
  const mustName = check.scope === 'Version' && asked.address !== undefined;
  for (const [name, query] of queries(asked)) {
    const unknown = variableProblems(query, `${field}.${name}`);
    problems.push(...unknown, ...selectorProblems(query, `${field}.${name}`));
    if (mustName) problems.push(...mixtureProblems(query, `${field}.${name}`));
  }
  if (asked.quantile !== undefined && asked.histogram === undefined)
    problems.push({
      field: `${field}.quantile`,
      message: 'means nothing without histogram',
      fix: 'name the histogram, or leave quantile off',
    });
  return problems;
}

function countsProblems(asked: Prometheus | Scrape, field: string): Problem[] {
  const parts = [asked.bad, asked.good].filter((query) => query !== undefined);
  if (asked.total !== undefined && parts.length === 1) return [];
  const alone = 'address' in asked && !('pods' in asked) ? 'query' : 'histogram with quantile';
  return [
    {
      field,
      message:
        asked.total === undefined ? 'does not say what to count' : 'needs one of bad and good',
      fix: `set total with exactly one of bad and good, or ${alone} alone`,
    },
  ];
}

function histogramProblems(asked: Scrape, histogram: string, field: string): Problem[] {
  const problems: Problem[] = [];
  if (asked.total ?? asked.bad ?? asked.good)
    problems.push({
      field: `${field}.histogram`,
      message: 'cannot stand beside total, bad or good',
      fix: 'keep either histogram with quantile, or total with one of bad and good',
    });
  if (!(Number(asked.quantile) > 0 && Number(asked.quantile) < 1))
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

function thresholdProblems(check: Check, field: string): Problem[] {
  if (check.max === undefined && check.min === undefined)
    return [{ field, message: 'says neither max nor min', fix: 'add max: 1% or the like' }];
  const max = bound(check.max, `${field}.max`);
  const min = bound(check.min, `${field}.min`);
  const unread = [max, min].filter((read) => 'message' in read);
  if (unread.length > 0) return unread;
  if (check.scrape?.histogram !== undefined) return latencyProblems(check, field);
  if (check.prometheus?.query !== undefined) return orderProblems(check, field);
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

function addressProblems(address: string, field: string): Problem[] {
  const fix = 'write it as in http://prometheus.monitoring:9090';
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || address.includes('{{'))
    return [{ field, message: `${JSON.stringify(address)} is not an http(s) URL`, fix }];
  if (url.username === '' && url.password === '') return [];
  return [
    {
      field,
      message: 'carries credentials, which everyone who reads the policy would see',
      fix: `leave them off: ${fix}`,
    },
  ];
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

function queries(asked: Prometheus | Scrape): [name: string, query: string][] {
  return Object.entries(asked).filter(
    (entry): entry is [string, string] =>
      ['query', 'total', 'bad', 'good', 'histogram'].includes(entry[0]) &&
      typeof entry[1] === 'string',
  );
}
