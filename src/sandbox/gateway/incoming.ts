/** A request, whichever version of HTTP it came by. */
import type { IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import type { Headers } from './filters.ts';

export interface Incoming {
  method: string;
  /** Path and query. */
  url: string;
  /** With `host`, also where HTTP/2 calls it `:authority`. */
  headers: Headers;
  /** Address of the client. */
  client: string;
  stream: Readable;
  hasBody: boolean;
  /** All there are once the body has ended. */
  trailers: () => Headers;
}

export function ofHttp1(request: IncomingMessage): Incoming {
  const { method = 'GET', url = '/', headers } = request;
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return {
    method,
    url,
    headers,
    client: request.socket.remoteAddress ?? '',
    stream: request,
    hasBody: encoding !== undefined || (length !== undefined && length !== '0'),
    trailers: () => request.trailers,
  };
}

export function ofHttp2(stream: ServerHttp2Stream, given: IncomingHttpHeaders): Incoming {
  const {
    ':method': method = 'GET',
    ':path': url = '/',
    ':authority': authority,
    ':scheme': _scheme,
    ...headers
  } = given;
  let trailers: Headers = {};
  stream.once('trailers', (received: IncomingHttpHeaders) => (trailers = received));
  if (authority !== undefined) headers.host = authority;
  return {
    method,
    url,
    headers,
    client: stream.session?.socket.remoteAddress ?? '',
    stream,
    hasBody: !stream.endAfterHeaders,
    trailers: () => trailers,
  };
}

/** As the protocol of gRPC over HTTP/2 names its requests; grpc-web is another one. */
export function isGrpc(headers: Headers): boolean {
  const type = headers['content-type'];
  return typeof type === 'string' && /^application\/grpc($|[+;])/.test(type);
}
