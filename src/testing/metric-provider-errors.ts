/** The errors that every metric provider tells people of: where, what was answered and what to do, and
 * never a secret. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KubeError } from '../ports/kube.ts';
import {
  CANDIDATE,
  type ConformanceOptions,
  COUNTS,
  type MetricConformance,
  type Provider,
  SECRET,
} from './metric-provider-fixture.ts';
import { ScriptedServer } from './scripted-server.ts';

interface Stage {
  server: ScriptedServer;
  create: (options?: Partial<ConformanceOptions>) => Provider;
}

interface Fault {
  status?: number;
  headers?: Record<string, string>;
  body: string;
  /** What people are told. */
  says: RegExp;
  /** Default 1: it is not asked again. */
  requests?: number;
}

const HTML = '<!doctype html><html><body>Please log in</body></html>';

export function describeMetricErrors(conformance: MetricConformance, stage: Stage): void {
  const { server, create } = stage;
  const signal = new AbortController().signal;

  describe('an answer that is no measurement', () => {
    let provider: Provider;
    beforeEach(() => {
      provider = create();
    });
    afterEach(async () => await provider.close());

    const measure = async () =>
      await provider.measure(conformance.check(server.url), CANDIDATE, signal);
    const because = async () => {
      const reading = await measure();
      expect(reading).toMatchObject({ kind: 'Missing' });
      const said = reading.kind === 'Missing' ? reading.because : '';
      expect(said).toContain(conformance.named ?? server.url);
      for (const secret of [SECRET, Buffer.from(SECRET).toString('base64'), 'Sec\\"ret'])
        expect(said).not.toContain(secret);
      return said;
    };

    const faults: Record<string, Fault> = {
      '400': { status: 400, body: 'no such function', says: /400.*no such function/ },
      '401': { status: 401, body: '{}', says: /401.*credentials/ },
      '403': { status: 403, body: '{}', says: /403.*do not allow/ },
      '404': { status: 404, body: 'Not Found', says: conformance.notFound ?? /404.*address/ },
      'a redirect': {
        status: 302,
        headers: { location: '/login?token=x' },
        body: '',
        says: /302.*\/login, which is not followed/,
      },
      '429': { status: 429, body: '', says: /429.*longer interval.*3 tries/, requests: 3 },
      '500': { status: 500, body: HTML, says: /500.*trouble, at 3 tries/, requests: 3 },
      '503': { status: 503, body: 'no upstream', says: /503.*no upstream/, requests: 3 },
      'a page for browsers': { body: HTML, says: /browsers|something else than metrics/ },
      'nothing at all': { body: '', says: /nothing|no metric|no data/ },
      'no number': { body: conformance.nan, says: /./ },
      'no data': { body: conformance.empty, says: /no data|no metric/ },
    };
    test.each(Object.entries(faults))('%s is missing', async (_what, fault) => {
      const { status = 200, headers = {}, body, says, requests = 1 } = fault;
      server.script = (_request, response) => response.writeHead(status, headers).end(body);
      expect(await because()).toMatch(says);
      expect(server.requests).toHaveLength(requests);
    });

    test('half an answer is missing', async () => {
      server.script = (request, response) => {
        const whole = conformance.good(request, COUNTS);
        response.end(whole.slice(0, whole.lastIndexOf('"') - 1));
      };
      await because();
    });

    test('a connection cut in the middle is tried again, and is missing', async () => {
      server.script = (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('# ');
        response.destroy();
      };
      expect(await because()).toContain('3 tries');
    });

    test('nobody listening is missing', async () => {
      const gone = new ScriptedServer();
      await gone.start();
      const { url } = gone;
      await gone.stop();
      const reading = await provider.measure(conformance.check(url), CANDIDATE, signal);
      expect(reading).toMatchObject({
        kind: 'Missing',
        because: expect.stringMatching(/(?:ECONNREFUSED|connection refused).*3 tries/),
      });
      const named = conformance.named ?? url;
      expect(reading).toMatchObject({ because: expect.stringContaining(named) });
    });

    test.each<[string, (response: ServerResponse) => void]>([
      ['a 503', (response) => void response.writeHead(503).end()],
      ['a 429', (response) => void response.writeHead(429, { 'retry-after': '0' }).end()],
      ['a cut connection', (response) => void response.destroy()],
    ])('%s that passes is no reason to miss anything', async (_what, fault) => {
      server.script = (request, response) =>
        server.requests.length === 1
          ? fault(response)
          : response.end(conformance.good(request, COUNTS));
      expect((await measure()).kind).toMatch(/^Count/);
    });

    test('who asks to be left alone for long is left alone', async () => {
      server.script = (_request, response) =>
        response.writeHead(429, { 'retry-after': '60' }).end('slow down');
      expect(await because()).toMatch(/429.*longer interval.*again after 60 s/);
      expect(await because()).toMatch(/left alone for another 60 s/);
      expect(server.requests).toHaveLength(1);
    });

    test.skipIf(conformance.anonymous)('what it asks with is told by nobody', async () => {
      server.script = (request, response) =>
        response
          .writeHead(400)
          .end(`${JSON.stringify(request)} ${Object.values(request.headers).join(' ')}`);
      expect(await because()).toContain('400');
      server.script = (request, response) => response.end(JSON.stringify({ error: request }));
      await because();
      const { headers, path, body } = server.requests[0] ?? { headers: {}, path: '', body: '' };
      expect(path + body).not.toContain(SECRET);
      expect(JSON.stringify(headers)).not.toContain('undefined');
    });

    test.skipIf(conformance.anonymous).each([
      ['that is not there', () => Promise.resolve(undefined as never), /does not exist/],
      ['without the key', () => Promise.resolve({ data: {}, metadata: {} } as never), /has no key/],
      [
        'that may not be read',
        () => Promise.reject(new KubeError('no', { code: 403, reason: 'Forbidden' })),
        /segue install --secrets/,
      ],
      [
        'that cannot be read',
        () => Promise.reject(new KubeError('no route', { code: 0, reason: 'Unknown' })),
        /cannot be read \(no route\)/,
      ],
    ])('a Secret %s is missing, and nothing is asked', async (what, get, says) => {
      await provider.close();
      provider = create({ objects: { get } });
      const said = await because();
      expect(said).toMatch(says);
      expect(said).toContain('Secret metrics-access of namespace shop');
      expect(server.requests).toHaveLength(0);
      const lack = await provider.lack?.(conformance.check(server.url), 'shop', signal);
      // What may be better the next time is nothing to do something about.
      if (what === 'that cannot be read') expect(lack).toBeUndefined();
      else expect(`${lack?.message}: ${lack?.fix}`).toMatch(says);
    });

    test('where nothing is missing nothing is said before it is asked', async () => {
      const lack = await provider.lack?.(conformance.check(server.url), 'shop', signal);
      expect(lack).toBeUndefined();
      expect(server.requests).toHaveLength(0);
    });

    test.skipIf(conformance.anonymous)('a Secret that is not answered in time', async () => {
      await provider.close();
      provider = create({ timeoutMs: 30, objects: { get: () => new Promise(() => {}) } });
      expect(await because()).toContain('not read in time');
    });
  });
}
