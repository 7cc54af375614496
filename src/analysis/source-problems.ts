/** What is wrong with where a check is measured, and with what is asked there. */
import { GOAL_SOURCES } from '../api/ab-test.ts';
import type { Check } from '../api/check.ts';
import { SOURCE_NAMES } from '../api/check-sources/index.ts';
import { parseDuration } from '../api/duration.ts';
import type { Problem } from '../api/problem.ts';
import { rangesOf } from '../api/series-selector.ts';
import { accessProblems, addressProblems } from './access-problems.ts';
import { askedProblems, queries, templateProblems } from './asked-problems.ts';
import { otherSourceProblems } from './other-source-problems.ts';
import { selectorProblems } from './query-problems.ts';

type Prometheus = NonNullable<Check['prometheus']>;
type Scrape = NonNullable<Check['scrape']>;

/** What keeps it from being measured, whatever is done with what was. */
export function sourceProblems(check: Check, field: string): Problem[] {
  return [
    ...choiceProblems(check, field),
    ...(check.prometheus ? prometheusProblems(check, check.prometheus, `${field}.prometheus`) : []),
    ...(check.scrape ? scrapeProblems(check, check.scrape, `${field}.scrape`) : []),
    ...otherSourceProblems(check, field),
    ...timeProblems(check, field),
  ];
}

function choiceProblems(check: Check, field: string): Problem[] {
  const given = SOURCE_NAMES.filter((name) => check[name] !== undefined);
  if (given.length === 1) return [];
  // Goals are measured by fewer.
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
  const [inTotal, inPart] = [total, part].map((query) => rangesOf(query).length > 0);
  if (inTotal === inPart) return [];
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

function timeProblems(check: Check, field: string): Problem[] {
  return (['interval', 'window'] as const)
    .filter((name) => parseDuration(check[name]) === 0)
    .map((name) => ({
      field: `${field}.${name}`,
      message: 'must be longer than 0',
      fix: `write it as in ${name}: 1m`,
    }));
}
