/** An API server that answers what a test tells it to. For the tests of this folder. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Received {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  socket: Socket;
}

export type Answer = (request: Received, response: ServerResponse) => void;

export interface ScriptedServer {
  url: string;
  /** What came in, in order. */
  received: Received[];
  connections: () => number;
  /** Discovery documents by path; a test may change them. */
  discovery: Record<string, unknown>;
  close: () => Promise<void>;
}

/** Serves apps/v1 Deployments and v1 ConfigMaps by discovery; `answer` does the rest. */
export async function scriptedServer(answer: Answer, tls?: ServerOptions): Promise<ScriptedServer> {
  const received: Received[] = [];
  const discovery = { ...DISCOVERY };
  let connections = 0;
  const handle = (message: IncomingMessage, response: ServerResponse) => {
    const url = new URL(message.url ?? '/', 'http://server');
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const request: Received = {
        method: message.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: message.headers,
        body: Buffer.concat(chunks).toString(),
        socket: message.socket,
      };
      const document = discovery[request.path];
      if (document) return json(response, document);
      received.push(request);
      return answer(request, response);
    });
  };
  const server = tls ? createTlsServer(tls, handle) : createServer(handle);
  server.on(tls ? 'secureConnection' : 'connection', () => (connections += 1));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    received,
    discovery,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A `metav1.Status` failure. */
export function failure(
  response: ServerResponse,
  status: { code: number; reason: string; message: string; details?: object },
): void {
  json(response, { kind: 'Status', apiVersion: 'v1', status: 'Failure', ...status }, status.code);
}

const DISCOVERY: Record<string, unknown> = {
  '/apis': {
    kind: 'APIGroupList',
    groups: [
      {
        name: 'apps',
        versions: [{ version: 'v1' }, { version: 'v1beta1' }],
        preferredVersion: { version: 'v1' },
      },
    ],
  },
  '/apis/apps/v1': {
    resources: [
      { name: 'deployments', kind: 'Deployment', namespaced: true },
      { name: 'deployments/scale', kind: 'Scale', namespaced: true },
    ],
  },
  '/api/v1': {
    resources: [
      { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
      { name: 'namespaces', kind: 'Namespace', namespaced: false },
      { name: 'pods', kind: 'Pod', namespaced: true },
    ],
  },
};
