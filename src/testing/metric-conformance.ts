/** What every metric provider must do, proved against a scripted server on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Check } from '../api/check.ts';
import { checkProblems } from '../analysis/index.ts';
import type { Counts, MetricProvider, VersionContext } from '../ports/metric-provider.ts';

export interface MetricConformance {
  name: string;
  create(options: { timeoutMs: number }): MetricProvider & { close(): Promise<void> };
  /** A check that counts, asked at the base URL given. */
  check(baseUrl: string): Check;
  /** The answer to one request, with these counts of each version by its hash. */
  good(request: ScriptedRequest, counts: Record<string, Counts>): string;
  /** An answer in the right format whose number is NaN. */
  nan: string;
  /** An answer in the right format without data. */
  empty: string;
}

export interface ScriptedRequest {
  path: string;
  body: string;
}

const STABLE: VersionContext = {
  role: 'Stable',
  namespace: 'shop',
  service: 'web',
  hash: 'aaa111',
  pods: [{ name: 'web-aaa111-x', ip: '127.0.0.1' }],
  window: '1m',
};
export const CANDIDATE: VersionContext = {
  ...STABLE,
  role: 'Candidate',
  hash: 'bbb222',
  pods: [{ name: 'web-bbb222-x', ip: '127.0.0.1' }],
};

type Script = (request: ScriptedRequest, response: ServerResponse) => void;

/** A server on a free port that answers as told and knows its open connections. */
export class ScriptedServer {
  readonly requests: ScriptedRequest[] = [];
  script: Script = (_request, response) => response.end();
  private readonly server: Server = createServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy());
  });

  async start(): Promise<void> {
    this.requests.length = 0;
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async connections(): Promise<number> {
    return await new Promise((resolve, reject) =>
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const asked = { path: request.url ?? '', body };
    this.requests.push(asked);
    this.script(asked, response);
  }
}

export function metricConformance(conformance: MetricConformance): void {
  describe(`${conformance.name} is a metric provider`, () => {
    const server = new ScriptedServer();
    let provider: ReturnType<MetricConformance['create']>;
    const patient = new AbortController().signal;
    const because = async (check: Check, signal = patient) => {
      const reading = await provider.measure(check, CANDIDATE, signal);
      expect(reading).toMatchObject({ kind: 'Missing' });
      return reading.kind === 'Missing' ? reading.because : '';
    };
    const idle = async () =>
      await vi.waitFor(async () => expect(await server.connections()).toBe(0));

    beforeEach(async () => {
      server.script = (_request, response) => response.end();
      await server.start();
      provider = conformance.create({ timeoutMs: 5_000 });
    });
    afterEach(async () => {
      await provider.close();
      await idle();
      await server.stop();
    });

    test('its check is well formed', () => {
      expect(checkProblems(conformance.check(server.url), 'spec.checks[0]')).toEqual([]);
    });

    test('counts each version by itself', async () => {
      const counts = {
        [STABLE.hash]: { total: 950, bad: 1 },
        [CANDIDATE.hash]: { total: 50, bad: 7 },
      };
      server.script = (request, response) => response.end(conformance.good(request, counts));
      const check = conformance.check(server.url);
      for (const version of [STABLE, CANDIDATE]) {
        const reading = await provider.measure(check, version, patient);
        const found =
          reading.kind === 'Counters'
            ? Object.values(reading.sources)
            : [Reflect.get(reading, 'counts')];
        expect(found).toEqual([counts[version.hash]]);
      }
    });

    test.each([
      ['an answer that is no data', 200, '<html>Welcome</html>'],
      ['nothing at all', 200, ''],
      ['NaN', 200, conformance.nan],
      ['an answer without data', 200, conformance.empty],
      ['404', 404, 'Not Found'],
      ['500', 500, 'upstream connect error'],
      ['a redirect', 302, ''],
    ])('%s is missing, with the address', async (_what, status, body) => {
      server.script = (_request, response) =>
        response.writeHead(status, { location: '/x' }).end(body);
      const said = await because(conformance.check(server.url));
      expect(said).toContain(server.url);
      if (status !== 200) expect(said).toContain(String(status));
      expect(server.requests).toHaveLength(1);
    });

    test('nobody listening is missing, with the address', async () => {
      const gone = new ScriptedServer();
      await gone.start();
      const { url } = gone;
      await gone.stop();
      const said = await because(conformance.check(url));
      expect(said).toContain(url);
      expect(said).toContain('ECONNREFUSED');
    });

    test('a connection cut in the middle is missing', async () => {
      server.script = (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('# ');
        response.destroy();
      };
      expect(await because(conformance.check(server.url))).toContain(server.url);
    });

    test.each([
      ['no answer', () => {}],
      ['an answer that never ends', (response: ServerResponse) => void response.write('# ')],
    ])('%s is missing after the deadline, and is let go', async (_what, answer) => {
      await provider.close();
      provider = conformance.create({ timeoutMs: 30 });
      server.script = (_request, response) => answer(response);
      const said = await because(conformance.check(server.url));
      expect(said).toContain(server.url);
      expect(said).toContain('within 0.03 s');
      await idle();
    });

    test('an endless answer is missing, and is let go', async () => {
      const line = `# ${'x'.repeat(65_534)}\n`;
      server.script = (_request, response) => {
        const pour = () => {
          while (!response.closed && response.write(line));
        };
        response.on('drain', pour);
        pour();
      };
      const said = await because(conformance.check(server.url));
      expect(said).toContain(server.url);
      expect(said).toContain('MiB');
      await idle();
    });

    test('an abort is respected, before and during the request', async () => {
      const check = conformance.check(server.url);
      expect(await because(check, AbortSignal.abort())).toContain(server.url);
      expect(server.requests).toHaveLength(0);
      const stop = new AbortController();
      server.script = () => stop.abort();
      expect(await because(check, stop.signal)).toContain(server.url);
      await idle();
    });

    test('a check of another provider is missing', async () => {
      const { prometheus: _prometheus, scrape: _scrape, ...bare } = conformance.check(server.url);
      expect(await because(bare)).toContain(bare.name);
    });
  });
}
