/** One of the two servers: sends what an exchange says and reads the answer. */
import { readFile } from 'node:fs/promises';
import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { until } from '../../../src/testing/until.ts';
import type { Exchange } from './exchange.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Parsed where it is JSON; the list of events for a watch. */
  body: unknown;
}

const ANSWER_WITHIN_MS = 20_000;

export class Side {
  readonly name: string;
  readonly #server: URL;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  readonly #kept = new Map<string, string>();

  private constructor(name: string, server: URL, token: string) {
    this.name = name;
    this.#server = server;
    this.#token = token;
  }

  static async open(name: string, kubeconfig: string): Promise<Side> {
    const config = parse(await readFile(kubeconfig, 'utf8')) as {
      clusters: { cluster: { server: string } }[];
      users: { user: { token: string } }[];
    };
    const server = config.clusters[0]?.cluster.server ?? '';
    return new Side(name, new URL(server), config.users[0]?.user.token ?? '');
  }

  close(): void {
    this.#agent.destroy();
  }

  /** What the exchange kept is known to those that follow. */
  async answer(exchange: Exchange): Promise<Answer> {
    const { until: holds } = exchange;
    let last: Answer | undefined;
    if (holds === undefined) last = await this.#send(exchange);
    else
      await until(`${exchange.id} on the ${this.name}`, async () => {
        last = await this.#send(exchange);
        const { body } = last;
        return holds((path) => valueAt(body, path));
      });
    if (last === undefined) throw new Error(`${exchange.id} got no answer`);
    for (const [name, path] of Object.entries(exchange.keep ?? {}))
      this.#kept.set(name, String(valueAt(last.body, path)));
    return last;
  }

  #fill(text: string): string {
    return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => this.#kept.get(name) ?? whole);
  }

  #send(exchange: Exchange): Promise<Answer> {
    const { method, path, query = {}, headers = {}, body } = exchange;
    const asked = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, this.#fill(value)]),
    ).toString();
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const sent = text === undefined ? '' : this.#fill(text);
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      hostname: this.#server.hostname,
      port: this.#server.port,
      path: `${this.#fill(path)}${asked === '' ? '' : `?${asked}`}`,
      headers: {
        authorization: `Bearer ${this.#token}`,
        'user-agent': 'differential/1',
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(sent)) }),
        ...headers,
      },
      timeout: ANSWER_WITHIN_MS,
    };
    return exchangeMessages(options, sent, exchange.events);
  }
}

function exchangeMessages(
  options: RequestOptions,
  sent: string,
  events: number | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (incoming) => {
      readAnswer(incoming, events)
        .then(resolve, reject)
        .finally(() => events !== undefined && asked.destroy());
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer to ${options.path}`)));
    asked.once('error', reject);
    asked.end(sent);
  });
}

async function readAnswer(incoming: IncomingMessage, events: number | undefined): Promise<Answer> {
  const status = incoming.statusCode ?? 0;
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  let text = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) {
    text += chunk as string;
    if (events !== undefined && text.split('\n').length > events) break;
  }
  return { status, headers, body: readBody(text, headers, status === 200 ? events : undefined) };
}

function readBody(text: string, headers: Record<string, string>, events?: number): unknown {
  if (text === '' || !(headers['content-type'] ?? '').startsWith('application/json')) return text;
  if (events === undefined) return JSON.parse(text) as unknown;
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.slice(0, events).map((line) => JSON.parse(line) as unknown);
}

/** `metadata.uid`, `items.0.metadata.name`. */
function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const part of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as never)[part] : undefined;
  return value;
}
