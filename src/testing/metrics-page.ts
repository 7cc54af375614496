/** A page of metrics that says of each version what a test wants, and the check that reads it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Check } from '../api/check.ts';

/** What a version's requests are like from now on; every reading of the page shows more of them. */
export type Says = 'Good' | 'Bad' | 'Nothing';

const EACH_READING = 100;

export class MetricsPage {
  private readonly server: Server;
  private readonly versions = new Map<string, { says: Says; total: number; bad: number }>();
  /** How often it was read; each measurement reads it for each version. */
  read = 0;

  /** When each reading was answered, by `performance.now()`. */
  readonly answeredMs: number[] = [];

  private constructor(server: Server) {
    this.server = server;
  }

  static async open(): Promise<MetricsPage> {
    const server = createServer();
    const page = new MetricsPage(server);
    server.on('request', (_request, response) => {
      page.read++;
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end(page.text());
      page.answeredMs.push(performance.now());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return page;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/metrics`;
  }

  /** Of the pods with this `pod-template-hash`. */
  say(hash: string, says: Says): void {
    const before = this.versions.get(hash) ?? { total: 0, bad: 0 };
    this.versions.set(hash, { ...before, says });
  }

  check(rest: Partial<Check> = {}): Pick<Check, 'name'> & Partial<Check> {
    return {
      name: 'errors',
      scrape: {
        address: this.url,
        total: 'requests_total{hash="{{hash}}"}',
        bad: 'requests_total{hash="{{hash}}",code="500"}',
      },
      max: '10%',
      minSamples: 50,
      interval: '100ms',
      ...rest,
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private text(): string {
    const lines = ['# TYPE requests_total counter'];
    for (const [hash, version] of this.versions) {
      if (version.says !== 'Nothing') version.total += EACH_READING;
      if (version.says === 'Bad') version.bad += EACH_READING / 2;
      const { total, bad } = version;
      lines.push(`requests_total{hash="${hash}",code="200"} ${total - bad}`);
      lines.push(`requests_total{hash="${hash}",code="500"} ${bad}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
