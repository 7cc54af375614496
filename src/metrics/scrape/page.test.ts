import { describe, expect, test } from 'vitest';
import { parsePage } from './page.ts';
import { parseSelector } from '../../api/series-selector.ts';

function read(text: string, ...wanted: string[]) {
  const selectors = wanted.map((written) => parseSelector(written)).filter((s) => s !== undefined);
  const page = parsePage(text, selectors);
  if ('because' in page) return page.because;
  return page.series.map(({ name, labels, value }) => ({
    name,
    ...Object.fromEntries(labels),
    value,
  }));
}

describe('a page of metrics', () => {
  test('of the Prometheus text format', () => {
    const page = [
      '# HELP requests_total Requests with "quotes" and \\\\ in the help',
      '# TYPE requests_total counter',
      '# just a comment',
      '',
      'requests_total 1',
      'requests_total{code="200"} 1027 1395066363000',
      'requests_total { code = "5\\"0\\\\\\n}", path="/a{b}", } 3.5e2',
      'requests_total{code="nan"} NaN',
      'requests_total{code="inf"}\t+Inf',
      'requests_total{code="-inf"} -Inf',
      'other{a="b"} 4',
      '',
    ].join('\r\n');
    expect(read(page, 'requests_total')).toEqual([
      { name: 'requests_total', value: 1 },
      { name: 'requests_total', code: '200', value: 1027 },
      { name: 'requests_total', code: '5"0\\\n}', path: '/a{b}', value: 350 },
      { name: 'requests_total', code: 'nan', value: NaN },
      { name: 'requests_total', code: 'inf', value: Infinity },
      { name: 'requests_total', code: '-inf', value: -Infinity },
    ]);
  });

  test('of OpenMetrics', () => {
    const page = [
      '# TYPE requests counter',
      '# UNIT requests requests',
      'requests_total{code="200"} 17.0 1520879607.789',
      'requests_total{code="500"} 2 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.7',
      'requests_created{code="200"} 1520430000.123',
      '{"http.requests","my.label"="x"} 3',
      'requests_total{"a.b"="c"} 4',
      '# EOF',
    ].join('\n');
    expect(read(page, 'requests_total')).toEqual([
      { name: 'requests_total', code: '200', value: 17 },
      { name: 'requests_total', code: '500', value: 2 },
      { name: 'requests_total', 'a.b': 'c', value: 4 },
    ]);
  });

  test('keeps only the series that are meant', () => {
    const page = 'a{v="1"} 1\na{v="2"} 2\nb{v="3"} 3\n';
    expect(read(page, 'a{v="2"}', 'b')).toEqual([
      { name: 'a', v: '2', value: 2 },
      { name: 'b', v: '3', value: 3 },
    ]);
  });

  test.each([
    '<!doctype html>',
    'Not Found',
    '{"status":"ok"}',
    'a{v="1" 3',
    'a{v="1"}',
    'a{v=1} 1',
    'a 1 2 3',
    'a one',
    'other',
  ])('%s is none', (line) => {
    expect(read(`# fine\n${line}\n`, 'a')).toContain(`line 2 is ${JSON.stringify(line)}`);
  });
});
