import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkSchema, type Check } from '../../api/check.ts';
import type { VersionContext } from '../../ports/metric-provider.ts';
import { metricConformance } from '../../testing/metric-provider-conformance.ts';
import { CANDIDATE } from '../../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../../testing/scripted-server.ts';
import { scrapeProvider } from './index.ts';

const signal = new AbortController().signal;

function checkOf(scrape: object, max: unknown = '1%'): Check {
  return checkSchema.parse({ name: 'errors', scrape, max });
}

metricConformance({
  name: 'scrape',
  create: scrapeProvider,
  check: (address) =>
    checkOf({
      address: `${address}/metrics`,
      total: 'requests_total{version="{{hash}}"}',
      bad: 'requests_total{version="{{hash}}",code=~"5.."}',
    }),
  good: (_request, counts) =>
    Object.entries(counts)
      .flatMap(([hash, { total, bad }]) => [
        `requests_total{version="${hash}",code="200"} ${total - bad}`,
        `requests_total{version="${hash}",code="502"} ${bad}`,
      ])
      .join('\n'),
  nan: 'requests_total{version="bbb222"} NaN\n',
  empty: '# HELP other Something else\nother 1\n',
  anonymous: 'pages of metrics are read without credentials',
  requests: 1,
});

describe('the scrape provider', () => {
  const server = new ScriptedServer();
  const provider = scrapeProvider({ timeoutMs: 5_000, retryMs: [1, 1] });
  const shows = (page: string) => {
    server.script = (_request, response) => response.end(page);
  };
  const address = (queries: object, max?: unknown) =>
    checkOf({ address: server.url, ...queries }, max);

  beforeEach(async () => await server.start());
  afterEach(async () => await server.stop());

  test('a metric that is only announced has counted nothing yet', async () => {
    shows('# TYPE requests_total counter\n');
    const check = address({
      total: 'requests_total{v="{{hash}}"}',
      bad: 'errors_total{v="{{hash}}"}',
    });
    expect(await provider.measure(check, CANDIDATE, signal)).toEqual({
      kind: 'Counters',
      sources: { [server.url]: { total: 0, bad: 0 } },
    });
  });

  test('names the metrics of its page, of the first pod that has one', async () => {
    shows('# TYPE requests_total counter\nrequests_total{v="bbb222"} 1\nup 1\n');
    const check = address({ total: 'request_total', bad: 'b' });
    expect(await provider.names?.(check, CANDIDATE, signal)).toEqual(['requests_total', 'up']);
    shows('<html>');
    expect(await provider.names?.(check, CANDIDATE, signal)).toBeUndefined();
    const pods = checkOf({ pods: { port: server.port }, total: 'a', bad: 'b' });
    shows('up 1\n');
    const version = {
      ...CANDIDATE,
      pods: [
        { name: 'a', ip: '' },
        { name: 'b', ip: '127.0.0.1' },
      ],
    };
    expect(await provider.names?.(pods, version, signal)).toEqual(['up']);
  });

  test('good is turned into bad; more good than all is missing', async () => {
    const check = address({ total: 'all{v="{{hash}}"}', good: 'fine{v="{{hash}}"}' });
    shows('all{v="bbb222"} 10\nfine{v="bbb222"} 8\n');
    expect(await provider.measure(check, CANDIDATE, signal)).toMatchObject({
      sources: { [server.url]: { total: 10, bad: 2 } },
    });
    shows('all{v="bbb222"} 10\nfine{v="bbb222"} 12\n');
    expect(await provider.measure(check, CANDIDATE, signal)).toMatchObject({
      because: expect.stringContaining('12 good of 10 events'),
    });
  });

  describe('with a histogram', () => {
    const histogram = { histogram: 'seconds{v="{{hash}}"}', quantile: '0.99' };
    const page = ['GET', 'POST']
      .flatMap((method) =>
        [
          ['0.5', 90],
          ['1.0', 95],
          ['2.5', 99],
          ['+Inf', 100],
        ].map(([le, n]) => `seconds_bucket{v="bbb222",method="${method}",le="${le}"} ${n}`),
      )
      .concat('seconds_bucket{v="aaa111",le="0.1"} 5', 'seconds_bucket{v="aaa111",le="+Inf"} 9')
      .join('\n');

    test.each([
      ['1s', 10],
      ['500ms', 20],
      [2.5, 2],
      [undefined, 0],
    ])('what took longer than %s is bad', async (max, bad) => {
      shows(page);
      const check = { ...address(histogram, max), max };
      expect(await provider.measure(check, CANDIDATE, signal)).toEqual({
        kind: 'Counters',
        sources: {
          [server.url]: { total: 200, bad, slower: { '0.5': 20, '1': 10, '2.5': 2 } },
        },
      });
    });

    test('a bound between two buckets is missing and names them', async () => {
      shows(page);
      expect(await provider.measure(address(histogram, '1500ms'), CANDIDATE, signal)).toEqual({
        kind: 'Missing',
        because: `${server.url} has no bucket at 1.5s in seconds: use one of 1s, 2.5s`,
      });
    });
  });

  describe('reading pods', () => {
    const pod = (port: number, path?: string) =>
      checkOf({ pods: { port, path }, total: 'requests_total', bad: 'requests_total{code="500"}' });
    const podsOf = (...pods: [name: string, ip: string][]): VersionContext => ({
      ...CANDIDATE,
      pods: pods.map(([name, ip]) => ({ name, ip })),
    });

    test('each pod is a source; those that cannot be read are left out', async () => {
      const seen: string[] = [];
      const mapped = scrapeProvider({
        timeoutMs: 5_000,
        retryMs: [1, 1],
        podAddress: (ip) => {
          seen.push(ip);
          return ip.startsWith('10.0.0.') ? '127.0.0.1' : '127.9.9.9';
        },
      });
      shows('requests_total{code="200"} 7\nrequests_total{code="500"} 1\n');
      const version = podsOf(['a', '10.0.0.1'], ['b', '10.0.0.2'], ['c', '10.9.9.9'], ['d', '']);
      expect(await mapped.measure(pod(server.port, 'stats'), version, signal)).toEqual({
        kind: 'Counters',
        sources: { a: { total: 8, bad: 1 }, b: { total: 8, bad: 1 } },
      });
      expect(server.requests.map(({ path }) => path)).toEqual(['/stats', '/stats']);
      expect(seen).toEqual(['10.0.0.1', '10.0.0.2', '10.9.9.9']);
      await mapped.close();
    });

    test('none that can be read is missing', async () => {
      shows('other 1\n');
      const version = podsOf(['a', '127.0.0.1'], ['b', '127.0.0.1'], ['c', '127.0.0.1']);
      expect(await provider.measure(pod(server.port), version, signal)).toEqual({
        kind: 'Missing',
        because: `${server.url}/metrics has no metric requests_total, and 2 more pods likewise`,
      });
    });

    test('no pods at all is missing', async () => {
      expect(await provider.measure(pod(1), podsOf(['a', '']), signal)).toMatchObject({
        kind: 'Missing',
        because: expect.stringContaining('no pod'),
      });
    });

    test('at most twenty pods are read at once', async () => {
      let open = 0;
      let most = 0;
      const held: (() => void)[] = [];
      server.script = (_request, response) => {
        open += 1;
        most = Math.max(most, open);
        held.push(() => {
          open -= 1;
          response.end('requests_total 1\n');
        });
        // The pages come once twenty are asked for, so that a twenty-first would show.
        if (held.length >= 20) while (held.length > 0) held.pop()?.();
      };
      const names = Array.from({ length: 40 }, (_, at) => `p${at}`);
      const version = podsOf(...names.map((name): [string, string] => [name, '127.0.0.1']));
      const reading = await provider.measure(pod(server.port), version, signal);
      expect(reading.kind === 'Counters' && Object.keys(reading.sources).sort()).toEqual(
        names.sort(),
      );
      expect(most).toBe(20);
    });
  });
});
