/** What is wrong with a check that asks another source than Prometheus or a page of metrics. */
import type { Check } from '../api/check.ts';
import type { CheckSources } from '../api/check-sources/index.ts';
import { parseDuration } from '../api/duration.ts';
import { parsePath } from '../api/json-path.ts';
import type { Problem } from '../api/problem.ts';
import { labelSelectorOf } from '../api/series-selector.ts';
import { accessProblems, addressProblems } from './access-problems.ts';
import { askedProblems, countsProblems, queries, templateProblems } from './asked-problems.ts';
import { jobProblems } from './job-problems.ts';
import { mixtureProblems, NAMES_VERSION, variableProblems } from './query-problems.ts';

type Of<Name extends keyof CheckSources> = NonNullable<Check[Name]>;
type Rule<Name extends keyof CheckSources> = (
  check: Check,
  asked: Of<Name>,
  field: string,
) => Problem[];

const QUERY = ['query'];

export function otherSourceProblems(check: Check, field: string): Problem[] {
  const found = <Name extends keyof CheckSources>(name: Name, rule: Rule<Name>): Problem[] => {
    const asked = check[name];
    return asked === undefined ? [] : rule(check, asked as Of<Name>, `${field}.${name}`);
  };
  return [
    ...found('web', webProblems),
    ...found('influxdb', influxdbProblems),
    ...found('graphite', ownProblems),
    ...found('elasticsearch', elasticsearchProblems),
    ...found('skywalking', skywalkingProblems),
    ...found('datadog', hostedProblems),
    ...found('cloudWatch', cloudWatchProblems),
    ...found('newRelic', newRelicProblems),
    ...found('dynatrace', hostedProblems),
    ...found('kubernetes', kubernetesProblems),
    ...found('job', jobSourceProblems),
  ];
}

/** With an address, and perhaps credentials, of the user's own. */
function ownProblems(check: Check, asked: Of<'graphite' | 'influxdb'>, field: string): Problem[] {
  return [
    ...addressProblems(asked.address, `${field}.address`),
    ...accessProblems(asked, field),
    ...askedProblems(check, asked, field, QUERY),
    ...templateProblems(check, asked, field),
  ];
}

function influxdbProblems(check: Check, asked: Of<'influxdb'>, field: string): Problem[] {
  const { database, org } = asked;
  const problems = ownProblems(check, asked, field);
  if ((database === undefined) !== (org === undefined)) return problems;
  const message = database === undefined ? 'says no database and no org' : 'says database and org';
  const fix = 'set database to ask by InfluxQL, or org to ask by Flux';
  return [{ field, message, fix }, ...problems];
}

function elasticsearchProblems(check: Check, asked: Of<'elasticsearch'>, field: string): Problem[] {
  return [
    ...addressProblems(asked.address, `${field}.address`),
    ...accessProblems(asked, field),
    ...countsProblems(asked, field, []),
    ...templateProblems(check, asked, field),
  ];
}

/** What is measured is named beside the expressions, which say only how. */
function skywalkingProblems(check: Check, asked: Of<'skywalking'>, field: string): Problem[] {
  const named = (['service', 'instance', 'endpoint'] as const).flatMap((name) => {
    const template = asked[name];
    return template === undefined ? [] : [{ at: `${field}.${name}`, template }];
  });
  const isNamed = named.some(({ template }) => NAMES_VERSION.test(template));
  const scope = isNamed ? 'Service' : check.scope;
  return [
    ...addressProblems(asked.address, `${field}.address`),
    ...accessProblems(asked, field),
    ...askedProblems(check, asked, field, QUERY),
    ...named.flatMap(({ template, at }) => variableProblems(template, at)),
    ...templateProblems({ ...check, scope }, asked, field),
  ];
}

function hostedProblems(
  check: Check,
  asked: Of<'datadog' | 'dynatrace' | 'newRelic'>,
  field: string,
): Problem[] {
  return [
    ...addressProblems(asked.address, `${field}.address`),
    ...askedProblems(check, asked, field, QUERY),
    ...templateProblems(check, asked, field),
  ];
}

function newRelicProblems(check: Check, asked: Of<'newRelic'>, field: string): Problem[] {
  const open = queries(asked).filter(([, query]) => !/\bsince\b/i.test(query));
  return [
    ...hostedProblems(check, asked, field),
    ...open.map(([name]) => ({
      field: `${field}.${name}`,
      message: 'says no SINCE, so that it looks back an hour',
      fix: 'add SINCE {{seconds}} seconds ago',
    })),
  ];
}

function cloudWatchProblems(check: Check, asked: Of<'cloudWatch'>, field: string): Problem[] {
  const { address, period } = asked;
  const problems = [
    ...(address === undefined ? [] : addressProblems(address, `${field}.address`)),
    ...askedProblems(check, asked, field, QUERY),
    ...templateProblems(check, asked, field),
  ];
  if (period % 60 === 0 || [1, 5, 10, 20, 30].includes(period)) return problems;
  return [
    {
      field: `${field}.period`,
      message: `${period} is no period of CloudWatch`,
      fix: 'write 1, 5, 10, 20, 30 or a multiple of 60',
    },
    ...problems,
  ];
}

function kubernetesProblems(check: Check, asked: Of<'kubernetes'>, field: string): Problem[] {
  // The pods that are asked about are the version.
  const scope = asked.api === 'Pods' ? 'Service' : check.scope;
  const unread = queries(asked).filter(([, query]) => !labelSelectorOf(query));
  return [
    ...askedProblems(check, asked, field, QUERY),
    ...templateProblems({ ...check, scope }, asked, field),
    ...unread.map(([name]) => ({
      field: `${field}.${name}`,
      message: 'is not a metric with labels that Kubernetes can select',
      fix: 'write a name, with = and != only: requests{verb="GET"}',
    })),
  ];
}

function jobSourceProblems(check: Check, { spec, timeout }: Of<'job'>, field: string): Problem[] {
  const problems = jobProblems(spec, `${field}.spec`);
  if (check.minSamples !== undefined)
    problems.push({
      field,
      message: 'gives one number without a sample size, so that minSamples means nothing',
      fix: 'leave minSamples off',
    });
  if (parseDuration(timeout) !== 0) return problems;
  return [
    ...problems,
    {
      field: `${field}.timeout`,
      message: 'must be longer than 0',
      fix: 'write it as in timeout: 10m',
    },
  ];
}

function webProblems(check: Check, asked: Of<'web'>, field: string): Problem[] {
  const { url, method, body = '', value } = asked;
  const paths = { ...asked, query: value };
  const unread = queries(paths).filter(([, path]) => !parsePath(path));
  const versions = check.scope === 'Service' || NAMES_VERSION.test(body);
  const filled = url.replaceAll(/\{\{[^{}]*\}\}/g, 'x');
  return [
    ...addressProblems(filled, `${field}.url`),
    ...accessProblems({ ...asked, address: filled }, field),
    ...variableProblems(url, `${field}.url`),
    ...(body === '' ? [] : bodyProblems(body, method, `${field}.body`)),
    ...(versions ? [] : mixtureProblems(url, `${field}.url`)),
    ...askedProblems(check, paths, field, ['value']),
    ...unread.map(([name]) => ({
      field: `${field}.${name === 'query' ? 'value' : name}`,
      message: 'is not a path into JSON',
      fix: 'write it as data.items[0].count, with names like ["a.b"] in quotes',
    })),
  ];
}

function bodyProblems(body: string, method: string, field: string): Problem[] {
  const problems = variableProblems(body, field);
  if (method === 'POST') return problems;
  return [...problems, { field, message: 'is not sent with GET', fix: 'write method: POST' }];
}
