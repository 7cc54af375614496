/** One request on its way to an endpoint, and to another one where the first cannot be reached. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Forward, Origin } from './decision.ts';
import type { Headers } from './filters.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import { requestHeaders, responseHeaders } from './proxy-headers.ts';
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
  finished(forward: Forward, endpoint: LiveEndpoint | undefined, code: number): void;
}

/** Nothing of ours, but what other proxies log for a client that did not wait. */
const CLIENT_GONE = 499;
const ATTEMPTS_MAX = 5;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export class Exchange {
  readonly #deps: ExchangeDeps;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #forward: Forward;
  readonly #headers: Headers;
  readonly #body: RequestBody;
  readonly #tried: LiveEndpoint[] = [];
  /** Broke off half way: not tried first again, but better than none. */
  #broken: LiveEndpoint | undefined;
  #attempt: Attempt | undefined;
  #resent = false;
  #over = false;

  constructor(
    { request, response }: { request: IncomingMessage; response: ServerResponse },
    { forward, origin, body }: { forward: Forward; origin: Origin; body: RequestBody },
    deps: ExchangeDeps,
  ) {
    this.#request = request;
    this.#response = response;
    this.#forward = forward;
    this.#headers = requestHeaders(request, forward, origin);
    this.#body = body;
    this.#deps = deps;
    response.once('close', () => {
      if (!response.writableFinished) this.#abandon();
    });
  }

  /** Sends it, or answers 503 where there is no endpoint left to try. */
  send(): void {
    const client = this.#request.socket.remoteAddress ?? '';
    const { target } = this.#forward;
    const endpoint = this.#deps.pick(target, client, this.#tried) ?? this.#broken;
    this.#broken = undefined;
    if (!endpoint) {
      const { service } = target;
      const what = this.#tried.length > 0 ? 'no endpoint accepts connections' : 'no ready endpoint';
      this.fail(503, `Service ${service}: ${what}`);
      return;
    }
    this.#tried.push(endpoint);
    this.#attempt = new Attempt(this, endpoint);
    const { method = 'GET' } = this.#request;
    const options: Dispatcher.DispatchOptions = {
      method: method,
      path: this.#forward.path,
      headers: this.#headers,
      body: this.#body.open(),
    };
    endpoint.inFlight += 1;
    try {
      endpoint.pool.dispatch(options, this.#attempt);
    } catch (error) {
      // What undici refuses to send, such as a path with control characters.
      endpoint.inFlight -= 1;
      this.fail(400, (error as Error).message);
    }
  }

  /** Ends it with an answer of our own, where none has begun. */
  fail(code: number, text: string): void {
    if (this.#over) return;
    if (this.#response.headersSent) {
      this.#response.destroy();
    } else {
      this.#response.writeHead(code, { 'content-type': 'text/plain' }).end(`${text}\n`);
    }
    this.#finish(code);
    this.#attempt?.abort();
  }

  begin(code: number, headers: Headers): void {
    if (!this.#over) this.#response.writeHead(code, responseHeaders(headers, this.#forward));
  }

  /** False when the client is slower than the endpoint: `resume` is called when it caught up. */
  write(chunk: Buffer, resume: () => void): boolean {
    if (this.#over || this.#response.write(chunk)) return true;
    this.#response.once('drain', resume);
    return false;
  }

  complete(code: number): void {
    if (this.#over) return;
    this.#response.end();
    this.#finish(code);
  }

  /** An attempt came to nothing; `sent`: the endpoint may have seen some of the request. */
  attemptFailed(sent: boolean, error: Error): void {
    if (this.#over) return;
    const reason = sent ? 'reset' : 'connect';
    if (!this.#response.headersSent && this.#mayTryAgain(sent)) {
      this.#deps.retried(this.#forward, reason);
      this.send();
      return;
    }
    this.fail(sent ? 502 : 503, `Service ${this.#forward.target.service}: ${error.message}`);
  }

  #mayTryAgain(sent: boolean): boolean {
    if (this.#tried.length >= ATTEMPTS_MAX) return false;
    if (!sent) return true;
    const again =
      !this.#resent && this.#body.replayable && IDEMPOTENT.has(this.#request.method ?? '');
    this.#resent = true;
    this.#broken = this.#tried.at(-1);
    return again;
  }

  #abandon(): void {
    if (this.#over) return;
    this.#finish(CLIENT_GONE);
    this.#attempt?.abort();
  }

  #finish(code: number): void {
    this.#over = true;
    this.#deps.finished(this.#forward, this.#tried.at(-1), code);
  }
}

/** What undici tells of one attempt. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #endpoint: LiveEndpoint;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted = false;
  #code = 0;

  constructor(exchange: Exchange, endpoint: LiveEndpoint) {
    this.#exchange = exchange;
    this.#endpoint = endpoint;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort(new Error('the client is gone'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) this.abort();
  }

  onResponseStart(_: Dispatcher.DispatchController, code: number, headers: Headers): void {
    // Informational answers come before the real one.
    if (code < 200) return;
    this.#code = code;
    this.#exchange.begin(code, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#exchange.write(chunk, () => controller.resume())) controller.pause();
  }

  onResponseEnd(): void {
    this.#endpoint.inFlight -= 1;
    this.#exchange.complete(this.#code);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#endpoint.inFlight -= 1;
    this.#exchange.attemptFailed(this.#controller !== undefined, error);
  }
}
