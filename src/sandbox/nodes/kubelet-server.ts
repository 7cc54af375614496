/** The kubelet's port, as far as API servers ask for it: container logs. */
import {
  createServer as createHttpServer,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import { makeCertificate } from '../api/tls.ts';
import { formatLine, readLogQuery, selectLines, type LogStore } from './log-store.ts';
import { NODE_ADDRESS } from './node-object.ts';

export interface LogRequest {
  namespace: string;
  pod: string;
  container: string;
  previous: boolean;
}

export interface KubeletServer {
  port: number;
  close(): Promise<void>;
}

/** The first byte of a TLS connection. */
const TLS_HANDSHAKE = 0x16;

/**
 * Serves `GET /containerLogs/<namespace>/<pod>/<container>` on a port of its own, with and without
 * TLS: Kubernetes asks kubelets by TLS alone, and does not look at their certificates.
 */
export async function startKubeletServer(
  find: (request: LogRequest) => LogStore | string,
  clock: Clock,
): Promise<KubeletServer> {
  const answer = answerWith(find, clock);
  const { certPem: cert, keyPem: key } = await makeCertificate(clock.now());
  const plain = createHttpServer(answer);
  const secure = createHttpsServer({ cert, key }, answer);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) {
        // Reads what is buffered by itself; a flowing socket would lose it.
        secure.emit('connection', socket);
      } else {
        plain.emit('connection', socket);
        socket.resume();
      }
    });
  });
  return {
    port: await listen(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function answerWith(
  find: (request: LogRequest) => LogStore | string,
  clock: Clock,
): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://kubelet');
    const [, verb, namespace, pod, container] = url.pathname.split('/').map(decodeURIComponent);
    if (verb === 'healthz') return void response.end('ok');
    if (request.method !== 'GET' || verb !== 'containerLogs' || !namespace || !pod || !container)
      return void response.writeHead(404).end('the sandbox serves /containerLogs only\n');
    const previous = url.searchParams.get('previous') === 'true';
    const found = find({ namespace, pod, container, previous });
    if (typeof found === 'string') return void response.writeHead(404).end(`${found}\n`);
    sendLog(response, found, { parameters: url.searchParams, clock });
  };
}

function sendLog(
  response: ServerResponse,
  store: LogStore,
  { parameters, clock }: { parameters: URLSearchParams; clock: Clock },
): void {
  const query = readLogQuery(parameters, clock.now());
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  response.on('error', () => response.destroy());
  let bytesLeft = query.bytesMax;
  /** False when that was all that may be sent. */
  const send = (text: string): boolean => {
    const bytes = Buffer.from(text);
    response.write(bytes.subarray(0, bytesLeft));
    bytesLeft -= bytes.length;
    return bytesLeft > 0;
  };
  const lines = selectLines(store.lines(), query);
  const isRoom = send(lines.map((line) => formatLine(line, query.timestamps)).join(''));
  if (!isRoom || !query.follow || store.ended) return void response.end();
  const unfollow = store.follow(
    (line) => {
      if (send(formatLine(line, query.timestamps))) return;
      unfollow();
      response.end();
    },
    () => response.end(),
  );
  response.once('close', unfollow);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, NODE_ADDRESS, () => resolve((server.address() as AddressInfo).port));
  });
}
