/** HTTP to one API server: connections kept and reused, deadlines, credentials, clear errors. */
import { setImmediate } from 'node:timers/promises';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from '../ports/clock.ts';
import { KubeError } from '../ports/kube.ts';
import type { Contact } from './contact.ts';
import type { Credentials, Headers } from './credentials.ts';
import type { ClusterConfig } from './kubeconfig.ts';
import { connectionError, isReset, type Reply } from './request-errors.ts';
import { systemClock } from './system-clock.ts';

export interface TransportRequest {
  /** For messages: method and object, `PATCH deployments.apps shop/web`. */
  what: string;
  method: string;
  /** Path and query, beginning with a slash. */
  path: string;
  headers?: Headers;
  body?: string;
}

export interface OpenReply {
  status: number;
  headers: Record<string, string>;
  body: Dispatcher.ResponseData['body'];
}

/** How long an opened stream may be silent, in milliseconds (0: for ever), and what ends it. */
export interface StreamLimits {
  idleMs: number;
  signal?: AbortSignal | undefined;
}

export interface TransportLimits {
  /** Until the headers of an answer, and between two pieces of its body. */
  deadlineMs: number;
  /** Requests under way at once; more wait. Streams are not counted. */
  connections: number;
}

/** What a transport lives by, beside its configuration. */
export interface TransportDeps {
  clock: Clock;
  /** Told of every answer, and of every request that got none. */
  contact?: Contact;
}

const LIMITS: TransportLimits = { deadlineMs: 30_000, connections: 32 };

/** A server that has too much to do did nothing, says when to ask again, and means it: as often as
 * this, unless it wants to be left alone for longer. */
const BUSY_RETRIES = 4;
const BUSY_WAIT_MAX_SECONDS = 10;
const BUSY = new Set([429, 503]);

/** How often a read is sent again when its connection broke. */
const READ_RETRIES = 2;

/** Watches live for minutes and must not take the connections that requests wait for. */
interface Pools {
  credentials: Credentials;
  requests: Dispatcher;
  streams: Dispatcher;
}

export class Transport {
  readonly #config: ClusterConfig;
  readonly #limits: TransportLimits;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #deps: TransportDeps;
  #pools: Pools | undefined;

  constructor(
    config: ClusterConfig,
    limits: Partial<TransportLimits> = {},
    deps: TransportDeps = { clock: systemClock },
  ) {
    this.#config = config;
    this.#deps = deps;
    this.#limits = { ...LIMITS, ...limits };
    const url = new URL(config.server);
    this.#origin = url.origin;
    this.#basePath = url.pathname.replace(/\/+$/, '');
  }

  get server(): string {
    return this.#config.server;
  }

  /** The whole answer, whatever its status. Throws KubeError with code 0 when there is none. Sent
   * again are GETs whose connection broke, and whatever a busy server asks to be sent again. */
  async send(request: TransportRequest): Promise<Reply> {
    for (let asked = 0; ; asked += 1) {
      const reply = await this.#sendOnce(request);
      const seconds = asked < BUSY_RETRIES ? askedToWait(reply) : undefined;
      if (seconds === undefined) return reply;
      await this.#deps.clock.sleep(seconds * 1_000);
    }
  }

  async #sendOnce(request: TransportRequest): Promise<Reply> {
    const retries = request.method === 'GET' ? READ_RETRIES : 0;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { status, headers, body } = await this.#dispatch(request);
        const text = await body.text();
        // undici gives a connection back one turn later; who asks again before would open another.
        await setImmediate();
        return { status, headers, text };
      } catch (error) {
        if (attempt < retries && isReset(error)) continue;
        throw this.#failure(error, request);
      }
    }
  }

  /** An answer whose body is read as it comes. The caller reads it to the end or destroys it. */
  async open(request: TransportRequest, limits: StreamLimits): Promise<OpenReply> {
    try {
      return await this.#dispatch(request, limits);
    } catch (error) {
      throw this.#failure(error, request);
    }
  }

  #failure(error: unknown, { what }: TransportRequest): KubeError {
    const failure = connectionError(error, what, this.#config);
    this.#deps.contact?.failed(failure);
    return failure;
  }

  /** Waits for requests under way and cuts streams off. */
  async close(): Promise<void> {
    const pools = this.#pools;
    if (pools) await Promise.all([pools.requests.close(), pools.streams.destroy()]);
  }

  /** Credentials that the server does not take (401: nothing was done) are asked for anew, once. */
  async #dispatch(request: TransportRequest, stream?: StreamLimits): Promise<OpenReply> {
    const credentials = await this.#credentials(request.what);
    const reply = await this.#once(request, credentials, stream);
    if (reply.status !== 401) return reply;
    const fresh = await this.#credentials(request.what, { refresh: true });
    if (sameCredentials(fresh, credentials)) return reply;
    await reply.body.dump();
    return this.#once(request, fresh, stream);
  }

  async #once(
    request: TransportRequest,
    credentials: Credentials,
    stream: StreamLimits | undefined,
  ): Promise<OpenReply> {
    const pools = this.#poolsFor(credentials);
    const reply = await (stream ? pools.streams : pools.requests).request({
      origin: this.#origin,
      path: this.#basePath + request.path,
      method: request.method,
      headers: {
        accept: 'application/json',
        'user-agent': 'segue',
        ...credentials.headers,
        ...request.headers,
      },
      body: request.body ?? null,
      signal: stream?.signal ?? null,
      headersTimeout: this.#limits.deadlineMs,
      bodyTimeout: stream?.idleMs ?? this.#limits.deadlineMs,
    });
    this.#deps.contact?.answered();
    return { status: reply.statusCode, headers: flat(reply.headers), body: reply.body };
  }

  async #credentials(what: string, options?: { refresh: boolean }): Promise<Credentials> {
    try {
      return await this.#config.credentials(options);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new KubeError(`${what}: ${message}`, { code: 0, reason: 'CredentialsFailed' });
    }
  }

  /** Connections belong to a client certificate: a new one gets new connections. */
  #poolsFor(credentials: Credentials): Pools {
    const current = this.#pools;
    if (
      current &&
      current.credentials.cert === credentials.cert &&
      current.credentials.key === credentials.key
    )
      return current;
    const pools = {
      credentials,
      requests: this.#agent(credentials, this.#limits.connections),
      streams: this.#agent(credentials),
    };
    this.#pools = pools;
    if (current) void Promise.allSettled([current.requests.close(), current.streams.close()]);
    return pools;
  }

  #agent(credentials: Credentials, connections?: number): Dispatcher {
    const { ca, insecureSkipVerify, tlsServerName, proxyUrl } = this.#config;
    const { cert, key } = credentials;
    const tls = {
      rejectUnauthorized: !insecureSkipVerify,
      ...(ca !== undefined && { ca }),
      ...(tlsServerName !== undefined && { servername: tlsServerName }),
      ...(cert !== undefined && key !== undefined && { cert, key }),
    };
    const options = { keepAliveTimeout: 30_000, ...(connections !== undefined && { connections }) };
    return proxyUrl === undefined
      ? new Agent({ ...options, connect: { ...tls, timeout: 10_000 } })
      : new ProxyAgent({ ...options, uri: proxyUrl, requestTls: tls });
  }
}

/** Seconds; undefined when the server did not ask for it, or for more than is waited here. */
function askedToWait({ status, headers }: Reply): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const waits = BUSY.has(status) && seconds >= 0 && seconds <= BUSY_WAIT_MAX_SECONDS;
  return waits ? seconds : undefined;
}

function sameCredentials(a: Credentials, b: Credentials): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value;
  return result;
}
