/** One request on its way to an endpoint, and to another one where the first cannot be reached. */
import type { Forward } from './decision.ts';
import type { Origin } from './origin.ts';
import type { Headers } from './filters.ts';
import { sendByHttp1 } from './http1-attempt.ts';
import { type AnswerSink, type OutgoingRequest, sendByHttp2 } from './http2-attempt.ts';
import { meantGrpcStatus, ownGrpcStatus, toldGrpcStatus } from './grpc-status.ts';
import { type Incoming, isGrpc } from './incoming.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import { requestHeaders, responseHeaders } from './proxy-headers.ts';
import { answerWith, type Reply } from './reply.ts';
import type { RequestBody } from './request-body.ts';
import type { ServiceTarget } from './service-registry.ts';

export interface ExchangeDeps {
  pick(
    target: ServiceTarget,
    client: string,
    tried: readonly LiveEndpoint[],
  ): LiveEndpoint | undefined;
  retried(forward: Forward, reason: 'connect' | 'reset'): void;
  /** Called once, when all is over; `endpoint` is the one that was tried last. */
  finished(forward: Forward, endpoint: LiveEndpoint | undefined, outcome: Outcome): void;
}

/** What an exchange ended with. */
export interface Outcome {
  code: number;
  /** Of a call of gRPC that was answered. */
  grpcStatus?: number;
}

/** Nothing of ours, but what other proxies log for a client that did not wait. */
const CLIENT_GONE = 499;
const ATTEMPTS_MAX = 5;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** What came in, and where its answer goes. */
export interface Asked {
  incoming: Incoming;
  reply: Reply;
}

export class Exchange implements AnswerSink {
  readonly #deps: ExchangeDeps;
  readonly #incoming: Incoming;
  readonly #reply: Reply;
  readonly #forward: Forward;
  readonly #headers: Headers;
  readonly #body: RequestBody;
  readonly #tried: LiveEndpoint[] = [];
  /** Broke off half way: not tried first again, but better than none. */
  #broken: LiveEndpoint | undefined;
  #giveUp: (() => void) | undefined;
  #resent = false;
  /** As the headers of the answer say it; trailers may say it later. */
  #grpcStatus: number | undefined;
  #over = false;

  constructor(
    { incoming, reply }: Asked,
    { forward, origin, body }: { forward: Forward; origin: Origin; body: RequestBody },
    deps: ExchangeDeps,
  ) {
    this.#incoming = incoming;
    this.#reply = reply;
    this.#forward = forward;
    this.#headers = requestHeaders(incoming, forward, origin);
    this.#body = body;
    this.#deps = deps;
    reply.onClose(() => this.#abandon());
  }

  /** Sends it, or answers 503 where there is no endpoint left to try. */
  send(): void {
    const { target, http2 } = this.#forward;
    const endpoint = this.#deps.pick(target, this.#incoming.client, this.#tried) ?? this.#broken;
    this.#broken = undefined;
    if (!endpoint) {
      const { service } = target;
      const what = this.#tried.length > 0 ? 'no endpoint accepts connections' : 'no ready endpoint';
      this.fail(503, `Service ${service}: ${what}`);
      return;
    }
    this.#tried.push(endpoint);
    endpoint.inFlight += 1;
    try {
      this.#giveUp = http2
        ? sendByHttp2(endpoint.lines.take(), this.#outgoing(), this)
        : sendByHttp1(endpoint.pool, this.#outgoing(), this);
    } catch (error) {
      // What cannot be sent, such as a path with control characters.
      endpoint.inFlight -= 1;
      this.fail(400, (error as Error).message);
    }
  }

  /** Ends it with an answer of our own, where none has begun. */
  fail(code: number, text: string): void {
    if (this.#over) return;
    if (this.#reply.begun) this.#reply.destroy();
    else answerWith(this.#incoming, this.#reply, { code, text: `${text}\n` });
    this.#finish(code, ownGrpcStatus(code));
    this.#giveUp?.();
  }

  begin(code: number, headers: Headers, ended: boolean): void {
    if (this.#over) return;
    this.#grpcStatus = toldGrpcStatus(headers);
    this.#reply.begin(code, responseHeaders(headers, this.#forward), ended);
  }

  write(chunk: Buffer, resume: () => void): boolean {
    return this.#over || this.#reply.write(chunk, resume);
  }

  complete(code: number, trailers: Headers): void {
    this.#ended();
    if (this.#over) return;
    // Before the end, which closes the reply of a client that waits for nothing else.
    this.#finish(code, toldGrpcStatus(trailers) ?? this.#grpcStatus ?? meantGrpcStatus(code));
    this.#reply.end(trailers);
  }

  failed(sent: boolean, error: Error): void {
    this.#ended();
    if (this.#over) return;
    const reason = sent ? 'reset' : 'connect';
    if (!this.#reply.begun && this.#mayTryAgain(sent)) {
      this.#deps.retried(this.#forward, reason);
      this.send();
      return;
    }
    this.fail(sent ? 502 : 503, `Service ${this.#forward.target.service}: ${error.message}`);
  }

  #outgoing(): OutgoingRequest {
    const { method, trailers } = this.#incoming;
    const { path } = this.#forward;
    return { method, path, headers: this.#headers, body: this.#body.open(), trailers };
  }

  #ended(): void {
    const endpoint = this.#tried.at(-1);
    if (endpoint) endpoint.inFlight -= 1;
  }

  #mayTryAgain(sent: boolean): boolean {
    if (this.#tried.length >= ATTEMPTS_MAX) return false;
    if (!sent) return true;
    const again = !this.#resent && this.#body.replayable && IDEMPOTENT.has(this.#incoming.method);
    this.#resent = true;
    this.#broken = this.#tried.at(-1);
    return again;
  }

  #abandon(): void {
    if (this.#over) return;
    this.#finish(CLIENT_GONE);
    this.#giveUp?.();
  }

  #finish(code: number, grpcStatus?: number): void {
    this.#over = true;
    const isCall = grpcStatus !== undefined && isGrpc(this.#incoming.headers);
    const outcome = { code, ...(isCall && { grpcStatus }) };
    this.#deps.finished(this.#forward, this.#tried.at(-1), outcome);
  }
}
