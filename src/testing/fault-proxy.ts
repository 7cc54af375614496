/**
 * A proxy on loopback in front of an API server that breaks what a test tells it to break: the n-th
 * write of a namespace, its answer, every watch, or everything. It counts what passes.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Upstream, type UpstreamAnswer, type UpstreamOptions } from './fault-proxy-upstream.ts';

/** One request on its way. */
export interface Exchange {
  method: string;
  /** With the query. */
  path: string;
  body: string;
  /** Of the path; '' where there is none. */
  namespace: string;
  watch: boolean;
  /** It is the n-th counted write of its namespace, from 1 on; undefined for anything else. */
  write: number | undefined;
}

/** An answer in the place of the server's. */
export interface MadeAnswer {
  code: number;
  headers?: Record<string, string>;
  body: string;
}

/** What becomes of a request, or of its answer: `Cut` resets the connection. */
export type Fate = 'PassOn' | 'Cut' | MadeAnswer;

/** What happens to a request; it waits as long as these take. */
export interface Fault {
  /** Before it reaches the server. */
  before?: () => Fate | Promise<Fate>;
  /** After the server took it and answered, before the client hears of it. Not for watches. */
  after?: () => Fate | Promise<Fate>;
}

/** Chooses the fault of a request. */
export type Rule = (exchange: Exchange) => Fault | undefined;

/** Written by whoever runs beside a release, in no order that a test could rely on. */
const UNCOUNTED = /\/(leases|events)(\/|\?|$)/;

export class FaultProxy {
  readonly url: string;
  rule: Rule = () => undefined;
  /** Of everything that came in. */
  readonly counts = { requests: 0, writes: 0, watches: 0 };
  private readonly server: Server;
  private readonly upstream: Upstream;
  private readonly sockets = new Set<Socket>();
  private readonly watches = new Map<ServerResponse, string>();
  private readonly expiring = new Map<string, 'Event' | 'Status'>();
  private readonly written = new Map<string, string[]>();
  private down = false;

  constructor(server: Server, upstream: UpstreamOptions) {
    this.server = server;
    this.upstream = new Upstream(upstream);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket: Socket) => this.accept(socket));
    server.on('request', (request, response) => void this.take(request, response));
  }

  /** The counted writes of a namespace so far, oldest first: method and path. */
  writesIn(namespace: string): readonly string[] {
    return this.written.get(namespace) ?? [];
  }

  /** Counts the writes of a namespace from 1 on again. */
  recount(namespace: string): void {
    this.written.delete(namespace);
  }

  /** From now on the API server cannot be reached; what is under way breaks off. */
  goDown(): void {
    this.down = true;
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  comeBack(): void {
    this.down = false;
  }

  /** Ends every watch without a word; returns how many there were. */
  cutWatches(): number {
    const open = [...this.watches.keys()];
    for (const response of open) response.socket?.resetAndDestroy();
    return open.length;
  }

  /** Ends every watch, and answers the next one of each that it is too far behind: by an ERROR
   * event, or by the status of the answer. */
  expireWatches(as: 'Event' | 'Status'): number {
    for (const path of this.watches.values()) this.expiring.set(path, as);
    return this.cutWatches();
  }

  async stop(): Promise<void> {
    this.upstream.close();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }

  private accept(socket: Socket): void {
    if (this.down) return void socket.resetAndDestroy();
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const exchange = this.count(request, await bodyOf(request));
      const fault = this.faultOf(exchange);
      const fate = (await fault?.before?.()) ?? 'PassOn';
      if (fate !== 'PassOn') return end(response, fate);
      // Who asked may be gone by now; the server is not to hear of it then.
      if (response.destroyed) return;
      await this.passOn(exchange, request, { response, fault });
    } catch {
      response.socket?.resetAndDestroy();
    }
  }

  private count(request: IncomingMessage, body: string): Exchange {
    const { method = 'GET', url: path = '/' } = request;
    const namespace = /\/namespaces\/([^/?]+)\//.exec(path)?.[1] ?? '';
    const watch = method === 'GET' && /[?&]watch=(true|1)(&|$)/.test(path);
    const exchange = { method, path, body, namespace, watch, write: undefined };
    this.counts.requests += 1;
    if (watch) this.counts.watches += 1;
    if (method === 'GET' || method === 'HEAD' || UNCOUNTED.test(path)) return exchange;
    this.counts.writes += 1;
    const written = this.written.get(namespace) ?? [];
    this.written.set(namespace, written);
    return { ...exchange, write: written.push(`${method} ${path}`) };
  }

  private faultOf(exchange: Exchange): Fault | undefined {
    const key = watchKey(exchange.path);
    const expiring = exchange.watch ? this.expiring.get(key) : undefined;
    if (!expiring) return this.rule(exchange);
    this.expiring.delete(key);
    return { before: () => (expiring === 'Event' ? expiredEvent() : failure(410)) };
  }

  private async passOn(
    exchange: Exchange,
    request: IncomingMessage,
    { response, fault }: { response: ServerResponse; fault: Fault | undefined },
  ): Promise<void> {
    const sent = { ...exchange, headers: request.headers };
    const answer = await this.upstream.send(sent, response);
    if (exchange.watch) return this.stream(exchange, answer, response);
    const body = await answer.body();
    const fate = (await fault?.after?.()) ?? 'PassOn';
    if (fate !== 'PassOn') return end(response, fate);
    response.writeHead(answer.code, answer.headers);
    response.end(body);
  }

  private stream(exchange: Exchange, answer: UpstreamAnswer, response: ServerResponse): void {
    this.watches.set(response, watchKey(exchange.path));
    response.on('close', () => this.watches.delete(response));
    response.writeHead(answer.code, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  }
}

/** Listens on a free port; the caller stops it. */
export async function startFaultProxy(upstream: UpstreamOptions): Promise<FaultProxy> {
  // Idle connections are the client's to close: a proxy that closed them would be a fault untold.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new FaultProxy(server, upstream);
}

const REASONS: Record<number, string> = {
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/** What an API server answers when it refuses with this code. */
export function failure(code: number, retryAfterSeconds?: number): MadeAnswer {
  const asked = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return {
    code,
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    body: JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `a fault made for a test: ${code}`,
      reason: REASONS[code] ?? 'Unknown',
      details: asked,
      code,
    }),
  };
}

function expiredEvent(): MadeAnswer {
  const { body } = failure(410);
  return { code: 200, body: `{"type":"ERROR","object":${body}}\n` };
}

function end(response: ServerResponse, fate: 'Cut' | MadeAnswer): void {
  if (fate === 'Cut') return void response.socket?.resetAndDestroy();
  response.writeHead(fate.code, { 'content-type': 'application/json', ...fate.headers });
  response.end(fate.body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The same watch has the same path, whatever the position it begins at. */
function watchKey(path: string): string {
  const [resource = '', query] = path.split('?');
  const { fieldSelector, labelSelector } = Object.fromEntries(new URLSearchParams(query));
  return [resource, fieldSelector, labelSelector].join(' ');
}
