/** Calls of gRPC on the port that speaks HTTP/1.1 too: each gives back the messages that it gets. */
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';

export interface Outcome {
  version: string;
  fails: boolean;
}

const UNAVAILABLE = 14;

export interface GrpcServer {
  http2: Http2Server;
  /** Asks clients to go elsewhere; what is under way finishes. */
  leave(): void;
}

export function grpcServer(onCall: (stream: ServerHttp2Stream) => void): GrpcServer {
  const http2 = createServer();
  const leaving = new Set<() => void>();
  http2.on('session', (session) => {
    const leave = (): void => session.close();
    leaving.add(leave);
    session.on('error', () => undefined);
    session.once('close', () => leaving.delete(leave));
  });
  http2.on('stream', (stream) => {
    stream.on('error', () => undefined);
    onCall(stream);
  });
  return { http2, leave: () => leaving.forEach((leave) => leave()) };
}

/** Resolves when the call is over. */
export function answerCall(
  stream: ServerHttp2Stream,
  { version, fails }: Outcome,
): Promise<unknown> {
  const headers = { 'content-type': 'application/grpc', 'x-segue-version': version };
  const over = new Promise((resolve) => stream.once('close', resolve));
  if (fails) {
    stream.respond({ ...headers, 'grpc-status': UNAVAILABLE }, { endStream: true });
    return over;
  }
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.respond(headers, { waitForTrailers: true });
  stream.pipe(stream);
  return over;
}
