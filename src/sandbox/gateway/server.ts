/** One port: HTTP/1.1, HTTP/2 without TLS, and connections that are passed through, side by side. */
import { createServer as createHttp1, type Server } from 'node:http';
import { createServer as createHttp2, type ServerHttp2Session } from 'node:http2';
import { divert } from '../divert.ts';
import { accept } from './accept.ts';
import type { Origin } from './origin.ts';
import { Silent } from './first-bytes.ts';
import { type Front, handleRequest } from './front.ts';
import { ofHttp1, ofHttp2 } from './incoming.ts';
import { answerWith, Http1Reply, Http2Reply } from './reply.ts';
import { tunnelUpgrade } from './tunnel.ts';
import type { Asked } from './exchange.ts';

export interface GatewayServer {
  listener: Server;
  /** Takes nothing new; what is under way finishes. */
  closeGently(): void;
  /** Resolves when all connections are cut. */
  close(): Promise<void>;
}

/** @param originOf what is behind the port now */
export function createServer(front: Front, originOf: () => Origin): GatewayServer {
  // Long uploads and long polls are the business of the application behind.
  const listener = createHttp1({ keepAliveTimeout: 60_000, requestTimeout: 0 });
  const handle = (asked: Asked): void => {
    try {
      handleRequest(front, originOf(), asked);
    } catch (error) {
      // A header of a route that HTTP does not allow; nothing of the kind may stop the others.
      if (asked.reply.begun) asked.reply.destroy();
      else
        answerWith(asked.incoming, asked.reply, {
          code: 500,
          text: `${(error as Error).message}\n`,
        });
    }
  };
  listener.on('request', (request, response) => {
    response.on('error', () => response.destroy());
    handle({ incoming: ofHttp1(request), reply: new Http1Reply(response) });
  });
  listener.on('upgrade', (request, socket, head) => {
    tunnelUpgrade(front, originOf(), { request, socket, head });
  });
  const { http2, sessions } = http2Server(handle);
  const silent = new Silent();
  divert(listener, (socket, back) => {
    const onHttp = (version: 1 | 2): void => {
      if (version === 2) http2.emit('connection', socket);
      else back();
    };
    accept(front, { socket, silent, originOf, onHttp });
  });
  return {
    listener,
    closeGently() {
      listener.close();
      listener.closeIdleConnections();
      silent.destroy();
      for (const session of sessions) session.close();
    },
    close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      listener.closeAllConnections();
      silent.destroy();
      for (const session of sessions) session.destroy();
      return closed;
    },
  };
}

function http2Server(handle: (asked: Asked) => void) {
  const sessions = new Set<ServerHttp2Session>();
  const http2 = createHttp2();
  http2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  http2.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers.expect === '100-continue') stream.additionalHeaders({ ':status': 100 });
    handle({ incoming: ofHttp2(stream, headers), reply: new Http2Reply(stream) });
  });
  return { http2, sessions };
}
