/** One attempt to send a request to an endpoint that speaks HTTP/2. */
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import type { Headers } from './filters.ts';
import type { Line } from './http2-lines.ts';

export interface OutgoingRequest {
  method: string;
  path: string;
  headers: Headers;
  body: Readable | Buffer | null;
  /** Asked for when the body has ended. */
  trailers: () => Headers;
}

/** Who hears of the answer: exactly one of `complete` and `failed` comes last. */
export interface AnswerSink {
  begin(code: number, headers: Headers, ended: boolean): void;
  /** False when whoever reads is slower: `resume` is called when it caught up. */
  write(chunk: Buffer, resume: () => void): boolean;
  complete(code: number, trailers: Headers): void;
  /** @param sent the endpoint may have seen some of the request */
  failed(sent: boolean, error: Error): void;
}

/** Returns what gives it up. */
export function sendByHttp2(line: Line, request: OutgoingRequest, sink: AnswerSink): () => void {
  const { body } = request;
  const streams = body !== null && !Buffer.isBuffer(body);
  const givenUp = new AbortController();
  const stream = line.session.request(pseudoHeaders(request), {
    endStream: body === null,
    waitForTrailers: streams,
    // Not by `close`, which ends the request first, as if that were all.
    signal: givenUp.signal,
  });
  line.streams += 1;
  stream.once('close', () => (line.streams -= 1));
  if (streams) {
    stream.once('wantTrailers', () => stream.sendTrailers(request.trailers()));
    stream.once('close', () => body.destroy());
    body.on('error', () => undefined);
    body.once('close', () => {
      if (!body.readableEnded) givenUp.abort();
    });
    body.pipe(stream);
  } else if (body !== null) stream.end(body);
  listen(stream, sink);
  return () => givenUp.abort();
}

function pseudoHeaders({ method, path, headers }: OutgoingRequest): Headers {
  const { host, ...rest } = headers;
  return {
    ...rest,
    ':method': method,
    ':path': path,
    ':scheme': 'http',
    ...(host !== undefined && { ':authority': String(host) }),
  };
}

function listen(stream: ClientHttp2Stream, sink: AnswerSink): void {
  let code = 0;
  let trailers: Headers = {};
  let over = false;
  const fail = (error: Error): void => {
    if (over) return;
    over = true;
    const sent = stream.id !== undefined && stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM;
    sink.failed(sent, error);
  };
  stream.once('response', (received: IncomingHttpHeaders, flags: number) => {
    const { ':status': status = 0, ...headers } = received;
    code = Number(status);
    sink.begin(code, headers, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
  });
  stream.on('data', (chunk: Buffer) => {
    if (!sink.write(chunk, () => stream.resume())) stream.pause();
  });
  stream.once('trailers', (received: IncomingHttpHeaders) => (trailers = received));
  stream.once('end', () => {
    // One that is cut off with CANCEL ends as if that were all there is.
    if (over || code === 0 || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    over = true;
    sink.complete(code, trailers);
    if (!stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
  });
  stream.on('error', fail);
  stream.once('close', () => fail(new Error(`the stream was reset with code ${stream.rstCode}`)));
}
