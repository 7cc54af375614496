import { describe, expect, test } from 'vitest';
import { checkSchema } from '../api/check.ts';
import { formatProblem } from '../api/problem.ts';
import { checkProblems } from './check-problems.ts';

const secretRef = { name: 'keys' };
const counts = { total: 'all {{hash}}', bad: 'bad {{hash}}' };
const GOOD: Record<string, object> = {
  web: { url: 'https://x/{{hash}}', total: 'a.b', bad: 'a["c"]' },
  influxdb: { address: 'http://x:8086', database: 'db', ...counts },
  graphite: { address: 'http://x', ...counts },
  elasticsearch: { address: 'http://x:9200', index: 'logs-*', ...counts },
  skywalking: { address: 'http://x', service: 'web-{{hash}}', total: 'a', good: 'b' },
  datadog: { secretRef, ...counts },
  cloudWatch: { region: 'eu-central-1', secretRef, ...counts },
  newRelic: { account: 1, secretRef, query: 'SELECT x WHERE v={{hash}} SINCE 1 minute ago' },
  dynatrace: { address: 'https://x', secretRef, ...counts },
  kubernetes: { api: 'External', total: 'all{v="{{hash}}"}', bad: 'bad{v="{{hash}}"}' },
};

function problemsOf(name: string, change: object, rest: object = {}): string[] {
  const check = checkSchema.parse({
    name: 'errors',
    max: '1%',
    [name]: { ...GOOD[name], ...change },
    ...rest,
  });
  return checkProblems(check, 'at').map((problem) => formatProblem(problem));
}

test.each(Object.keys(GOOD))('a good one of %s is fine', (name) => {
  expect(problemsOf(name, {})).toEqual([]);
});

const none = { total: undefined, bad: undefined, good: undefined };

describe.each(Object.keys(GOOD).filter((name) => name !== 'newRelic'))('%s', (name) => {
  test('must say what to count, and whole', () => {
    expect(problemsOf(name, none)[0]).toMatch(
      new RegExp(`^at\\.${name}: does not say what to count; set total`),
    );
    expect(problemsOf(name, { ...none, total: 'a{v="{{hash}}"}' })[0]).toMatch(
      new RegExp(`^at\\.${name}: needs one of bad and good`),
    );
  });

  test('must know its variables', () => {
    const template = name === 'web' ? { url: 'https://x/{{hash}}/{{pod}}' } : { total: 'a{{pod}}' };
    expect(problemsOf(name, template).join('\n')).toContain('{{pod}} is not a variable');
  });
});

test.each([
  ['web', { url: 'https://x/all' }, 'at.web.url: names no version'],
  ['web', { url: 'ftp://x/{{hash}}' }, 'at.web.url: "ftp://x/x" is not an http(s) URL'],
  ['web', { body: '{{hash}}' }, 'at.web.body: is not sent with GET; write method: POST'],
  ['web', { total: 'a..b' }, 'at.web.total: is not a path into JSON'],
  ['web', { total: undefined, bad: undefined, value: '[x]' }, 'at.web.value: is not a path'],
  ['influxdb', { database: undefined }, 'at.influxdb: says no database and no org'],
  ['influxdb', { org: 'o' }, 'at.influxdb: says database and org'],
  ['influxdb', { auth: {} }, 'at.influxdb.auth: says no way to ask'],
  ['graphite', { total: 'all' }, 'at.graphite.total: names no version'],
  ['graphite', { address: 'x:80' }, 'at.graphite.address: "x:80" is not an http(s) URL'],
  ['elasticsearch', { bad: 'bad' }, 'at.elasticsearch.bad: names no version'],
  ['skywalking', { service: 'web' }, 'at.skywalking.total: names no version'],
  ['skywalking', { instance: '{{pod}}' }, 'at.skywalking.instance: {{pod}} is not a variable'],
  ['datadog', { query: 'a{{hash}}' }, 'at.datadog.query: cannot stand beside total'],
  ['cloudWatch', { period: 45 }, 'at.cloudWatch.period: 45 is no period of CloudWatch'],
  ['newRelic', { query: 'SELECT {{hash}}' }, 'at.newRelic.query: says no SINCE'],
  ['dynatrace', { address: 'https://me:pw@x' }, 'at.dynatrace.address: carries credentials'],
  ['kubernetes', { total: 'all{v=~"{{hash}}"}' }, 'at.kubernetes.total: is not a metric'],
  ['kubernetes', { total: 'all' }, 'at.kubernetes.total: names no version'],
])('%s with %o is refused', (name, change, problem) => {
  expect(problemsOf(name, change).find((one) => one.startsWith(problem))).toMatch(/; \w/);
});

test.each([
  ['web', { url: 'https://x/all' }, { scope: 'Service' }],
  ['web', { url: 'https://x/all', method: 'POST', body: '{"v":"{{hash}}"}' }, {}],
  ['kubernetes', { api: 'Pods', total: 'all', bad: 'bad' }, {}],
  ['skywalking', { service: 'web', instance: '{{hash}}' }, {}],
])('%s with %o is fine', (name, change, rest) => {
  expect(problemsOf(name, change, rest)).toEqual([]);
});

test('two sources are one too many', () => {
  expect(problemsOf('web', {}, { graphite: GOOD['graphite'] })[0]).toMatch(
    /^at: says two places to measure; set exactly one of prometheus, .* and kubernetes/,
  );
});
