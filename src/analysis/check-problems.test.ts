import { describe, expect, test } from 'vitest';
import { checkSchema } from '../api/check.ts';
import { checkProblems } from './check-problems.ts';

const AT = 'spec.checks[0]';
const TOTAL = 'sum(increase(http_requests_total{pod=~"{{pods}}"}[{{window}}]))';
const BAD = 'sum(increase(http_requests_total{rs="{{ hash }}",status=~"5.."}[{{window}}]))';
const prom = { address: 'http://prometheus:9090', total: TOTAL, bad: BAD };
const gateway = {
  address: 'http://gateway:9100/metrics',
  total: 'requests_total{version="{{hash}}"}',
  bad: 'requests_total{version="{{hash}}",code=~"5.."}',
};
const slow = {
  address: 'http://gateway:9100/metrics',
  histogram: 'seconds{version="{{hash}}"}',
  quantile: '0.99',
};

function problemsOf(fields: object) {
  return checkProblems(checkSchema.parse({ name: 'errors', ...fields }), AT);
}

test.each<[string, object]>([
  ['counts', { prometheus: prom, max: '1%' }],
  ['good counts', { prometheus: { ...prom, bad: undefined, good: BAD }, min: '99%' }],
  ['both bounds', { prometheus: prom, max: 0.01, min: '99%', minSamples: 10 }],
  ['a query', { prometheus: { address: prom.address, query: BAD }, max: '1s' }],
  [
    'a mixture that says so',
    { prometheus: { address: prom.address, query: 'up' }, min: 1, scope: 'Service' },
  ],
  ['a gateway', { scrape: gateway, max: '1%' }],
  [
    'versions by their Services and addresses, brackets in a pattern',
    {
      prometheus: {
        address: prom.address,
        total: 'a{service=~"[^a]+{{versionService}}"}',
        bad: 'a{node=~"{{ips}}"}',
      },
      compare: {},
    },
  ],
  [
    'a gateway mixed',
    { scrape: { ...gateway, total: 'a', bad: 'b' }, scope: 'Service', max: '1%' },
  ],
  [
    'pods, which need no version',
    { scrape: { pods: { port: 80 }, total: 'a', bad: 'b' }, max: '1%' },
  ],
  ['a histogram', { scrape: slow, max: '250ms' }],
  ['a histogram in a unit of its own', { scrape: slow, max: 250 }],
])('%s: nothing wrong', (_what, fields) => expect(problemsOf(fields)).toEqual([]));

describe('says what is wrong, where, and what to do', () => {
  test.each<[string, object, field: string, message: string, fix: string]>([
    ['no provider', { max: 1 }, '', 'nowhere', 'exactly one of'],
    [
      'two providers',
      { prometheus: prom, scrape: gateway, max: '1%' },
      '',
      'two places',
      'exactly one',
    ],
    ['nothing asked', { prometheus: prom }, '', 'does not say what is good', 'compare: {}'],
    ['an unreadable bound', { prometheus: prom, max: 'few' }, '.max', '"few"', '0.01, 1%, 1s'],
    ['a bound of 0', { prometheus: prom, max: 0 }, '.max', 'not a share', 'max: 1%'],
    ['a duration for counts', { prometheus: prom, max: '1s' }, '.max', 'not a share', 'max: 1%'],
    ['a share of 99', { prometheus: prom, min: 99 }, '.min', 'not a share', 'min: 99%'],
    [
      'min above max',
      { prometheus: { address: prom.address, query: BAD }, min: 2, max: 1 },
      '.min',
      'more than max',
      'swap',
    ],
    [
      'an unknown variable',
      { prometheus: { ...prom, bad: '{{hash}}{{cluster}}' }, max: '1%' },
      '.prometheus.bad',
      '{{cluster}}',
      '{{namespace}}, {{service}}, {{versionService}}, {{canary}}, {{hash}}, {{pods}}, {{ips}}, {{window}}',
    ],
    [
      'the query of the seed, which mixes the versions',
      {
        prometheus: {
          address: prom.address,
          query:
            'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))',
        },
        max: 0.01,
      },
      '.prometheus.query',
      'names no version',
      'scope: Service',
    ],
    [
      'an empty query',
      { prometheus: { address: prom.address, query: '' }, max: 1, scope: 'Service' },
      '.prometheus.query',
      'is empty',
      'write',
    ],
    [
      'query and total',
      { prometheus: { ...prom, query: BAD }, max: '1%' },
      '.prometheus.query',
      'beside total',
      'keep either',
    ],
    [
      'total alone',
      { prometheus: { ...prom, bad: undefined }, max: '1%' },
      '.prometheus',
      'one of bad and good',
      'exactly one',
    ],
    [
      'bad and good',
      { prometheus: { ...prom, good: BAD }, max: '1%' },
      '.prometheus',
      'one of bad and good',
      'exactly one',
    ],
    [
      'nothing asked',
      { prometheus: { address: prom.address }, max: '1%' },
      '.prometheus',
      'what to count',
      'or query or histogram with quantile alone',
    ],
    [
      'minSamples of a query',
      { prometheus: { address: prom.address, query: BAD }, max: 1, minSamples: 9 },
      '.prometheus.query',
      'without a sample size',
      'ask total',
    ],
    [
      'no URL',
      { prometheus: { ...prom, address: 'prometheus:9090' }, max: '1%' },
      '.prometheus.address',
      'not an http(s) URL',
      'http://',
    ],
    [
      'credentials',
      { prometheus: { ...prom, address: 'http://me:secret@p:9090' }, max: '1%' },
      '.prometheus.address',
      'credentials',
      'leave them off',
    ],
    [
      'no page',
      { scrape: { ...gateway, address: undefined }, max: '1%' },
      '.scrape',
      'no page',
      'exactly one of',
    ],
    [
      'two pages',
      { scrape: { ...gateway, pods: { port: 1 } }, max: '1%' },
      '.scrape',
      'two pages',
      'exactly one of',
    ],
    [
      'a mixed page',
      { scrape: { ...gateway, total: 'a' }, max: '1%' },
      '.scrape.total',
      'names no version',
      '{{pods}}',
    ],
    [
      'PromQL where a selector belongs',
      { scrape: { ...gateway, total: 'sum(a{v="{{hash}}"})' }, max: '1%' },
      '.scrape.total',
      'not a series selector',
      'label matchers',
    ],
    [
      'a pattern that is none',
      { scrape: { ...gateway, bad: 'a{v="{{hash}}",c=~"5("}' }, max: '1%' },
      '.scrape.bad',
      'is not a regular expression',
      'correct it',
    ],
    [
      'a pattern that may take for ever',
      { scrape: { ...gateway, bad: 'a{v="{{hash}}",c=~"(a+)+"}' }, max: '1%' },
      '.scrape.bad',
      'repeats a group',
      'single characters',
    ],
    [
      'a pattern with too many repeats',
      { scrape: { ...gateway, bad: 'a{v="{{hash}}",c=~".*a.*b.*"}' }, max: '1%' },
      '.scrape.bad',
      'more than twice',
      'fewer of *',
    ],
    [
      'a pattern that only JavaScript has',
      { scrape: { ...gateway, bad: 'a{v="{{hash}}",c=~"(?=5)5.."}' }, max: '1%' },
      '.scrape.bad',
      'as Prometheus has them',
      'not supported',
    ],
    [
      'a histogram without max',
      { scrape: slow, min: '1s' },
      '.max',
      'needed with histogram',
      'max: 1s',
    ],
    [
      'a histogram against a share',
      { scrape: slow, max: '1%' },
      '.max',
      'needed with histogram',
      'max: 1s',
    ],
    [
      'a histogram without quantile',
      { scrape: { ...slow, quantile: undefined }, max: '1s' },
      '.scrape.quantile',
      'is needed',
      '"0.99"',
    ],
    [
      'buckets by name',
      { scrape: { ...slow, histogram: 'seconds_bucket{version="{{hash}}"}' }, max: '1s' },
      '.scrape.histogram',
      'names its buckets',
      'leave off _bucket',
    ],
    [
      'a histogram beside total',
      { scrape: { ...slow, total: gateway.total }, max: '1s' },
      '.scrape.histogram',
      'beside total',
      'keep either',
    ],
    [
      'a quantile alone',
      { scrape: { ...gateway, quantile: '0.9' }, max: '1%' },
      '.scrape.quantile',
      'without histogram',
      'leave quantile',
    ],
    [
      'an interval of 0',
      { prometheus: prom, max: '1%', interval: '0s' },
      '.interval',
      'longer than 0',
      'interval: 1m',
    ],
    [
      'two questions in one',
      { prometheus: prom, max: '1%', compare: {} },
      '',
      'asks more than one thing',
      'make another check of the other',
    ],
    [
      'comparing one number',
      { prometheus: { address: prom.address, query: BAD }, compare: {} },
      '.prometheus.query',
      'compare needs to know of how many',
      'ask total',
    ],
    [
      'comparing what mixes the versions',
      { prometheus: prom, scope: 'Service', compare: {} },
      '.scope',
      'mixes the versions',
      'leave scope off',
    ],
    [
      'evidence with a least number of events',
      { prometheus: prom, minSamples: 100, slo: { objective: '99%' } },
      '.minSamples',
      'counts few events for little',
      'leave minSamples off',
    ],
    [
      'evidence over a range of its own',
      {
        prometheus: { ...prom, total: 'sum(increase(all{rs="{{hash}}"}[5m]))' },
        compare: {},
      },
      '.prometheus.total',
      'counted twice',
      '[{{window}}]',
    ],
    [
      'a pass margin within the margin',
      { prometheus: prom, compare: { margin: 2, passMargin: 1.5 } },
      '.compare.passMargin',
      'not more than margin (2)',
      'write more',
    ],
    [
      'longer times of what has none',
      { prometheus: prom, compare: { longer: 1.2 } },
      '.compare.longer',
      'needs a histogram',
      'leave longer off',
    ],
    [
      'longer times, and a share',
      {
        scrape: { pods: { port: 80 }, histogram: 'seconds' },
        compare: { longer: 1.2, margin: 2 },
      },
      '.compare.longer',
      'does not go with margin',
      'leave longer off',
    ],
    [
      'longer times at one bound',
      {
        scrape: { pods: { port: 80 }, histogram: 'seconds' },
        compare: { longer: 1.2, within: '300ms' },
      },
      '.compare.longer',
      'does not go with within',
      'leave longer off',
    ],
    [
      'an objective that is none',
      { prometheus: prom, slo: { objective: 'high' } },
      '.slo.objective',
      '"high" is not a number',
      'objective: 99.5%',
    ],
    [
      'an objective of more than all',
      { prometheus: prom, slo: { objective: 99.5 } },
      '.slo.objective',
      'not a share',
      'objective: 99.5%',
    ],
    [
      'an objective for times without a time',
      {
        scrape: { pods: { port: 80 }, histogram: 'seconds' },
        slo: { objective: '95%' },
      },
      '.slo.within',
      'is needed with histogram',
      'within: 300ms',
    ],
    [
      'a time that is none',
      {
        scrape: { pods: { port: 80 }, histogram: 'seconds' },
        compare: { within: 'soon' },
      },
      '.compare.within',
      '"soon" is not a duration',
      'within: 300ms',
    ],
    [
      'a quantile that nothing asks for',
      {
        scrape: { pods: { port: 80 }, histogram: 'seconds', quantile: '0.99' },
        compare: {},
      },
      '.scrape.quantile',
      'means nothing with compare',
      'leave quantile off',
    ],
  ])('%s', (...[, fields, field, message, fix]) => {
    const problems = problemsOf(fields);
    expect(problems.map((problem) => problem.field)).toContain(AT + field);
    const problem = problems.find((p) => p.field === AT + field && p.message.includes(message));
    expect(problem?.message).toContain(message);
    expect(problem?.fix).toContain(fix);
  });
});

describe('compared with fresh pods, which have the hash of all the others', () => {
  const compare = { baseline: 'Fresh' };
  const pods = { ...gateway, total: 'a{pod=~"{{pods}}"}', bad: 'a{pod=~"{{ pods }}",code="500"}' };
  const byAddress = { total: 'a{node=~"{{ips}}"}', bad: 'b{node=~"{{ips}}"}' };
  const adapter = { total: 'requests', bad: 'errors' };

  test.each<[string, object]>([
    ['the pages of pods', { scrape: { pods: { port: 80 }, total: 'a', bad: 'b' } }],
    ['a page that names pods', { scrape: pods }],
    ['Prometheus by address', { prometheus: { ...byAddress, address: prom.address } }],
    ['Prometheus by pod', { prometheus: { ...pods, address: prom.address } }],
    ['the metrics of pods', { kubernetes: { api: 'Pods', ...adapter } }],
  ])('by %s: nothing wrong', (_, asked) => expect(problemsOf({ ...asked, compare })).toEqual([]));

  const FIX =
    'select them with {{pods}}, as in pod=~"{{pods}}"; of presets those that are counted in pods do';
  const OTHER =
    'ask scrape, prometheus (with {{pods}}) or kubernetes with api: Pods, or take baseline out';
  test.each<[string, object, field: string, message: string, fix: string]>([
    [
      'a query by the hash',
      { prometheus: { ...prom, bad: BAD } },
      '.prometheus.bad',
      'names no pods',
      FIX,
    ],
    ['a page by the hash', { scrape: gateway }, '.scrape.total', 'names no pods', FIX],
    [
      'a metric of the adapter’s own',
      { kubernetes: { api: 'External', total: 'a{v="{{hash}}"}', bad: 'b{v="{{hash}}"}' } },
      '.compare.baseline',
      'kubernetes with api: External cannot',
      OTHER,
    ],
    [
      'a source without patterns',
      { graphite: { address: 'http://g', total: 'a.{{pods}}', bad: 'b.{{pods}}' } },
      '.compare.baseline',
      'graphite cannot',
      OTHER,
    ],
  ])('%s', (_, asked, field, message, fix) => {
    expect(problemsOf({ ...asked, compare })).toContainEqual({
      field: `${AT}${field}`,
      message: expect.stringContaining(message),
      fix,
    });
  });
});
