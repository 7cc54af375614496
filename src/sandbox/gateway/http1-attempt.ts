/** One attempt to send a request to an endpoint that speaks HTTP/1.1. */
import type { Dispatcher, Pool } from 'undici';
import type { Headers } from './filters.ts';
import type { AnswerSink, OutgoingRequest } from './http2-attempt.ts';

/** Returns what gives it up. */
export function sendByHttp1(pool: Pool, request: OutgoingRequest, sink: AnswerSink): () => void {
  const { method, path, headers, body } = request;
  const attempt = new Attempt(sink);
  pool.dispatch({ method, path, headers, body }, attempt);
  return () => attempt.giveUp();
}

/** What undici tells of it. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #sink: AnswerSink;
  #controller: Dispatcher.DispatchController | undefined;
  #givenUp = false;
  #code = 0;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  giveUp(): void {
    this.#givenUp = true;
    this.#controller?.abort(new Error('the client is gone'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#givenUp) this.giveUp();
  }

  onResponseStart(_: Dispatcher.DispatchController, code: number, headers: Headers): void {
    // Informational answers come before the real one.
    if (code < 200) return;
    this.#code = code;
    this.#sink.begin(code, headers, false);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#sink.write(chunk, () => controller.resume())) controller.pause();
  }

  onResponseEnd(_: Dispatcher.DispatchController, trailers: Headers): void {
    this.#sink.complete(this.#code, trailers);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#sink.failed(this.#controller !== undefined, error);
  }
}
