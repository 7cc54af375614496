import { expect, test } from 'vitest';
import { metricsIn, nearestNames, nearestPaths } from './metric-names.ts';

test.each([
  ['a_total{b="c"}', ['a_total']],
  ['a_total', ['a_total']],
  [
    'sum by (pod, le) (rate(a_bucket{x=~"y|z"}[{{window}}] offset 5m)) / sum(b) > bool 0.5',
    ['a_bucket', 'b'],
  ],
  ['a unless on (pod) b or c{d!="e_f"} @ 123', ['a', 'b', 'c']],
  ['histogram_quantile(0.99, sum(increase(job:a:sum[1m])) without (x))', ['job:a:sum']],
  ['', []],
])('%s names %j', (query, names) => expect(metricsIn(query)).toEqual(names));

test('near are those of which few letters differ, nearest first', () => {
  const names = ['http_requests_total', 'https_requests_totals', 'http_responses_total', 'up'];
  expect(nearestNames('http_request_total', names)).toEqual([
    'http_requests_total',
    'https_requests_totals',
    'http_responses_total',
  ]);
  expect(nearestNames('kafka_lag', names)).toEqual([]);
});

test('of paths the last node counts', () => {
  const names = ['stats.shop.requests', 'stats.shop.errors', 'stats.bank.erors'];
  expect(nearestPaths('stats.shop.erors', names)).toEqual(['stats.shop.errors']);
  expect(nearestPaths('erors', ['errors', 'requests'])).toEqual(['errors']);
});
