/** Where the answer of a request goes, whichever version of HTTP it came by. */
import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Headers } from './filters.ts';
import { ownGrpcStatus } from './grpc-status.ts';
import { type Incoming, isGrpc } from './incoming.ts';

export interface Reply {
  /** Something of an answer was sent. */
  readonly begun: boolean;
  /** @param ended nothing comes after the headers */
  begin(code: number, headers: Headers, ended: boolean): void;
  /** False when the client is slower: `resume` is called when it caught up. */
  write(chunk: Buffer, resume: () => void): boolean;
  end(trailers: Headers): void;
  /** Cuts it short, so that the client sees that. */
  destroy(): void;
  /** When nothing more can be sent. */
  onClose(listener: () => void): void;
}

export class Http1Reply implements Reply {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  begin(code: number, headers: Headers): void {
    this.#response.writeHead(code, headers);
  }

  write(chunk: Buffer, resume: () => void): boolean {
    if (this.#response.write(chunk)) return true;
    this.#response.once('drain', resume);
    return false;
  }

  end(trailers: Headers): void {
    for (const [name, value] of Object.entries(trailers))
      this.#response.addTrailers({ [name]: String(value) });
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }
}

export class Http2Reply implements Reply {
  readonly #stream: ServerHttp2Stream;
  #trailers: Headers = {};

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  get begun(): boolean {
    return this.#stream.headersSent;
  }

  begin(code: number, headers: Headers, ended: boolean): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    stream.once('wantTrailers', () => {
      stream.sendTrailers(this.#trailers);
      this.#stopReading();
    });
    stream.respond({ ...headers, ':status': code }, { endStream: ended, waitForTrailers: !ended });
    if (ended) this.#stopReading();
  }

  write(chunk: Buffer, resume: () => void): boolean {
    if (this.#stream.destroyed || this.#stream.write(chunk)) return true;
    this.#stream.once('drain', resume);
    return false;
  }

  end(trailers: Headers): void {
    this.#trailers = trailers;
    if (!this.#stream.destroyed) this.#stream.end();
  }

  destroy(): void {
    // Not `close`, which ends the answer first, as if that were all.
    this.#stream.destroy(new Error('cut short'));
  }

  onClose(listener: () => void): void {
    this.#stream.once('close', listener);
  }

  /** A client that is answered before it has sent everything need not go on (RFC 9113, section 8.1). */
  #stopReading(): void {
    const stream = this.#stream;
    if (!stream.readableEnded && !stream.endAfterHeaders) stream.close(0);
  }
}

/** An answer of the gateway's own, in the words of gRPC for a client that speaks it. */
export function answerWith(
  { headers: asked }: Incoming,
  reply: Reply,
  { code, text, headers = {} }: { code: number; text: string; headers?: Headers },
): void {
  if (isGrpc(asked) && code >= 400) {
    const message = text.trim().replaceAll(/[^ -~]|%/g, encodeURIComponent);
    const said = { 'grpc-status': String(ownGrpcStatus(code)), 'grpc-message': message };
    return reply.begin(200, { 'content-type': 'application/grpc', ...said }, true);
  }
  reply.begin(code, { 'content-type': 'text/plain', ...headers }, text === '');
  if (text !== '') reply.write(Buffer.from(text), () => undefined);
  reply.end({});
}
