/** A Prometheus that answers as a test tells it to: well, in every wrong way, or not at all. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Check } from '../api/check.ts';
import { parseSelector } from '../api/series-selector.ts';
import { parsePage } from '../metrics/scrape/page.ts';

/** How it answers from now on. */
export type Behaviour =
  | { is: 'Good'; total?: number; bad?: number }
  /** Has the series of a page in its text format, and answers selectors, also in `sum by (...) (...)`. */
  | { is: 'Has'; page: string }
  | { is: 'Answers'; status?: number; body: string }
  /** Says back all that it was asked with. */
  | { is: 'Echoes' }
  /** Says it sends more than it does, and closes the connection. */
  | { is: 'Cut' }
  /** Takes the question and never answers. */
  | { is: 'Hangs' };

export class FakePrometheus {
  private readonly server: Server;
  private readonly hanging = new Set<ServerResponse>();
  behaviour: Behaviour = { is: 'Good' };
  /** Questions asked since the behaviour was set last. */
  asked = 0;
  /** Of the last question that was echoed. */
  headers: IncomingMessage['headers'] = {};

  private constructor(server: Server) {
    this.server = server;
  }

  static async open(): Promise<FakePrometheus> {
    const server = createServer();
    const fake = new FakePrometheus(server);
    server.on('request', (request, response) => void fake.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Questions that wait for an answer. */
  get waiting(): number {
    return this.hanging.size;
  }

  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
    this.asked = 0;
  }

  /** @param access how it is asked, `auth` and the like */
  check(
    rest: Partial<Check> = {},
    access: Partial<Check['prometheus']> = {},
  ): Pick<Check, 'name'> & Partial<Check> {
    return {
      name: 'errors',
      prometheus: {
        ...access,
        address: this.url,
        total: 'total{hash="{{hash}}"}[{{window}}]',
        bad: 'bad{hash="{{hash}}"}[{{window}}]',
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

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    this.asked++;
    const { behaviour } = this;
    switch (behaviour.is) {
      case 'Good': {
        const query = new URLSearchParams(body).get('query') ?? '';
        const { total = 1_000, bad = 0 } = behaviour;
        return void response.end(vector(query.startsWith('bad') ? bad : total));
      }
      case 'Has':
        return void response.end(
          request.url?.endsWith('/api/v1/label/__name__/values')
            ? namesOf(behaviour.page)
            : selected(behaviour.page, new URLSearchParams(body).get('query') ?? ''),
        );
      case 'Answers':
        return void response.writeHead(behaviour.status ?? 200).end(behaviour.body);
      case 'Echoes': {
        this.headers = request.headers;
        const error = `${JSON.stringify(request.headers)} ${Object.values(request.headers).join(' ')}`;
        return void response.writeHead(401).end(JSON.stringify({ error }));
      }
      case 'Cut':
        response.writeHead(200, { 'content-length': '1000' }).write('{"status":"success","da');
        return void response.destroy();
      case 'Hangs':
        this.hanging.add(response);
        response.on('close', () => this.hanging.delete(response));
    }
  }
}

/** The answer of an instant query with these values, one a series. */
export function vector(...values: (string | number)[]): string {
  const result = values.map((value, at) => ({
    metric: { at: String(at) },
    value: [Date.now() / 1_000, String(value)],
  }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

function namesOf(page: string): string {
  const read = parsePage(page, []);
  if ('because' in read) throw new Error(read.because);
  return JSON.stringify({
    status: 'success',
    data: [...read.names].filter((name) => name !== '').sort(),
  });
}

/** Series as they are: nothing here has a label that a sum would leave out. */
function selected(page: string, query: string): string {
  const bare = /^sum by \([^()]*\) \((.*)\)$/s.exec(query)?.[1] ?? query;
  const selector = parseSelector(bare);
  if (!selector) throw new Error(`the fake Prometheus knows selectors only, not ${query}`);
  const read = parsePage(page, [selector]);
  if ('because' in read) throw new Error(read.because);
  const result = read.series.map(({ name, labels, value }) => ({
    metric: { __name__: name, ...Object.fromEntries(labels) },
    value: [Date.now() / 1_000, String(value)],
  }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}
